"""A notice as a page: HTML for the screen, and the same on paper as PDF/A."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from scoring.report.notice.content import SAMPLE_LINE, Notice
from scoring.report.notice.items import Runs
from scoring.report.render.paper import pdf_of
from scoring.report.render.screen import about_page, html_of
from scoring.report.view.blocks import Block, Run, column, group, heading, paragraph, strong, table


def notice_html(notice: Notice) -> str:
    """The notice as one HTML file that asks for nothing from outside."""
    return html_of(notice_blocks(notice), _about(notice))


def notice_pdf(notice: Notice) -> bytes:
    """The notice as PDF/A-3a and PDF/UA-1; the same notice gives the same bytes."""
    return pdf_of(notice_blocks(notice), _about(notice))


def notice_blocks(notice: Notice) -> list[Block]:
    """What the notice says."""
    return [
        heading(1, notice.title),
        *([paragraph(SAMPLE_LINE, role="sample")] if notice.sample else []),
        paragraph(strong(f"{notice.department}：")),
        paragraph(notice.opening, role="indented"),
        *(block for part, title in notice.parts for block in _part(notice, part, title)),
        *(paragraph(line, role="indented") for line in notice.remarks),
        group(
            "closing",
            [
                paragraph("整改期限：＿＿＿＿年＿＿月＿＿日"),
                paragraph("签发单位（盖章）：＿＿＿＿＿＿＿＿＿＿＿＿"),
                paragraph("签发日期：＿＿＿＿年＿＿月＿＿日"),
            ],
        ),
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
            columns = [
                column("序号", number=True),
                column("整改事项（考核条款、问题与佐证、整改建议）"),
                *([column("失分", number=True)] if notice.has_points else []),
            ]
            rows = [
                [
                    str(row.number),
                    list(_lines(row.paragraphs(notice.layout.paragraphs))),
                    *([row.points] if row.points is not None else []),
                ]
                for row in notice.rows
            ]
            yield table(columns, rows, label="整改事项")
        case _:
            yield from (paragraph(line, role="indented") for line in notice.pending)


def _lines(paragraphs: Sequence[Runs]) -> Iterator[Run]:
    for number, runs in enumerate(paragraphs):
        yield from ("\n", *_labelled(runs)) if number else _labelled(runs)


def _labelled(runs: Runs) -> Iterator[Run]:
    for label, text in runs:
        yield from (strong(label), text)


def _about(notice: Notice) -> dict[str, Any]:
    return about_page(
        {
            "title": notice.title,
            "department": notice.department,
            "year": notice.year,
            "date": notice.as_of,
            "sample": notice.sample,
            "sizes": {key: getattr(notice.layout, key) for key in ("text", "table", "cell")},
        }
    )
