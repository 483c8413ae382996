"""The templates of pages, filled by Jinja with everything escaped."""

from __future__ import annotations

import base64
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from scoring.base.points import shown, shown_range
from scoring.engine.findings import chinese_date
from scoring.report.places import template_folder
from scoring.report.view import words


@cache
def environment() -> Environment:
    """The templates; all values are escaped."""
    made = Environment(
        loader=FileSystemLoader(template_folder()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"shown": shown, "date": chinese_date, "data_address": _data_address}
    made.globals |= {"words": words, "shown_range": shown_range, "zip": zip}
    return made


def filled(template: str, **values: Any) -> str:
    """Fill a template of ``templates/``."""
    return environment().get_template(template).render(**values)


def _data_address(content: str, media_type: str) -> Markup:
    packed = base64.b64encode(content.encode("utf-8")).decode("ascii")
    return Markup(f"data:{media_type};base64,{packed}")  # noqa: S704 - base64 holds nothing that is special
