"""A year of nine departments, from the first notice to the sealed archive; its figures are re-done from the files.

人社局's evidence lies in the parts of three assessors and an export that is imported twice. Notices go out in April;
one reply has a picture, one is late, one was tampered with; mending is looked at; an objection is decided and answered;
two circulars, the reports and the archive follow. What the papers say is compared with sums of this test's own over
the workbooks' cells and the days of the State Council's calendar.
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
from filling import Answers, filled

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
        "领导信箱 | 信件编号=E-1 | 类型=咨询 | 来信日期=2017-03-01 | 回复日期=2017-03-30",
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


def text_of(page: Path) -> str:
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser").get_text(" ", strip=True)


def counts(rows: list[dict[str, Any]], first: dt.date, last: dt.date) -> list[str]:
    """到期, 按期办结, 复查 and 合格 of a department, by plain counting."""
    found = rates(rows, first, last)
    in_time, due = found["按期办结率"].split("／")
    good, looked = found["整改复查合格率"].split("／")
    return [due, in_time, looked, good]


def mended_of(page: Path, department: str) -> list[str]:
    """The same of a circular's table."""
    (rows,) = (rows for rows in tables(page) if rows[0][1:2] == ["期初未改"])
    (own,) = (dict(zip(rows[0], row, strict=True)) for row in rows if row[0] == department)
    return [own[name] for name in ("到期", "按期办结", "复查", "合格")]


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


class Year:
    """The year, step by step."""

    def __init__(self, run: Run, root: Path) -> None:
        self.run, self.root = run, root
        self.raw, self.out = root / "raw" / "2017", root / "out"
        self.where = ("--raw", self.raw.parent, "--year", "2017")

    def done(self, *args: object, code: int = 0) -> str:
        ended = self.run(*args)
        assert ended.code == code, (ended.out, ended.err)
        return ended.out + ended.err

    def papers(self, department: str) -> Path:
        return self.out / department / "文书"

    def answered(self, department: str, answers: Answers, to: str) -> Path:
        return filled(self.papers(department) / f"{department}.反馈表.xlsx", answers, self.root / to).parent

    def collects(self) -> None:
        """The first quarter: three assessors, an export imported twice."""
        save(self.raw, day(3, 31))
        to = ("--department", PERSONNEL, "--sheet", "领导信箱", "--part", "信箱", "--out", self.raw.parent)
        for lines in (LETTERS[:1], LETTERS):
            export = self.root / "信箱.csv"
            export.write_bytes("\r\n".join((HEADER, *lines)).encode("gb18030"))
            self.done("import", export, *to)

    def tells(self) -> None:
        """On 6 April: five workdays for a grave hole, ten for the rest; a late letter cannot be mended."""
        self.done("notice", *self.where, "--out", self.out, "--by", "督查科", "--on", "2017-04-06")
        told = ledger(self.raw)
        assert {(row["部门"], row["发现编号"].split("-")[0], row["事项"]) for row in told} == {
            (PERSONNEL, TYPO, "待整改"),
            (PERSONNEL, HOLE, "待整改"),
            (PERSONNEL, LETTER, "已告知"),
            (EDUCATION, TYPO, "待整改"),
            (EDUCATION, LINK, "待整改"),
            (EDUCATION, LETTER, "已告知"),
            (HOUSING, TYPO, "待整改"),
        }
        for row in told:
            days = 5 if row["发现编号"].startswith(HOLE) else 10
            assert row["整改期限"] == (workdays_after(day(4, 6), days) if row["事项"] == "待整改" else None)
            assert row["申诉期限"] == workdays_after(day(4, 6), 5)
        (notice,) = self.papers(EDUCATION).glob("*整改通知书*.html")
        due = workdays_after(day(4, 6), 10)
        assert f"2017年{due.month}月{due.day}日（2 项）" in text_of(notice)

    def hears(self) -> None:
        """In time with a picture, tampered with, and late."""
        mended = {"整改情况": "已改正", "整改日期": day(4, 10)}
        objected = {"意见": "申诉", "理由": "当日已答复", "附件": "记录.png"}
        back = self.answered(PERSONNEL, {LETTER: objected, TYPO: mended, HOLE: mended}, "back")
        (back / "记录.png").write_bytes(PIXEL)
        self.answered(HOUSING, {TYPO: {"问题": "没有问题", **mended}}, "back")
        said = self.done("receive", back, *self.where, "--on", "2017-04-12", code=1)
        assert "人社局，2017-人社局-1，登记 3 项\n" in said
        assert "问题被改动" in said
        assert not any(row["部门"] == HOUSING and row["事项"] == "已反馈" for row in ledger(self.raw))
        late = self.answered(EDUCATION, {TYPO: {"意见": "认可", **mended}}, "late")
        assert "登记 2 项，其中 2 项逾期" in self.done("receive", late, *self.where, "--on", "2017-05-02")

    def looks_again(self) -> None:
        look(self.raw, PERSONNEL, TYPO, ("复查合格", day(4, 20)), ("销号", day(4, 21)))
        look(self.raw, PERSONNEL, HOLE, ("复查不合格", day(4, 20)))
        look(self.raw, EDUCATION, TYPO, ("复查合格", day(5, 5)))

    def decides(self) -> None:
        letter = finding(self.raw, PERSONNEL, LETTER)
        audit = Audit.open(PERSONNEL, 2017, self.raw.parent)
        audit.decide([letter], "撤销", "确于期限内答复", "复核员乙", day(4, 25)).save()
        self.done("reply", *self.where, "--out", self.out, "--by", "督查科", "--on", "2017-04-28")
        assert [row["通知编号"] for row in ledger(self.raw) if row["事项"] == "已答复"] == ["2017-人社局-复1"]
        (answer,) = self.papers(PERSONNEL).glob("*复核结果告知书*.html")
        assert re.search(r"\+\s?0\.5", text_of(answer)), "a late letter costs 0.5 points"

    def publishes(self) -> None:
        """Two circulars: their rates, and what each department mended."""
        save(self.raw, day(6, 30))
        for quarter, first, last in (("一", day(1, 1), day(3, 31)), ("二", day(4, 1), day(6, 30))):
            self.done("circular", self.raw, "--from", first, "--to", last, "--out", self.out)
            page = self.out / "文书" / f"2017年第{quarter}季度通报.html"
            known = [row for row in ledger(self.raw) if row["日期"] <= last]
            assert shares(page) == {"检查覆盖率": "9／9", **rates(known, first, last)}, quarter
            for department in SCHEME.departments:
                own = [row for row in known if row["部门"] == department]
                assert mended_of(page, department) == counts(own, first, last), (quarter, department)
        assert shares(page) == {"检查覆盖率": "9／9", "整改复查合格率": "2／3", "按期办结率": "1／5"}

    def ends(self) -> None:
        """Scores by hand, and the rank that follows.

        3.3 adds up to 18 and gives 16 at most: 18 - 1 (typo, all of its leaf) - 1 (a grave hole, all of its leaf) = 16,
        and 18 - 1 - 0.5 (a link) = 16.5. A late letter costs 0.5 of 3.2.1, unless it was withdrawn.
        """
        save(self.raw, day(12, 31))
        self.done("report", self.raw, "--out", self.out)
        cards = {
            name: json.loads((self.out / name / "scorecard.json").read_text("utf-8")) for name in SCHEME.departments
        }
        leaves = {name: {one["code"]: one["score"] for one in card["nodes"]} for name, card in cards.items()}
        assert [leaves[PERSONNEL][code] for code in (TYPO, HOLE, LETTER, "3.3", "total")] == [0, 0, 5, 16, 100]
        assert [leaves[EDUCATION][code] for code in (TYPO, LINK, LETTER, "3.3", "total")] == [0, 0.5, 4.5, 16, 99.5]
        assert {leaves[name]["total"] for name in SCHEME.departments if name != EDUCATION} == {100}
        assert cards[PERSONNEL]["review"]["decisions"][0]["difference"] == [0.5, 0.5]
        states = {one["finding"].split("-")[0]: one.get("state") for one in cards[PERSONNEL]["follow_up"]}
        assert states == {LETTER: None, TYPO: "销号", HOLE: "复查不合格"}
        ranking = json.loads((self.out / "ranking.json").read_text("utf-8"))
        assert {one["department"]: one["rank"] for one in ranking["ranked"]} == {
            name: 9 if name == EDUCATION else 1 for name in SCHEME.departments
        }

    def is_sealed(self) -> None:
        to = self.root / "archives"
        self.done("archive", "2017", "--raw", self.raw, "--out-of", self.out, "--allow-incomplete", "--to", to)
        (sealed,) = (path for path in to.iterdir() if path.is_dir())
        names = " ".join(path.name for path in sealed.rglob("*"))
        assert all(
            paper in names for paper in ("整改通知书", "反馈表", "复核结果告知书", "第一季度通报", "第二季度通报")
        )
        self.done("verify", sealed)


def test_a_year(run: Run, tmp_path: Path) -> None:
    year = Year(run, tmp_path)
    year.collects()
    year.tells()
    year.hears()
    year.looks_again()
    year.decides()
    year.publishes()
    year.ends()
    year.is_sealed()
