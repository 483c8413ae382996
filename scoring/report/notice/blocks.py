"""The content of a notice as blocks, used for the screen, the PDF, the Word file and the estimate of its length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from scoring.report.notice.items import Runs
from scoring.report.view.blocks import Block, Run, column, group, heading, paragraph, strong, table

if TYPE_CHECKING:
    from scoring.report.notice.content import Notice

SAMPLE_LINE: Final = "示例数据　本通知依虚构的示例佐证生成，不是任何单位的真实考核结果"
#: Lines for the office to fill in by hand; the scheme sets no deadline.
CLOSING: Final = (
    "整改期限：＿＿＿＿年＿＿月＿＿日",
    "签发单位（盖章）：＿＿＿＿＿＿＿＿＿＿",
    "签发日期：＿＿＿＿年＿＿月＿＿日",
)


def notice_blocks(notice: Notice) -> list[Block]:
    """The blocks of a notice; a line break in a cell begins a paragraph."""
    return [
        heading(1, notice.title),
        *([paragraph(SAMPLE_LINE, role="sample")] if notice.sample else []),
        paragraph(strong(f"{notice.department}：")),
        paragraph(notice.opening, role="indented"),
        *(block for part, title in notice.parts for block in _part(notice, part, title)),
        *(paragraph(line, role="indented") for line in notice.remarks),
        group("closing", map(paragraph, CLOSING)),
    ]


def _part(notice: Notice, part: str, title: str) -> Iterator[Block]:
    yield heading(2, title)
    match part:
        case "vetoes":
            yield paragraph(notice.veto_intro, role="indented")
            for entry in notice.vetoes:
                if entry.heading:
                    yield heading(3, entry.heading)
                yield paragraph(*_labelled(entry.runs), role="indented")
        case "items":
            yield _items(notice)
        case _:
            yield from (paragraph(line, role="indented") for line in notice.pending)


def _items(notice: Notice) -> Block:
    has_points = any(row.points is not None for row in notice.rows)
    columns = [
        column("序号", number=True),
        column("整改事项（考核条款、问题与佐证、整改建议）"),
        *([column("失分", number=True)] if has_points else []),
    ]
    rows = [
        [
            str(row.number),
            list(_lines(row.paragraphs(notice.layout.paragraphs))),
            *([row.points] if row.points is not None else []),
        ]
        for row in notice.rows
    ]
    return table(columns, rows, label="整改事项")


def _lines(paragraphs: Sequence[Runs]) -> Iterator[Run]:
    for number, runs in enumerate(paragraphs):
        yield from ("\n", *_labelled(runs)) if number else _labelled(runs)


def _labelled(runs: Runs) -> Iterator[Run]:
    for label, text in runs:
        yield from (strong(label), text) if label else (text,)
