"""The appendix of a department's report: how to calculate it by hand, all findings, reviews, readings, sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from scoring.base.names import SCORECARD
from scoring.base.points import shown
from scoring.engine.findings import chinese_date
from scoring.engine.scorecard import Scorecard
from scoring.report.view import words
from scoring.report.view.attachments import attachments
from scoring.report.view.blocks import Block, Text, bullets, column, digest, heading, link, paragraph, strong, table
from scoring.report.view.followup import follow_up_blocks
from scoring.report.view.nodes import VOID_MARK, has_part, numbers_of
from scoring.report.view.unshown import unshown_in
from scoring.scheme import Scheme
from scoring.scheme.readings import Readings
from scoring.scheme.sheets import INSPECTED

#: How many findings the index lists before it refers to the Excel ledger.
LISTED: Final = 200


def appendix(card: Scorecard, *, evidence: bool = True) -> Iterator[Block]:
    """The blocks of the appendix; ``evidence`` says whether the PDF holds the workbook."""
    numbers = numbers_of(card)
    yield heading(3, "手工复算")
    yield bullets(_steps(card), numbered=True)
    yield from _index(card, numbers)
    yield from _reviews(card, numbers)
    yield from follow_up_blocks(card, numbers)
    yield from _set_aside(card)
    yield from _readings(card)
    yield from _source(card, evidence=evidence)
    yield from attachments(card, numbers, evidence=evidence)


def _steps(card: Scorecard) -> list[str]:
    """How to recalculate the result by hand, under the readings in force."""
    check_facts = "按认定事项所列的工作表和行，打开佐证文件核对事实；行号含表头。"
    if card.scheme.is_gate:
        return [
            check_facts,
            "对照该指标的条款和本附录所列的解读，核对每项认定；累计否决以所列各项中成立的项数计。",
            "有一项否决成立的，为不合格；没有否决而有指标待评的，为待评；其余为合格。",
        ]
    limits = "".join(
        f"；{code} {card.nodes[code].name}：{limited}"
        for code in card.scheme.children
        if (limited := words.limited_sum(card, code))
    )
    return [
        check_facts,
        "期限自次日起计；工作日扣除周末和国务院办公厅公布的放假日，加上调休上班日，未注明的即其间没有放假和调休。",
        "对照该指标的计分标准和本附录所列的解读，核对每项分值。",
        "算出各指标得分：起评分（算式的第一个数）加减各项分值，不低于 0 分，不高于满分（加分指标除外）。",
        f"逐级相加{limits}。",
        f"有否决的，否决所及的指标（标{VOID_MARK}）改计 0 分。",
        "计算中不取整，只在列出时四舍五入到两位小数以内。",
    ]


def _index(card: Scorecard, numbers: Mapping[str, int]) -> Iterator[Block]:
    """All findings with numbers and full ids, which a request for review must quote."""
    findings = card.findings
    yield heading(3, "认定事项索引")
    if not findings:
        yield paragraph("无认定事项。")
        return
    more = len(findings) - LISTED
    rest = f"这里列出前 {LISTED} 项，其余 {more} 项见评分台账（Excel）。" if more > 0 else ""
    yield paragraph(f"共 {len(findings)} 项。{rest}对认定有异议的，请写明编号申请复核。")
    columns = [
        column("序号", number=True),
        column("编号", share=4),
        column("效果" if card.scheme.is_gate else "分值", whole=True),
        column("状态", whole=True),
    ]
    rows: list[list[Text]] = []
    for one in findings[:LISTED]:
        name = link(one.id, f"#{one.code}") if has_part(card, one.code) else one.id
        effect, status = words.finding_points(one, card.scheme), words.finding_status(card, one)
        rows.append([str(numbers[one.id]), name, effect, status])
    yield table(columns, rows, label="认定事项索引")


def _reviews(card: Scorecard, numbers: Mapping[str, int]) -> Iterator[Block]:
    yield heading(3, "复核决定")
    if not card.reviews:
        yield paragraph("无复核决定。")
        return
    found = {finding.id: finding.because for finding in (*card.findings, *card.suspected, *card.set_aside)}
    effects = words.review_effects(card)
    shares = {"序号": 1, "原认定": 4, "决定": 2, "理由": 3, "复核人、日期": 2}
    columns = [column(name, share=share) for name, share in shares.items()]
    columns += [] if card.scheme.is_gate else [column("对总分的影响")]
    rows: list[list[Text]] = []
    for review in card.reviews:
        number, because = str(numbers.get(review.finding, review.finding)), found.get(review.finding)
        decided = [review.decision, *([strong("　复核失效："), review.stale] if review.stale else [])]
        reviewed = f"{review.reviewer}　{chinese_date(review.reviewed_on)}"
        cells = [number, because or "（这一认定事项已不存在）", decided, review.reason, reviewed]
        rows.append([*cells, *([] if card.scheme.is_gate else [effects.get(review.row, "不变")])])
    yield table(columns, rows, label="复核决定")
    if len(effects) > 1 and not card.scheme.is_gate:
        yield paragraph("各项决定按复核日期先后逐项计入，影响之和即复核前后总分之差。", role="note")


def _set_aside(card: Scorecard) -> Iterator[Block]:
    if not card.set_aside:
        return
    yield heading(3, "搁置的认定事项")
    yield paragraph(f"下列事项属于待评指标，核查完成之前不{'作为认定' if card.scheme.is_gate else '计分'}。")
    columns = [column("编号", share=2), column("指标", share=2), column("认定事项", share=3), column("佐证", share=2)]
    rows = [[one.id, f"{one.code} {card.nodes[one.code].name}", one.sentence, one.where] for one in card.set_aside]
    yield table(columns, rows, label="搁置的认定事项")


def _readings(card: Scorecard) -> Iterator[Block]:
    options = [(reading, card.readings[key]) for key, reading in card.scheme.readings.items()]
    if not options:
        return
    changed = sum(option != reading.default for reading, option in options)
    other = f"，其中 {changed} 处不是默认解读" if changed else ""
    yield heading(3, "条款解读")
    yield paragraph(f"《{card.scheme.title}》有 {len(options)} 处可作不同理解，本报告采用下列解读{other}。")
    yield readings_table(card.scheme, card.readings)


def readings_table(scheme: Scheme, readings: Readings) -> Block:
    """What clauses that can be read in more than one way were read as."""
    rows = []
    for key, reading in scheme.readings.items():
        other = "" if readings[key] == reading.default else "（非默认）"
        rows.append([f"{reading.title}：{reading.clause}", f"{reading.options[readings[key]]}{other}"])
    return table([column("条款"), column("采用的解读")], rows, label="条款解读")


def _source(card: Scorecard, *, evidence: bool) -> Iterator[Block]:
    """依据与数据: what was assessed, by whom, from which rows."""
    source = card.source
    period = f"{card.year}年1月1日至{chinese_date(card.as_of)}"
    site = f"，考核网站 {source.site}" if source.site else ""
    yield heading(3, "依据与数据")
    yield paragraph(f"依据《{card.scheme.title}》，考核期为{period}{site}。{_inspected(card)}")
    if card.pending:
        gate, nodes = card.scheme.is_gate, card.nodes
        points = {code: "" if gate else f"（0～{shown(nodes[code].full)} 分）" for code in card.pending}
        yield bullets(f"{code} {nodes[code].name}{points[code]}：{reason}" for code, reason in card.pending.items())
    tally = "、".join(
        f"《{row.sheet}》{row.read} 行" + (f"（未计入 {row.left_out} 行）" if row.left_out else "")
        for row in source.tally
    )
    yield paragraph(f"佐证文件 {source.file} 读入：{tally}。")
    if source.parts:
        yield paragraph("佐证文件的 SHA-256 校验值：")
        yield bullets([f"{file}　", digest(sha256)] for file, sha256 in source.parts.items())
    else:
        yield paragraph("佐证文件的 SHA-256 校验值：", digest(source.sha256))
    attached = f"佐证文件和评分结果 {SCORECARD}" if evidence else f"评分结果 {SCORECARD}，不附佐证"
    yield paragraph(f"PDF 版内附{attached}，在阅读器的附件栏中打开。")
    if unshown := unshown_in(source.tables, card.scheme.sheets, [*source.parts]):
        written = f"佐证中有 {len(unshown)} 个字符不在报告所用的字体中，以〔代码〕写出，佐证文件未作改动"
        yield paragraph(f"{written}：{'；'.join(unshown)}。")
    if source.notices:
        yield heading(3, "数据说明")
        yield bullets(source.notices)


def _inspected(card: Scorecard) -> str:
    rows = card.source.inspections
    done = rows[rows["status"] == INSPECTED]
    leaves = len(card.scheme.leaves)
    if done.empty:
        return f"{leaves} 个末级指标均未核查。"
    who = "、".join(dict.fromkeys(done["inspector"]))
    first, last = done["inspected_on"].min(), done["inspected_on"].max()
    when = chinese_date(first) if first == last else f"{chinese_date(first)}至{chinese_date(last)}"
    return f"{leaves} 个末级指标中已核查 {len(done)} 个，核查人：{who}，核查日期：{when}。"
