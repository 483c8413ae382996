"""kill -9 of any process of a run, at every stage of it: whole results, and the next run completes them.

The short moments of publication are hit one by one in ``test_each_step``, a cluster's workers in ``test_cluster``.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from batching import results, save, some_evidence, strange, torn
from commands import STAGES, command

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")

#: What a command that is killed cannot take with it: sockets without content, and a folder that is empty still.
REMAINS = ("pymp-", "listener-", "reports-")


class House:
    """Two states of evidence between which every report changes, what undisturbed runs make of them, and results."""

    def __init__(self, folder: Path) -> None:
        self.out = folder / "out"
        changed = [workbook.add("监测发现 | 指标=3.1.1.1") for workbook in some_evidence()[:2]]
        self.raws = [save(folder / "raw0", some_evidence()[:2]), save(folder / "raw1", changed)]
        self.undisturbed, self.state = [], 0
        for _ in self.raws:
            with self.changing() as running:
                assert (running.wait(), running.complained) == (0, "")
                assert running.are_gone()
                assert list(running.temporary.iterdir()) == []
            self.undisturbed.append(results(self.out))
            self.state = 1 - self.state

    def changing(self) -> Any:
        """The command after the evidence has changed."""
        return command(self.raws[self.state], self.out)

    def complete(self) -> None:
        """The same command undisturbed, whose results are as if nothing had happened; then the evidence changes."""
        with self.changing() as running:
            assert (running.wait(), running.complained) == (0, "")
        assert results(self.out) == self.undisturbed[self.state]
        self.state = 1 - self.state


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return House(tmp_path_factory.mktemp("house"))


@pytest.mark.parametrize("stage", STAGES)
def test_the_command_is_killed(stage: str, house: House) -> None:
    """Its processes end by themselves."""
    with house.changing() as running:
        assert running.has_come_to(stage)
        running.process.kill()
        running.process.wait()
        assert running.are_gone()
        assert strange(house.out, *house.undisturbed) == []
        left = {path.name for path in running.temporary.rglob("*")}
        assert {name for name in left if not name.startswith(REMAINS)} == set()
        assert running.complained == ""
    house.complete()


@pytest.mark.parametrize(
    ("role", "stage"),
    [("forkserver", stage) for stage in list(STAGES)[:-1]] + [("report", stage) for stage in list(STAGES)[1:-1]],
)
def test_its_processes_are_killed_and_it_goes_on(role: str, stage: str, house: House) -> None:
    """What is lost with them is made again; what is there is whole."""
    with house.changing() as running:
        assert running.has_come_to(stage)
        for process in running.those(role)[:1]:
            with suppress(psutil.NoSuchProcess):  # It may have ended a moment ago.
                process.kill()
        assert (running.wait(), running.complained) == (0, "")
        assert torn(house.out) == []
        assert running.are_gone()
        assert list(running.temporary.iterdir()) == []
    house.complete()
