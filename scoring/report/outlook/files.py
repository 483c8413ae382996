"""The files of 期限预警, made in memory: nothing is written until all are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any, Final

import pandas as pd
from pypdf import PdfReader

from scoring.base.names import OutlookFiles, outlook_files
from scoring.engine.outlook import Outlook
from scoring.report.outlook.calendar import calendar_of
from scoring.report.outlook.items import nothing
from scoring.report.outlook.page import city_blocks, department_blocks
from scoring.report.render.paper import pdf_of
from scoring.report.render.screen import about_page, html_of
from scoring.report.view.blocks import Block
from scoring.scheme import Scheme

#: Sizes of letters and space in a table's cells on paper, from those of every page to the smallest that are read well.
_SIZES: Final[tuple[dict[str, float], ...]] = (
    {},
    {"text": 9.0, "table": 8.0, "cell": 0.15},
    {"text": 8.5, "table": 7.5, "cell": 0.0},
)


def department_outlook(ahead: Outlook) -> Mapping[str, bytes]:
    """The files of a department, by name; the same outlook gives the same bytes."""
    title = f"{ahead.department}{ahead.scheme.year_words}期限预警"
    names = outlook_files(ahead.scheme.year, ahead.department)
    return _files(names, list(department_blocks(ahead, title)), title, [ahead], ahead.scheme, ahead.on)


def city_outlook(found: Sequence[Outlook], scheme: Scheme, on: pd.Timestamp, left_out: str = "") -> Mapping[str, bytes]:
    """The files of the city, by name; ``left_out`` says in a sentence which departments they do not have."""
    title = f"{scheme.city}{scheme.year_words}期限预警"
    blocks = list(city_blocks(found, scheme, on, title, left_out))
    return _files(outlook_files(scheme.year), blocks, title, found, scheme, on)


def _files(
    names: OutlookFiles,
    blocks: Sequence[Block],
    title: str,
    found: Sequence[Outlook],
    scheme: Scheme,
    on: pd.Timestamp,
) -> Mapping[str, bytes]:
    sample = bool(scheme.exercise) or any(one.sample for one in found)
    none = f"{'【示例】' if sample else ''}{title}：{nothing(found, scheme)}"
    about = about_page({"title": title, "date": f"{on:%Y-%m-%d}", "sample": sample})
    return {
        names.html: html_of(blocks, about).encode(),
        names.pdf: _on_one_page(blocks, about),
        names.calendar: calendar_of(found, title, on, none),
    }


def _on_one_page(blocks: Sequence[Block], about: Mapping[str, Any]) -> bytes:
    """A PDF of one page if letters of any of the sizes allow it; else as every page."""
    made: list[bytes] = []
    for sizes in _SIZES:
        made.append(pdf_of(blocks, {**about, "sizes": sizes}))
        if len(PdfReader(BytesIO(made[-1])).pages) == 1:
            return made[-1]
    return made[0]
