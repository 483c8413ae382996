"""Workbooks as other programs write them: one folder per case in ``tests/cases_world``, with the expected result."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from calling import Run

WORLD = Path(__file__).parents[1] / "cases_world"
#: Case to exit code, and texts in the output; a text that begins with ``!`` must be missing.
PRINTED = {
    "01-no-r-error": (1, "《门户栏目报送》D2：“#N/A”"),
    "04-excelize-formula": (1, "D2：公式没有存储计算结果", "重新计算后保存"),
    "06-merged-letters": (1, "《领导信箱》D3:D4", "《领导信箱》E3:E4", "取消合并"),
    "09-dup-letter-lrm": (1, "《领导信箱》A3：“L000”与A2重复", "U+200E"),
    "11-kangxi": (0,),
    "17-prefix-error": (1, "《门户栏目报送》D2：“#N/A”"),
    "19-prefix-bomb-crash": (1, "人社局.xlsx：工作表《领导信箱》：单元格 XFD1048576", "!教育局：工作簿有"),
    "20-hidden-sheet": (0, "工作表《领导信箱》是隐藏的", "工作表《领导信箱（新）》不在规定之列，未读取"),
    "40-files": (
        1,
        "住建局 - 副本.xlsx：文件名“住建局 - 副本.xlsx”不是考核对象的名称；应为：住建局.xlsx",
        "应为：统计局.xlsx",
        "应为：规划局.xlsx",
        "应为：国土资源局.xlsx",
        "人社局.xlsm：启用宏的工作簿，未读取",
        "教育局.xls：旧格式的工作簿，未读取",
        "林业局.et：WPS 表格格式，未读取",
        "子：文件夹，其中的文件未读取",
        "没有佐证的部门：市经济开发区办公室、人社局、教育局、住建局、国土资源局、统计局、林业局",
        "!~$",
    ),
}


def test_the_cases_are_here() -> None:
    assert {path.name for path in WORLD.iterdir() if path.is_dir()} == set(PRINTED)


@pytest.mark.parametrize("case", PRINTED)
@pytest.mark.parametrize("command", ["score", "check"])
def test_case(case: str, command: str, run: Run, tmp_path: Path) -> None:
    folder = WORLD / case / "2017"
    code, *pieces = PRINTED[case]
    ended, out, err = run(command, folder, *(["--out", tmp_path] if command == "score" else []))
    assert ended == code, err
    message = err if command == "score" else out
    for piece in pieces:
        assert (piece[1:] not in message) if piece.startswith("!") else (_as_printed(piece, command) in message), (
            message
        )


def _as_printed(piece: str, command: str) -> str:
    """``check`` prints the sheet on a line of its own."""
    return piece if command == "score" else piece.partition("》")[2] or piece.partition("xlsx：")[2] or piece


def test_what_files_come_to(run: Run, tmp_path: Path) -> None:
    run("score", WORLD / "40-files" / "2017", "--out", tmp_path)
    ranking = json.loads((tmp_path / "ranking.json").read_bytes())
    assert {entry["department"] for entry in ranking["ranked"]} == {"卫计局", "规划局"}
    assert (len(ranking["absent"]), ranking["failed"]) == (7, [])
    assert {entry["name"] for entry in ranking["unlisted"]} == {
        "住建局 - 副本.xlsx",
        "统计局 .xlsx",
        "规划局（1）.xlsx",
        "国土资源局.xlsx.xlsx",
    }


def test_look_alikes_are_scored_as_the_characters_they_resemble(run: Run, tmp_path: Path) -> None:
    """The same workbook with the characters that were meant gives the same score."""
    run("score", WORLD / "11-kangxi" / "2017", "--out", tmp_path)
    card = json.loads((tmp_path / "人社局" / "scorecard.json").read_bytes())
    assert (card["status"], [finding for finding in card["findings"] if finding["code"] == "3.1.2"]) == ("final", [])
