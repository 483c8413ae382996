"""The files of the parts of a department's evidence: 人社局.信箱.xlsx beside 人社局.xlsx."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from scoring.base.characters import quoted
from scoring.base.errors import ForAnalysts
from scoring.evidence.files import ATTACHMENTS, CASE, is_part_name
from scoring.evidence.suggest import nearest
from scoring.scheme import Scheme
from scoring.scheme.sheets import Sheet

#: Parts that are not filled in: the case file, which the program writes, and attachments.
_RESERVED: Final = frozenset({CASE, ATTACHMENTS})
_LONGEST: Final = 20


class UnusablePart(ForAnalysts, ValueError):
    """A name that no part may have, or a sheet that there is not; the message is in Chinese."""


def file_of(department: str, part: str) -> str:
    """File name of a part.

    Raises
    ------
    UnusablePart
        When the part may not be called that.
    """
    if part in _RESERVED:
        raise UnusablePart(f"“{part}”另有用处，不能用作分册的名称；请换一个，如 信箱、监测、李组")
    if not is_part_name(part) or len(part) > _LONGEST:
        raise UnusablePart(f"分册名称“{quoted(part)}”不能用；应为 1 至 {_LONGEST} 个文字或数字，如 信箱、李组")
    return f"{department}.{part}.xlsx"


def sheet_of(name: str, sheets: Sequence[Sheet]) -> Sheet:
    """The sheet of that name among some.

    Raises
    ------
    UnusablePart
        When there is none; the message names the nearest, or all.
    """
    names = {sheet.name: sheet for sheet in sheets}
    if name not in names:
        near = nearest(name, tuple(names))
        hint = f"是否要用“{near}”" if near else f"应为 {'、'.join(names)} 之一"
        raise UnusablePart(f"没有工作表“{quoted(name)}”；{hint}")
    return names[name]


def refuse_unknown(department: str, scheme: Scheme) -> None:
    """Refuse a department that the scheme does not assess, by :class:`UnusablePart`."""
    if department not in scheme.positions:
        near = nearest(department, scheme.departments)
        raise UnusablePart(f"考核对象中没有“{quoted(department)}”" + (f"；是否要用“{near}”" if near else ""))
