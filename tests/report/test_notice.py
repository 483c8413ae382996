"""整改通知书: its sums close, it promises nothing that the scheme does not, and it never exceeds two pages."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path

import docx
import pdfua
import pypdf
import pytest
from bs4 import BeautifulSoup
from docx.oxml.ns import qn
from evidence_builder import Evidence, faultless
from libreoffice import convert
from lxml import etree
from reference.random_evidence import random_readings, random_workbook
from saying import unsaid

from scoring import assess
from scoring.base.names import notice_files
from scoring.base.points import shown
from scoring.engine.vetoes import total_without, vetoes_by_kind
from scoring.report.notice import Notice, notice_of
from scoring.report.notice.files import notice_html, notice_pdf
from scoring.report.notice.items import items_of
from scoring.report.notice.layout import lines, notice_blocks, pages_needed
from scoring.report.notice.word import notice_docx

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "data" / "raw" / "2017"
DEPARTMENTS = ("市经济开发区办公室", "人社局", "教育局", "住建局", "规划局", "国土资源局", "卫计局", "统计局", "林业局")
LONG = "网站首页与二级页面多处内容长期未更新，" * 9
TYPOS = "监测发现 ×{} | 指标=3.3.2.1.3 | 问题类型=错别字"
HOSTILE = "<script>alert(1)</script>&amp;{{ 7 * 7 }}‘”“=1+1"


def losing_everything() -> Evidence:
    """28 leaves that lose, hundreds of findings with long texts, every kind of veto at once, as sample data."""
    site = faultless("市经济开发区办公室")
    site.replace(
        "门户征集调查 | 无",
        "门户信息采用 ×3",
        "网站征集调查 | 类型=征集",
        "监测时点 | 监测日期=2017-01-10..2017-01-12",
        "信息发布 | 发布日期=2017-11-09 | 栏目=工作动态 | 首页显示=是",
        "网站栏目 | 栏目=工作动态 | 类别=工作动态",
    )
    for kind in ("工作动态", "通知公告", "政策文件", "文件解读", "规划计划", "人事信息", "其他"):
        site.add(f"网站栏目 ×6 | 类别={kind}")
    site.add("网站栏目 ×6 | 类别=其他 | 是否空白=是")
    for column in ("走进耒阳", "投资耒阳"):
        delivery = f"门户栏目报送 ×30 | 栏目={column} | 内容={LONG}"
        site.add(delivery, f"{delivery} | 实际报送日期=2017-06-01")
    for code in ("3.1.1.1", "3.1.1.2", "3.1.1.3", "3.2.2", "3.3.2.1.1", "3.3.2.1.2", "3.3.2.1.3", "3.3.2.3", "3.3.4.1"):
        site.add(f"监测发现 ×15 | 指标={code} | 描述={LONG}")
    for kind in ("虚假内容", "伪造内容", "暴力内容", "色情内容"):
        site.add(f"监测发现 ×5 | 指标=3.3.2.1.3 | 问题类型={kind} | 描述={LONG}")
    for kind in ("咨询", "投诉", "举报", "建议"):
        fobbed_off = f"领导信箱 ×9 | 类型={kind} | 回复日期=2017-08-30 | 回复内容=已电话回复当事人"
        site.add(f"领导信箱 ×20 | 类型={kind}", fobbed_off)
    for level in ("高危", "中危", "低危"):
        site.add(f"安全漏洞 ×9 | 级别={level} | 描述={LONG}")
    site.add(f"安全通报 ×9 | 正式书面=是 | 重大安全事件=是 | 漏洞编号=甲 | 描述={LONG} | 处置完成日期= | 书面回复日期=")
    for kind, sources in {
        "通报": ("国办", "省政府办公厅", "市电子政务办"),
        "曝光": ("中国政府网", "省政府门户网站", "市党政门户网站"),
    }.items():
        site.add(*(f"通报曝光 ×7 | 类型={kind} | 来源={source} | 描述={LONG}" for source in sources))
    facts = {
        "网站域名": "www.example.com",
        "常见问题列表": "无",
        "专门科室": "无",
        "专人管理": "无",
        "资金保障": "无",
        "管理人员变更": "未报备",
        "年度运维报告提交日期": "2017-12-20",
        "网站性能得分": "0",
        "网站性能评分说明": LONG,
        "数据性质": "示例",
    }
    for item, content in facts.items():
        site.fact(item, content)
    return site


@cache
def pages_of(notice: Notice) -> list[str]:
    """The text of every page of the PDF."""
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(notice_pdf(notice))).pages]


@pytest.fixture(scope="module")
def samples(scheme):
    return {card.department: card for card in assess(sorted(SAMPLES.glob("*.xlsx")), scheme).scorecards}


@pytest.fixture(scope="module")
def worst(tmp_path_factory, scheme):
    return assess([losing_everything().save(tmp_path_factory.mktemp("worst"))], scheme).scorecards[0]


# --- Two pages


@pytest.mark.parametrize("department", DEPARTMENTS)
def test_a_samples_notice_has_two_pages_at_most(samples, department):
    notice = notice_of(samples[department])
    assert len(pages_of(notice)) <= 2
    assert notice.layout.table >= 8


def test_the_worst_department_gets_two_pages_with_every_leaf(worst):
    notice = notice_of(worst)
    assert len(notice.rows) == 28
    assert len(notice.vetoes) == 8
    assert len(worst.findings) > 600
    assert pages_needed(notice) == 2
    assert len(pages_of(notice)) == 2


@pytest.mark.thorough
def test_word_takes_two_pages_too(samples, worst, tmp_path):
    longest = max((notice_of(card) for card in samples.values()), key=lambda notice: len(notice.rows))
    empty = io.BytesIO()
    docx.Document().save(empty)
    pages = pages_in_writer(
        tmp_path,
        empty=empty.getvalue(),
        longest=notice_docx(longest),
        worst=notice_docx(notice_of(worst)),
        vetoed=notice_docx(notice_of(samples["卫计局"])),
    )
    assert pages.pop("empty") == 1
    assert pages == {"longest": 2, "worst": 2, "vetoed": 2}


def pages_in_writer(folder: Path, **files: bytes) -> dict[str, int]:
    """How many pages LibreOffice Writer makes of Word files; ``empty`` tells whether it is there at all."""
    for name, content in files.items():
        (folder / f"{name}.docx").write_bytes(content)
    convert(folder.glob("*.docx"), folder / "laid-out", folder / "profile", "pdf")
    made = {path.stem: len(pypdf.PdfReader(path).pages) for path in (folder / "laid-out").glob("*.pdf")}
    if "empty" not in made:
        pytest.skip("LibreOffice Writer is not installed: soffice opens not even an empty Word file")
    return made


def test_what_costs_most_gets_most_detail(samples):
    items = items_of(samples["林业局"])
    rows = notice_of(samples["林业局"]).rows
    terse = [
        row.number for row, item in zip(rows, items, strict=True) if f" {len(item.findings)} 处（首见" in row.problems
    ]
    detailed = [row.number for row in rows if row.number not in terse]
    assert sum(detailed) / len(detailed) < sum(terse) / len(terse)


@pytest.mark.parametrize(
    ("text", "letters", "expected"),
    [
        ("", 10, 0),
        ("一" * 10, 10, 1),
        ("一" * 11, 10, 2),
        ("一" * 10 + "。", 10, 2),
        ("a" * 100, 10, 7),
        ("一 b 二", 10, 1),
    ],
)
def test_lines_are_reckoned(text, letters, expected):
    assert lines(text, letters) == expected


# --- Points


def test_items_stand_in_order_of_points_to_be_won_back(samples):
    for card in samples.values():
        points = [item.node.lost for item in items_of(card)]
        assert points == sorted(points, reverse=True)
        assert [row.points for row in notice_of(card).rows] == [shown(lost) for lost in points]


def check_reckoning(card):
    notice = notice_of(card)
    sums = [line for line in notice.reckoning if line.startswith("总分核算")]
    if not any(item.node.lost for item in items_of(card)):
        return
    (line,) = sums
    left, result = re.fullmatch(r"总分核算：(.*)= ([\d.]+) 分.*", line).groups()
    terms = re.findall(r"(^|[−+] )([\d.]+)（", left)
    total = sum((-1 if sign.startswith("−") else 1) * Decimal(figure) for sign, figure in terms)
    assert abs(total - Decimal(result)) <= Decimal("0.02"), line
    assert result == shown(card.total.at_best)
    lost = sum(Decimal(row.points) for row in notice.rows)
    apart = re.findall(r"失 ([\d.]+) 分，系按", "".join(notice.reckoning))
    assert abs(lost + sum(map(Decimal, apart)) - Decimal(terms[1][1])) <= Decimal("0.05"), line


def test_the_sum_from_full_points_to_the_total_can_be_redone(samples, worst):
    for card in (*samples.values(), worst):
        check_reckoning(card)


@pytest.mark.parametrize("seed", range(6))
def test_sums_of_random_evidence_close_on_two_pages(seed, scheme, tmp_path):
    path = tmp_path / "人社局.xlsx"
    random_workbook(path, seed)
    for card in assess([path], scheme, random_readings(seed)).scorecards:
        check_reckoning(card)
        assert pages_needed(notice_of(card)) <= 2


def test_a_cap_that_swallows_a_loss_is_explained(scored):
    card = scored(faultless().fact("专门科室", "无"))
    (line,) = notice_of(card).reckoning
    assert line == (
        "总分核算：102（各指标满分合计；“网站管理”标明 16 分，所属指标合计 18 分）− 0.5（失分合计）"
        "− 1.5（“网站管理”按所属指标之和计，最多 16 分）= 100 分。"
    )


# --- Items


def test_an_item_has_clause_evidence_and_advice_once(scored):
    letters = [
        f"领导信箱 | 类型=咨询 | 来信日期=2017-03-01 | 回复日期=2017-03-{20 + n} | 信件编号=A{n}" for n in range(5)
    ]
    (row,) = notice_of(scored(faultless().add(*letters))).rows
    assert (row.name, row.points) == ("3.2.1 领导（主任、局长）信箱", "2.5")
    assert "3. 咨询类信件7个工作日内回复，投诉举报类信件30个工作日内回复。未按期回复每件扣0.5分。" in row.clause
    assert "咨询类信件A0于2017年3月1日收到" in row.problems
    assert re.search(r"（《领导信箱》第\d+行）", row.problems)
    assert row.problems.endswith("；等 5 处，详见评分报告附录。")
    assert row.advice == "咨询类信件收到后7个工作日内回复。"


def test_withdrawn_findings_are_not_to_be_mended(scored):
    evidence = faultless().add("监测发现 | 指标=3.3.4.1 | 描述=甲事", "监测发现 | 指标=3.3.4.1 | 描述=乙事")
    first = next(finding for finding in scored(evidence).of("3.3.4.1") if "甲事" in finding.because)
    notice = notice_of(scored(evidence.add(f"复核记录 | 发现编号={first.id}")))
    assert "乙事" in notice.rows[0].problems
    assert "甲事" not in notice_html(notice)


def test_a_branch_set_to_zero_names_its_cause(scored):
    twice = ["安全通报 | 通报日期=2017-03-01 | 漏洞编号=甲", "安全通报 | 通报日期=2017-04-01 | 漏洞编号=甲"]
    rows = {row.name: row for row in notice_of(scored(faultless().add(*twice))).rows}
    emptied = rows["3.3.3.1 安全漏洞"]
    assert emptied.problems == "因“3.3.3.3 安全事件处置”同一漏洞再次通报，“网站安全”（3.3.3）计 0 分。"
    assert emptied.advice == "彻底修复该漏洞并复测确认，防止被再次利用。"


def test_a_problem_that_costs_nothing_is_named_last(scored):
    notice = notice_of(scored(faultless().add("网站栏目 | 栏目=空栏 | 是否空白=是")))
    assert [(row.name, row.points) for row in notice.rows] == [("3.3.2.3 更新量", "0")]
    assert "各项指标均未失分，但有" in notice.opening


def test_points_that_no_mending_wins_back_are_not_promised(scored):
    notice = notice_of(scored(faultless(), consultation_credit="both"))
    assert notice.rows == ()
    assert notice.title.endswith("无整改事项的通知")
    assert "“2.1 征集调查”失 4 分，系按所采用的条款解读计分所致，没有对应的整改事项。" in notice.reckoning


def test_without_any_loss_nothing_is_to_be_mended(scored):
    notice = notice_of(scored(faultless()))
    assert (notice.rows, notice.vetoes, notice.parts) == ((), (), ())
    assert notice.opening.endswith(
        "你单位总分为 100 分（满分 100 分），判定为合格。经核查，各项指标均未失分，没有需要整改的事项。"
    )


def test_pending_leaves_stand_apart(scored):
    evidence = faultless().add("监测发现 | 指标=3.3.4.1").inspection("3.3.4.1", "未核查").fact("专门科室", "无")
    notice = notice_of(scored(evidence))
    assert [row.name for row in notice.rows] == ["3.3.1 组织保障"]
    assert [title for _, title in notice.parts] == ["一、整改事项", "二、待评指标"]
    assert "3.3.4.1 工作落实（2 分）" in notice.pending[0]
    assert "总分暂在 99.5～100 分之间（满分 100 分，1 个指标待评），暂不判定是否合格。" in notice.opening


# --- Vetoes


@pytest.mark.parametrize(
    ("typos", "condition"),
    [
        (3, "上述 3 项发现中至少 1 项经复核撤销，余下不满 3 项"),
        (5, "上述 5 项发现中至少 3 项经复核撤销，余下不满 3 项"),
    ],
)
def test_a_veto_by_count_says_how_many_findings_lift_it(scored, typos, condition):
    card = scored(faultless().add(TYPOS.format(typos)))
    notice = notice_of(card)
    (veto,) = notice.vetoes
    said = dict(veto.runs)
    assert veto.heading == "（一）单项否决：3.3.2.1.3 内容准确性——错别字累计否决"
    assert said["解除条件："] == f"{condition}，此项否决方可解除；解除后总分不低于 100 分（其余各项照计）。"
    assert said["整改："].endswith("今后一个考核年度内此类问题不满 3 个，即不触发此项否决。")
    assert notice.rows[0].mark == "否决依据"
    assert "事后整改不改变本次认定" in notice.veto_intro


def test_withdrawing_the_stated_number_removes_the_veto(scored):
    evidence = faultless().add(TYPOS.format(5))
    (veto,) = vetoes_by_kind(scored(evidence))
    for finding in veto.rests_on[: veto.to_withdraw]:
        evidence.add(f"复核记录 | 发现编号={finding.id}")
    lifted = scored(evidence)
    assert lifted.vetoes == ()
    assert lifted.total.low >= veto.low
    assert len(lifted.of("3.3.2.1.3")) == 6


def test_one_veto_of_several_lifts_nothing_alone(scored):
    letter = "领导信箱 | 类型=咨询 | 来信日期=2017-03-01 | 信件编号=甲"
    card = scored(faultless().add(TYPOS.format(3), letter))
    mailbox, typos = vetoes_by_kind(card)
    assert (mailbox.code, mailbox.scope) == ("3.2.1", "total")
    assert (typos.low, card.total.low) == (0, 0)
    assert mailbox.low == total_without(card, {card.of("3.2.1")[-1].id, *(veto.id for veto in mailbox.findings)})[0] > 0
    assert total_without(card, {veto.id for veto in card.vetoes}) == (card.total.unvetoed, card.total.at_best)
    said = [dict(entry.runs)["解除条件："] for entry in notice_of(card).vetoes]
    assert said[0].startswith("上述发现经复核撤销，此项否决方可解除；解除后总分不低于 ")
    assert said[1].endswith("；其他否决仍成立的，总分仍为 0 分。")


def test_vetoes_at_several_checkpoints_are_one_entry(scored):
    blank = faultless().add(*[f"网站栏目 | 栏目=空栏{n} | 是否空白=是" for n in range(6)])
    card = scored(blank)
    (veto,) = vetoes_by_kind(card)
    days = len(veto.findings)
    assert days > 1
    assert (len(veto.rests_on), veto.to_withdraw) == (6 * days, 2 * days)
    assert f"{days} 次监测余下的均不满 5 项" in dict(notice_of(card).vetoes[0].runs)["解除条件："]


def test_without_a_veto_the_total_is_as_it_is(samples):
    for card in samples.values():
        assert total_without(card, ()) == (card.total.low, card.total.high)


# --- The three forms


def test_html_holds_everything_and_evidence_stays_text(scored):
    evidence = faultless().add(f"监测发现 | 指标=3.3.4.1 | 描述={HOSTILE}").fact("网站性能得分", "1")
    notice = notice_of(scored(evidence.fact("网站性能评分说明", HOSTILE)))
    page = BeautifulSoup(notice_html(notice), "html.parser")
    assert page.html["lang"] == "zh-CN"
    assert page.find("script") is None
    assert HOSTILE in page.get_text()
    assert [heading.get_text() for heading in page.find_all("h1")] == [notice.title]
    assert all(header.get("scope") for header in page.find_all("th"))
    for blank in ("整改期限：", "签发单位（盖章）：", "签发日期："):
        assert blank in page.get_text()


def test_the_pdf_is_what_it_says_it_is_and_titled(samples):
    for name in ("住建局", "市经济开发区办公室"):
        content = notice_pdf(notice := notice_of(samples[name]))
        assert pdfua.complaints(content) == []
        assert pypdf.PdfReader(io.BytesIO(content)).metadata.title == f"{notice.title}（示例数据）"


def test_sample_data_is_called_so_on_every_page_and_real_data_is_not(samples, scored):
    sample, real = notice_of(samples["卫计局"]), notice_of(scored(faultless().fact("数据性质", "正式")))
    assert all("示例数据" in page for page in pages_of(sample))
    assert "示例数据" in docx.Document(io.BytesIO(notice_docx(sample))).sections[0].header.paragraphs[0].text
    assert "示例" not in BeautifulSoup(notice_html(real), "html.parser").get_text()
    assert "示例" not in word_text(notice_docx(real))


def word_text(content: bytes) -> str:
    """All text of a Word file, header and properties included."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        wanted = [name for name in parts.namelist() if re.search(r"document\.xml$|header\d|footer\d|core\.xml", name)]
        return "".join("".join(etree.fromstring(parts.read(name)).itertext()) for name in wanted)


def test_the_paper_says_what_the_screen_says(samples, worst):
    for notice in map(notice_of, (*samples.values(), worst)):
        assert unsaid(notice_blocks(notice), notice_html(notice), notice_pdf(notice)) == []


def test_word_says_what_the_page_says(samples, worst):
    for card in (samples["卫计局"], worst):
        notice = notice_of(card)
        document = word_text(notice_docx(notice))
        for row in notice.rows:
            assert all(part in document for part in (row.name, row.clause, row.problems, row.advice))
        for entry in notice.vetoes:
            assert all(sentence in document for _, sentence in entry.runs)
        assert all(line in document for line in (notice.title, notice.opening, *notice.remarks))


def test_word_is_a_sound_document(samples):
    notice = notice_of(samples["卫计局"])
    document = docx.Document(io.BytesIO(notice_docx(notice)))
    core, section = document.core_properties, document.sections[0]
    assert (core.title, core.language) == (notice.title, "zh-CN")
    assert "python-docx" not in f"{core.author}{core.comments}{core.last_modified_by}"
    assert f"{core.created:%Y-%m-%d}" == notice.as_of
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    headings = [(p.style.name, p.text) for p in document.paragraphs if p.style.name.startswith("Heading")]
    assert headings[0] == ("Heading 1", notice.title)
    assert [text for style, text in headings if style == "Heading 2"] == [title for _, title in notice.parts]
    table = document.tables[0]
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert len(table.rows) == 1 + len(notice.rows)
    assert [round(column.width.mm) for column in table.columns] == [11, 148, 15]
    fonts = {name: document.styles[name].element.rPr.rFonts for name in ("Normal", "Heading 1", "Heading 2")}
    assert [font.get(qn("w:eastAsia")) for font in fonts.values()] == ["仿宋", "宋体", "黑体"]
    languages = list(document.styles.element.iter(qn("w:lang")))
    assert {language.get(qn("w:eastAsia")) for language in languages} == {"zh-CN"}


def test_characters_that_xml_cannot_hold_do_not_break_word(samples):
    notice = replace(notice_of(samples["卫计局"]), opening="前\x00\x0b\x1f\ufffe\ud800后\n下一行")
    assert "前后 下一行" in [paragraph.text for paragraph in docx.Document(io.BytesIO(notice_docx(notice))).paragraphs]


def test_the_same_notice_gives_the_same_bytes(samples):
    card = samples["卫计局"]
    once, again = ((notice_html(n), notice_pdf(n), notice_docx(n)) for n in (notice_of(card), notice_of(card)))
    assert once == again
    with zipfile.ZipFile(io.BytesIO(once[2])) as parts:
        assert {entry.date_time for entry in parts.infolist()} == {(2017, 12, 31, 0, 0, 0)}
        assert not any("thumbnail" in name for name in parts.namelist())


# --- Files and the command


@pytest.fixture
def raw(tmp_path):
    folder = tmp_path / "raw" / "2017"
    faultless().fact("专门科室", "无").save(folder)
    return folder


def test_the_command_writes_three_files(raw, tmp_path, run):
    code, out, err = run("notice", "人社局", "--raw", raw.parent, "--out", tmp_path / "out")
    assert (code, err) == (0, "")
    assert out == (
        "已生成人社局的整改通知书：人社局2017年度整改通知书.html、人社局2017年度整改通知书.docx、"
        f"人社局2017年度整改通知书.pdf；在 {tmp_path / 'out' / '人社局'}\n"
    )
    assert {path.name for path in (tmp_path / "out" / "人社局").iterdir()} == set(
        vars(notice_files("人社局", 2017)).values()
    )


def test_a_faulty_workbook_leaves_no_older_notice(raw, tmp_path, run):
    out = tmp_path / "out"
    run("notice", "人社局", "--raw", raw.parent, "--out", out)
    faultless().fact("年度", 2016).save(raw)
    code, told, err = run("notice", "人社局", "--raw", raw.parent, "--out", out)
    assert (code, told) == (1, "")
    assert err.startswith("人社局：工作簿有 1 处差错，未评分\n")
    assert list((out / "人社局").iterdir()) == []


def test_readings_count(raw, tmp_path, run):
    out = tmp_path / "out"
    run("notice", "人社局", "--raw", raw.parent, "--out", out, "--reading", "management-sum=sum")
    page = (out / "人社局" / notice_files("人社局", 2017).html).read_text(encoding="utf-8")
    assert "总分为 101.5 分（满分 102 分）" in page


def test_what_cannot_be_written_is_told_and_nothing_is_left(samples, tmp_path, run, raw, monkeypatch):
    out = tmp_path / "out"
    run("notice", "人社局", "--raw", raw.parent, "--out", out)
    (out / "人社局" / notice_files("人社局", 2017).pdf).unlink()
    (out / "人社局" / notice_files("人社局", 2017).pdf).mkdir()
    code, told, err = run("notice", "人社局", "--raw", raw.parent, "--out", out)
    assert (code, told) == (1, "")
    assert f"通知书写不进 {out / '人社局'}" in err


def test_a_letter_that_no_font_has_is_written_out(raw, tmp_path, run):
    faultless().add("监测发现 | 指标=3.3.4.1 | 描述=未报送𝄞").save(raw)
    code, _, err = run("notice", "人社局", "--raw", raw.parent, "--out", tmp_path / "out")
    assert (code, err) == (0, "")
    files = notice_files("人社局", 2017)
    page = (tmp_path / "out" / "人社局" / files.html).read_text(encoding="utf-8")
    assert "未报送〔U+1D11E〕" in page
    printed = pypdf.PdfReader(tmp_path / "out" / "人社局" / files.pdf)
    assert "未报送〔U+1D11E〕" in "".join("".join(one.extract_text().split()) for one in printed.pages)
