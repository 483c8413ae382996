"""A year of several hands: their parts, an import and a case file score as one workbook with the same rows."""

from __future__ import annotations

import datetime as dt
import json
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from calling import Run
from evidence_builder import SCHEME, Evidence, faultless
from libreoffice import convert

from scoring import assess
from scoring.archive.verify.arithmetic import Numbers
from scoring.archive.verify.ledger import check_book
from scoring.archive.verify.report import Part
from scoring.evidence import workbooks_in
from scoring.evidence.reading.read import read_workbook
from scoring.report.excel import department, write_department
from scoring.review.audit import Audit
from scoring.scheme.readings import choose

DAY = dt.date(2018, 1, 5)
MARKED = ["3.1.1.1", "3.3.4.1"]
OWN = {
    "day": dt.date(2017, 5, 10),
    "code": "3.3.2.1.3",
    "kind": "错别字",
    "description": "“通知”误为“通和”",
    "url": None,
}
#: Who has which sheets; the department's own workbook has the others.
HANDS = {
    "李组": ("门户征集调查", "门户栏目报送", "门户信息采用"),
    "王组": ("安全漏洞", "安全通报"),
    "监测": ("监测时点", "监测发现"),
}
FOUND = (
    "门户征集调查 | 是否采用=否",
    "监测发现 | 指标=3.3.2.1.3 | 描述=“签约”误为“签月”",
    "监测发现 | 指标=3.3.4.1 | 描述=登录页打不开",
    "安全漏洞 | 级别=高危 | 漏洞编号=CNVD-2017-00001",
    "安全通报 | 层级=省 | 正式书面=是 | 处置完成日期=2017-05-20",
)
HEADER = "流水号,信件类别,来信时间,答复时间,答复内容,是否有效"
LETTERS = (
    "XX-1,咨询类,2017/9/4 9:30,2017-10-13,您好，按规定办理。,有效",
    "XX-2,投诉,2017年3月6日,,,有效",
    "XX-3,咨询,2017-03-07,2017-03-08,您好，已电话答复。,有效",
)
#: The second letter is answered meanwhile.
LATER = (LETTERS[0], "XX-2,投诉,2017-3-6,2017-3-9,已处理。,有效", LETTERS[2])
IMPORTED = (
    "领导信箱 | 信件编号=XX-1 | 类型=咨询 | 来信日期=2017-09-04 | 回复日期=2017-10-13 | 回复内容=您好，按规定办理。",
    "领导信箱 | 信件编号=XX-2 | 类型=投诉 | 来信日期=2017-03-06 | 回复日期=2017-03-09 | 回复内容=已处理。",
    "领导信箱 | 信件编号=XX-3 | 类型=咨询 | 来信日期=2017-03-07 | 回复日期=2017-03-08 | 回复内容=您好，已电话答复。",
)


def hands(whole: Evidence) -> list[Evidence]:
    """The department's workbook, and the part of each assessor with the inspections of his leaves."""
    checked = whole.sheets["核查情况"]
    own = {"李组": "1", "王组": "3.3.3", "监测": "3.3.2"}
    parts = []
    for name, sheets in HANDS.items():
        mine = [row for row in checked if row["指标"].startswith(own[name])]
        assert mine
        parts.append(Evidence(f"人社局.{name}", {"核查情况": mine, **{one: whole.sheets[one] for one in sheets}}))
    given = {id(row) for part in parts for row in part.sheets["核查情况"]}
    rest = {name: rows for name, rows in whole.sheets.items() if not any(name in sheets for sheets in HANDS.values())}
    rest["核查情况"] = [row for row in checked if id(row) not in given]
    return [Evidence("人社局", rest), *parts]


def filled_in(run: Run, folder: Path, part: Evidence) -> None:
    """A part as the program lays it down, filled in by hand."""
    name = part.department.rpartition(".")[2]
    options = ("--part", name, "--sheets", "、".join(part.sheets), "--out", folder.parent)
    assert run("new", "人社局", *options).code == 0
    book = openpyxl.load_workbook(path := folder / f"{part.department}.xlsx")
    for sheet, rows in part.sheets.items():
        header = [cell.value for cell in book[sheet][1]]
        for number, row in enumerate(rows, start=2):
            for at, title in enumerate(header, start=1):
                book[sheet].cell(number, at).value = row.get(title)
    book.save(path)


def imported(run: Run, folder: Path, lines: Sequence[str]) -> str:
    """An export in GB18030 with a byte order mark, imported into the part 信箱; what was told."""
    export = folder.parent.parent / "信箱导出.csv"
    export.write_bytes(("\ufeff" + "\r\n".join((HEADER, *lines))).encode("gb18030"))
    options = ("--department", "人社局", "--sheet", "领导信箱", "--part", "信箱", "--out", folder.parent)
    ended = run("import", export, *options)
    assert ended.code == 0, ended
    return ended.out


def reviewed(folder: Path) -> Audit:
    """Marks, an own finding and decisions, saved in two goes."""
    audit, _ = Audit.open("人社局", 2017, folder.parent).mark(MARKED, "核查员丙", DAY).record("faults", OWN).save()
    first, *others = [found.id for found in audit.card.of("3.3.2.1.3")]
    late = next(found.id for found in audit.card.of("3.2.1") if "逾期" in found.id)
    (doubtful,) = [found.id for found in audit.card.to_confirm]
    audit = audit.decide([first, late], "撤销", "已当场改正", "复核员乙", DAY)
    saved, _ = audit.decide([*others, doubtful], "维持", "确有其事", "复核员乙", DAY).save()
    return saved


def in_one(whole: Evidence, audit: Audit) -> Evidence:
    """One workbook with the rows of all hands, of the export and of the case file."""
    whole.add(*IMPORTED)
    for code in MARKED:
        whole.inspection(code, "已核查")
    names = {sheet: {column.key: column.name for column in SCHEME.sheet(sheet).columns} for sheet in audit.case.rows}
    for sheet in ("faults", "reviews"):
        whole.sheets[SCHEME.sheet(sheet).name] += [
            {names[sheet][key]: value for key, value in row.items()} for row in audit.case.rows[sheet].values()
        ]
    return whole


def evidence() -> Evidence:
    whole = faultless().add(*FOUND)
    for code in MARKED:
        whole.inspection(code, "未核查")
    return whole


def placeless(path: Path) -> str:
    """A scorecard without files, rows, digests and notices of places."""
    data: Any = json.loads(path.read_text(encoding="utf-8"))
    del data["evidence"]
    for finding in (*data["findings"], *data.get("suspected", ()), *data["set_aside"]):
        finding["evidence"] = finding["evidence"]["sheet"]
    data["notices"] = [re.sub(r"\S*第\d+行", "", notice) for notice in data["notices"]]
    return json.dumps(data, ensure_ascii=False, indent=1)


def ledger_differences(folder: Path, scorecard: Path, path: Path) -> list[str]:
    """How the ledger made of a folder's evidence, added up without the engine, differs from a scorecard."""
    (card,) = [card for card in assess(workbooks_in(folder), SCHEME).scorecards if card.department == "人社局"]
    write_department(card, 1, path)
    numbers = tomllib.loads((SCHEME.folder / "scheme.toml").read_text(encoding="utf-8"))
    part, cards = Part("台账"), {"人社局": json.loads(scorecard.read_text(encoding="utf-8"))}
    assert check_book(path, department, cards, Numbers(numbers, choose(SCHEME.readings, {})), part) == len(
        card.findings
    )
    return [*map(str, part.differences)]


@pytest.fixture
def two_ways(run: Run, tmp_path: Path) -> Sequence[tuple[Path, Path]]:
    """The evidence in parts and in one workbook, beside another department's; each with its results."""
    parts, one = tmp_path / "parts" / "2017", tmp_path / "one" / "2017"
    own, *others = hands(evidence())
    own.save(parts)
    for file in others:
        filled_in(run, parts, file)
    assert "新增 2 行" in imported(run, parts, LETTERS[:2])
    assert "没有新的内容" in imported(run, parts, LETTERS[:2])
    assert "新增 1 行，已有 2 行，改动 2 格" in imported(run, parts, LATER)
    in_one(evidence(), reviewed(parts)).save(one)
    made = []
    for folder in (parts, one):
        faultless("教育局").add("门户征集调查 | 是否采用=否").save(folder)
        out = folder.parent / "out"
        ended = run("score", folder, "--out", out)
        assert ended.code == 0, ended
        made.append((folder, out))
    return made


def test_parts_an_import_and_a_case_file_score_as_one_workbook(
    two_ways: Sequence[tuple[Path, Path]], tmp_path: Path
) -> None:
    (parts, of_parts), (one, of_one) = two_ways
    names = ["人社局", "人社局.信箱", "人社局.李组", "人社局.案卷", "人社局.王组", "人社局.监测"]
    assert sorted(path.stem for path in workbooks_in(parts) if "教育" not in path.stem) == names
    scorecards = [out / "人社局" / "scorecard.json" for out in (of_parts, of_one)]
    assert placeless(scorecards[0]) == placeless(scorecards[1])
    assert (of_parts / "ranking.json").read_bytes() == (of_one / "ranking.json").read_bytes()
    card = json.loads(scorecards[0].read_text(encoding="utf-8"))
    assert 0 < card["total"] < 100
    assert card["status"] == "final"
    assert len(card["review"]["decisions"]) == 4
    assert sorted(card["evidence"]["parts"]) == [f"{name}.xlsx" for name in names]
    for folder, scorecard in ((parts, scorecards[1]), (one, scorecards[0])):
        assert ledger_differences(folder, scorecard, tmp_path / "台账.xlsx") == []


@pytest.mark.thorough
def test_libreoffice_saves_every_part_and_the_program_goes_on(
    two_ways: Sequence[tuple[Path, Path]], run: Run, tmp_path: Path
) -> None:
    """A part laid down by the program, an imported one and the case file are read and scored as before."""
    (parts, out), _ = two_ways
    scorecard = out / "人社局" / "scorecard.json"
    before = placeless(scorecard)
    paths = [path for path in workbooks_in(parts) if path.stem.startswith("人社局.")]
    tables = {path: read_workbook(path, SCHEME).tables for path in paths}
    convert(paths, tmp_path / "office", tmp_path / "profile", "xlsx")
    for path in paths:
        assert (tmp_path / "office" / path.name).read_bytes() != path.read_bytes()
        (tmp_path / "office" / path.name).replace(path)
        again = read_workbook(path, SCHEME)
        assert (again.faults, again.notices) == ([], [])
        assert list(again.tables) == list(tables[path])
        for key, table in again.tables.items():
            pd.testing.assert_frame_equal(table, tables[path][key])
    assert run("score", parts, "--out", out).code == 0
    assert placeless(scorecard) == before
    assert "没有新的内容" in imported(run, parts, LATER)
    audit = Audit.open("人社局", 2017, parts.parent)
    (late,) = [review.finding for review in audit.card.reviews if "逾期" in review.finding]
    other, copy = audit.decide([late], "维持", "再次核对", "复核员乙", DAY).save()
    assert copy is not None
    assert other.card.low < audit.card.low
    other.decide([late], "撤销", "已当场改正", "复核员乙", DAY).save()
    assert run("score", parts, "--out", out).code == 0
    assert placeless(scorecard) == before
