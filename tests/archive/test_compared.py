"""A year that is put beside another may be an archive; its own scheme and readings count."""

from __future__ import annotations

from pathlib import Path

import pytest
from archiving import DEPARTMENTS, edit, edit_json
from evidence_builder import a_year_later, faultless

from scoring.archive.bag import Sealed
from scoring.comparison import NotComparable, Split, compare, opened


def test_an_archive_is_a_year(sealed: Sealed) -> None:
    for path in (sealed.folder, sealed.packed):
        with opened(path) as year:
            assert (year.year, year.scheme.departments) == (2017, DEPARTMENTS)
            assert {workbook.stem for workbook in year.evidence.glob("*.xlsx")} == set(DEPARTMENTS)


def test_its_readings_are_its_own(bag: Path) -> None:
    edit_json(bag / "data" / "方案" / "所用解读.json", lambda chosen: chosen.update(overflow="spill"))
    with opened(bag, {"2017": {"overflow": "floor"}}) as year:
        assert year.readings["overflow"] == "spill"


def test_its_calendar_is_its_own(bag: Path, tmp_path: Path) -> None:
    """Friday, 13 October 2017 is said to be free: the letters answered on the 16th are in time, by any year's rules."""
    edit(bag / "data" / "工作日历.csv", "2017-10-13,五,是,", "2017-10-13,五,否,放假")
    later = tmp_path / "2018"
    later.mkdir()
    a_year_later(faultless("教育局")).save(later)
    with opened(bag) as before, opened(later) as after:
        (change,) = compare(before, after).departments
    (letters,) = [leaf for leaf in change.leaves if leaf.node.code == "3.2.1"]
    assert letters.before is not None
    assert letters.before.low == letters.node.points
    assert letters.split == Split()


@pytest.mark.parametrize("name", ["方案/scheme.toml", "标签.json", "方案/所用解读.json", "工作日历.csv"])
def test_an_archive_that_cannot_be_read(bag: Path, name: str) -> None:
    (bag / "data" / name).write_bytes(b"{")
    with pytest.raises(NotComparable, match=bag.name), opened(bag):
        pass
