"""A department's narrated scorecard, part by part, as the department notebook calls for it. Nothing here scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self

from scoring.base.files import write_json
from scoring.base.names import ABOUT, LEDGER, SCORECARD
from scoring.base.points import ZERO, shown
from scoring.engine.assessment import Assessment, assess
from scoring.engine.findings import VOID, chinese_date
from scoring.engine.scorecard import Finding, Scorecard
from scoring.engine.scorecard import rank as ranks
from scoring.engine.settle import VOIDED
from scoring.evidence import department_of, workbooks_in
from scoring.report import charts
from scoring.report.charts import chart_part
from scoring.report.places import NotScored, evidence_folder, scheme_of
from scoring.report.view import words
from scoring.report.view.blocks import (
    Block,
    Part,
    Run,
    Text,
    bullets,
    column,
    group,
    heading,
    link,
    page_of,
    paragraph,
    strong,
    table,
    verdict,
)
from scoring.report.view.unshown import unshown_in
from scoring.scheme import TOTAL, Node
from scoring.scheme.sheets import INSPECTED

#: How many findings of a kind, and rows of the appendix, a report lists before it refers to the Excel ledger.
LISTED, LISTED_IN_ALL, VETOES_LISTED, LOSSES_LISTED = 10, 200, 3, 10
SAMPLE_WORDS: Final = "示例数据　本页依虚构的示例佐证生成，不是任何单位的真实考核结果"
#: Marks what a veto sets to zero.
VOID_MARK: Final = "◆"


@dataclass(frozen=True)
class DepartmentReport:
    """The parts of a department's report, each a :class:`Part` that a notebook cell shows.

    Attributes
    ----------
    place, ranked
        The department's rank (None while it is provisional) and how many departments are ranked.
    """

    card: Scorecard
    place: int | None
    ranked: int

    @classmethod
    def load(
        cls,
        department: str,
        year: int,
        raw: str | Path = "data/raw",
        readings: Mapping[str, str] | None = None,
        rank: int | None = None,
        ranked: int | None = None,
        departments: str | Path = "",
        scheme: str = "",
    ) -> Self:
        """Score a department's workbook and place it among the others.

        Parameters
        ----------
        raw
            Folder that holds a folder a year.
        readings
            Reading to option, for those that are not read by default.
        rank, ranked
            Its place among so many that are ranked, where that is known; without ``ranked`` all workbooks are scored.
        departments
            File that lists the departments, in place of the scheme's own.
        scheme
            Name or folder of the scheme; the one in force when empty.

        Raises
        ------
        NotScored
            When the department has no workbook, or one with faults.
        """
        by = scheme_of(year, departments, scheme)
        paths = workbooks_in(evidence_folder(raw, year))
        if ranked is None:
            assessment = assess(paths, by, readings)
            places = {place.scorecard.department: place.rank for place in ranks(assessment.ranked_together)}
            return cls.of(assessment, department, places.get(department), len(places))
        own = [path for path in paths if department_of(path) == department]
        return cls.of(assess(own, by, readings), department, rank, ranked)

    @classmethod
    def of(cls, assessment: Assessment, department: str, rank: int | None, ranked: int) -> Self:
        """The report of one department of an assessment; ``rank`` is None while it is provisional.

        Raises
        ------
        NotScored
            When the department has no workbook, or one with faults.
        """
        if department in assessment.faults:
            faults = "\n".join(map(str, assessment.faults[department]))
            raise NotScored(f"{department}的工作簿有差错，未评分：\n{faults}")
        cards = {card.department: card for card in assessment.scorecards}
        if department not in cards:
            raise NotScored(f"没有{department}的佐证工作簿")
        return cls(cards[department], rank, ranked)

    @property
    def metadata(self) -> dict[str, Any]:
        """What the page template needs to know of the report."""
        return {
            "department": self.card.department,
            "year": self.card.year,
            "title": f"{self.card.department}{self.card.scheme.year_words}网站考核评分报告",
            "date": f"{self.card.as_of:%Y-%m-%d}",
            "sample": self.card.sample,
        }

    def leave(self, folder: str | Path) -> None:
        """Put the ledger, the scorecard and :attr:`metadata` into a folder, for whoever runs the notebook."""
        from scoring.report.excel import write_department

        write_department(self.card, self.place, Path(folder) / LEDGER)
        write_json(Path(folder) / SCORECARD, self.card.to_json(), make_folder=False)
        write_json(Path(folder) / ABOUT, self.metadata, make_folder=False)

    def first_page(self) -> Part:
        """Page 1: verdict, score, rank, parts, vetoes, where the points went, what to mend first."""
        card = self.card
        return Part(
            group(
                "first",
                [
                    heading(1, self.metadata["title"]),
                    *([paragraph(SAMPLE_WORDS, role="sample")] if card.sample else []),
                    self._verdict(),
                    *map(paragraph, words.summary(card, self.place, self.ranked)),
                    *([paragraph(words.review_summary(card))] if card.reviews else []),
                    *self._parts(),
                    *self._vetoes(),
                    *self._losses(),
                    paragraph(f"“合格”指未触发否决；《{card.scheme.title}》没有设合格分数线。", role="note"),
                ],
            )
        )

    def _verdict(self) -> Block:
        card = self.card
        bonus = f"，含加分 {words.bonus_words(card)} 分" if card.bonus else ""
        if self.place:
            rank, hint = f"第 {self.place} 名", f"已评定 {self.ranked} 个部门"
        elif card.pending:
            rank, hint = "暂不排名", f"{len(card.pending)} 项指标待评"
        else:
            rank, hint = "暂不排名", f"示例数据不参加排名；已评定 {self.ranked} 个部门"
        facts = [
            ("满分", f"{shown(card.total.full)} 分", f"考核期至 {chinese_date(card.as_of)}{bonus}"),
            ("名次", rank, hint),
        ]
        return verdict(words.verdict_class(card), words.verdict(card), words.points_words(card.total), facts)

    def _parts(self) -> Iterator[Block]:
        """三个部分得分, and how the total comes of them."""
        card = self.card
        codes = card.scheme.children[TOTAL]
        notes = {code: self._note(code) for code in (*codes, TOTAL)}
        figures = ("满分", *(["不计否决"] if card.vetoes else []), "得分")
        columns = [column("部分", share=3), *(column(name, number=True) for name in figures)]
        explained = [column("说明", share=2)] if any(notes.values()) else []

        def row(code: str, name: str) -> list[Text]:
            node = card.nodes[code]
            unvetoed = [words.unvetoed_words(node)] if card.vetoes else []
            return [name, shown(node.full), *unvetoed, words.points_words(node), *([notes[code]] if explained else [])]

        rows = [
            row(code, f"{words.ordinal_section(number)}、{card.nodes[code].name}")
            for number, code in enumerate(codes, 1)
        ]
        yield table([*columns, *explained], rows, foot=row(TOTAL, "总分"), label="三个部分得分")
        yield paragraph(words.branch_sum(card, TOTAL), role="note")

    def _vetoes(self) -> Iterator[Block]:
        vetoes = self.card.vetoes
        if not vetoes:
            return
        yield heading(2, "否决情形")
        columns = [column("否决", whole=True), column("事由与佐证", share=3), column("处理结果")]
        rows = [
            [
                str(finding.veto),
                [
                    link(f"{finding.code} {self.card.nodes[finding.code].name}", f"#{finding.code}"),
                    f"：{finding.because}。{words.rests_on(self.card, finding)}",
                ],
                f"{words.scope_words(self.card.scheme, finding.scope)}计 0 分",
            ]
            for finding in vetoes[:VETOES_LISTED]
        ]
        yield table(columns, rows, label="否决情形")
        if len(vetoes) > VETOES_LISTED:
            yield paragraph(f"共 {len(vetoes)} 项否决情形，此处列出前 {VETOES_LISTED} 项，其余见各指标。", role="note")

    def _losses(self) -> Iterator[Block]:
        """The largest losses with their causes and pages, and what to mend first."""
        losses = words.largest_losses(self.card)
        if not losses:
            return
        listed = losses if len(losses) <= LOSSES_LISTED else losses[: LOSSES_LISTED - 1]
        yield heading(2, "否决以外的失分" if self.card.vetoes else "失分情况")
        columns = [
            column("指标", share=3),
            column("满分", number=True),
            column("失分", number=True),
            column("主要问题", share=4),
            column("页", number=True, paper=True),
        ]
        rows = [
            [
                link(f"{node.code} {node.name}", f"#{node.code}"),
                shown(node.full),
                f"−{shown(node.lost)}",
                words.main_reason(self.card, node.code),
                page_of(node.code),
            ]
            for node in listed
        ]
        yield table(columns, rows, label="失分情况")
        if rest := losses[len(listed) :]:
            lost = shown(sum((node.lost for node in rest), ZERO))
            yield paragraph(f"其余 {len(rest)} 项合计失 {lost} 分，见计分表。", role="note")
        yield paragraph(words.reckoning(self.card), role="note")
        first = [(veto.code, veto.kind.advice) for veto in self.card.vetoes if veto.kind.advice]
        others = [(node.code, one) for node in losses for one in self._advice(node.code)[:1]]
        if advice := list(dict.fromkeys((*first, *others))):
            yield heading(2, "整改重点")
            yield bullets(
                [
                    [one.rstrip("。"), "（", link(f"{code} {self.card.nodes[code].name}", f"#{code}"), "）"]
                    for code, one in advice[:3]
                ],
                numbered=True,
            )

    def _note(self, code: str) -> str:
        """What explains a section's figure in a word: a bonus, what is pending."""
        card, node = self.card, self.card.nodes[code]
        pending = [leaf for leaf in card.scheme.under(code) if leaf in card.pending]
        earning = any(card.scheme.by_code[leaf].bonus for leaf in card.scheme.under(code))
        notes = []
        if pending:
            notes.append(f"{len(pending)} 项指标待评")
        if card.bonus and earning and node.status != "void":
            notes.append(f"含加分 {words.bonus_words(card)} 分")
        return "；".join(notes)

    def score_table(self) -> Part:
        """计分表: every node with its sum, its score and its page."""
        card = self.card
        columns = [
            column("指标", share=3),
            column("满分", number=True),
            column("算式", share=4),
            *([column("不计否决", number=True)] if card.vetoes else []),
            column("计入得分", number=True),
            column("页", number=True, paper=True),
        ]
        rows = [self._score_row(node.code) for node in card.nodes.values() if node.code != TOTAL]
        foot = self._score_row(TOTAL)
        notes = [paragraph(f"{VOID_MARK} {reason}。", role="note") for reason in self._voids]
        return Part(table(columns, rows, foot=foot, label="各指标的算式和得分", role="score"), *notes)

    @cached_property
    def _voids(self) -> list[str]:
        """Why nodes are zero though their own sums are not."""
        voided = (code for code, node in self.card.nodes.items() if node.status == VOIDED)
        return list(dict.fromkeys(words.void_reason(self.card, code) for code in voided))

    def _score_row(self, code: str) -> list[Text]:
        card, node = self.card, self.card.nodes[code]
        is_leaf = not card.scheme.children.get(code)
        told = self._is_told(code)
        name: Text = link(f"{code} {node.name}", f"#{code}") if told else f"{code} {node.name}"
        name = name if is_leaf else strong(node.name if code == TOTAL else f"{code} {node.name}")
        worked = words.own_sum(card, code) if is_leaf else words.limited_sum(card, code)
        mark = VOID_MARK if node.status == VOIDED else ""
        pending = f"待评：{card.pending[code]}" if code in card.pending else ""
        return [
            name,
            shown(node.full),
            pending or worked,
            *([words.unvetoed_words(node)] if card.vetoes else []),
            f"{words.points_words(node)}{mark}",
            page_of(code) if told else "",
        ]

    def _is_told(self, code: str) -> bool:
        """Whether a leaf has a part of its own: something was found, and it is not pending."""
        if self.card.scheme.children.get(code) or code in self.card.pending:
            return False
        return bool(self.card.nodes[code].lost or self._found(code))

    def _found(self, code: str) -> list[Finding]:
        return [finding for finding in self.card.of(code) if not finding.bonus or finding.stands]

    def _advice(self, code: str) -> list[str]:
        standing = (one for one in self._found(code) if one.stands and (one.effect == VOID or not one.bonus))
        return list(dict.fromkeys(one.kind.advice for one in standing if one.kind.advice))

    def section(self, code: str) -> Part:
        """A section: every leaf on which something was found, with its clause, findings, sum and advice."""
        told = [leaf for leaf in self.card.scheme.under(code) if self._is_told(leaf)]
        if not told:
            return Part(paragraph("本部分各项指标均无认定事项，见计分表。"))
        return Part(*(block for leaf in told for block in self._leaf(leaf)))

    def _leaf(self, code: str) -> Iterator[Block]:
        card, node = self.card, self.card.nodes[code]
        yield group(
            "leaf",
            [
                heading(3, f"{code} {node.name}（满分 {shown(node.full)} 分，得 {words.points_words(node)} 分）", code),
                group("clause", clause_blocks(node.node)),
                *self._findings(code),
                paragraph(f"计分：{words.own_sum(card, code)}{self._counted(code)}", role="sum"),
                paragraph(words.looked_at(card, code), role="note"),
                *(
                    [group("advice", [paragraph(strong("整改建议"), "　", "".join(self._advice(code)))])]
                    if self._advice(code)
                    else []
                ),
            ],
        )

    def _counted(self, code: str) -> str:
        """What is said of a leaf that is zero though its own sum is not; why stands under the 计分表."""
        node = self.card.nodes[code]
        return f"；计入 0 分{VOID_MARK}" if node.status == VOIDED and node.own else ""

    def _findings(self, code: str) -> Iterator[Block]:
        of_kind: dict[str, list[Finding]] = {}
        for finding in self._found(code):
            of_kind.setdefault(finding.kind.name, []).append(finding)
        columns = [
            column("序号", number=True),
            column("认定事项", share=5),
            column("佐证", share=2),
            column("分值", number=True, whole=True),
        ]
        listed = {finding.id for found in of_kind.values() for finding in found[:LISTED]}
        rows = [self._finding(finding) for finding in self._found(code) if finding.id in listed]
        if rows:
            yield table(columns, rows, label=f"{code} 的认定事项", role="findings")
        for kind, found in of_kind.items():
            if len(found) > LISTED:
                told = f"“{kind}”共 {len(found)} 项，此处列出前 {LISTED} 项，其余见评分台账（Excel）。"
                yield paragraph(told, role="note")

    def _finding(self, finding: Finding) -> list[Text]:
        review = finding.review
        reviewed: list[Run] = (
            []
            if review is None
            else [
                strong(f"［{words.finding_status(self.card, finding)}］"),
                f"{review.reason}（复核人：{review.reviewer}）",
            ]
        )
        return [
            str(self._numbers[finding.id]),
            [finding.told, *reviewed],
            finding.where,
            words.finding_points(finding, self.card.scheme),
        ]

    @cached_property
    def _numbers(self) -> dict[str, int]:
        """Finding to its number in this report."""
        return {finding.id: number for number, finding in enumerate(self.card.findings, 1)}

    def appendix(self) -> Part:
        """附录: how to work it out by hand, all findings, decisions of reviews, readings, where it all comes from."""
        return Part(
            *self._by_hand(),
            *self._index(),
            *self._reviews(),
            *self._set_aside(),
            *self._readings(),
            *self._source(),
        )

    def _by_hand(self) -> Iterator[Block]:
        """How a reader works the total out again, in the words of the readings in force."""
        card = self.card
        limits = "".join(
            f"；{code} {card.nodes[code].name}：{limited}"
            for code in card.scheme.children
            if (limited := words.limited_sum(card, code))
        )
        steps = [
            "按认定事项所列的工作表和行，打开佐证文件核对事实；行号含表头。",
            "期限自次日起计；工作日扣除周末和国务院办公厅公布的放假日，加上调休上班日，未注明的即其间没有放假和调休。",
            "对照该指标的计分标准和本附录所列的解读，核对每项分值。",
            "算出各指标得分：起评分（算式的第一个数）加减各项分值，不低于 0 分，不高于满分（加分指标除外）。",
            f"逐级相加{limits}。",
            "有否决的，否决所及的指标（标◆）改计 0 分。",
            "计算中不取整，只在列出时四舍五入到两位小数以内。",
        ]
        yield heading(3, "手工复算")
        yield bullets(steps, numbered=True)

    def _index(self) -> Iterator[Block]:
        """All findings by their numbers and full identifiers, which a review is asked for by."""
        findings = self.card.findings
        yield heading(3, "认定事项索引")
        if not findings:
            yield paragraph("无认定事项。")
            return
        more = len(findings) - LISTED_IN_ALL
        rest = f"这里列出前 {LISTED_IN_ALL} 项，其余 {more} 项见评分台账（Excel）。" if more > 0 else ""
        yield paragraph(f"共 {len(findings)} 项。{rest}对认定有异议的，请写明编号申请复核。")
        columns = [
            column("序号", number=True),
            column("编号", share=4),
            column("分值", whole=True),
            column("状态", whole=True),
        ]
        rows = [
            [
                str(self._numbers[one.id]),
                link(one.id, f"#{one.code}") if self._is_told(one.code) else one.id,
                words.finding_points(one, self.card.scheme),
                words.finding_status(self.card, one),
            ]
            for one in findings[:LISTED_IN_ALL]
        ]
        yield table(columns, rows, label="认定事项索引")

    def _reviews(self) -> Iterator[Block]:
        card = self.card
        yield heading(3, "复核决定")
        if not card.reviews:
            yield paragraph("无复核决定。")
            return
        found = {finding.id: finding for finding in (*card.findings, *card.set_aside)}
        effects = words.review_effects(card)
        columns = [
            column("序号", share=1),
            column("原认定", share=4),
            column("决定", share=2),
            column("理由", share=3),
            column("复核人、日期", share=2),
            column("对总分的影响", share=1),
        ]
        rows = [
            [
                str(self._numbers.get(review.finding, review.finding)),
                found[review.finding].because if review.finding in found else "（这一认定事项已不存在）",
                [review.decision, *([strong("　复核失效："), review.stale] if review.stale else [])],
                review.reason,
                f"{review.reviewer}　{chinese_date(review.reviewed_on)}",
                effects.get(review.finding, "不变"),
            ]
            for review in card.reviews
        ]
        yield table(columns, rows, label="复核决定")
        if len(effects) > 1:
            yield paragraph("各项撤销按复核日期先后逐项计入，影响之和即复核前后总分之差。", role="note")

    def _set_aside(self) -> Iterator[Block]:
        if not self.card.set_aside:
            return
        yield heading(3, "搁置的认定事项")
        yield paragraph("下列事项属于待评指标，核查完成之前不计分。")
        columns = [
            column("编号", share=2),
            column("指标", share=2),
            column("认定事项", share=3),
            column("佐证", share=2),
        ]
        rows = [
            [one.id, f"{one.code} {self.card.nodes[one.code].name}", one.told, one.where] for one in self.card.set_aside
        ]
        yield table(columns, rows, label="搁置的认定事项")

    def _readings(self) -> Iterator[Block]:
        """条款解读: what clauses that can be read in more than one way were read as."""
        options = [(reading, self.card.readings[key]) for key, reading in self.card.scheme.readings.items()]
        changed = sum(option != reading.default for reading, option in options)
        other = f"，其中 {changed} 处不是默认解读" if changed else ""
        yield heading(3, "条款解读")
        yield paragraph(f"《{self.card.scheme.title}》有 {len(options)} 处可作不同理解，本报告采用下列解读{other}。")
        rows = [
            [
                f"{reading.title}：{reading.clause}",
                f"{reading.options[option]}{'' if option == reading.default else '（非默认）'}",
            ]
            for reading, option in options
        ]
        yield table([column("条款"), column("采用的解读")], rows, label="条款解读")

    def _source(self) -> Iterator[Block]:
        """依据与数据: what was assessed, by whom, from which rows."""
        card, source = self.card, self.card.source
        period = f"{card.year}年1月1日至{chinese_date(card.as_of)}"
        site = f"，考核网站 {source.site}" if source.site else ""
        yield heading(3, "依据与数据")
        yield paragraph(f"依据《{card.scheme.title}》，考核期为{period}{site}。{self._inspected()}")
        if card.pending:
            yield bullets(
                f"{code} {card.nodes[code].name}（0～{shown(card.nodes[code].full)} 分）：{reason}"
                for code, reason in card.pending.items()
            )
        tally = "、".join(
            f"《{row.sheet}》{row.read} 行" + (f"（未计入 {row.left_out} 行）" if row.left_out else "")
            for row in source.tally
        )
        yield paragraph(f"佐证文件 {source.file} 读入：{tally}。")
        digest = " ".join(source.sha256[at : at + 8] for at in range(0, len(source.sha256), 8))
        yield paragraph("佐证文件的 SHA-256 校验值：", {"text": digest, "code": True})
        yield paragraph(f"PDF 版内附佐证文件和评分结果 {SCORECARD}，在阅读器的附件栏中打开。")
        if unshown := unshown_in(source.tables, card.scheme.sheets):
            told = "；".join(map(str, unshown))
            yield paragraph(
                f"佐证中有 {len(unshown)} 个字符不在报告所用的字体中，以〔代码〕写出，佐证文件未作改动：{told}。"
            )
        if source.notices:
            yield heading(3, "数据说明")
            yield bullets(source.notices)

    def _inspected(self) -> str:
        rows = self.card.source.inspections
        done = rows[rows["status"] == INSPECTED]
        leaves = len(self.card.scheme.leaves)
        if done.empty:
            return f"{leaves} 个末级指标均未核查。"
        who = "、".join(dict.fromkeys(done["inspector"]))
        first, last = done["inspected_on"].min(), done["inspected_on"].max()
        when = chinese_date(first) if first == last else f"{chinese_date(first)}至{chinese_date(last)}"
        return f"{leaves} 个末级指标中已核查 {len(done)} 个，核查人：{who}，核查日期：{when}。"

    def where_points_went(self) -> Part:
        """Chart: where the points went."""
        return chart_part(charts.where_points_went(self.card))

    def publications_over_year(self) -> Part:
        """Chart: publications over the year with the missed windows."""
        return chart_part(charts.publications_over_year(self.card))

    def letter_reply_times(self) -> Part:
        """Chart: letters' reply times against their due days."""
        return chart_part(charts.letter_reply_times(self.card))

    def portal_items(self) -> Part:
        """Chart: portal items against the 50."""
        return chart_part(charts.portal_items(self.card))


def clause_blocks(node: Node) -> Iterator[Block]:
    """The clause, word for word."""
    standard = node.standard or "（未列计分标准，由考核人员评分）"
    for label, text in (("指标说明", node.description), ("计分标准", standard), ("备注说明", node.remark)):
        for number, line in enumerate(one for one in (text or "").strip().split("\n") if one):
            yield paragraph(*([strong(label), "　"] if number == 0 else []), line)
