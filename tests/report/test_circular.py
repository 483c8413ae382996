"""季度通报: its figures can be re-done from the files, all forms say the same, and what cannot be is refused."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import docx
import nbformat
import openpyxl
import pdfua
import pypdf
import pytest
from calling import Run
from evidence_builder import Evidence, faultless, minimal
from lxml import etree
from saying import missing, tables, unsaid
from soundness import sound_page

from scoring.report.render.document import blocks_of
from scoring.report.render.paper import pdf_of
from scoring.report.render.screen import about_page
from scoring.report.view.blocks import plain, words
from scoring.report.view.circular import Circular
from scoring.review.audit import Audit

QUARTER = ("--from", "2017-04-01", "--to", "2017-06-30")
STEM = "2017年第二季度通报"
HOSTILE = "<script>alert(1)</script>=1+1{{ 7 * 7 }}"


def site(department: str) -> Evidence:
    workbook = faultless(department).fact("数据性质", "示例").fact("常见问题更新日期", dt.date(2017, 2, 15))
    for row in workbook.sheets["核查情况"]:
        row["核查日期"] = dt.date(2017, 3, 30)
    return workbook


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """人社局 was told of four outdated profiles; 教育局 has a blank column and three typos; both are samples."""
    folder = tmp_path_factory.mktemp("raw") / "2017"
    found = (f"监测发现 | 监测日期=2017-04-0{n} | 指标=3.1.1.{1 + n % 3} | 描述={HOSTILE}{n}" for n in range(1, 5))
    site("人社局").add(*found).save(folder)
    typos = "监测发现 ×3 | 监测日期=2017-05-02 | 指标=3.3.2.1.3"
    site("教育局").add("网站栏目 | 栏目=政策解读 | 是否空白=是", "监测时点 | 监测日期=2017-05-10", typos).save(folder)
    audit = Audit.open("人社局", 2017, folder.parent)
    names = sorted(one.id for one in audit.card.findings if one.code.startswith("3.1.1"))
    told: dict[str, Any] = {"about": "未及时更新", "notice": "2017-人社局-1", "due": dt.date(2017, 4, 28)}
    told |= {"step": "待整改", "done_on": dt.date(2017, 4, 10), "done_by": "核查二组"}
    audit = audit.follow([{"finding": name, **told} for name in names])
    stories = [
        [("已反馈", 4, 26), ("复查合格", 5, 3), ("销号", 5, 9)],
        [("已反馈", 5, 2), ("复查合格", 5, 8)],
        [("已反馈", 4, 27), ("复查不合格", 5, 3)],
        [("已反馈", 7, 3), ("复查合格", 7, 4)],
    ]
    audit = audit.follow(
        [
            {"finding": name, "step": word, "done_on": dt.date(2017, month, day), "done_by": "办公室"}
            for name, story in zip(names, stories, strict=True)
            for word, month, day in story
        ]
    )
    audit.save()
    return folder


@pytest.fixture(scope="module")
def report(raw: Path) -> Circular:
    return Circular.load(2017, "2017-04-01", "2017-06-30", raw.parent)


def cells(report: Circular, part: str, label: str) -> list[list[str]]:
    """The rows of a table, its foot included."""
    (found,) = (one for one in tables(getattr(report, part)().blocks) if one["label"] == label)
    return [[plain(cell) for cell in row] for row in [*found["rows"], *([found["foot"]] if found["foot"] else [])]]


def test_the_rates_can_be_redone_from_the_case_file(raw: Path, report: Circular) -> None:
    """By plain code: the last look in the period of each finding, and reports by the due day that a look accepted."""
    sheet = openpyxl.load_workbook(raw / "人社局.案卷.xlsx")["整改台账"]
    header, *rows = sheet.iter_rows(values_only=True)
    by: dict[str, list[dict[str, Any]]] = {}
    for row in sorted((dict(zip(header, row, strict=True)) for row in rows), key=lambda row: row["日期"]):
        if f"{row['日期']:%Y-%m-%d}" <= "2017-06-30":
            by.setdefault(row["发现编号"], []).append(row)
    looks = [[one["事项"] for one in steps if one["事项"].startswith("复查")] for steps in by.values()]
    looked = [each[-1] for each in looks if each]
    in_time = 0
    for steps in by.values():
        days = [one["日期"] for one in steps if one["事项"] == "已反馈"]
        in_time += steps[-1]["事项"] in {"复查合格", "销号"} and days[-1] <= steps[0]["整改期限"]
    assert (looked.count("复查合格"), len(looked), in_time, len(by)) == (2, 3, 1, 4)
    assert [row[1:3] for row in cells(report, "figures", "三项比率")] == [
        ["22.22%", "2／9"],
        ["66.67%", "2／3"],
        ["25%", "1／4"],
    ]


def test_each_department_has_its_figures(report: Circular) -> None:
    """Of 教育局, 网站管理 counts 16 of the 18 points under it: the point for its typos costs nothing."""
    rows = {row[0]: row[1:] for row in cells(report, "mending", "各部门整改情况")}
    assert rows["人社局"] == ["0", "4", "2", "2", "0", "4", "1", "3", "2", "2"]
    found = {row[0]: row[1:] for row in cells(report, "losses", "各部门本期认定的问题")}
    assert found["人社局"][1:] == ["4", "0.4", "0.4", "0", "0"]
    assert found["教育局"][3:] == ["0", "1", "1"]
    assert found["合计"][1] == str(4 + int(found["教育局"][1]))


def test_items_say_what_was_due_and_what_is_late(report: Circular) -> None:
    rows = cells(report, "mending", "列入比率和逾期的整改事项")
    assert [row[2:] for row in rows] == [
        ["4月28日（周五）", "否", "不合格", "逾期 63 天，复查不合格"],
        ["4月28日（周五）", "否", "—", "逾期 63 天，未反馈"],
        ["4月28日（周五）", "否", "合格", "逾期办结"],
        ["4月28日（周五）", "是", "合格", "按期办结"],
    ]


def test_words_of_the_paper(report: Circular) -> None:
    said = "\n".join(words([*report.opening().blocks, *report.losses().blocks, *report.not_due().blocks]))
    assert "编号：2017年第2期" in said
    assert "各部门：" in said
    assert "其中逾期 2 项" in said
    assert "教育局“政策解读”2 项" in said
    assert "教育局：3.3.2.1.3 内容准确性，错别字累计3个（满3个即否决），“网站管理”（3.3）计 0 分。" in said
    assert "本期记为未到期，不计失分：2.4 工作动态采用情况、3.2.2 征集调查、3.3.4.2 年度运维报告" in said


@pytest.fixture(scope="module")
def made(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from scoring.batch.circular import make_circular
    from scoring.evidence import workbooks_in
    from scoring.scheme import load_scheme

    out = tmp_path_factory.mktemp("out")
    days = dt.date(2017, 4, 1), dt.date(2017, 6, 30)
    made = make_circular(workbooks_in(raw), load_scheme(2017), *days, out, readings={})
    assert made.problem == ""
    return out


def test_four_files_say_the_same(made: Path) -> None:
    assert sorted(path.name for path in made.iterdir()) == [f"{STEM}.{end}" for end in ("docx", "html", "ipynb", "pdf")]
    page, paper = (made / f"{STEM}.html").read_text(encoding="utf-8"), (made / f"{STEM}.pdf").read_bytes()
    sound_page(page)
    notebook = nbformat.read(made / f"{STEM}.ipynb", as_version=4)
    blocks = blocks_of(notebook)
    assert unsaid(blocks, page, paper) == []
    assert pdfua.complaints(paper) == []
    assert len(pypdf.PdfReader(io.BytesIO(paper)).pages) <= 2
    assert missing(words(blocks), text_of(made / f"{STEM}.docx")) == []
    assert HOSTILE[:10] in text_of(made / f"{STEM}.docx")


def text_of(path: Path) -> str:
    """The text of a Word file in its order, tables included."""
    with zipfile.ZipFile(path) as parts:
        return "".join(etree.fromstring(parts.read("word/document.xml")).itertext())


def test_samples_are_marked_everywhere(made: Path) -> None:
    assert "示例" in (made / f"{STEM}.html").read_text(encoding="utf-8")
    for page in pypdf.PdfReader(made / f"{STEM}.pdf").pages:
        assert "非真实考核结果" in page.extract_text()
    document = docx.Document(str(made / f"{STEM}.docx"))
    assert "示例数据" in document.sections[0].header.paragraphs[0].text
    assert "示例数据" in text_of(made / f"{STEM}.docx")
    about = json.loads((made / f"{STEM}.ipynb").read_text(encoding="utf-8"))["metadata"]["scorecard"]
    assert about["sample"] is True
    with zipfile.ZipFile(made / f"{STEM}.docx") as parts:
        assert {entry.date_time for entry in parts.infolist()} == {(2017, 6, 30, 0, 0, 0)}


def test_very_many_departments_take_two_pages(report: Circular) -> None:
    """Thirty offices of long names, each with overdue items, vetoes and blank columns."""
    one, two = report.departments
    many = tuple(
        replace(
            each,
            card=replace(each.card, department=name),
            after=replace(each.after, card=replace(each.after.card, department=name)),
        )
        for number in range(15)
        for each, name in ((one, f"市网信和电子政务第{number}办公室"), (two, f"市住房和城乡建设第{number}分局"))
    )
    full = replace(report, result=replace(report.result, departments=many))
    parts = (full.opening(), full.figures(), full.losses(), full.mending(), full.not_due(), full.closing())
    paper = pdf_of([block for part in parts for block in part.blocks], about_page(full.metadata))
    assert len(pypdf.PdfReader(io.BytesIO(paper)).pages) == 2
    assert "其余 48 项见各部门案卷" in "".join(words(full.mending().blocks))
    assert "共 30 个部门，表中列出数字最大的 15 个" in "".join(words(full.losses().blocks))


# --- Bad input


@pytest.mark.parametrize(
    ("options", "says"),
    [
        pytest.param(
            ["--from", "2017-07-01", "--to", "2017-06-30"], "--to 2017-06-30 早于 --from 2017-07-01", id="backwards"
        ),
        pytest.param(
            ["--from", "2016-10-01", "--to", "2017-03-31"], "--from 2016-10-01 不在考核年度内", id="begins before"
        ),
        pytest.param(["--from", "2017-10-01", "--to", "2018-01-31"], "应为 2017 年内的一天", id="ends after"),
        pytest.param(["--from", "2017-13-01", "--to", "2017-06-30"], "参数 --from：应为日期", id="no day"),
        pytest.param(["--from", "2017-04-01"], "缺少参数 --to", id="no end"),
        pytest.param(
            [*QUARTER, "--on", "2017-06-01"], "签发日期 --on 2017-06-01 早于本期的最后一天", id="issued early"
        ),
    ],
)
def test_a_period_that_is_none_is_refused(options: list[str], says: str, raw: Path, tmp_path: Path, run: Run) -> None:
    said = run("circular", raw, *options, "--out", tmp_path / "out")
    assert (said.code, said.out) == (2, "")
    assert says in said.err
    assert not (tmp_path / "out").exists()


def test_without_evidence_nothing_is_written(tmp_path: Path, run: Run) -> None:
    (tmp_path / "2017").mkdir()
    said = run("circular", tmp_path / "2017", *QUARTER, "--out", tmp_path / "out")
    assert (said.code, said.out) == (2, "")
    assert "没有 .xlsx 工作簿" in said.err
    minimal().fact("年度", "某年").save(tmp_path / "2017")
    said = run("circular", tmp_path / "2017", *QUARTER, "--out", tmp_path / "out")
    assert (said.code, said.out) == (1, "")
    assert "没有一个部门的佐证可以评分，通报没有生成" in said.err
    assert not (tmp_path / "out").exists()


def test_without_a_notice_there_is_no_rate(tmp_path: Path, run: Run) -> None:
    """And a department with faults is named, on the paper and by the command."""
    site("人社局").save(tmp_path / "2017")
    site("教育局").fact("年度", "某年").save(tmp_path / "2017")
    days = ("--from", "2017-05-10", "--to", "2017-05-20", "--number", "2017年第9期", "--on", "2017-06-01")
    said = run("circular", tmp_path / "2017", *days, "--out", tmp_path / "out")
    assert said.code == 1
    assert "教育局：佐证有差错，没有列入通报；第一处：教育局.xlsx《基本信息》" in said.err
    name = "2017年5月10日至5月20日通报"
    assert f"已生成季度通报：{name}.ipynb" in said.out
    (page,) = (tmp_path / "out" / "文书").glob("*.html")
    text = page.read_text(encoding="utf-8")
    for wanted in (
        "本期末以前没有发出整改通知",
        "佐证有差错、未列入的：教育局。",
        "2017年第9期",
        "2017年6月1日",
        "0／0",
    ):
        assert wanted in text
