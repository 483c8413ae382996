"""Archives made by older versions of this project still verify, also by the program that lies in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from scoring.archive.verify.run import Asked, verify

KEPT = sorted((Path(__file__).parents[1] / "data").glob("archive-*.zip"))
#: What each had noted down when it was made.
IDENTIFIERS = {"archive-0.1.0": "57c8d2031e08f294770972e85fa7af14"}


def test_every_kept_archive_is_known() -> None:
    assert {path.stem for path in KEPT} == set(IDENTIFIERS)


@pytest.mark.parametrize("archived_source", [False, True], ids=["installed", "archived"])
@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_it_verifies(path: Path, *, archived_source: bool) -> None:
    verified = verify(path, Asked(expected=IDENTIFIERS[path.stem], archived_source=archived_source))
    assert verified.holds, verified.lines()
    assert [part.skipped for part in verified.parts] == ["", "", "", ""]
