"""The fields of a row that is written into the case file, as its sheet asks for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import ipywidgets as widgets

from scoring.review.audit import Audit
from scoring.review.panel.controls import LABEL, WIDE, text_field
from scoring.scheme.sheets import ATTACHED, DAYS, Column, Kind

#: Cells that take more than a line.
_LONG: Final = frozenset({"description", "about"})
_NO_WORDS: Final[Mapping[str, str]] = {}


class Fields(widgets.VBox):
    """A field for each column."""

    def __init__(self) -> None:
        self._by_key: dict[str, widgets.Widget] = {}
        super().__init__(layout=WIDE)

    def ask(self, columns: Iterable[Column], fixed: Mapping[str, str] = _NO_WORDS, **preset: Any) -> None:
        """Show empty fields for columns.

        Parameters
        ----------
        fixed
            Column key to the word of the row's other cells, which may limit a choice.
        preset
            Column key to what stands in a field at first.
        """
        self._by_key = {column.key: _field(column, fixed, preset.get(column.key)) for column in columns}
        self.children = tuple(self._by_key.values())

    def given(self, audit: Audit) -> dict[str, Any]:
        """Column key to what was entered; files are put into the department's folder."""
        given = {key: _value(field) for key, field in self._by_key.items()}
        if files := given.pop(ATTACHED.key, None):
            given[ATTACHED.key] = "；".join(audit.attach(file["name"], bytes(file["content"])) for file in files)
        return given


def _field(column: Column, fixed: Mapping[str, str], preset: Any) -> widgets.Widget:
    """The field for a cell; its name ends with * where the cell must be filled in."""
    look: dict[str, Any] = {"description": f"{column.name}{'*' if column.required else ''}", "style": LABEL}
    words = column.choices or column.pairs.get(fixed.get(column.paired_with or "", ""), ())
    if column == ATTACHED:
        return widgets.FileUpload(multiple=True, description="附件（可选图片或文件）", layout={"width": "auto"})
    if words:
        choices = [(word, word) for word in words]
        return widgets.Dropdown(options=choices if len(words) == 1 else [("请选择", None), *choices], **look)
    if column.kind in DAYS:
        kind = widgets.DatePicker if column.kind is Kind.DATE else widgets.NaiveDatetimePicker
        return kind(value=preset if column.kind is Kind.DATE else None, **look)
    return text_field(long=column.key in _LONG, layout=WIDE, **look)


def _value(field: widgets.Widget) -> Any:
    value = field.value
    return (value.strip() or None) if isinstance(value, str) else value
