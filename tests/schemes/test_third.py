"""A made-up scheme, unlike the program's own, in the whole program, which must not depend on a city, code or sheet."""

from __future__ import annotations

import datetime as dt
import io
import json
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from evidence_builder import Row
from scheme_copies import copy_of
from third import FOLDER, all_three, issue, outage, sound, third, unfinished, vetoed

from scoring import Scorecard, assess, load_scheme
from scoring.cli.clickzh import run as run_command
from scoring.cli.main import cli
from scoring.comparison import OneYear, compare
from scoring.engine.findings import Clause, worded
from scoring.engine.rehearsal import rehearse
from scoring.evidence.template import blank, for_department
from scoring.report.excel import write_city, write_department
from scoring.report.notice import notice_of
from scoring.report.view.blocks import Part, words
from scoring.report.view.city import CityReport
from scoring.report.view.department import DepartmentReport
from scoring.review.audit import Audit
from scoring.review.panel import Workbench
from scoring.scheme import FindingKind
from scoring.scheme.readings import choose

SCHEME = third()
NAMED = ("--scheme", str(FOLDER))
#: Words of the program's own schemes, which no result of this one may hold.
FOREIGN = ("耒阳", "leiyang", "信箱", "走进", "监测时点", "通报曝光", "3.2.1")


def called(*args: object) -> int:
    with pytest.raises(SystemExit) as ended:
        run_command(cli, [str(arg) for arg in args])
    return int(ended.value.code or 0)


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("third")
    for year in (2021, 2022):
        all_three(folder / str(year), year)
    return folder


@pytest.fixture(scope="module")
def cards(raw: Path) -> dict[str, Scorecard]:
    assessment = assess(sorted((raw / "2021").glob("*.xlsx")), SCHEME)
    assert assessment.faults == {}
    return {card.department: card for card in assessment.scorecards}


# --- Scores


def figures(card: Scorecard) -> dict[str, tuple[float, float]]:
    return {code: (float(node.low), float(node.high)) for code, node in card.nodes.items()}


def test_a_sound_workbook_gets_all_sixty_points(cards: dict[str, Scorecard]) -> None:
    assert cards["城管局"].total.score == 60
    assert cards["城管局"].qualified


def test_a_veto_empties_only_its_section(cards: dict[str, Scorecard]) -> None:
    card = cards["文旅局"]
    assert {veto.kind.veto for veto in card.vetoes} == {"直接不合格", "一票否决"}
    assert card.qualified is False
    assert figures(card)["甲"] == figures(card)["乙"] == (0, 0)
    assert figures(card)["丁.1"] == (0.25, 0.25)  # half an hour at half a point an hour
    assert figures(card)["total"] == (15.25, 15.25)


def test_a_reading_with_a_scope_and_one_without(raw: Path) -> None:
    paths = sorted((raw / "2021").glob("*.xlsx"))
    total = {card.department: card for card in assess(paths, SCHEME, {"outage-scope": "total"}).scorecards}
    assert total["文旅局"].total.score == 0
    accepted = {card.department: card for card in assess(paths, SCHEME, {"counted-items": "accepted"}).scorecards}
    assert accepted["城管局"].nodes["甲.2"].score == 7


def test_a_leaf_without_its_optional_sheet_is_pending(cards: dict[str, Scorecard]) -> None:
    card = cards["水务局"]
    assert card.pending == {"乙.2": "佐证中没有《无障碍检测》"}
    assert figures(card)["乙.2"] == (0, 5)
    assert figures(card)["total"] == (54, 59)


@pytest.mark.parametrize(("times", "score"), [(1, 5), (2, 2.5), (3, 0), (4, 0)])
def test_half_points_down_to_zero(times: int, score: float, tmp_path: Path) -> None:
    evidence = sound()
    evidence.sheets["问题清单"] = [issue(2021, "甲.1.1", "栏目空缺", f"空栏目{n}") for n in range(times)]
    (card,) = assess([evidence.save(tmp_path)], SCHEME).scorecards
    assert card.nodes["甲.1.1"].score == score


@pytest.mark.parametrize(
    ("restored", "score"),
    [((2021, 9, 23, 23, 59), 10), ((2021, 9, 24, 0, 1), 7.5), (None, 7.5)],
    ids=["on the third working day", "a minute later", "never"],
)
def test_a_moment_counts_by_its_day(restored: tuple[int, ...] | None, score: float, tmp_path: Path) -> None:
    """Reported on Saturday 18 September, a working day; 19 to 21 September are off."""
    evidence = sound()
    until = dt.datetime(*restored) if restored else None  # noqa: DTZ001
    evidence.sheets["故障工单"] = [outage("G-9", dt.datetime(2021, 9, 17, 23, 0), until)]  # noqa: DTZ001
    (card,) = assess([evidence.save(tmp_path)], SCHEME).scorecards
    assert card.nodes["乙.1"].score == score


def test_a_sentence_has_the_time_of_a_moment_and_no_idle_zeros() -> None:
    rows = pd.DataFrame({"at": [pd.Timestamp("2021-09-17 23:05")], "hours": [Decimal("4.0")]})
    assert worded("{at}，{hours}学时", rows) == ["2021年9月17日23:05，4学时"]


def test_points_above_zero_that_a_rule_gives_are_a_bonus() -> None:
    scheme = load_scheme(2017)
    leaf = replace(scheme.bonus_leaf, findings={"加分": FindingKind("加分", "获得加分")})
    rows = pd.DataFrame({"department": ["甲", "乙"], "each": [Fraction(2), Fraction(-1)]})
    found = Clause(leaf, scheme, choose(scheme.readings)).change("加分", rows, each="each")
    assert list(found["bonus"]) == [True, False]


# --- The workbook


def test_its_blank_workbook_has_its_sheets_and_words() -> None:
    book = openpyxl.load_workbook(io.BytesIO(blank(SCHEME)))
    assert book.sheetnames[1:] == [sheet.name for sheet in SCHEME.sheets_to_fill_in]
    cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]
    assert {"甲.1.2", "敏感信息"} <= set(cells)
    assert [word for word in FOREIGN if word in " ".join(cells)] == []


def test_a_workbook_to_start_with_can_be_read_back(tmp_path: Path) -> None:
    assert called("new", "城管局", "--out", tmp_path, *NAMED) == 0
    path = tmp_path / "2021" / "城管局.xlsx"
    assert path.read_bytes() == for_department(SCHEME, "城管局")
    (faults,) = assess([path], SCHEME).faults.values()
    assert {(fault.sheet, fault.found) for fault in faults} == {
        *(("基本信息", f"“{name}”为空") for name in ("数据性质", "管理制度"))
    }


def training(hours: float) -> Row:
    return {"培训日期": dt.date(2021, 5, 1), "内容": "审核", "学时（小时）": hours}


MORNING, EARLIER = dt.datetime(2021, 5, 2, 9, 30), dt.datetime(2021, 5, 2, 9, 0)  # noqa: DTZ001 - as noted down


@pytest.mark.parametrize(
    ("sheet", "row", "found"),
    [
        ("培训记录", training(40.5), "“40.5”；应为：0.5 到 40 之间的数字"),
        ("培训记录", training(0.25), "“0.25”；应为：0.5 到 40 之间的数字"),
        ("故障工单", outage("G-2", MORNING, EARLIER), "“2021-05-02 09:00”早于B3的报障时间“2021-05-02 09:30”"),
        ("故障工单", outage("G-001", MORNING, None), "“G-001”与A2重复"),
        ("问题清单", issue(2021, "甲.1.1", "敏感信息", "x"), "应为：该考核指标的问题类别：栏目空缺"),
        ("问题清单", issue(2021, "乙.1", "敏感信息", "x"), "应为：可记《问题清单》的指标之一：甲.1.1、甲.1.2"),
        ("专题更新", {"更新日期": dt.date(2021, 5, 1), "专题名称": "没有的"}, "专题名称“没有的”不在《专题》中"),
    ],
    ids=["above", "below", "earlier", "twice", "of another leaf", "no such leaf", "not listed"],
)
def test_its_sheets_are_checked(sheet: str, row: Row, found: str, tmp_path: Path) -> None:
    evidence = sound()
    evidence.sheets[sheet].append(row)
    ((fault,),) = assess([evidence.save(tmp_path)], SCHEME).faults.values()
    assert found in str(fault)


def test_a_leaf_judged_on_days_needs_one(tmp_path: Path) -> None:
    evidence = sound()
    evidence.sheets["巡查记录"] = []
    ((fault,),) = assess([evidence.save(tmp_path)], SCHEME).faults.values()
    assert "丙.1 为“已核查”，而《巡查记录》在考核期内没有一行" in str(fault)


# --- Pages


def said_by(*parts: Part) -> str:
    """All words of some parts of a page."""
    return "\n".join(word for part in parts for word in words(part.blocks))


def test_its_rules_get_nothing_wrong() -> None:
    assert list(rehearse(SCHEME)) == []


def test_the_departments_page_has_four_sections_and_its_charts(cards: dict[str, Scorecard]) -> None:
    report = DepartmentReport(cards["文旅局"], 2, 2)
    page = said_by(report.first_page(), report.score_table(), report.sections())
    for section in ("内容保障", "运行服务", "日常巡查", "队伍建设", "够不够 24 条", "故障是否按期恢复"):
        assert section in page
    assert [word for word in FOREIGN if word in page] == []


def test_the_citys_page(raw: Path) -> None:
    report = CityReport.load(2021, raw, scheme=str(FOLDER))
    page = said_by(report.first_page(), report.vetoes(), report.apart(), report.losses())
    assert "直接不合格" in page
    assert [word for word in FOREIGN if word in page] == []


def test_the_notice(cards: dict[str, Scorecard]) -> None:
    notice = str(notice_of(cards["文旅局"]))
    assert "敏感信息共2处" in notice
    assert "补充内容或撤销栏目" in notice


def test_the_ledger_adds_up(cards: dict[str, Scorecard], raw: Path, tmp_path: Path) -> None:
    write_department(cards["文旅局"], 2, tmp_path / "one.xlsx")
    write_city(assess(sorted((raw / "2021").glob("*.xlsx")), SCHEME), tmp_path / "city.xlsx")
    for name in ("one.xlsx", "city.xlsx"):
        book = openpyxl.load_workbook(tmp_path / name, data_only=True)
        cells = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row]
        assert 15.25 in cells


# --- Review


def test_a_finding_is_withdrawn_and_its_veto_with_it(raw: Path) -> None:
    audit = Audit.open("文旅局", 2021, raw, scheme=str(FOLDER))
    sensitive = next(finding for finding in audit.card.of("甲.1.2") if finding.kind.name == "敏感信息")
    decided = audit.decide([sensitive.id], "撤销", "经核实不含个人信息", "复核一组", dt.date(2022, 1, 8))
    assert decided.card.nodes["甲"].score == 17.5
    assert list(audit.looked_at("甲.1.2")) == ["问题清单"]


def test_the_workbench_shows_it_without_a_screen(raw: Path) -> None:
    bench = Workbench("文旅局", 2021, raw, scheme=str(FOLDER), interactive=False)
    page = said_by(bench.choose(), bench.desk(), bench.readings())
    assert "敏感信息累计" in page
    assert "一票否决的范围" in page
    assert "丁.1" in str(bench.explain("丁.1"))


# --- Commands


def test_the_scheme_explained(tmp_path: Path) -> None:
    assert called("scheme", FOLDER, "--out", tmp_path) == 0
    page = (tmp_path / "方案说明-third.html").read_text(encoding="utf-8")
    assert "敏感信息2处以上的，直接不合格，内容保障计0分。" in page
    assert [word for word in FOREIGN if word in page] == []


def test_score_by_a_folder(raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert called("score", raw / "2021", "--out", tmp_path, "--jobs", 1, *NAMED) == 0
    ranking = json.loads((tmp_path / "ranking.json").read_text(encoding="utf-8"))
    assert [(entry["department"], entry["total"]) for entry in ranking["ranked"]] == [("城管局", 60), ("文旅局", 15.25)]
    assert ranking["scheme"] == "third"
    assert called("check", raw / "2021", *NAMED) == 0
    assert "没有差错" in capsys.readouterr().out


@pytest.fixture(scope="module")
def reported(raw: Path) -> Path:
    assert called("report", raw / "2021", "--out", raw / "out" / "2021", "--jobs", 2, *NAMED) == 0
    return raw / "out" / "2021"


@pytest.mark.thorough
def test_reports_and_a_notice(raw: Path, reported: Path) -> None:
    assert called("notice", "文旅局", "--raw", raw, "--out", reported, "--year", 2021, *NAMED) == 0
    for page in sorted(reported.rglob("*.html")):
        assert [word for word in FOREIGN if word in page.read_text(encoding="utf-8")] == [], page.name
    assert len(list(reported.rglob("*.pdf"))) == 5


@pytest.mark.thorough
def test_years_side_by_side(raw: Path, tmp_path: Path) -> None:
    schemes = [word for year in (2021, 2022) for word in ("--scheme", f"{year}:{FOLDER}")]
    assert called("years", raw / "2021", raw / "2022", "--out", tmp_path, *schemes) == 0
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".html", ".ipynb", ".pdf"]


TRAININGS = '\n[[sheet]]\nkey = "trainings"'
DRILLS = """
[[sheet]]
key = "drills"
name = "应急演练"
row_is = "一次演练"
dated_by = "day"
columns = [{ key = "day", name = "日期*", kind = "date", about = "演练日期" }]
"""
LOOK = '    table = evidence.rows("trainings")'
WITH_DRILLS = (
    ("sheets.toml", TRAININGS, DRILLS + TRAININGS),
    ("scheme.toml", 'sheets = ["trainings"]', 'sheets = ["trainings", "drills"]'),
    ("scheme.toml", "since = 2021", 'since = 2022\nfollows = "third"'),
    ("service.py", LOOK, f'{LOOK}\n    evidence.rows("drills")'),
)


def test_years_whose_sheets_differ(raw: Path, tmp_path: Path) -> None:
    """A leaf that looks at a sheet which the earlier year did not have is not split; the others are."""
    after = load_scheme(2022, str(copy_of(tmp_path / "third_2022", *WITH_DRILLS, source=FOLDER)))
    (tmp_path / "2022").mkdir()
    evidence = sound(year=2022)
    evidence.headers["应急演练"], evidence.sheets["应急演练"] = ["日期"], [{"日期": dt.date(2022, 3, 1)}]
    evidence.save(tmp_path / "2022")
    years = ((2021, raw / "2021", SCHEME), (2022, tmp_path / "2022", after))
    comparison = compare(*(OneYear(*year, choose(year[2].readings)) for year in years))
    (change,) = comparison.departments
    assert change.change == 0
    assert [leaf.node.code for leaf in change.leaves if leaf.split is None] == ["丁.1"]


@pytest.mark.thorough
def test_an_archive_holds_and_verifies_it(raw: Path, reported: Path, tmp_path: Path) -> None:
    more = ("--out-of", reported, "--to", tmp_path, "--allow-incomplete", *NAMED)
    assert called("archive", 2021, "--raw", raw / "2021", *more) == 0
    (sealed,) = tmp_path.glob("*.zip")
    assert called("verify", sealed, *NAMED) == 0
    assert called("verify", sealed) == 1, "the rules of an archive are not run unasked"


def test_evidence_for_this_scheme_and_another_in_one_workbook(tmp_path: Path) -> None:
    """Sheets, 项目 and leaves of the program's schemes are ignored."""
    evidence = vetoed()
    evidence.sheets["监测时点"], evidence.headers["监测时点"] = [{"监测日期": dt.date(2021, 5, 1)}], ["监测日期"]
    evidence.sheets["基本信息"].append({"项目": "信箱栏目", "内容": "有"})
    evidence.sheets["核查情况"].append({"指标": "3.2.1", "状态": "未核查", "核查人": None, "核查日期": None})
    (card,) = assess([evidence.save(tmp_path)], SCHEME).scorecards
    assert float(card.total.low) == 15.25


def test_its_optional_column_and_items_are_read(tmp_path: Path) -> None:
    (card,) = assess([unfinished().save(tmp_path)], SCHEME).scorecards
    assert card.source.tables["issues"]["shot"].tolist() == ["T-001"]
    facts = card.source.tables["facts"]
    assert facts["satisfaction"].tolist() == [pytest.approx(92.5)]
