"""The command line, called in the process of the test; ``run`` is a fixture of all tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from scoring.cli.main import main


class Output(NamedTuple):
    """The exit code, and what was printed."""

    code: int
    out: str
    err: str


Run = Callable[..., Output]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Call a command with its arguments, whatever their types."""

    def call(*args: object) -> Output:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(arg) for arg in args])
        assert isinstance(ended.value.code, int)
        return Output(ended.value.code, *capsys.readouterr())

    return call
