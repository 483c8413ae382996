"""Like :mod:`scoring.batch.preload`, and all has been used once: a second, which pays from some twenty reports on.

The parts of a sample's report are made and a small page is rendered, so that fonts are found, templates compiled and
caches filled before the first report. Notebooks are not run: what they leave behind would be in every report.
"""

from __future__ import annotations

import gc
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from scoring.batch import preload  # noqa: F401 - it comes first

# isort: split
import nbformat

from scoring.report.department import DepartmentReport
from scoring.report.exporters import page_of
from scoring.sample import write_samples
from scoring.sample.story import has_stories
from scoring.scheme import known_years, load_scheme

_TABLE: Final = "# 得分\n\n| 项 | 分 |\n| --- | --- |\n| 1 | 2 |\n"
_SMALL: Final = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {"scorecard": {"title": "网站考核评分报告", "date": "2017-12-31", "sample": True}},
    "cells": [{"id": "table", "cell_type": "markdown", "metadata": {}, "source": _TABLE}],
}


def _used_once() -> None:
    year = next(year for year in known_years() if has_stories(year))
    name = load_scheme(year).departments[0]
    with tempfile.TemporaryDirectory(prefix="sample-") as raw:
        write_samples(Path(raw) / str(year), year, [name])
        report = DepartmentReport.load(name, year, raw)
        report.first_page(), report.score_table(), report.appendix()
        report.where_points_went(), report.publications_over_year(), report.letter_reply_times(), report.portal_items()
        report.section(report.card.scheme.sections[0].code)
        report.leave(raw)
    page_of(nbformat.from_dict(_SMALL))  # Not on paper: Typst's threads would not be there in a forked process.


with suppress(Exception):  # What is wrong with templates, fonts or disks, every report tells with its reason.
    _used_once()
gc.freeze()
