"""What is ranked: samples and official evidence, departments without a workbook, files of no department."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from calling import Run
from evidence_builder import Evidence, faultless

from scoring.report.excel import write_city
from scoring.report.view.blocks import words
from scoring.report.view.city import CityReport
from scoring.report.view.department import DepartmentReport
from scoring.report.view.first_page import summary

OTHERS = ("市经济开发区办公室", "国土资源局", "卫计局", "统计局", "林业局")


def official(department: str, *rows: str) -> Evidence:
    return faultless(department).fact("数据性质", "正式").add(*rows)


def sample(department: str, *rows: str) -> Evidence:
    return official(department, *rows).fact("数据性质", "示例")


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Two official workbooks, two samples, of which one is provisional and one better than all others."""
    folder = tmp_path / "2017"
    official("人社局", "监测发现 | 指标=3.1.1.1").save(folder)
    official("教育局", "监测发现 ×2 | 指标=3.1.1.1").save(folder)
    sample("住建局").save(folder)
    sample("规划局").inspection("2.2", "未核查").save(folder)
    return folder


def ranking(run: Run, raw: Path, out: Path, *args: object) -> dict[str, Any]:
    run("score", raw, "--out", out, "--jobs", 1, *args)
    return json.loads((out / "ranking.json").read_bytes())  # type: ignore[no-any-return]


def names(entries: list[dict[str, Any]]) -> list[str]:
    return [entry["department"] for entry in entries]


# --- samples


def test_samples_are_scored_and_not_ranked(raw: Path, tmp_path: Path, run: Run) -> None:
    made = ranking(run, raw, tmp_path / "out")
    assert [(entry["rank"], entry["department"]) for entry in made["ranked"]] == [(1, "人社局"), (2, "教育局")]
    first, second = made["samples"]
    assert (first["department"], first["qualified"], first["range"]) == ("住建局", True, [first["total"]] * 2)
    assert (second["department"], second["total"], second["qualified"]) == ("规划局", None, None)
    assert second["range"][1] - second["range"][0] == 10
    assert (made["provisional"], made["failed"], made["unlisted"]) == ([], [], [])
    card = json.loads((tmp_path / "out" / "住建局" / "scorecard.json").read_bytes())
    assert (card["sample"], card["total"]) == (True, first["total"])


def test_samples_alone_are_ranked_with_each_other(raw: Path, tmp_path: Path, run: Run) -> None:
    for department in ("人社局", "教育局"):
        (raw / f"{department}.xlsx").unlink()
    made = ranking(run, raw, tmp_path / "out")
    assert (names(made["ranked"]), names(made["provisional"]), made["samples"]) == (["住建局"], ["规划局"], [])


def test_provisional_official_evidence_alone_still_keeps_samples_apart(raw: Path, tmp_path: Path, run: Run) -> None:
    (raw / "教育局.xlsx").unlink()
    official("人社局").inspection("2.2", "未核查").save(raw)
    made = ranking(run, raw, tmp_path / "out")
    assert (made["ranked"], names(made["provisional"])) == ([], ["人社局"])
    assert names(made["samples"]) == ["住建局", "规划局"]


def test_a_departments_report_says_so(raw: Path) -> None:
    said = {}
    for department in ("人社局", "教育局", "住建局", "规划局"):
        one = DepartmentReport.load(department, 2017, raw.parent)
        said[department] = (one.place, one.ranked, str(summary(one.card, one.place, one.ranked)[0]))
    assert [said[name][:2] for name in said] == [(1, 2), (2, 2), (None, 2), (None, 2)]
    assert "，在已评定的 2 个部门中排第 1 名，" in said["人社局"][2]
    assert "，示例数据不参加排名，" in said["住建局"][2]
    assert said["规划局"][2].endswith("暂不排名。")


def test_the_citys_page_lists_them_apart(raw: Path, tmp_path: Path) -> None:
    city = CityReport.load(2017, raw.parent)
    assert [card.department for card in city.cards] == ["人社局", "教育局"]
    texts = list(words(city.apart().blocks))
    text = texts[texts.index("示例工作簿") + 1]
    assert "住建局（" in text
    assert "规划局（" in text
    assert "只评分，不参加排名" in text
    write_city(city.assessment, tmp_path / "city.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "city.xlsx").worksheets[0]
    cells = {cell for row in sheet.iter_rows(values_only=True) for cell in row}
    assert {"人社局", "教育局"} <= cells
    assert not {"住建局", "规划局"} & cells


# --- departments without a workbook


def test_departments_without_a_workbook(raw: Path, tmp_path: Path, run: Run) -> None:
    made = ranking(run, raw, tmp_path / "out")
    assert made["absent"] == [{"department": name} for name in OTHERS]
    assert run("score", raw, "--out", tmp_path / "out")[2] == f"注意：没有佐证的部门：{'、'.join(OTHERS)}\n"
    assert f"\n注意：没有佐证的部门：{'、'.join(OTHERS)}\n" in run("check", raw)[1]


def test_a_faulty_workbook_is_there(raw: Path, tmp_path: Path, run: Run) -> None:
    (raw / "林业局.xlsx").write_bytes(b"rubbish")
    made = ranking(run, raw, tmp_path / "out")
    assert names(made["absent"]) == list(OTHERS[:-1])
    assert made["failed"] == [{"department": "林业局", "errors": 1}]


@pytest.mark.parametrize("command", ["score", "check"])
def test_of_some_departments_none_is_missing(command: str, raw: Path, tmp_path: Path, run: Run) -> None:
    out = ["--out", tmp_path / "out"] if command == "score" else []
    _, said, err = run(command, raw, *out, "--department", "人社局")
    assert "没有佐证的部门" not in said + err


def test_departments_without_evidence_are_absent_from_any_selection(raw: Path, tmp_path: Path, run: Run) -> None:
    made = ranking(run, raw, tmp_path / "out", "--department", "人社局")
    assert (names(made["ranked"]), names(made["absent"])) == (["人社局"], list(OTHERS))


def test_of_very_many_some_are_named(raw: Path, tmp_path: Path, run: Run) -> None:
    listed = tmp_path / "部门名单.txt"
    listed.write_text("\n".join(["人社局", *(f"示例单位{n:02d}" for n in range(30))]), encoding="utf-8")
    for path in raw.iterdir():
        if path.stem != "人社局":
            path.unlink()
    _, _, err = run("score", raw, "--out", tmp_path / "out", "--departments", listed)
    assert err.endswith("、示例单位19等 30 个\n")


# --- files that are not read, and files of no department


IMPORT = "如是其他系统导出的表格，可用 python -m scoring import 导入"
UNREAD = {
    "人社局.xls": f"旧格式的工作簿，未读取；请在 Excel 或 WPS 中另存为 .xlsx；{IMPORT}",
    "人社局.et": f"WPS 表格格式，未读取；请在 Excel 或 WPS 中另存为 .xlsx；{IMPORT}",
    "人社局.xlsm": "启用宏的工作簿，未读取；请在 Excel 或 WPS 中另存为 .xlsx",
    "人社局.CSV": f"文本表格，未读取；请填入部门的 .xlsx 工作簿；{IMPORT}",
    "说明.docx": "不是 .xlsx 工作簿，未读取；与佐证无关的文件请移走",
}
IGNORED = ("~$人社局.xlsx", ".DS_Store", ".人社局.xlsx")


@pytest.mark.parametrize("command", ["score", "check"])
def test_unread_files_are_named(command: str, raw: Path, tmp_path: Path, run: Run) -> None:
    for name in (*UNREAD, *IGNORED):
        (raw / name).write_bytes(b"x")
    faultless("卫计局").save(raw / "卫计局")
    (raw / "历史版本").mkdir()
    code, said, err = run(command, raw, *(["--out", tmp_path / "out"] if command == "score" else []))
    lines = [line for line in (said + err).splitlines() if line.startswith("注意：") and "没有佐证" not in line]
    folder = f"卫计局：文件夹，其中的文件未读取；佐证工作簿应直接放在 {raw} 中"
    assert (code, sorted(lines)) == (
        0,
        sorted(f"注意：{line}" for line in (*(f"{name}：{what}" for name, what in UNREAD.items()), folder)),
    )


def test_a_folder_with_nothing_but_unread_files(tmp_path: Path, run: Run) -> None:
    raw = tmp_path / "2017"
    raw.mkdir()
    (raw / "人社局.xls").write_bytes(b"x")
    message = f"错误：{raw} 中没有 .xlsx 工作簿；人社局.xls：{UNREAD['人社局.xls']}"
    for command, *out in (("score", "--out", tmp_path / "out"), ("check",), ("report", "--out", tmp_path / "out")):
        code, _, err = run(command, raw, *out)
        assert (code, err.splitlines()[0]) == (2, message)


def test_a_file_of_no_department(raw: Path, tmp_path: Path, run: Run) -> None:
    """That file fails; the department that it is a copy of is ranked."""
    (raw / "人社局 - 副本.xlsx").write_bytes((raw / "人社局.xlsx").read_bytes())
    code, said, err = run("score", raw, "--out", tmp_path / "out")
    made = json.loads((tmp_path / "out" / "ranking.json").read_bytes())
    assert (code, names(made["ranked"]), made["failed"]) == (1, ["人社局", "教育局"], [])
    assert made["unlisted"] == [{"name": "人社局 - 副本.xlsx", "errors": 1}]
    assert err.splitlines()[:2] == [
        "人社局 - 副本.xlsx：有 1 处差错，未评分",
        "  人社局 - 副本.xlsx：文件名“人社局 - 副本.xlsx”不是考核对象的名称；应为：人社局.xlsx；如是多余的副本，请移走",
    ]
    assert said == f"已评分 4 个部门，未能评分 1 个；结果在 {tmp_path / 'out'}\n"
    assert sorted(path.name for path in (tmp_path / "out").iterdir() if path.is_dir()) == sorted(
        ("人社局", "教育局", "住建局", "规划局")
    )


# --- the likely one


@pytest.mark.parametrize(("given", "meant"), [("人社", "人社局"), ("教育局（定稿）", "教育局"), ("气象", "")])
@pytest.mark.parametrize("command", ["score", "check", "report"])
def test_a_misspelt_department(command: str, given: str, meant: str, raw: Path, tmp_path: Path, run: Run) -> None:
    out = [] if command == "check" else ["--out", tmp_path / "out"]
    code, _, err = run(command, raw, *out, "--department", given)
    hint = f"（是否指“{meant}”）" if meant else ""
    assert (code, err.splitlines()[0]) == (2, f"错误：{raw} 中没有这些部门的工作簿：{given}{hint}")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("scor",), "错误：没有命令“scor”（是否要用 score）"),
        (("verifi",), "错误：没有命令“verifi”（是否要用 verify）"),
        (("算分",), "错误：没有命令“算分”"),
        (("score", "--reeding", "a=b"), "错误：没有选项 --reeding（是否要用 --reading）"),
    ],
)
def test_a_misspelt_command_or_option(given: tuple[str, ...], message: str, run: Run) -> None:
    code, _, err = run(*given)
    assert (code, err.splitlines()[0]) == (2, message)
