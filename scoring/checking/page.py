"""The page of a check: who has inspected what, what is missing, and the faults of each department."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from scoring.checking import Checked, summary_of
from scoring.checking.people import (
    UNCOUNTED,
    inspected_in,
    inspectors_of,
    missing,
    people_of,
    some,
    who,
)
from scoring.evidence.completeness import Inspection
from scoring.report.render.screen import about_page, html_of
from scoring.report.view.blocks import Block, Text, column, heading, paragraph, strong, table
from scoring.scheme import Node, Scheme
from scoring.scheme.sheets import NOT_INSPECTED, SAMPLE

#: So many leaves stand side by side; more would not fit on a page.
_ABREAST: Final = 5
#: So many departments of a person, or people of a department, are named.
_MOST_NAMES: Final = 20
#: At most this many faults of a department are listed; the command prints all of them.
_MOST: Final = 200


def page_of(results: Sequence[Checked], scheme: Scheme, absent: Sequence[str] = ()) -> bytes:
    """The page as HTML; ``absent`` are the departments without evidence. The same evidence gives the same bytes."""
    title = f"{scheme.year_words}佐证核查情况"
    about = about_page({"title": title, "sample": any(map(_is_sample, results)) or bool(scheme.exercise)})
    return html_of(list(_blocks(results, scheme, absent, title)), about).encode()


def _is_sample(checked: Checked) -> bool:
    return checked.completeness is not None and checked.completeness.nature == SAMPLE


def _blocks(results: Sequence[Checked], scheme: Scheme, absent: Sequence[str], title: str) -> Iterator[Block]:
    yield heading(1, title)
    yield paragraph(f"{summary_of(results)}。")
    if absent:
        yield paragraph(f"没有佐证的部门 {len(absent)} 个：{'、'.join(absent)}。")
    yield heading(2, "一、各部门进度")
    yield _progress(results)
    yield heading(2, "二、核查人")
    yield from _people(results)
    yield heading(2, "三、指标核查一览")
    yield from _matrix([checked for checked in results if checked.is_counted], scheme)
    yield heading(2, "四、差错")
    yield from _faults(results)


def _progress(results: Sequence[Checked]) -> Block:
    columns = [
        *(column("部门", whole=True), column("已核查", number=True), column("未核查的指标", share=5)),
        *(column("核查人", share=2), column("差错", number=True), column("性质", whole=True)),
    ]
    rows = [
        [
            checked.department,
            f"{len(inspected_in(checked))}/{len(checked.scheme.leaves)}" if checked.is_counted else "—",
            "、".join(missing(checked)) if checked.is_counted else UNCOUNTED,
            some(who(checked), _MOST_NAMES),
            str(len(checked.faults) or ""),
            checked.completeness.nature if checked.completeness else "",
        ]
        for checked in results
    ]
    return table(columns, rows, label="各部门进度")


def _people(results: Sequence[Checked]) -> Iterator[Block]:
    people = people_of(results)
    if not people:
        yield paragraph("还没有已核查的指标。")
        return
    columns = [
        *(column("核查人", share=2), column("已核查", number=True), column("起止", share=2)),
        *(column("部门数", number=True), column("部门", share=5)),
    ]
    rows = [
        [
            one.name,
            str(len(one.inspected)),
            _span(*one.days),
            str(len(one.departments)),
            some(one.departments, _MOST_NAMES),
        ]
        for one in people
    ]
    yield table(columns, rows, label="核查人")
    yield paragraph("一个指标由几人核查的，每人各计一个。", role="note")


def _span(first: str, last: str) -> str:
    return first if first == last else f"{first} 至 {last}"


def _matrix(results: Sequence[Checked], scheme: Scheme) -> Iterator[Block]:
    """Departments by leaves, some leaves at a time."""
    inspected = [(checked.department, inspected_in(checked)) for checked in results]
    for start in range(0, len(scheme.leaves), _ABREAST):
        leaves = scheme.leaves[start : start + _ABREAST]
        span = f"{leaves[0].code} 至 {leaves[-1].code}"
        yield heading(3, span)
        yield paragraph("、".join(f"{leaf.code} {leaf.name}" for leaf in leaves), role="note")
        columns = [column("部门", share=2), *(column(leaf.code) for leaf in leaves)]
        rows: list[list[Text]] = [[name, *(_inspection(done, leaf) for leaf in leaves)] for name, done in inspected]
        yield table(columns, rows, label=f"指标 {span} 的核查人和日期")


def _inspection(done: dict[str, Inspection], leaf: Node) -> Text:
    """By whom and when a leaf was inspected."""
    if leaf.code not in done:
        return strong(NOT_INSPECTED)
    inspection = done[leaf.code]
    names = "、".join(inspectors_of(inspection))
    return f"{names}\n{inspection.day.isoformat()}" if inspection.day else names


def _faults(results: Sequence[Checked]) -> Iterator[Block]:
    faulty = [checked for checked in results if checked.faults]
    if not faulty:
        yield paragraph("没有差错。")
    for checked in faulty:
        yield heading(3, f"{checked.department}：{len(checked.faults)} 处")
        columns = [column("文件", share=2), column("位置", share=2), column("差错", share=6)]
        rows = [
            [fault.file, f"《{fault.sheet}》{fault.cell}" if fault.sheet else "整个文件", fault.message]
            for fault in checked.faults[:_MOST]
        ]
        yield table(columns, rows, label=f"{checked.department}的差错")
        if len(checked.faults) > _MOST:
            yield paragraph(f"其余 {len(checked.faults) - _MOST} 处没有列出，运行 check 可看到全部。", role="note")
