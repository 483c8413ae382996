"""方案说明: the remarks, then every clause word for word with its readings; as HTML and PDF."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from scoring.base.points import shown
from scoring.explained.cases import Case, cases_of
from scoring.explained.checks import Check, Checks, Remark
from scoring.explained.examples import Example, Examples, examples
from scoring.explained.least import Least, least
from scoring.explained.probes import Probes
from scoring.explained.words import node_words, points_words, quoted, result_words
from scoring.report.render.paper import pdf_of
from scoring.report.render.screen import about_page, html_of
from scoring.report.view.blocks import (
    Block,
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
)
from scoring.scheme import TOTAL, Node, Scheme
from scoring.scheme.readings import Reading
from scoring.scheme.sheets import FACTS, Sheet


def explained(scheme: Scheme) -> tuple[bytes, bytes]:
    """The page of a scheme as HTML and as PDF; the same scheme gives the same bytes.

    Raises
    ------
    SchemeError
        When its cases cannot be read, or a rule fails on made-up evidence.
    """
    blocks, about = list(_Page(scheme).blocks()), _about(scheme)
    return html_of(blocks, about).encode(), pdf_of(blocks, about)


def _about(scheme: Scheme) -> dict[str, Any]:
    return about_page(
        {
            "title": f"{scheme.title}：方案说明",
            "date": f"{scheme.year}-01-01",
            "sample": bool(scheme.exercise),
            "mark": f"方案 {scheme.folder.name}",
        }
    )


class _Page:
    def __init__(self, scheme: Scheme) -> None:
        self.scheme, self.cases = scheme, cases_of(scheme)
        self.probes = Probes(scheme)
        self.examples: Examples = examples(self.probes)
        checks = Checks(self.probes, self.examples)
        self.checks, self.smallest = list(checks.all()), checks.smallest
        self.least = least(self.probes)

    def blocks(self) -> Iterator[Block]:
        """The whole page."""
        yield heading(1, f"{self.scheme.title}：方案说明")
        yield from self._opening()
        yield heading(2, "一、检查结果")
        yield from self._summary()
        for number, check in enumerate(self.checks):
            yield from self._check(check, f"check-{number}")
        yield from self._to_zero()
        yield heading(2, "二、指标一览")
        yield self._tree()
        yield heading(2, "三、逐条说明")
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
            "本说明由程序根据方案文件写出：对照方案各部分，并由程序编造佐证、照方案评分，看每处过失产生什么结果。"
            "所用佐证都是编造的，与任何部门无关；没有另外说明的，都按默认解读。",
            role="note",
        )
        if self.probes.lacking:
            names = "、".join(f"{leaf.code} {leaf.name}" for leaf in self.probes.lacking)
            yield paragraph(
                f"没有试出使这些指标完全没有过失的佐证：{names}。有关这些指标的试评结果不完整，请对照规则核实。",
                role="sum",
            )

    def _summary(self) -> Iterator[Block]:
        rows = [
            [
                link(check.title, f"#check-{number}"),
                check.question,
                f"{len(check.remarks)}处" if check.remarks else "没有发现",
            ]
            for number, check in enumerate(self.checks)
        ]
        what = "从合格到不合格" if self.scheme.is_gate else "从满分到零分"
        rows.append([link(what, "#to-zero"), f"最少几处过失使网站{what}。", self._least_words(self.least.get(TOTAL))])
        yield table([column("检查", share=3), column("问题", share=6), column("结果", share=3)], rows, label="检查结果")

    def _check(self, check: Check, name: str) -> Iterator[Block]:
        yield heading(3, check.title, name)
        if not check.remarks:
            yield paragraph(f"{check.question}没有发现。")
            return
        whole = max(len(remark.codes) for remark in check.remarks) == 1
        columns = [column("条款", share=2, whole=whole), column("发现", share=5), column("最小的佐证和结果", share=4)]
        rows = [[self._codes(remark), remark.text, remark.shown_by or "见条款原文"] for remark in check.remarks]
        yield table(columns, rows, label=check.title, role="findings")

    def _codes(self, remark: Remark) -> Text:
        links: list[Run] = []
        for code in remark.codes:
            links += ["、"] if links else []
            links.append(link(code, f"#{code}"))
        return links

    def _to_zero(self) -> Iterator[Block]:
        gate = self.scheme.is_gate
        yield heading(3, "从合格到不合格" if gate else "从满分到零分", "to-zero")
        what = "网站由合格变为不合格" if gate else "由满分降到0分"
        yield paragraph(f"试过的佐证中，{what}最少要有几处过失，按认定的次数计。", role="note")
        columns = [column("指标", share=3), column("最少过失", share=2), column("佐证", share=6)]
        codes = [TOTAL, *(leaf.code for leaf in self.scheme.leaves)]
        rows = [
            [self._named(code), self._least_words(found), found.probe.change.words if found else ""]
            for code in codes
            for found in [self.least.get(code)]
        ]
        yield table(columns, rows, label="最少过失")

    def _named(self, code: str) -> Text:
        node = self.scheme.by_code[code]
        return node.name if code == TOTAL else link(f"{code} {node.name}", f"#{code}")

    @staticmethod
    def _least_words(found: Least | None) -> str:
        return f"{found.faults}处" if found else "没有试出"

    # --- The tree

    def _tree(self) -> Block:
        gate = self.scheme.is_gate
        remarks = [code for check in self.checks for remark in check.remarks for code in remark.codes]
        columns = [
            column("指标", share=5),
            *([] if gate else [column("分值", number=True)]),
            column("解读", number=True),
            column("用例", number=True),
            column("检查发现", number=True),
            column("页", number=True, paper=True),
        ]
        rows = [
            [
                link(f"{node.code} {node.name}", f"#{node.code}"),
                *([] if gate else [shown(node.points)]),
                _count(sum(node.code in reading.nodes for reading in self.scheme.readings.values())),
                _count(len(self.cases.get(node.code, ()))),
                _count(remarks.count(node.code)),
                page_of(node.code),
            ]
            for node in self.scheme.nodes
        ]
        return table(columns, rows, label="指标一览", role="score")

    def _node(self, node: Node) -> Iterator[Block]:
        points = "" if self.scheme.is_gate else f"（{shown(node.points)}分）"
        yield heading(3, f"{node.code} {node.name}{points}", node.code)
        if node.code not in self.scheme.children:
            yield group("clause", self._clause(node))
            yield from self._evidence(node)
            yield from self._terms(node)
            yield from self._findings(node)
        for reading in self.scheme.readings.values():
            if node.code in reading.nodes:
                yield from self._reading(reading)
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

    def _evidence(self, leaf: Node) -> Iterator[Block]:
        yield paragraph(strong("看哪些佐证"))
        yield bullets([self._sheet(leaf, self.scheme.sheet(key)) for key in leaf.sheets])

    def _sheet(self, leaf: Node, sheet: Sheet) -> str:
        if sheet.key == FACTS:
            looked = "、".join(f"“{name}”" for name in self._facts_of(leaf))
            return f"《{sheet.name}》{f'的{looked}' if looked else ''}"
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
            for fault, outcome in zip(self.probes.faults, self.probes.tries.outcomes, strict=False)
            if fault.facts
            and (leaf.code in outcome.pending or any(row.code == leaf.code for row in self.probes.new(outcome)))
            for key in fault.facts
        }
        return [fact.name for fact in self.scheme.facts if fact.key in keys]

    def _terms(self, leaf: Node) -> Iterator[Block]:
        rows: list[Sequence[Text]] = [[{"text": name, "code": True}, value] for name, value in _flat(leaf.terms)]
        if rows:
            yield paragraph(strong("其中的数字和用语"), "（scheme.toml 的 terms，可由编制方案的单位修改）")
            yield table([column("名称", share=2), column("内容", share=3)], rows, label="数字和用语")

    def _findings(self, leaf: Node) -> Iterator[Block]:
        yield paragraph(strong("可能的认定"))
        columns = [
            column("认定", share=3),
            column("计分", share=2),
            column("最小的佐证", share=5),
            column("结果", share=3),
        ]
        rows = []
        for kind in leaf.findings.values():
            probe, option = self.smallest.get((leaf.code, kind.name)), self.examples.kinds.get((leaf.code, kind.name))
            shown_by, result = ("没有试出", "")
            if (leaf.code, kind.name) in self.probes.clean.kinds:
                shown_by, result = "没有任何过失", result_words(self.probes.clean, leaf.code)
            elif probe:
                shown_by, result = probe.change.words, result_words(probe.outcome, leaf.code)
            elif option:
                shown_by = f"解读{quoted(option[0].title)}取{quoted(option[0].options[option[1]])}时才有"
            rows.append([kind.name, points_words(self.scheme, kind), shown_by, result])
        yield table(columns, rows, label="可能的认定")

    def _reading(self, reading: Reading) -> Iterator[Block]:
        several = self.examples.of[reading.key]
        yield paragraph(strong(f"解读：{reading.title}"), f"　{reading.clause}")
        names = ["例子"] if len(several) == 1 else [f"例{number}" for number in range(1, len(several) + 1)]
        for name, example in zip(names, several, strict=True):
            yield paragraph(f"{name}：{example.change.words}。", role="note")
        columns = [column("选项", share=5), *(column(f"{name}的结果", share=4) for name in names)]
        rows: list[Sequence[Text]] = [
            [
                [words, *([strong("（默认）")] if option == reading.default else [])],
                *(self._example(reading, example, option) for example in several),
            ]
            for option, words in reading.options.items()
        ]
        yield table(columns, rows, label=reading.title)
        silent = [
            words
            for option, words in reading.options.items()
            if option != reading.default and not any(self._differs(reading, example, option) for example in several)
        ]
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

    @staticmethod
    def _differs(reading: Reading, example: Example, option: str) -> bool:
        default, other = example.outcomes[reading.default], example.outcomes[option]
        return any(node_words(default, code) != node_words(other, code) for code in example.codes)

    def _cases(self, cases: Sequence[Case]) -> Iterator[Block]:
        given = dict.fromkeys(case.given for case in cases if case.given)
        also = f"本表各例还有：{'；'.join(given)}。" if given else ""
        yield paragraph(strong("用例"), f"　每例从一份没有过失的佐证出发，只改动所列各处。{also}")
        columns = [column("情形", share=4), column("佐证", share=5), column("结果", share=2)]
        yield table(columns, [[case.name, case.evidence, case.result] for case in cases], label="用例")


def _count(number: int) -> str:
    return str(number) if number else ""


def _flat(terms: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """A leaf's terms, each with the names that lead to it."""
    if isinstance(terms, Mapping) and not {*terms} <= {"days", "months"}:
        for key, value in terms.items():
            yield from _flat(value, f"{name}.{key}" if name else str(key))
    elif isinstance(terms, list) and any(isinstance(one, Mapping) for one in terms):
        for number, value in enumerate(terms, 1):
            yield from _flat(value, f"{name}[{number}]")
    elif terms or terms == 0:
        yield name, _term(terms)


def _term(value: Any) -> str:
    if isinstance(value, Mapping):
        units = {"days": "天", "months": "个月"}
        return "、".join(f"{number}{units[unit]}" for unit, number in value.items())
    if isinstance(value, list):
        return "、".join(map(_term, value))
    if isinstance(value, str) and (day := re.fullmatch(r"(\d\d)-(\d\d)", value)):
        return f"{int(day[1])}月{int(day[2])}日"
    if isinstance(value, str) and re.fullmatch(r"\d+/\d+", value):
        return f"{shown(Fraction(value) * 100)}%"
    return {True: "是", False: "否"}.get(value, str(value)) if isinstance(value, bool) else str(value)
