"""Files with the same content have no difference, whatever their bytes; other content is named to the cell."""

from __future__ import annotations

import io
import json

import nbformat
import pytest
import xlsxwriter
from archiving import pdf_with

from scoring.archive.seal.bag import Sealed
from scoring.archive.verify.differences import _NAMES, differences, json_differences
from scoring.evidence.reading import xlsx
from scoring.evidence.reading.xlsx import UnreadableWorkbook
from scoring.report.render.paper import pdf_of
from scoring.report.render.screen import about_page
from scoring.report.view.blocks import heading, paragraph


def found(name: str, before: bytes, after: bytes) -> list[str]:
    return [f"{where}：{message}" for where, message in differences(name, before, after)]


def page(cell: str, text: str = "说明") -> bytes:
    table = f"<table><tr><th>指标</th><th>得分</th></tr><tr><td>3.2.1</td><td>{cell}</td></tr></table>"
    return f"<html lang='zh'><head><style>p {{}}</style></head><body><p>{text}</p>{table}</body></html>".encode()


def test_pages() -> None:
    assert found("a.html", page("4.5"), page("4.5").replace(b"<p>", b"<p class='x'>")) == []
    assert found("a.html", page("4.5"), page("5")) == ["正文第 5 行：归档 4.5，现为 5"]
    assert found("a.html", page("4.5"), page("4.5", "另一说明")) == ["正文第 1 行：归档 说明，现为 另一说明"]
    assert found("a.html", page("4.5"), page("4.5") + "<p>另加</p>".encode()) == ["正文第 6 行：归档 没有，现为 另加"]
    scripted = (page("5", f"a</p><script>{script}()</script><p>b") for script in "ab")
    assert found("a.html", *scripted) == ["正文第 2 行：归档 a()，现为 b()"]


def workbook(value: float, formula: str = "=B1", sheet: str = "台账") -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        made = book.add_worksheet(sheet)
        made.write_row(0, 0, ["得分", value])
        made.write_formula(1, 1, formula, None, value)
    return file.getvalue()


def test_workbooks() -> None:
    assert found("a.xlsx", workbook(4.5), workbook(4.5)) == []
    assert found("a.xlsx", workbook(4.5), workbook(5)) == [
        "台账!B1：归档 4.5，现为 5.0",
        "台账!B2：归档 4.5，现为 5.0",
    ]
    assert found("a.xlsx", workbook(5), workbook(5, "=5")) == ["台账!B2的公式：归档 =B1，现为 =5"]
    messages = found("a.xlsx", workbook(5), workbook(5, sheet="计分"))
    assert {"台账!A1：归档 得分，现为 没有", "计分!B2的公式：归档 没有，现为 =B1"} <= set(messages)


def notebook(output: str, source: str = "card") -> bytes:
    cell = nbformat.v4.new_code_cell(source, id="cell-00")
    cell.outputs = [nbformat.v4.new_output("display_data", {"text/html": output})]
    return str(nbformat.writes(nbformat.v4.new_notebook(cells=[cell]))).encode()


def test_notebooks() -> None:
    assert found("a.ipynb", notebook("<p>84</p>"), notebook("<p >84</p>")) == []
    assert found("a.ipynb", notebook("<p>84</p>"), notebook("<p>85</p>")) == [
        "第 1 个单元的输出 正文第 1 行：归档 84，现为 85"
    ]
    assert found("a.ipynb", notebook(""), notebook("", "cards")) == ["第 1 个单元：归档 card，现为 cards"]


def test_scorecards() -> None:
    before = {"department": "人社局", "nodes": [{"code": "3.2.1", "name": "信箱", "score": 4.5}], "total": None}
    after = {**before, "nodes": [{"code": "3.2.1", "name": "信箱", "score": None}, {"code": "3.4", "name": "普查"}]}
    one, other = (json.dumps(data, ensure_ascii=False).encode() for data in (before, after))
    assert found("a.json", one, one) == []
    assert found("a.json", one, other) == [
        "3.2.1 信箱 得分：归档 4.5，现为 无",
        '3.4 普查：归档 没有，现为 {"code": "3.4", "name": "普查"}',
    ]


def test_pdf_files() -> None:
    one, other = (pdf_of([heading(1, "Report"), paragraph(f"{score}")], about_page({})) for score in (84, 85))
    assert found("a.pdf", one, one + b"\n") == []
    assert found("a.pdf", one, other) == ["第 1 页第 3 行：归档 84，现为 85"]


def test_files_inside_pdf_files() -> None:
    old = pdf_with({"a.xlsx": b"1", "b.xlsx": b"2"})
    assert found("a.pdf", old, old + b"\n") == []
    changed, gone, new = found("a.pdf", old, pdf_with({"a.xlsx": b"9", "c.xlsx": b"2"}))
    assert changed.startswith("附件 a.xlsx：归档 摘要（SHA-256） 6b86b273")
    assert gone.startswith("附件 b.xlsx：归档 摘要（SHA-256） ")
    assert gone.endswith("，现为 没有")
    assert new.startswith("附件 c.xlsx：归档 没有，现为 ")


def test_a_workbook_that_is_a_bomb_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MAX_UNPACKED_BYTES", 100)
    with pytest.raises(UnreadableWorkbook, match="解压后超过"):
        found("a.xlsx", workbook(1), workbook(2))


def test_every_key_has_a_name(sealed: Sealed) -> None:
    """Of scorecards and rankings, but not the names of readings and of cells of evidence."""
    keys: set[str] = set()

    def walk(data: object) -> None:
        for key, value in data.items() if isinstance(data, dict) else ():
            keys.add(key)
            if key not in {"readings", "cells"}:
                walk(value)
        for value in data if isinstance(data, list) else ():
            walk(value)

    for path in (sealed.folder / "data" / "结果").rglob("*.json"):
        if path.name in {"scorecard.json", "ranking.json"}:
            walk(json.loads(path.read_bytes()))
    assert keys - {"nodes"} - _NAMES.keys() == set()


def test_plain_values_are_shown_in_chinese() -> None:
    before, after = {"qualified": True, "total": None}, {"qualified": False, "total": 1}
    one, other = (json.dumps(data).encode() for data in (before, after))
    assert found("a.json", one, other) == ["是否合格：归档 是，现为 否", "总分：归档 无，现为 1"]
    assert found("a.json", b'{"rank": 1}', b'{"rank": true}') == ["名次：归档 1，现为 是"]


def test_keys_that_only_a_later_version_writes() -> None:
    before, after = (
        {"nodes": [{"code": "1", "score": 1}]},
        {"scheme": "x", "nodes": [{"code": "1", "score": 1, "x": 2}]},
    )
    assert list(json_differences(before, after, more=True)) == []
    after["nodes"].append({"code": "2"})
    assert [where for where, _ in json_differences(before, after, more=True)] == ["2"], "an entry of a list counts"
    assert len(list(json_differences(before, after))) == 3


def test_files_of_other_kinds() -> None:
    assert found("a", b"a", b"b") == ["：内容不同"]
