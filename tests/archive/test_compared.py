"""A year that is put beside another may be an archive; its own scheme and readings count."""

from __future__ import annotations

from pathlib import Path

import pytest
from archiving import DEPARTMENTS, edit_json

from scoring.archive.bag import Sealed
from scoring.comparison import NotComparable, opened


def test_an_archive_is_a_year(sealed: Sealed) -> None:
    for path in (sealed.folder, sealed.packed):
        with opened(path) as year:
            assert (year.year, year.scheme.departments) == (2017, DEPARTMENTS)
            assert {workbook.stem for workbook in year.evidence.glob("*.xlsx")} == set(DEPARTMENTS)


def test_its_readings_are_its_own(bag: Path) -> None:
    edit_json(bag / "data" / "方案" / "所用解读.json", lambda chosen: chosen.update(overflow="spill"))
    with opened(bag, {"2017": {"overflow": "floor"}}) as year:
        assert year.readings["overflow"] == "spill"


@pytest.mark.parametrize("name", ["方案/scheme.toml", "标签.json", "方案/所用解读.json"])
def test_an_archive_that_cannot_be_read(bag: Path, name: str) -> None:
    (bag / "data" / name).write_bytes(b"{")
    with pytest.raises(NotComparable, match=bag.name), opened(bag):
        pass
