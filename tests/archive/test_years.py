"""A year to compare may be an archive; its own scheme and readings count."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path

import pytest
from archiving import DEPARTMENTS, edit, edit_json, reseal
from evidence_builder import EXERCISE, SCHEME, a_year_later, faultless

from scoring.archive.seal.bag import Sealed
from scoring.archive.years import opened_year, opened_years
from scoring.archive.years_report import make_years
from scoring.comparison import NotComparable, Split, compare
from scoring.scheme.readings import choose

pytestmark = pytest.mark.thorough

LATER = {"2018": EXERCISE}


def test_an_archive_is_a_year(sealed: Sealed) -> None:
    for path in (sealed.folder, sealed.packed):
        with opened_year(path) as year:
            assert (year.year, year.scheme.departments) == (2017, DEPARTMENTS)
            assert {workbook.stem for workbook in year.evidence.glob("*.xlsx")} == set(DEPARTMENTS)


def test_an_archive_beside_a_folder_is_a_report(sealed: Sealed, tmp_path: Path) -> None:
    """The archive's own list of departments counts: 规划局 is in the folder of the later year alone."""
    later = tmp_path / "2018"
    for department in (*DEPARTMENTS, "规划局"):
        a_year_later(faultless(department)).save(later)
    made = make_years([later, sealed.packed], tmp_path / "out", {}, schemes=LATER)
    assert made.problem == ""
    page = (tmp_path / "out" / "2017、2018年度对比.html").read_text(encoding="utf-8")
    assert all(department in page for department in DEPARTMENTS)
    assert "只在2018年度评分、不作对比的部门：规划局" in page


def test_two_of_one_name_are_refused(sealed: Sealed, tmp_path: Path) -> None:
    """A folder named 2018 beside an archive whose folder was renamed to 2018."""
    shutil.copytree(sealed.folder, tmp_path / "archives" / "2018")
    a_year_later(faultless("教育局")).save(tmp_path / "2018")
    with pytest.raises(NotComparable, match="不能同名：2018"):
        make_years([tmp_path / "archives" / "2018", tmp_path / "2018"], tmp_path / "out", {}, schemes=LATER)


def test_its_readings_are_its_own(bag: Path) -> None:
    edit_json(bag / "data" / "方案" / "所用解读.json", lambda chosen: chosen.update(overflow="spill"))
    reseal(bag)
    with opened_year(bag, {"2018": {"overflow": "floor"}}) as year:
        assert year.readings["overflow"] == "spill"
    with pytest.raises(NotComparable, match="解读以归档所记为准"), opened_year(bag, {"2017": {"overflow": "floor"}}):
        pass


def test_an_archive_without_evidence(bag: Path) -> None:
    shutil.rmtree(bag / "data" / "佐证")
    reseal(bag)
    with pytest.raises(NotComparable, match=r"没有 \.xlsx 工作簿"), opened_year(bag):
        pass


def test_its_calendar_is_its_own(bag: Path, tmp_path: Path) -> None:
    """Friday, 13 October 2017 is said to be free: the letters answered on the 16th are in time, by any year's rules."""
    edit(bag / "data" / "工作日历.csv", "2017-10-13,五,是,", "2017-10-13,五,否,放假")
    reseal(bag)
    later = tmp_path / "2018"
    a_year_later(faultless("教育局")).save(later)
    with opened_year(bag) as before, opened_year(later, schemes=LATER) as after:
        (change,) = compare(before, after).departments
    (letters,) = [leaf for leaf in change.leaves if leaf.node.code == "3.2.1"]
    assert letters.before is not None
    assert letters.before.low == letters.before.node.points
    assert letters.split == Split(rules=Fraction(1))


def test_an_archive_that_is_no_longer_whole(bag: Path) -> None:
    (bag / "data" / "佐证" / "教育局.xlsx").write_bytes(b"")
    with pytest.raises(NotComparable, match=r"已不完好（data/佐证/教育局\.xlsx：内容被改动）"), opened_year(bag):
        pass


@pytest.mark.parametrize("name", ["方案/leiyang_2017/scheme.toml", "标签.json", "方案/所用解读.json", "工作日历.csv"])
def test_an_archive_that_cannot_be_read(bag: Path, name: str) -> None:
    (bag / "data" / name).write_bytes(b"{")
    reseal(bag)
    with pytest.raises(NotComparable, match=bag.name), opened_year(bag):
        pass


# --- Folders of workbooks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("2019", "没有佐证文件夹或归档"),
        ("evidence", "不是以年度命名的佐证文件夹"),
        ("1999", "没有 1999 年施行的考核方案"),
        ("2017", "2017 中没有 .xlsx 工作簿"),
        ("file/2018", "不是以年度命名的佐证文件夹"),
    ],
)
def test_what_cannot_be_opened_is_refused(path: str, message: str, tmp_path: Path) -> None:
    for name in ("evidence", "1999", "2017", "file"):
        (tmp_path / name).mkdir()
    (tmp_path / "file" / "2018").touch()
    with pytest.raises(NotComparable, match=message), opened_year(tmp_path / path):
        pass


def test_a_folder_named_after_its_year_is_opened_with_every_reading(tmp_path: Path) -> None:
    faultless().save(tmp_path / "2017")
    with opened_year(tmp_path / "2017", {"2017": {"overflow": "spill"}, "2018": {}}) as year:
        assert (year.year, year.scheme, year.evidence) == (2017, SCHEME, tmp_path / "2017")
        assert year.readings == choose(SCHEME.readings, {"overflow": "spill"})
    with pytest.raises(NotComparable, match="never"), opened_year(tmp_path / "2017", {"2017": {"overflow": "never"}}):
        pass


def test_a_list_stands_in_for_the_departments(tmp_path: Path) -> None:
    faultless("某局").save(tmp_path / "2017")
    (tmp_path / "名单.txt").write_text("某局\n", encoding="utf-8")
    with opened_year(tmp_path / "2017", departments=tmp_path / "名单.txt") as year:
        assert year.scheme.departments == ("某局",)
    with (
        pytest.raises(NotComparable, match="部门名单"),
        opened_year(tmp_path / "2017", departments=tmp_path / "没有.txt"),
    ):
        pass


def test_readings_are_of_the_years_that_are_compared(tmp_path: Path) -> None:
    for year, workbook in (("2017", faultless()), ("2018", a_year_later(faultless()))):
        workbook.save(tmp_path / year)
    paths = [tmp_path / "2018", tmp_path / "2017"]
    with (
        pytest.raises(NotComparable, match="指定了解读的年度不在对比之列：2019"),
        opened_years(paths, {"2019": {}}, schemes=LATER),
    ):
        pass
    with opened_years(paths, {2018: {"overflow": "spill"}}, schemes=LATER) as years:
        assert [(year.year, year.readings["overflow"]) for year in years] == [(2018, "spill"), (2017, "floor")]
