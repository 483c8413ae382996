"""Files that say the same have no difference, whatever their bytes; what they say otherwise is named to the cell."""

from __future__ import annotations

import io
import json

import nbformat
import pytest
import xlsxwriter

from scoring.archive.verify.likeness import differences
from scoring.report.pdf import write_pdf


def found(name: str, before: bytes, after: bytes) -> list[str]:
    return [f"{where}：{told}" for where, told in differences(name, before, after)]


def page(cell: str, text: str = "说明") -> bytes:
    table = f"<table><tr><th>指标</th><th>得分</th></tr><tr><td>3.2.1</td><td>{cell}</td></tr></table>"
    return f"<html lang='zh'><head><style>p {{}}</style></head><body><p>{text}</p>{table}</body></html>".encode()


def test_pages() -> None:
    assert found("a.html", page("4.5"), page("4.5").replace(b"<p>", b"<p class='x'>")) == []
    assert found("a.html", page("4.5"), page("5")) == ["第 1 张表第 2 行第 2 列：归档 4.5，现为 5"]
    assert found("a.html", page("4.5"), page("4.5", "另一说明")) == ["正文第 1 行：归档 说明，现为 另一说明"]
    assert found("a.html", page("4.5"), page("4.5") + "<p>另加</p>".encode()) == ["正文第 2 行：归档 ，现为 另加"]
    assert found("a.html", page("4.5"), b"<html><body><p>\xe8\xaf\xb4\xe6\x98\x8e</p></body></html>") == [
        "第 1 张表：现在没有"
    ]


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
    told = found("a.xlsx", workbook(5), workbook(5, sheet="计分"))
    assert told[:2] == ["《台账》：现在没有这张表", "《计分》：归档中没有这张表"]


def notebook(output: str, source: str = "card") -> bytes:
    cell = nbformat.v4.new_code_cell(source, id="cell-00")
    cell.outputs = [nbformat.v4.new_output("display_data", {"text/html": output})]
    return str(nbformat.writes(nbformat.v4.new_notebook(cells=[cell]))).encode()


def test_notebooks() -> None:
    assert found("a.ipynb", notebook("<p>84</p>"), notebook("<p >84</p>")) == []
    assert found("a.ipynb", notebook("<p>84</p>"), notebook("<p>85</p>")) == [
        "第 1 个单元的输出 正文第 1 行：归档 84，现为 85"
    ]
    assert found("a.ipynb", notebook(""), notebook("", "cards")) == ["第 1 个单元第 1 行：归档 card，现为 cards"]


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
    one, other = (write_pdf(f"<html><body><h1>Report</h1><p>{score}</p></body></html>") for score in (84, 85))
    assert found("a.pdf", one, one + b"\n") == []
    assert found("a.pdf", one, other) == ["第 1 页第 2 行：归档 84，现为 85"]


@pytest.mark.parametrize("name", ["a.txt", "a"])
def test_files_of_other_kinds(name: str) -> None:
    assert found(name, b"a", b"a") == []
    assert found(name, b"a", b"b") == ["：内容不同"]
