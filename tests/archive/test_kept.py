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


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_it_verifies_by_the_program_that_lies_in_it(path: Path) -> None:
    verified = verify(path, Asked(expected=IDENTIFIERS[path.stem], archived_source=True))
    assert verified.holds, verified.lines()
    assert [part.skipped for part in verified.parts] == ["", "", "", ""]
    assert verified.parts[2].checked == "2 个部门，84 个指标"


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_the_installed_program_verifies_it_or_says_how(path: Path) -> None:
    """The scheme of 0.1.0 is written otherwise than today: it cannot be scored by today's rules, all else agrees."""
    fixity, seal, scores, ledgers = verify(path, Asked()).parts
    assert [part.differences for part in (fixity, seal, ledgers)] == [[], [], []]
    assert all("可加 --with-archived-source" in str(difference) for difference in scores.differences)
