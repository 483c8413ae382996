"""docs/schemes.md: its example is put into a folder and run, and its reference names every key and helper."""

from __future__ import annotations

import datetime as dt
import json
import re
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from evidence_builder import Evidence

from scoring import Scheme, Scorecard, assess, load_scheme
from scoring.cli.clickzh import run as run_command
from scoring.cli.main import cli
from scoring.engine import rulekit
from scoring.engine.rehearsal import rehearse
from scoring.report.view.city import CityReport
from scoring.report.view.department import DepartmentReport
from scoring.scheme import parse
from scoring.scheme.outline import CHARTS

PAGE = (Path(__file__).parents[2] / "docs" / "schemes.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^`([\w./]+)`\n\n```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
CASES = tomllib.loads(FILES["cases/rules.toml"])["case"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, copied from the page."""
    folder = tmp_path_factory.mktemp("documented") / "qingxi_2023"
    (folder / "cases").mkdir(parents=True)
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def example(folder: Path) -> Scheme:
    return load_scheme(named=str(folder))


def without_losses(scheme: Scheme, department: str = "水务局") -> Evidence:
    """A workbook in which every leaf was inspected and nothing was found."""
    facts = {"部门": department, "年度": "2023", "数据性质": "示例", "截止日期": None}
    inspected = {"状态": "已核查", "核查人": "核查一组", "核查日期": dt.date(2023, 12, 28)}
    sheets: dict[str, list[dict[str, Any]]] = {sheet.name: [] for sheet in scheme.sheets}
    sheets["基本信息"] = [{"项目": item, "内容": content} for item, content in facts.items()]
    sheets["核查情况"] = [{"指标": leaf.code, **inspected} for leaf in scheme.leaves]
    return Evidence(department, sheets, {sheet.name: [one.name for one in sheet.columns] for sheet in scheme.sheets})


def card_of(case: dict[str, Any], scheme: Scheme, folder: Path) -> Scorecard:
    workbook = without_losses(scheme).add(*case["also"]).save(folder)
    assessment = assess([workbook], scheme, case.get("readings"))
    assert assessment.faults == {}, [str(fault) for faults in assessment.faults.values() for fault in faults]
    return assessment.scorecards[0]


def test_the_example_is_whole(example: Scheme) -> None:
    assert set(FILES) == {"scheme.toml", "sheets.toml", "readings.toml", "rules.py", "cases/rules.toml"}
    assert list(rehearse(example)) == []


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_its_cases(case: dict[str, Any], example: Scheme, tmp_path: Path) -> None:
    card = card_of(case, example, tmp_path)
    leaf = card.nodes[case["clause"]]
    assert leaf.score == case.get("score", 0)
    assert (leaf.status == "void") == case.get("void", False)
    assert card.qualified == case.get("qualified", True)
    assert card.total.score == case.get("total", card.total.score)


def test_its_commands(folder: Path, example: Scheme, tmp_path: Path) -> None:
    def called(*args: object) -> int:
        with pytest.raises(SystemExit) as ended:
            run_command(cli, [str(arg) for arg in args])
        return int(ended.value.code or 0)

    named = ("--scheme", folder)
    assert called("new", "文旅局", "--out", tmp_path, *named) == 0
    raw = tmp_path / "2023"
    without_losses(example).save(raw)
    without_losses(example, "文旅局").add(*CASES[0]["also"]).save(raw)
    assert called("check", raw, *named) == 0
    assert called("score", raw, "--out", tmp_path / "scores", "--jobs", 1, *named) == 0
    ranking = json.loads((tmp_path / "scores" / "ranking.json").read_text(encoding="utf-8"))
    assert [(entry["department"], entry["total"]) for entry in ranking["ranked"]] == [("水务局", 20), ("文旅局", 15.5)]
    assert called("scheme", folder, "--out", tmp_path) == 0
    page = (tmp_path / "方案说明-qingxi_2023.html").read_text(encoding="utf-8")
    assert [case["name"] for case in CASES if case["name"] not in page] == []


def test_its_pages_need_no_outline(example: Scheme, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "2023").mkdir()
    without_losses(example).add(*CASES[1]["also"]).save(tmp_path / "2023")
    department = DepartmentReport.load("水务局", 2023, tmp_path, scheme=str(folder))
    city = CityReport.load(2023, tmp_path, scheme=str(folder))
    for part in (department.first_page, department.score_table, department.where_points_went, department.sections):
        assert part().blocks
    for part in (city.first_page, city.ranking_stacked, city.vetoes, city.losses):
        assert part().blocks


def test_the_same_without_readings(folder: Path, tmp_path: Path) -> None:
    """A scheme may have none."""
    (tmp_path / "cases").mkdir()
    for name, text in FILES.items():
        (tmp_path / name).write_text(text.replace('clause.readings["five-days"] == "calendar"', "days > 7"), "utf-8")
    (tmp_path / "readings.toml").unlink()
    scheme = load_scheme(named=str(tmp_path))
    assert list(rehearse(scheme)) == []
    (tmp_path / "2023").mkdir()
    without_losses(scheme).add(*CASES[1]["also"]).save(tmp_path / "2023")
    report = DepartmentReport.load("水务局", 2023, tmp_path, scheme=str(tmp_path))
    assert report.appendix().blocks
    assert report.where_points_went().blocks


KINDS = (
    *(parse.SchemeFile, parse.SheetsFile, parse.Node, parse.FindingKind, parse.Contradiction),
    *(parse.Sheet, parse.Column, parse.Reading, *CHARTS.values()),
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_key_is_explained(kind: type) -> None:
    keys = [parse._key(kind, one) for one in fields(kind) if (kind, one.name) not in parse._DERIVED]
    assert [
        key for key in keys if f"`{key}`" not in PAGE and f"[[{key}]]" not in PAGE and f"node.{key}." not in PAGE
    ] == []


def test_every_helper_is_explained() -> None:
    assert [name for name in rulekit.__all__ if not re.search(rf"\b{name}\b", PAGE)] == []
