"""A year to compare may be an archive; its own scheme and readings count."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path

import pytest
from archiving import DEPARTMENTS, edit, edit_json, reseal
from evidence_builder import EXERCISE, a_year_later, faultless

from scoring.archive.seal.bag import Sealed
from scoring.archive.years import opened_year as opened
from scoring.archive.years_report import make_years
from scoring.comparison import NotComparable, Split, compare

pytestmark = pytest.mark.thorough


def test_an_archive_is_a_year(sealed: Sealed) -> None:
    for path in (sealed.folder, sealed.packed):
        with opened(path) as year:
            assert (year.year, year.scheme.departments) == (2017, DEPARTMENTS)
            assert {workbook.stem for workbook in year.evidence.glob("*.xlsx")} == set(DEPARTMENTS)


def test_an_archive_beside_a_folder_is_a_report(sealed: Sealed, tmp_path: Path) -> None:
    """The archive's own list of departments counts: 规划局 is in the folder of the later year alone."""
    later = tmp_path / "2018"
    later.mkdir()
    for department in (*DEPARTMENTS, "规划局"):
        a_year_later(faultless(department)).save(later)
    made = make_years([later, sealed.packed], tmp_path / "out", {}, schemes={"2018": EXERCISE})
    assert made.problem == ""
    page = (tmp_path / "out" / "2017、2018年度对比.html").read_text(encoding="utf-8")
    assert all(department in page for department in DEPARTMENTS)
    assert "只在2018年度评分、不作对比的部门：规划局" in page


def test_two_of_one_name_are_refused(sealed: Sealed, tmp_path: Path) -> None:
    """A folder named 2018 beside an archive whose folder was renamed to 2018."""
    shutil.copytree(sealed.folder, tmp_path / "archives" / "2018")
    (tmp_path / "2018").mkdir()
    a_year_later(faultless("教育局")).save(tmp_path / "2018")
    with pytest.raises(NotComparable, match="不能同名：2018"):
        make_years(
            [tmp_path / "archives" / "2018", tmp_path / "2018"], tmp_path / "out", {}, schemes={"2018": EXERCISE}
        )


def test_its_readings_are_its_own(bag: Path) -> None:
    edit_json(bag / "data" / "方案" / "所用解读.json", lambda chosen: chosen.update(overflow="spill"))
    reseal(bag)
    with opened(bag, {"2018": {"overflow": "floor"}}) as year:
        assert year.readings["overflow"] == "spill"
    with pytest.raises(NotComparable, match="解读以归档所记为准"), opened(bag, {"2017": {"overflow": "floor"}}):
        pass


def test_an_archive_without_evidence(bag: Path) -> None:
    shutil.rmtree(bag / "data" / "佐证")
    reseal(bag)
    with pytest.raises(NotComparable, match=r"没有 \.xlsx 工作簿"), opened(bag):
        pass


def test_its_calendar_is_its_own(bag: Path, tmp_path: Path) -> None:
    """Friday, 13 October 2017 is said to be free: the letters answered on the 16th are in time, by any year's rules."""
    edit(bag / "data" / "工作日历.csv", "2017-10-13,五,是,", "2017-10-13,五,否,放假")
    reseal(bag)
    later = tmp_path / "2018"
    later.mkdir()
    a_year_later(faultless("教育局")).save(later)
    with opened(bag) as before, opened(later, schemes={"2018": EXERCISE}) as after:
        (change,) = compare(before, after).departments
    (letters,) = [leaf for leaf in change.leaves if leaf.node.code == "3.2.1"]
    assert letters.before is not None
    assert letters.before.low == letters.before.node.points
    assert letters.split == Split(rules=Fraction(1))


def test_an_archive_that_is_no_longer_whole(bag: Path) -> None:
    (bag / "data" / "佐证" / "教育局.xlsx").write_bytes(b"")
    with pytest.raises(NotComparable, match=r"已不完好（data/佐证/教育局\.xlsx：内容被改动）"), opened(bag):
        pass


@pytest.mark.parametrize("name", ["方案/leiyang_2017/scheme.toml", "标签.json", "方案/所用解读.json", "工作日历.csv"])
def test_an_archive_that_cannot_be_read(bag: Path, name: str) -> None:
    (bag / "data" / name).write_bytes(b"{")
    reseal(bag)
    with pytest.raises(NotComparable, match=bag.name), opened(bag):
        pass
