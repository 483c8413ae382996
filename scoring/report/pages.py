"""Parts of a report as HTML: templates filled by Jinja with everything escaped, shown by notebooks as they are."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from scoring.findings import chinese_date
from scoring.points import shown, shown_range, signed
from scoring.report import words
from scoring.report.places import template_folder


class Fragment:
    """A part of a page. A notebook's cell that ends with one shows it."""

    def __init__(self, html: str) -> None:
        self.html = html

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self.html)} characters>"


@cache
def environment() -> Environment:
    """The templates of reports; whatever they are given is escaped."""
    made = Environment(
        loader=FileSystemLoader(template_folder()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    made.filters |= {"shown": shown, "signed": signed, "points": words.points_words, "date": chinese_date}
    made.globals |= {"words": words, "shown_range": shown_range}
    return made


def fragment(template: str, **values: Any) -> Fragment:
    """Fill a template of ``templates/``."""
    return Fragment(environment().get_template(template).render(**values))
