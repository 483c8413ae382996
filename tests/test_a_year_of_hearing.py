"""A year of nine departments, from the first notice to the sealed archive; its figures are re-done from the files.

人社局's evidence lies in the parts of three assessors and an export that is imported twice. Notices go out in April; one
reply has a picture, one is late, one was tampered with; mending is looked at; an objection is decided and answered; two
circulars, the reports and the archive follow. What the papers say is compared with sums of this test's own over the
workbooks' cells and the days of the State Council's calendar.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import chinese_calendar
import openpyxl
import pytest
from bs4 import BeautifulSoup
from calling import Run
from evidence_builder import SCHEME, Evidence, faultless
from filling import filled

from scoring.review.audit import Audit

pytestmark = pytest.mark.thorough

PERSONNEL, EDUCATION, HOUSING = "人社局", "教育局", "住建局"
TYPO, LINK, HOLE, LETTER = "3.3.2.1.3", "3.3.2.1.2", "3.3.3.1", "3.2.1"
#: 3.2.1: a consultation of 1 March has seven workdays, until the 10th; it was answered on the 30th.
LETTERS = ("R-1,咨询,2017-03-01,2017-03-30,已按规定办理。,有效", "R-2,投诉,2017-03-06,2017-03-09,已处理。,有效")
HEADER = "流水号,信件类别,来信时间,答复时间,答复内容,是否有效"
FOUND = {
    PERSONNEL: (
        "监测发现 | 指标=3.3.2.1.3 | 描述=“签约”误为“签月” | 监测日期=2017-03-02",
        "安全漏洞 | 级别=高危 | 漏洞编号=CNVD-2017-00001 | 发现日期=2017-03-03",
    ),
    EDUCATION: (
        "监测发现 | 指标=3.3.2.1.3 | 描述=“通知”误为“通和” | 监测日期=2017-03-06",
        "监测发现 | 指标=3.3.2.1.2 | 描述=友情链接打不开 | 监测日期=2017-03-06",
    ),
    HOUSING: ("监测发现 | 指标=3.3.2.1.3 | 描述=“规划”误为“规画” | 监测日期=2017-03-07",),
}
#: Sheets of the three assessors; the department's own workbook has the others.
HANDS = {"李组": ("门户信息采用", "门户栏目报送"), "王组": ("安全漏洞", "安全通报"), "监测": ("监测时点", "监测发现")}
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
    "53de0000000c4944415408d763f8ffff3f0005fe02fedccc59e70000000049454e44ae426082"
)


def day(month: int, of_month: int) -> dt.date:
    return dt.date(2017, month, of_month)


def evidence(department: str, until: dt.date) -> Evidence:
    """What was known on a day: rows dated later are not there yet."""
    whole = faultless(department).add(*FOUND.get(department, ()))
    for sheet in SCHEME.rows_sheets:
        if sheet.dated_by and sheet.name in whole.sheets:
            dated = sheet.column(sheet.dated_by).name
            whole.sheets[sheet.name] = [row for row in whole.sheets[sheet.name] if _date(row[dated]) <= until]
    for row in whole.sheets["核查情况"]:
        row["核查日期"] = day(3, 20)
    return whole


def _date(value: Any) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else value


def save(raw: Path, until: dt.date) -> None:
    """The workbooks of a day; those of 人社局 in parts."""
    for department in SCHEME.departments:
        whole = evidence(department, until)
        if department == PERSONNEL:
            whole.sheets["领导信箱"] = []
            for part, sheets in HANDS.items():
                rows = {name: whole.sheets.pop(name) for name in sheets}
                Evidence(f"{department}.{part}", rows).save(raw)
        whole.save(raw)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    root = tmp_path_factory.mktemp("year")
    return root / "raw" / "2017", root / "out"


def ledger(raw: Path) -> list[dict[str, Any]]:
    """The rows of 整改台账 of all case files, as they stand in the cells."""
    rows = []
    for path in sorted(raw.glob("*.案卷.xlsx")):
        sheet = openpyxl.load_workbook(path)["整改台账"]
        header = [cell.value for cell in sheet[1]]
        for cells in sheet.iter_rows(min_row=2, values_only=True):
            row = dict(zip(header, cells, strict=True))
            rows.append({name: _date(value) for name, value in row.items()} | {"部门": path.name.split(".")[0]})
    return rows


def workdays_after(start: dt.date, count: int) -> dt.date:
    """The count-th workday after a day, counted one by one."""
    while count:
        start += dt.timedelta(days=1)
        count -= chinese_calendar.is_workday(start)
    return start


def rates(rows: list[dict[str, Any]], first: dt.date, last: dt.date) -> dict[str, str]:
    """整改复查合格率 and 按期办结率 of a period as numerator／denominator, by plain counting."""
    looked = {
        (row["部门"], row["发现编号"]): row["事项"]
        for row in by_day(rows)
        if "复查" in row["事项"] and first <= row["日期"] <= last
    }
    in_time = [
        accepted_in_time(rows, told) for told in rows if told["事项"] == "待整改" and first <= told["整改期限"] <= last
    ]
    return {
        "整改复查合格率": f"{sum(step == '复查合格' for step in looked.values())}／{len(looked)}",
        "按期办结率": f"{sum(in_time)}／{len(in_time)}",
    }


def by_day(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: row["日期"])


def accepted_in_time(rows: list[dict[str, Any]], told: dict[str, Any]) -> bool:
    """Whether a report until the last day was the one that a look then accepted."""
    steps = [row for row in by_day(rows) if (row["部门"], row["发现编号"]) == (told["部门"], told["发现编号"])]
    report = None
    for step in steps:
        if step["事项"] == "已反馈":
            report = step
        if step["事项"] == "复查合格" and report:
            return report["日期"] <= told["整改期限"]
    return False


def tables(page: Path) -> Iterator[list[list[str]]]:
    """The tables of a page, as texts."""
    for table in BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser").find_all("table"):
        yield [[cell.get_text(" ", strip=True) for cell in row.find_all(["th", "td"])] for row in table.find_all("tr")]


def shares(page: Path) -> dict[str, str]:
    """The rates of a circular: name to numerator／denominator."""
    (rows,) = (rows for rows in tables(page) if rows[0][0] == "比率")
    return {row[0]: row[2] for row in rows[1:]}


def finding(raw: Path, department: str, code: str) -> str:
    (found,) = {
        row["发现编号"] for row in ledger(raw) if row["部门"] == department and row["发现编号"].startswith(code)
    }
    return found


def look(raw: Path, department: str, code: str, *steps: tuple[str, dt.date]) -> None:
    audit = Audit.open(department, 2017, raw.parent)
    for word, on in steps:
        step = {"finding": finding(raw, department, code), "step": word, "done_on": on, "done_by": "核查二组"}
        audit = audit.follow([step])
    audit.save()


def test_a_year(folders: tuple[Path, Path], run: Run, tmp_path: Path) -> None:
    raw, out = folders
    where = ("--raw", raw.parent, "--year", "2017")

    def done(*args: object, code: int = 0) -> str:
        ended = run(*args)
        assert ended.code == code, (ended.out, ended.err)
        return ended.out + ended.err

    # The first quarter: three assessors, an export imported twice.
    save(raw, day(3, 31))
    for lines in (LETTERS[:1], LETTERS):
        export = tmp_path / "信箱.csv"
        export.write_bytes("\r\n".join((HEADER, *lines)).encode("gb18030"))
        done("import", export, "--department", PERSONNEL, "--sheet", "领导信箱", "--part", "信箱", "--out", raw.parent)

    # Told.
    done("notice", *where, "--out", out, "--by", "督查科", "--on", "2017-04-06")
    told = [row for row in ledger(raw) if row["事项"] in {"待整改", "已告知"}]
    assert {(row["部门"], row["发现编号"].split("-")[0], row["事项"]) for row in told} == {
        (PERSONNEL, TYPO, "待整改"),
        (PERSONNEL, HOLE, "待整改"),
        (PERSONNEL, LETTER, "已告知"),
        (EDUCATION, TYPO, "待整改"),
        (EDUCATION, LINK, "待整改"),
        (HOUSING, TYPO, "待整改"),
    }
    for row in told:
        days = 5 if row["发现编号"].startswith(HOLE) else 10
        assert row["整改期限"] == (workdays_after(day(4, 6), days) if row["事项"] == "待整改" else None)
        assert row["申诉期限"] == workdays_after(day(4, 6), 5)

    # Heard: in time with a picture, late, and tampered with.
    def form(department: str) -> Path:
        return out / department / "文书" / f"{department}.反馈表.xlsx"

    back = tmp_path / "back"
    mended = {"整改情况": "已改正", "整改日期": day(4, 10)}
    answers = {LETTER: {"意见": "申诉", "理由": "当日已答复", "附件": "记录.png"}, TYPO: mended, HOLE: mended}
    filled(form(PERSONNEL), answers, back)
    (back / "记录.png").write_bytes(PIXEL)
    filled(form(HOUSING), {TYPO: {"问题": "没有问题", **mended}}, back)
    said = done("receive", back, *where, "--on", "2017-04-12", code=1)
    assert "人社局，2017-人社局-1，登记 3 项" in said
    assert "问题被改动" in said
    assert not any(row["部门"] == HOUSING and row["事项"] == "已反馈" for row in ledger(raw))
    late = tmp_path / "late"
    filled(form(EDUCATION), {TYPO: {"意见": "认可", **mended}}, late)
    assert "登记 2 项，其中 2 项逾期" in done("receive", late, *where, "--on", "2017-05-02")

    # Mended, looked at again, decided, answered.
    look(raw, PERSONNEL, TYPO, ("复查合格", day(4, 20)), ("销号", day(4, 21)))
    look(raw, PERSONNEL, HOLE, ("复查不合格", day(4, 20)))
    look(raw, EDUCATION, TYPO, ("复查合格", day(5, 5)))
    letter = finding(raw, PERSONNEL, LETTER)
    audit = Audit.open(PERSONNEL, 2017, raw.parent)
    audit.decide([letter], "撤销", "确于期限内答复", "复核员乙", day(4, 25)).save()
    done("reply", *where, "--out", out, "--by", "督查科", "--on", "2017-04-28")
    assert [row["通知编号"] for row in ledger(raw) if row["事项"] == "已答复"] == ["2017-人社局-复1"]
    (answer,) = (out / PERSONNEL / "文书").glob("*复核结果告知书*.html")

    # Two circulars.
    spans = {"一": (day(1, 1), day(3, 31)), "二": (day(4, 1), day(6, 30))}
    save(raw, day(6, 30))
    for quarter, (first, last) in spans.items():
        done("circular", raw, "--from", first, "--to", last, "--out", out)
        page = out / f"2017年第{quarter}季度通报.html"
        known = [row for row in ledger(raw) if row["日期"] <= last]
        assert shares(page) == {"检查覆盖率": "9／9", **rates(known, first, last)}, quarter
    assert shares(page) == {"检查覆盖率": "9／9", "整改复查合格率": "2／3", "按期办结率": "1／5"}

    # The year's end: scores by hand, reports, archive.
    save(raw, day(12, 31))
    done("report", raw, "--out", out)
    cards = {name: json.loads((out / name / "scorecard.json").read_text("utf-8")) for name in SCHEME.departments}
    points = {name: {one["code"]: one["score"] for one in card["nodes"]} for name, card in cards.items()}
    clean = points["林业局"]["total"]
    # A typo costs 1 of 1 (少于3个错别字每个扣1分), a grave hole 3, a link 0.5; the letter was withdrawn.
    assert clean - points[PERSONNEL]["total"] == pytest.approx(1 + 3)
    assert clean - points[EDUCATION]["total"] == pytest.approx(1 + 0.5)
    assert clean - points[HOUSING]["total"] == pytest.approx(1)
    assert cards[PERSONNEL]["review"]["decisions"][0]["difference"] == [0.5, 0.5]
    text = BeautifulSoup(answer.read_text(encoding="utf-8"), "html.parser").get_text(" ", strip=True)
    assert re.search(r"\+\s?0\.5", text)
    states = {one["finding"].split("-")[0]: one.get("state") for one in cards[PERSONNEL]["follow_up"]}
    assert states == {LETTER: None, TYPO: "销号", HOLE: "复查不合格"}
    ranking = json.loads((out / "ranking.json").read_text("utf-8"))
    order = sorted((one["total"] for one in ranking["ranked"]), reverse=True)
    assert [one["rank"] for one in ranking["ranked"]] == [order.index(one["total"]) + 1 for one in ranking["ranked"]]

    done("archive", "2017", "--raw", raw, "--out-of", out, "--allow-incomplete", "--to", tmp_path / "archives")
    (sealed,) = (path for path in (tmp_path / "archives").iterdir() if path.is_dir())
    assert "复核结果告知书" in " ".join(path.name for path in sealed.rglob("*"))
    done("verify", sealed)
