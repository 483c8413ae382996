"""方案说明: the remarks, then every clause word for word with its readings; as HTML and PDF."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from scoring.base.points import shown
from scoring.explained.cases import Case, cases_of
from scoring.explained.checks import Check, checks
from scoring.explained.examples import Example, Examples
from scoring.explained.probes import Probes
from scoring.explained.rows import terms_in
from scoring.explained.searches import least
from scoring.explained.words import node_words, points_words, quoted, result_words
from scoring.report.render.paper import pdf_of
from scoring.report.render.screen import about_page, html_of
from scoring.report.view.blocks import (
    Block,
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
)
from scoring.scheme import TOTAL, FindingKind, Node, Scheme
from scoring.scheme.readings import Reading
from scoring.scheme.sheets import FACTS, Sheet


def explained(scheme: Scheme) -> tuple[bytes, bytes]:
    """The page of a scheme as HTML and as PDF; the same scheme gives the same bytes.

    Raises
    ------
    SchemeError
        When its cases cannot be read, or a rule fails on made-up evidence.
    """
    title, date = f"{scheme.title}：方案说明", f"{scheme.year}-01-01"
    frame = {"title": title, "date": date, "sample": bool(scheme.exercise), "mark": f"方案 {scheme.folder.name}"}
    blocks, about = list(_Page(scheme).blocks()), about_page(frame)
    return html_of(blocks, about).encode(), pdf_of(blocks, about)


class _Page:
    def __init__(self, scheme: Scheme) -> None:
        self.scheme, self.cases = scheme, cases_of(scheme)
        self.probes = Probes(scheme)
        self.examples = Examples(self.probes)
        self.checks = checks(self.probes, self.examples)
        self.least = least(self.probes)

    def blocks(self) -> Iterator[Block]:
        """The whole page."""
        yield heading(1, f"{self.scheme.title}：方案说明")
        yield from self._opening()
        yield heading(2, "一、检查结果")
        yield from self._summary()
        for number, check in enumerate(self.checks):
            yield from self._check(check, f"check-{number}")
        yield from self._tree()
        yield heading(2, "三、逐条说明")
        words = "其中的数字和用语是 scheme.toml 的 terms，可由编制方案的单位修改。"
        yield paragraph(f"{words}用例都从一份没有过失的佐证出发，只改动所列各处。", role="note")
        for node in self.scheme.nodes:
            yield from self._node(node)

    # --- What was found

    def _opening(self) -> Iterator[Block]:
        scheme = self.scheme
        kinds = sum(len(leaf.findings) for leaf in scheme.leaves)
        points = "不计分，只判定合格与否" if scheme.points is None else f"满分{shown(scheme.points)}分"
        yield paragraph(
            f"{scheme.city}，{scheme.since}年起施行，{points}；末级指标{len(scheme.leaves)}个，"
            f"认定{kinds}种，有多种解读的条款{len(scheme.readings)}处，考核对象{len(scheme.departments)}个。"
        )
        yield paragraph(
            "本说明由程序根据方案文件生成。检查的办法是：对照方案各部分，并编造佐证照方案评分，看每处过失产生什么结果。"
            "所用佐证都是编造的，与任何部门无关；没有另外说明的，都按默认解读。",
            role="note",
        )
        if self.probes.lacking:
            names = "、".join(f"{leaf.code} {leaf.name}" for leaf in self.probes.lacking)
            text = f"没有试出使这些指标完全没有过失的佐证：{names}。有关这些指标的试评结果不完整，请对照规则核实。"
            yield paragraph(text, role="sum")

    def _summary(self) -> Iterator[Block]:
        rows = [
            [link(one.title, f"#check-{number}"), one.question, f"{len(one.remarks)}处" if one.remarks else "没有发现"]
            for number, one in enumerate(self.checks)
        ]
        what = "从合格到不合格" if self.scheme.is_gate else "从满分到零分"
        rows.append([link(what, "#nodes"), f"最少几处过失使网站{what}。", self._least_words(TOTAL)])
        yield table([column("检查", share=3), column("问题", share=6), column("结果", share=3)], rows, label="检查结果")

    def _check(self, check: Check, name: str) -> Iterator[Block]:
        yield heading(3, check.title, name)
        if not check.remarks:
            yield paragraph(f"{check.question}没有发现。")
            return
        whole = all(len(remark.codes) == 1 for remark in check.remarks)
        columns = [column("条款", share=2, whole=whole), column("发现", share=5), column("最小的佐证和结果", share=4)]
        rows: list[Sequence[Text]] = []
        for remark in check.remarks:
            codes = [run for code in remark.codes for run in ("、", link(code, f"#{code}"))][1:]
            rows.append([codes, remark.text, remark.shown_by or "见条款原文"])
        yield table(columns, rows, label=check.title, role="findings")

    def _tree(self) -> Iterator[Block]:
        what = "由合格变为不合格" if self.scheme.is_gate else "由满分降到0分"
        yield heading(2, "二、指标一览", "nodes")
        yield paragraph(f"最少过失：试过的佐证中，{what}最少要有几处过失，按认定的次数计。", role="note")
        points = [] if self.scheme.is_gate else [column("分值", number=True)]
        columns = [
            *(column("指标", share=4), *points, column("检查发现", number=True), column("最少过失", whole=True)),
            *(column("相应的佐证", share=6), column("页", number=True, paper=True)),
        ]
        found = [code for check in self.checks for remark in check.remarks for code in remark.codes]
        rows: list[Sequence[Text]] = []
        for code, node in self.scheme.by_code.items():
            own, is_leaf = self.least.get(code), code not in self.scheme.children
            rows.append(
                [
                    link(f"{code} {node.name}", f"#{code}") if code != TOTAL else node.name,
                    *([shown(node.points)] if points else []),
                    str(found.count(code) or ""),
                    self._least_words(code) if is_leaf or code == TOTAL else "",
                    own.change.words if own else "",
                    page_of(code) if code != TOTAL else "",
                ]
            )
        yield table(columns, rows, label="指标一览")

    def _least_words(self, code: str) -> str:
        return f"{self.least[code].faults}处" if code in self.least else "没有试出"

    # --- Clause after clause

    def _node(self, node: Node) -> Iterator[Block]:
        points = "" if self.scheme.is_gate else f"（{shown(node.points)}分）"
        yield heading(3, f"{node.code} {node.name}{points}", node.code)
        if node.code not in self.scheme.children:
            yield group("clause", self._clause(node))
            yield paragraph(strong("看哪些佐证"))
            yield bullets([self._sheet(node, self.scheme.sheet(key)) for key in node.sheets])
            yield from self._terms(node)
            yield from self._findings(node)
        for reading in self.scheme.readings.values():
            if node.code in reading.nodes:
                yield from self._reading(reading, node.code)
        if cases := self.cases.get(node.code):
            yield from self._cases(cases)

    def _clause(self, node: Node) -> Iterator[Block]:
        if self.scheme.paraphrased:
            yield paragraph("条款大意，不是原文", role="note")
        for name, text in (("指标说明", node.description), ("计分标准", node.standard), ("备注说明", node.remark)):
            first, *rest = [line for line in text.strip().splitlines() if line.strip()] or ["（没有写）"]
            if text.strip() or name != "备注说明":
                yield paragraph(strong(f"{name}　"), first)
                yield from (paragraph(line) for line in rest)
        if node.source_note:
            yield paragraph(node.source_note, role="note")

    def _sheet(self, leaf: Node, sheet: Sheet) -> str:
        if sheet.key == FACTS:
            names = "、".join(f"“{name}”" for name in self._facts_of(leaf))
            return f"《{sheet.name}》{f'的{names}' if names else ''}"
        words = [f"{sheet.column(key).name}为“{word}”" for key, word in self.scheme.looked_at(leaf, sheet.key).items()]
        names = "、".join(one.name for one in sheet.columns)
        dated = f"；{sheet.column(sheet.dated_by).name}在考核期内的才计" if sheet.dated_by else ""
        back = f"（考核期之前的只用于{sheet.look_back}）" if sheet.look_back else ""
        judged = "；每个日期评判一次" if leaf.judged_on == sheet.key else ""
        return f"《{sheet.name}》{'中' + '、'.join(words) + '的行' if words else ''}，列有{names}{dated}{back}{judged}"

    def _facts_of(self, leaf: Node) -> list[str]:
        """The 项目 that were found to affect the leaf."""
        keys = {
            key
            for probe in self.probes.tried
            if probe.fault and leaf.code in {*probe.outcome.pending, *(row.code for row in probe.new)}
            for key in probe.fault.facts or ()
        }
        return [fact.name for fact in self.scheme.facts if fact.key in keys]

    def _terms(self, leaf: Node) -> Iterator[Block]:
        terms = _terms(leaf.terms).items()
        runs = [run for name, values in terms for run in ("；", {"text": name, "code": True}, f" {'、'.join(values)}")]
        if runs:
            yield paragraph(strong("其中的数字和用语"), "　", *runs[1:])

    def _findings(self, leaf: Node) -> Iterator[Block]:
        yield paragraph(strong("可能的认定"))
        shares = {"认定": 3, "计分": 2, "最小的佐证": 5, "结果": 3}
        rows = [
            [kind.name, points_words(self.scheme, kind), *self._shown(leaf.code, kind)]
            for kind in leaf.findings.values()
        ]
        yield table([column(name, share=share) for name, share in shares.items()], rows, label="可能的认定")

    def _shown(self, code: str, kind: FindingKind) -> tuple[str, str]:
        """The smallest evidence with a kind of finding, and its result."""
        if (code, kind.name) in self.probes.clean.kinds:
            return "没有任何过失", result_words(self.probes.clean, code)
        if probe := self.probes.smallest.get((code, kind.name)):
            return probe.change.words, result_words(probe.outcome, code)
        if by := self.examples.kinds.get((code, kind.name)):
            return f"解读{quoted(by[0].title)}取{quoted(by[0].options[by[1]])}时才有", ""
        return "没有试出", ""

    def _reading(self, reading: Reading, code: str) -> Iterator[Block]:
        first = next(node.code for node in self.scheme.nodes if node.code in reading.nodes)
        if code != first:
            yield paragraph(strong(f"解读：{reading.title}"), "　见", link(first, f"#{first}"))
            return
        several = self.examples.of[reading.key]
        yield paragraph(strong(f"解读：{reading.title}"), f"　{reading.clause}")
        names = ["例子"] if len(several) == 1 else [f"例{number}" for number in range(1, len(several) + 1)]
        for name, example in zip(names, several, strict=True):
            yield paragraph(f"{name}：{example.change.words}。", role="note")
        columns = [column("选项", share=5), *(column(f"{name}的结果", share=4) for name in names)]
        rows: list[Sequence[Text]] = []
        silent = []
        for option, words in reading.options.items():
            is_default = option == reading.default
            mark = [strong("（默认）")] if is_default else []
            rows.append([[words, *mark], *(self._example(reading, example, option) for example in several)])
            if not is_default and not any(example.differs(option, reading.default) for example in several):
                silent.append(words)
        yield table(columns, rows, label=reading.title)
        if silent:
            yield paragraph(f"没有试出与默认不同的佐证：{'；'.join(silent)}。", role="note")

    def _example(self, reading: Reading, example: Example, option: str) -> str:
        scheme, outcome = self.scheme, example.outcomes[option]
        if scheme.is_gate:
            return node_words(outcome, TOTAL)
        own = {code for node in reading.nodes for code in (node, *scheme.under(node))}
        codes = [code for code in example.codes if code in own and code not in scheme.children] or [
            code for code in example.codes if code in own or code in scheme.children[TOTAL]
        ]
        total = [TOTAL] if TOTAL in example.codes else []
        return "；".join(node_words(outcome, code) for code in dict.fromkeys([*codes[:2], *total]))

    def _cases(self, cases: Sequence[Case]) -> Iterator[Block]:
        given = dict.fromkeys(case.given for case in cases if case.given)
        yield paragraph(strong("用例"), f"　本表各例还有：{'；'.join(given)}。" if given else "")
        columns = [column("情形", share=4), column("佐证", share=5, screen=True), column("结果", share=2)]
        yield table(columns, [[case.name, case.evidence, case.result] for case in cases], label="用例")


def _terms(terms: Any) -> Mapping[str, list[str]]:
    """A leaf's numbers and words under the names that lead to them, those of a list together."""
    found: dict[str, list[str]] = {}
    for name, value in terms_in(terms):
        if value or value == 0:
            stem, _, unit = re.sub(r"\[\d+\]$", "", name).rpartition(".")
            units = {"days": "天", "months": "个月"}
            alone = unit in units and stem
            found.setdefault(stem if alone else re.sub(r"\[\d+\]$", "", name), []).append(
                f"{value}{units[unit]}" if alone else _term(value)
            )
    return found


def _term(value: Any) -> str:
    if isinstance(value, str) and (day := re.fullmatch(r"(\d\d)-(\d\d)", value)):
        return f"{int(day[1])}月{int(day[2])}日"
    if isinstance(value, str) and re.fullmatch(r"\d+/\d+", value):
        return f"{shown(Fraction(value) * 100)}%"
    return {True: "是", False: "否"}[value] if isinstance(value, bool) else str(value)
