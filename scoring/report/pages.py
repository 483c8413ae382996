"""Parts of a report as HTML: templates filled by Jinja with everything escaped, shown by notebooks as they are."""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from scoring.findings import chinese_date
from scoring.points import shown, shown_range, signed
from scoring.report import words
from scoring.report.figures import svg_image
from scoring.report.places import template_folder

if TYPE_CHECKING:
    from scoring.report.charts import Chart


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


def chart_fragment(chart: Chart | None) -> Fragment:
    """A chart with its caption; nothing when there is nothing to show."""
    if chart is None:
        return Fragment("")
    drawn = io.BytesIO()
    chart.figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    image = Markup(svg_image(drawn.getvalue().decode("utf-8"), alt=chart.alt))  # noqa: S704 - made of our own drawing
    return fragment("department/chart.html.j2", image=image, chart=chart)
