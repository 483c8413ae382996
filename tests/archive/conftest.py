"""An archive that many tests share, and copies of it to damage."""

from __future__ import annotations

from pathlib import Path

import pytest
from archiving import archived, copy_of, slim

from scoring.archive.seal.bag import Sealed


@pytest.fixture(autouse=True)
def _slim(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Archives hold a part of the program, and are compared with that part."""
    if request.path.stem != "test_rerun":
        slim(monkeypatch)


@pytest.fixture(scope="session")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Sealed:
    """A complete archive of two departments, with a part of the program; not to be changed."""
    with pytest.MonkeyPatch.context() as patching:
        slim(patching)
        return archived(tmp_path_factory.mktemp("sealed"))


@pytest.fixture
def bag(sealed: Sealed, tmp_path: Path) -> Path:
    """A copy of its folder, to damage."""
    return copy_of(sealed.folder, tmp_path)


@pytest.fixture(scope="session")
def runnable(tmp_path_factory: pytest.TempPathFactory) -> Sealed:
    """The same with the whole program except its fonts, so that it can run; not to be changed."""
    with pytest.MonkeyPatch.context() as patching:
        slim(patching, whole=True)
        return archived(tmp_path_factory.mktemp("runnable"))
