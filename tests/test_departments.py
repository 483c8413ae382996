"""--departments: a list of names in place of the scheme's nine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from calling import Run
from evidence_builder import minimal

from scoring import assess, load_scheme
from scoring.scheme.departments import UnusableDepartments, read_departments


def listed(folder: Path, content: str | bytes) -> Path:
    path = folder / "部门名单.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    "content",
    [
        "甲局\n乙局\n",
        "\ufeff甲局\r\n乙局",
        "# 某省\n\n  甲局　\n\n乙局\n# 丙局\n",
        "甲局\n\n\n乙局\n".encode("utf-8-sig"),
    ],
    ids=["plain", "Windows", "remarks", "mark"],
)
def test_names_are_read_in_their_order(content: str | bytes, tmp_path: Path) -> None:
    assert read_departments(listed(tmp_path, content)) == ("甲局", "乙局")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "中没有部门；每行写一个部门名称"),
        ("# 只有说明\n\n", "中没有部门"),
        ("甲局\n乙局\n甲局", "第 3 行“甲局”与第 1 行重复"),
        ("ABC局\nabc局", "第 2 行“abc局”与第 1 行重复"),
        ("甲局\n../乙局", "第 2 行“../乙局”含有不能用于文件名的符号“/”"),
        ("甲:局", "含有不能用于文件名的符号“:”"),
        ("甲\x07局", "含有控制字符或不可见字符"),
        ("甲\u200b局", "含有控制字符或不可见字符"),
        ("甲局.", "不能以“.”或“~$”开头，也不能以“.”或空格结尾"),
        ("~$甲局", "不能以“.”或“~$”开头"),
        ("CON", "是系统或程序保留的名称"),
        ("lpt1.局", "是系统或程序保留的名称"),
        ("failed", "是系统或程序保留的名称"),
        ("2017年度考核汇总.pdf", "是系统或程序保留的名称"),
        ("局" * 67, "过长，用作文件名超过了 200 个字节"),
        ("甲局".encode("gbk"), "不是 UTF-8 编码的文本文件"),
    ],
    ids=lambda value: str(value)[:12] if isinstance(value, str) else "gbk",
)
def test_a_list_that_cannot_be_used(content: str | bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(UnusableDepartments, match=r"部门名单\.txt") as refused:
        read_departments(listed(tmp_path, content))
    assert message in str(refused.value)


def test_many_faults_of_a_list_give_a_short_message(tmp_path: Path) -> None:
    with pytest.raises(UnusableDepartments) as refused:
        read_departments(listed(tmp_path, "甲局\n" * 5000))
    assert str(refused.value).endswith("；等 4999 处")
    assert len(str(refused.value)) < 1000


def test_a_list_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnusableDepartments, match="打不开"):
        read_departments(tmp_path / "没有.txt")


def test_the_scheme_takes_the_list(tmp_path: Path) -> None:
    scheme = load_scheme(2017, departments=listed(tmp_path, "乙局\n甲局"))
    assert scheme.departments == ("乙局", "甲局")
    assert scheme.positions["甲局"] == 1
    assert len(load_scheme(2017).departments) == 9


def test_a_department_outside_a_long_list_gives_a_short_message(tmp_path: Path) -> None:
    names = "\n".join(f"示例单位{number:05d}" for number in range(14_000))
    scheme = load_scheme(2017, departments=listed(tmp_path, names))
    (fault,) = assess([minimal("示例单位14001").save(tmp_path)], scheme).faults["示例单位14001.xlsx"]
    assert "……等 14000 个" in fault.expected
    assert len(fault.expected) < 200


def test_score_takes_the_list(tmp_path: Path, run: Run) -> None:
    raw = tmp_path / "raw"
    for name in ("甲局", "乙局"):
        minimal(name).save(raw)
    listing = listed(tmp_path, "乙局\n甲局")
    assert run("score", raw, "--out", tmp_path / "out", "--departments", listing, "--jobs", 1).code == 0
    ranking = json.loads((tmp_path / "out" / "ranking.json").read_text(encoding="utf-8"))
    assert [entry["department"] for entry in ranking["ranked"]] == ["乙局", "甲局"]
    assert run("check", raw, "--departments", listing).code == 0
    assert run("check", raw).code == 1
    refused = run("score", raw, "--out", tmp_path / "out", "--departments", tmp_path / "没有")
    assert (refused.code, "部门名单" in refused.err) == (2, True)


def test_new_takes_the_list(tmp_path: Path, run: Run) -> None:
    listing = listed(tmp_path, "甲局\n乙局")
    assert run("new", "甲局", "--out", tmp_path, "--departments", listing).code == 0
    assert (tmp_path / "2017" / "甲局.xlsx").exists()
    assert run("new", "人社局", "--out", tmp_path, "--departments", listing).code == 2
