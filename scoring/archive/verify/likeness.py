"""Where two files of a report differ in what they say: values, texts and cells, whatever their bytes.

Each function yields places and differences, in Chinese; charts are compared by their descriptions, not as pictures.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice, zip_longest
from pathlib import PurePath
from typing import Any, Final

from lxml import html
from pypdf import PdfReader
from xlsxwriter.utility import xl_rowcol_to_cell

from scoring.archive.verify.report import Part
from scoring.evidence.worksheet import Grid
from scoring.evidence.xlsx import grids_of

Differences = Iterator[tuple[str, str]]

#: What the keys of scorecards and rankings are called.
_WORDS: Final = {
    "max": "满分",
    "score": "得分",
    "range": "得分范围",
    "status": "状态",
    "total": "总分",
    "bonus": "加分",
    "qualified": "是否合格",
    "findings": "发现",
    "set_aside": "搁置的发现",
    "pending": "待评",
    "readings": "解读",
    "evidence": "佐证",
    "review": "复核",
    "decisions": "决定",
    "points": "分值",
    "because": "事由",
    "counting": "计数说明",
    "sample": "示例",
    "ranked": "排名",
    "samples": "示例",
    "absent": "没有佐证的部门",
    "unlisted": "名单以外的文件",
    "rank": "名次",
    "department": "部门",
    "year": "年度",
    "as_of": "截止日",
    "exercise": "方案性质",
    "schema": "格式",
    "name": "名称",
    "code": "指标",
    "id": "编号",
    "kind": "类型",
    "effect": "效果",
    "each": "每次分值",
    "times": "次数",
    "scope": "归零范围",
    "stands": "是否成立",
    "veto": "否决",
    "withdrawn": "是否撤销",
    "rests_on": "依据的发现",
    "needs": "所需项数",
    "sheet": "工作表",
    "row": "行",
    "cells": "内容",
    "file": "文件",
    "sha256": "摘要（SHA-256）",
    "notices": "提示",
    "raw_range": "复核前得分范围",
    "finding": "发现",
    "decision": "决定",
    "reason": "理由",
    "reviewer": "复核人",
    "date": "日期",
    "difference": "总分变动",
    "stale": "失效原因",
    "errors": "差错数",
    "provisional": "暂不排名",
    "failed": "未评分",
}
#: What tells the entries of a list apart.
_NAMES: Final = ("id", "@id", "code", "finding", "department")
_ABSENT: Final = object()
#: What two pieces of JSON are called, unless they are told apart otherwise.
_THEN_AND_NOW: Final = ("归档", "现为")
_PLAIN: Final = {None: "无", True: "是", False: "否"}
_DATA: Final = re.compile(r"url\(['\"]?data:[^)]*\)")
_LONGEST: Final = 120
_MOST_OF_A_FILE: Final = 50
#: A workbook may be the city's: as large as those of so many departments.
_TIMES: Final = 20
_END: Final = re.compile(rb"</(body|html)\s*>", re.IGNORECASE)


def differences(name: str, before: bytes, after: bytes) -> Differences:
    """Where the archived file and the one made again differ in what they say."""
    compare = _BY_KIND.get(PurePath(name).suffix)
    if compare is not None:
        yield from compare(before, after)
    elif before != after:
        yield "", "内容不同"


def hold(part: Part, name: str, before: bytes, after: bytes, *, exact: bool) -> None:
    """Note where an archived file differs from the one made again.

    Parameters
    ----------
    exact
        Whether every byte must be the same, beyond what the files say.
    """
    if before == after:
        return
    found = list(islice(differences(name, before, after), _MOST_OF_A_FILE + 1))
    for where, told in found[:_MOST_OF_A_FILE]:
        part.differs(f"{name} {where}".strip(), told)
    if len(found) > _MOST_OF_A_FILE:
        part.differs(name, f"还有其他不同，只列出 {_MOST_OF_A_FILE} 处")
    if exact and not found:
        part.differs(name, "内容相同，字节不同")


def json_differences(before: Any, after: Any, where: str = "", words: tuple[str, str] = _THEN_AND_NOW) -> Differences:
    """Where two pieces of JSON differ.

    Parameters
    ----------
    words
        What the two are called, in Chinese.
    """
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys([*before, *after]):
            place = where if key == "nodes" else f"{where} {_WORDS.get(key, key)}".strip()
            yield from json_differences(before.get(key, _ABSENT), after.get(key, _ABSENT), place, words)
    elif key := _shared_name(before, after):
        one, other = _named(before, key), _named(after, key)
        for name in dict.fromkeys([*one, *other]):
            place = f"{where} {name}".strip()
            yield from json_differences(one.get(name, _ABSENT), other.get(name, _ABSENT), place, words)
    elif before != after or isinstance(before, bool) is not isinstance(after, bool):
        yield where, _change(_told(before), _told(after), words)


def _shared_name(before: Any, after: Any) -> str | None:
    """The key that tells the entries of both lists apart; None when there is none."""
    for key in _NAMES:
        if all(_all_have(entries, key) and len(_named(entries, key)) == len(entries) for entries in (before, after)):
            return key
    return None


def _named(entries: Any, key: str) -> dict[str, Any]:
    return {_name(entry, key): entry for entry in entries}


def _all_have(entries: Any, key: str) -> bool:
    return isinstance(entries, list) and all(isinstance(entry, dict) and key in entry for entry in entries)


def _name(entry: Mapping[str, Any], key: str) -> str:
    return f"{entry['code']} {entry['name']}" if key == "code" and "name" in entry else str(entry[key])


def _told(value: Any) -> str:
    if value is _ABSENT:
        return "没有"
    if value is None or isinstance(value, bool):
        return _PLAIN[value]
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _change(before: str, after: str, words: tuple[str, str] = _THEN_AND_NOW) -> str:
    return f"{words[0]} {_short(before)}，{words[1]} {_short(after)}"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


# --- Kinds of file ---------------------------------------------------------------------------------------------------


def _json(before: bytes, after: bytes) -> Differences:
    return json_differences(json.loads(before), json.loads(after))


def _workbook(before: bytes, after: bytes) -> Differences:
    """Values and formulas, cell by cell."""
    one, other = (grids_of(content, _TIMES) for content in (before, after))
    yield from _sheets(_tables(one), _tables(other), "")
    yield from _sheets(_formulas(one), _formulas(other), "的公式")


def _tables(book: Mapping[str, Grid]) -> dict[str, list[list[Any]]]:
    return {name: grid.table() for name, grid in book.items()}


def _formulas(book: Mapping[str, Grid]) -> dict[str, list[list[Any]]]:
    return {name: grid.formula_table() for name, grid in book.items()}


def _sheets(before: Mapping[str, Sequence[Any]], after: Mapping[str, Sequence[Any]], what: str) -> Differences:
    for name in dict.fromkeys([*before, *after]):
        if name not in before or name not in after:
            yield f"《{name}》", "归档中没有这张表" if name in after else "现在没有这张表"
            continue
        for row, cells in enumerate(zip_longest(before[name], after[name], fillvalue=())):
            for column, (one, other) in enumerate(zip_longest(*cells, fillvalue="")):
                if one != other:
                    yield f"{name}!{xl_rowcol_to_cell(row, column)}{what}", _change(str(one), str(other))


def _page(before: bytes, after: bytes) -> Differences:
    """Scripts and styles, cells of tables, then all other text, of a page of HTML."""
    one, other = (_parsed(content) for content in (before, after))
    yield from _unseen(one, other)
    yield from _html_tables(one, other)
    yield from _lines(_text_of(one), _text_of(other), "正文")


def _parsed(content: bytes) -> Any:
    """A page; what stands after its end, which a browser shows all the same, is part of it."""
    return html.fromstring(_END.sub(b"", content), parser=html.HTMLParser(encoding="utf-8"))


def _unseen(one: Any, other: Any) -> Differences:
    """What runs in a page or gives it its looks, pictures and fonts in it aside."""
    for kind, told in (("script", "脚本"), ("style", "样式")):
        texts = zip_longest(_texts(one, kind), _texts(other, kind), fillvalue="没有")
        for number, (old, new) in enumerate(texts, start=1):
            if old != new:
                yield f"第 {number} 段{told}", _change(old, new)


def _texts(page: Any, kind: str) -> list[str]:
    """The texts of all elements of a kind, with where they are taken from."""
    return [_DATA.sub("url()", f"{part.get('src', '')}{part.text or ''}") for part in page.iter(kind)]


def _html_tables(one: Any, other: Any) -> Differences:
    tables = zip_longest(one.iter("table"), other.iter("table"))
    for number, (before, after) in enumerate(tables, start=1):
        if before is None or after is None:
            yield f"第 {number} 张表", "归档中没有" if before is None else "现在没有"
            continue
        for row, cells in enumerate(zip_longest(_cells(before), _cells(after), fillvalue=()), start=1):
            for column, (old, new) in enumerate(zip_longest(*cells, fillvalue=""), start=1):
                if old != new:
                    yield f"第 {number} 张表第 {row} 行第 {column} 列", _change(old, new)


def _cells(table: Any) -> list[list[str]]:
    return [[" ".join(cell.text_content().split()) for cell in row.iter("td", "th")] for row in table.iter("tr")]


def _text_of(page: Any) -> list[str]:
    """Text outside tables, and the descriptions of pictures; looks and scripts aside."""
    for left_out in [*page.iter("style", "script", "table")]:
        left_out.clear(keep_tail=True)
    for picture in [*page.iter("img"), *page.iter("{*}svg")]:
        picture.text = picture.get("alt") or picture.get("aria-label")
    return [text for part in page.itertext(with_tail=True) if (text := " ".join(part.split()))]


def _notebook(before: bytes, after: bytes) -> Differences:
    """Sources and what they gave, cell by cell."""
    old_cells, new_cells = (json.loads(content)["cells"] for content in (before, after))
    none: Mapping[str, Any] = {}
    for number, (one, other) in enumerate(zip_longest(old_cells, new_cells, fillvalue=none), start=1):
        yield from _lines(_source(one), _source(other), f"第 {number} 个单元")
        for old, new in zip_longest(_outputs(one), _outputs(other), fillvalue=b"<p></p>"):
            yield from ((f"第 {number} 个单元的输出 {where}", told) for where, told in _page(old, new))


def _source(cell: Mapping[str, Any]) -> list[str]:
    return "".join(cell.get("source", ())).splitlines()


def _outputs(cell: Mapping[str, Any]) -> list[bytes]:
    """What a cell gave, as HTML."""
    told = (output.get("data", output) for output in cell.get("outputs", ()))
    texts = ("".join(data.get("text/html", data.get("text/plain", data.get("text", "")))) for data in told)
    return [f"<div>{text}</div>".encode() for text in texts]


def _pdf(before: bytes, after: bytes) -> Differences:
    """What travels inside, byte by byte, then the text of every page, line by line."""
    readers = [PdfReader(io.BytesIO(content)) for content in (before, after)]
    one, other = ({entry.name: entry.content for entry in reader.attachment_list} for reader in readers)
    for name in dict.fromkeys([*one, *other]):
        if one.get(name) != other.get(name):
            yield f"附件 {name}", "归档中没有" if name not in one else "现在没有" if name not in other else "内容不同"
    yield from _pages(*readers)


def _pages(*readers: PdfReader) -> Differences:
    pages = zip_longest(*(reader.pages for reader in readers))
    for number, (one, other) in enumerate(pages, start=1):
        old, new = (page.extract_text().splitlines() if page else [] for page in (one, other))
        yield from _lines(old, new, f"第 {number} 页")


def _lines(before: Iterable[str], after: Iterable[str], where: str) -> Differences:
    for number, (old, new) in enumerate(zip_longest(before, after, fillvalue=""), start=1):
        if old != new:
            yield f"{where}第 {number} 行", _change(old, new)


_BY_KIND: Final[Mapping[str, Callable[[bytes, bytes], Differences]]] = {
    ".json": _json,
    ".xlsx": _workbook,
    ".html": _page,
    ".ipynb": _notebook,
    ".pdf": _pdf,
}
