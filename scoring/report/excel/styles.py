"""The named cell formats of the workbooks; each is created once per workbook."""

from __future__ import annotations

from typing import Any, Final

FONT: Final = "微软雅黑"

_BORDER: Final = {"border": 1, "border_color": "#BFBFBF"}
_CELL: Final = {**_BORDER, "valign": "top"}
_INPUT: Final = {"bg_color": "#FFF8DC", "font_color": "#1F3864"}
_GROUP: Final = {"bold": True, "bg_color": "#E8EEF7"}

#: Name to XlsxWriter properties. Yellow cells may be changed by an auditor; computed ones are white.
STYLES: dict[str, dict[str, Any]] = {
    "banner": {"bold": True, "font_size": 12, "font_color": "#FFFFFF", "bg_color": "#C00000", "align": "center"},
    "title": {"bold": True, "font_size": 14, "font_color": "#1F3864", "valign": "vcenter"},
    "note": {"font_size": 9, "font_color": "#595959", "text_wrap": True, "valign": "vcenter"},
    "heading": {"bold": True, "font_size": 11, "font_color": "#1F3864", "bottom": 2, "bottom_color": "#1F3864"},
    "header": {
        **_BORDER,
        "bold": True,
        "font_color": "#FFFFFF",
        "bg_color": "#1F3864",
        "text_wrap": True,
        "align": "center",
        "valign": "vcenter",
    },
    "label": {**_CELL, "bold": True, "bg_color": "#F2F2F2"},
    "text": {**_CELL},
    "wrapped": {**_CELL, "text_wrap": True},
    "centred": {**_CELL, "align": "center"},
    "points": {**_CELL, "align": "right"},
    "score": {**_CELL, "bold": True, "align": "right"},
    "count": {**_CELL, "align": "right"},
    "date": {**_CELL, "num_format": "yyyy-mm-dd", "align": "center"},
    "points-input": {**_CELL, **_INPUT, "align": "right"},
    "choice-input": {**_CELL, **_INPUT, "align": "center"},
    "result": {**_CELL, "bold": True, "font_size": 12, "align": "left"},
    "left": {**_CELL, "align": "left"},
    "end": {"italic": True, "font_size": 9, "font_color": "#7F7F7F"},
}

# The same cells on the row of a node that has others under it.
_SUMMED = ("text", "wrapped", "centred", "points", "score", "count")
STYLES |= {f"group-{name}": {**STYLES[name], **_GROUP} for name in _SUMMED}
