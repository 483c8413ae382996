"""Imported by the process that workers are forked from: all that reports need is loaded and has been used once.

A small page is rendered, so that templates are compiled and fonts found before the first report.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from scoring.batch import lean  # noqa: F401 - it comes first, to spare nbformat a second

# isort: split
import nbformat

from scoring.batch import making  # noqa: F401
from scoring.report.exporters import exporter
from scoring.report.frame import with_fonts
from scoring.report.pdf import write_pdf

_TABLE: Final = "# 得分\n\n| 项 | 分 |\n| --- | --- |\n| 1 | 2 |\n"
_SMALL: Final = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {"scorecard": {"title": "网站考核评分报告", "date": "2017-12-31", "sample": True}},
    "cells": [{"id": "table", "cell_type": "markdown", "metadata": {}, "source": _TABLE}],
}

with suppress(Exception):  # What is wrong with templates or fonts, every report tells with its reason.
    _page, _ = exporter().page_without_fonts(nbformat.from_dict(_SMALL))
    with_fonts(_page, "opentype")
    write_pdf(_page)  # For a page with fonts WeasyPrint would lay down files, which outlive a process that is killed.
