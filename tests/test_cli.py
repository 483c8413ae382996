"""The commands check and score: files, Chinese messages, exit codes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from batching import save
from calling import Run
from evidence_builder import faultless
from scheme_copies import copy_of

from scoring.batch.publish import locked
from scoring.cli.main import cli

ROOT = Path(__file__).parents[1]
#: The note on a folder with evidence of 人社局 and 教育局.
ABSENT = "注意：没有佐证的部门：市经济开发区办公室、住建局、规划局、国土资源局、卫计局、统计局、林业局"


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Two workbooks without fault."""
    folder = tmp_path / "2017"
    for department in ("人社局", "教育局"):
        faultless(department).save(folder)
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def scorecards(out: Path) -> list[str]:
    return sorted(path.parent.name for path in out.glob("*/scorecard.json"))


# --- score


def test_every_workbook_is_scored(raw: Path, out: Path, run: Run) -> None:
    output = run("score", raw, "--out", out)
    assert (output.code, output.err) == (0, f"{ABSENT}\n")
    assert output.out == f"已评分 2 个部门，未能评分 0 个；结果在 {out}\n"
    assert {path.name for path in out.rglob("*") if path.is_file()} == {"scorecard.json", "ranking.json", ".lock"}
    assert scorecards(out) == ["人社局", "教育局"]
    ranking = json.loads((out / "ranking.json").read_text(encoding="utf-8"))
    assert (ranking["schema"], ranking["year"]) == ("ranking/1", 2017)
    assert [(ranked["rank"], ranked["department"]) for ranked in ranking["ranked"]] == [(1, "人社局"), (1, "教育局")]


def test_a_bad_workbook_is_reported_and_the_others_are_scored(raw: Path, out: Path, run: Run) -> None:
    run("score", raw, "--out", out)
    faultless("教育局").fact("年度", 2016).save(raw)
    output = run("score", raw, "--out", out)
    assert output.code == 1
    assert output.err.splitlines() == [
        "教育局：工作簿有 1 处差错，未评分",
        "  教育局.xlsx《基本信息》B3：“2016”；应为：考核年度 2017",
        ABSENT,
    ]
    assert scorecards(out) == ["人社局"]


def test_only_the_named_departments_are_scored(raw: Path, out: Path, run: Run) -> None:
    output = run("score", raw, "--out", out, "--department", "教育局")
    assert output.code == 0
    assert output.err == "注意：只评了部分部门，ranking.json 中的名次只在这些部门之间排列\n"
    assert scorecards(out) == ["教育局"]


def test_only_one_may_write_there(raw: Path, out: Path, run: Run) -> None:
    with locked(out, "别人"):
        output = run("score", raw, "--out", out)
    assert (output.code, output.err) == (1, f"错误：另一次运行正在写入 {out}；请等它完成后再运行\n")
    assert scorecards(out) == []


@pytest.mark.parametrize(
    ("given", "year"), [((), 2018), (("--year", "2017"), 2017)], ids=["the folder's name", "what is asked for"]
)
@pytest.mark.parametrize("command", [("check",), ("score", "--out"), ("report", "--out")])
def test_the_year_is_the_folders(
    command: tuple[str, ...], given: tuple[str, ...], year: int, tmp_path: Path, run: Run
) -> None:
    """Otherwise the evidence of one year would be judged by another's scheme, and its reports removed."""
    raw = tmp_path / "2018"
    save(raw, [faultless("教育局").fact("年度", 2016)])
    name, *out = command
    output = run(name, raw, *([*out, tmp_path / "out"] if out else []), *given)
    assert f"“2016”；应为：考核年度 {year}" in output.out + output.err


def test_readings_are_used_and_stated(raw: Path, out: Path, run: Run) -> None:
    output = run("score", raw, "--out", out, "--reading", "management-sum=sum", "--reading", "overflow=spill")
    assert output.code == 0
    card = json.loads((out / "人社局" / "scorecard.json").read_text(encoding="utf-8"))
    assert (card["total"], card["readings"]["management-sum"], card["readings"]["overflow"]) == (102, "sum", "spill")
    assert len(card["readings"]) == 13


def test_a_folder_that_cannot_be_written_is_reported(raw: Path, out: Path, run: Run) -> None:
    out.write_text("in the way", encoding="utf-8")
    output = run("score", raw, "--out", out)
    assert output.code == 1
    assert f"结果写不进 {out}" in output.err


@pytest.mark.parametrize("named", ["leiyang", "leiyang_2017", "own"])
def test_a_scheme_is_named_by_its_line_its_name_or_its_folder(
    named: str, raw: Path, out: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_of(raw.parent / "own")
    monkeypatch.chdir(raw.parent)
    assert run("score", raw, "--out", out, "--scheme", named).code == 0
    card = json.loads((out / "人社局" / "scorecard.json").read_text(encoding="utf-8"))
    assert (card["scheme"], card["total"]) == ("own" if named == "own" else "leiyang_2017", 100)


def test_a_later_year_is_assessed_by_the_scheme_in_force(tmp_path: Path, out: Path, run: Run) -> None:
    save(tmp_path / "2026", [faultless("教育局").fact("年度", 2026)])
    output = run("check", tmp_path / "2026")
    assert "考核年度" not in output.out, "2026 is the year that the scheme expects"


# --- check


def test_check_prints_notices_and_writes_nothing(raw: Path, run: Run) -> None:
    evidence = faultless()
    evidence.sheets["草稿"] = []
    evidence.save(raw)
    before = sorted(raw.parent.rglob("*"))
    output = run("check", raw)
    assert (output.code, output.err) == (0, "")
    lines = output.out.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [
        "人社局：没有差错",
        "教育局：没有差错",
        "按核查人：",
        "按部门：核查完 2 个，未核查完 0 个",
        ABSENT,
        "共检查 2 个工作簿：没有差错；全部核查完",
    ]
    assert "  提示：工作表《草稿》不在规定之列，未读取" in lines
    assert sorted(raw.parent.rglob("*")) == before


# --- called wrongly

WRONG = {
    ("score",): "缺少参数 佐证文件夹",
    ("score", "RAW"): "缺少参数 --out",
    ("score", "RAW", "--out"): "选项 --out 的用法不对",
    ("score", "RAW", "--out", "OUT", "--all"): "没有选项 --all",
    ("score", "nowhere", "--out", "OUT"): "没有文件夹 nowhere",
    ("score", "RAW", "--out", "OUT", "--department", "卫计局"): "中没有这些部门的工作簿：卫计局",
    ("score", "RAW", "--out", "OUT", "--reading", "overflow"): "“overflow”应写成 名称=选项",
    ("score", "RAW", "--out", "OUT", "--reading", "overflow=some"): "解读“overflow”没有选项“some”；可选：floor、spill",
    ("score", "RAW", "--out", "OUT", "--reading", "over=floor"): "没有名为“over”的解读",
    ("score", "RAW", "--out", "OUT", "--reading", "overflow=floor", "--reading", "overflow=spill"): "两个不同的选项",
    ("score", "RAW", "--out", "OUT", "--year", "1999"): (
        "没有 1999 年施行的考核方案；已有：census_2015（2015 年起）、leiyang_2017（2017 年起）"
    ),
    ("score", "RAW", "--out", "OUT", "--year", "今年"): "参数 --year：",
    ("score", "RAW", "更多", "--out", "OUT"): "更多",
    ("check", "nowhere"): "没有文件夹或工作簿 nowhere",
    ("years", "RAW"): "要有两个以上不同的年度才能对比，现有：2017",
    ("years", "RAW", "RAW"): "要有两个以上不同的年度才能对比，现有：2017、2017",
    ("years", "RAW", "nowhere"): "没有佐证文件夹或归档 nowhere",
    ("years", "RAW", "--reading", "overflow=spill"): "应写成 年度:名称=选项",
    ("years", "RAW", "--reading", "2017:over=spill"): "没有名为“over”的解读",
    ("check", "RAW", "--scheme", "nix"): "没有方案“nix”；应为 census_2015、leiyang_2017、census、leiyang 之一",
    ("report", "RAW", "--scheme", "EMPTY"): "之一，或含有 scheme.toml 的文件夹",
    ("score", "2016", "--out", "OUT", "--scheme", "leiyang"): "方案 leiyang 自 2017 年起施行，不能用来考核 2016 年",
    ("notice", "--by", "督查科", "--on", "昨天"): "参数 --on：",
    ("receive", "nowhere"): "没有文件夹 nowhere",
    ("receive", "EMPTY"): "中没有反馈表",
    ("notice", "卫计局", "--raw", "PARENT", "--out", "OUT"): "中没有这些部门的工作簿：卫计局",
    ("notice", "../人社局", "--raw", "PARENT", "--out", "OUT"): "中没有这些部门的工作簿：../人社局",
    ("notice", "人社局", "--raw", "PARENT", "--year", "1999"): "没有 1999 年施行的考核方案",
    ("notice", "人社局", "--raw", "PARENT", "--reading", "overflow=some"): "解读“overflow”没有选项“some”",
    ("notice", "人社局", "--raw", "nowhere", "--out", "OUT"): "没有文件夹 nowhere/2017",
    ("notice", "教育局", "--year", "2015", "--scheme", "leiyang_2017"): "方案 leiyang_2017 自 2017 年起施行",
    ("new", "教育局", "--scheme", "nix"): "没有方案“nix”",
    ("archive", "2015", "--scheme", "leiyang"): "方案 leiyang 自 2017 年起施行",
    ("years", "RAW", "--scheme", "leiyang"): "“leiyang”应写成 年度:方案",
    ("years", "RAW", "--scheme", "2017:nix"): "没有方案“nix”",
    ("years", "RAW", "--scheme", "2017:leiyang", "--scheme", "2017:leiyang_2017"): "2017 年指定了两个方案",
    ("算分",): "算分",
    ("score", "EMPTY", "--out", "OUT"): "EMPTY 中没有 .xlsx 工作簿",
    ("check", "2016"): "2016 年没有默认的考核方案；请用 --scheme 指定：census_2015",
    ("report", "RAW", "--jobs", "0"): "参数 --jobs：应为不小于 1 的整数",
    ("report", "RAW", "--jobs", "二"): "参数 --jobs：应为不小于 1 的整数",
    ("report", "RAW", "--time-limit", "86401"): "参数 --time-limit：应为 1 至 86400 的整数",
    ("report", "RAW", "--year", "今年"): "参数 --year：应为整数",
}


@pytest.mark.parametrize("args", WRONG, ids=" ".join)
def test_called_wrongly(args: tuple[str, ...], raw: Path, out: Path, run: Run) -> None:
    folders = {
        "RAW": raw,
        "OUT": out,
        "PARENT": raw.parent,
        **{name: raw.with_name(name) for name in ("EMPTY", "2016")},
    }
    for name in ("EMPTY", "2016"):
        folders[name].mkdir()
    output = run(*(folders.get(arg, arg) for arg in args))
    assert (output.code, output.out) == (2, "")
    assert output.err.startswith("错误：")
    assert WRONG[args] in output.err
    assert not out.exists()
    message = output.err
    for folder in sorted(map(str, folders.values()), key=len, reverse=True):
        message = message.replace(folder, "")
    assert english_in(message) == []


def english_in(text: str) -> list[str]:
    """English words, except names of options and quoted text."""
    quoted = re.sub(
        r"“[^”]*”|可选：[^\n]*|不同的选项：.*|[a-z-]+=[a-z]+|(?<![a-z])--[a-z-]+"
        r"|(census|leiyang)(_20\d\d)?|scheme\.toml|python -m scoring( (check|score|report|sample))?"
        r"|nowhere|\.xlsx?|\.et",
        "",
        text,
    )
    return re.findall(r"[A-Za-z]{3,}", quoted)


def test_without_a_command_the_help_is_shown(run: Run) -> None:
    output = run()
    assert output.code == 2
    assert "用法：python -m scoring" in output.out + output.err


@pytest.mark.parametrize("command", ["", *cli.commands])
def test_help_is_chinese(command: str, run: Run) -> None:
    output = run(*command.split(), "--help")
    assert output.code == 0
    assert output.out.startswith("用法：python -m scoring")
    names = "PDF|Excel|Word|Parquet|Dask|distributed|CSV UTF-8|KEY|OPTION|SSH|Ed25519|pub|JSON"
    text = re.sub(rf"\.?[a-z/]+\.(json|xlsx)|\.(xls|et)\b|(data|docs)/\S+|tcp://\S+|{names}", "", output.out)
    assert [word for word in english_in(text) if word not in set(cli.commands)] == []


def test_as_a_process(raw: Path, out: Path) -> None:
    command = [sys.executable, "-m", "scoring", "score", str(raw), "--out", str(out)]
    ran = subprocess.run(command, capture_output=True, check=False, cwd=ROOT, timeout=60)
    assert (ran.returncode, ran.stderr.decode()) == (0, f"{ABSENT}\n")
    assert scorecards(out) == ["人社局", "教育局"]
