"""A run makes what a change affects, and nothing else; with fake workers."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from batching import FakeRunner, asked, incomplete, report, results, save, silent, some_evidence
from evidence_builder import exercise, faultless
from jinja2 import Environment
from jinja2.meta import find_referenced_templates
from scheme_copies import copy_of

from scoring import load_scheme
from scoring.base.names import SCORECARD, city_files, department_files
from scoring.batch import digests, plan
from scoring.batch.digests import Basis
from scoring.batch.plan import CITY_NAME
from scoring.batch.records import CITY_RECORD, RECORD
from scoring.batch.run import make_reports
from scoring.evidence import workbooks_in
from scoring.report.places import template_folder
from scoring.scheme import load

pytestmark = pytest.mark.thorough

ALL = {"人社局", "教育局", "规划局", CITY_NAME}


class Folders:
    """A folder of evidence and one of results."""

    def __init__(self, folder: Path) -> None:
        self.raw, self.out = save(folder / "raw", some_evidence()), folder / "out"
        self.runner = FakeRunner()

    def run(self, **asked_for: Any) -> set[str]:
        """What a run makes."""
        only = asked_for.pop("only", None)
        report(asked(self.raw, self.out, **asked_for), self.runner, only)
        return self.runner.take()

    def warnings(self, name: str) -> list[str]:
        """The warnings of a run that makes one department's report."""
        return report(asked(self.raw, self.out), self.runner, only=[name]).warnings


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """Folders where everything is up to date."""
    folders = Folders(tmp_path)
    assert folders.run() == ALL
    return folders


def test_with_nothing_changed_nothing_is_done_regardless_of_time_stamps(folders: Folders) -> None:
    before = results(folders.out)
    for path in [*folders.raw.iterdir(), *folders.out.rglob("*")]:
        os.utime(path, (1, 1))
    assert folders.run() == set()
    assert results(folders.out) == before


LATE = "领导信箱 ×5 | 类型=咨询 | 来信日期=2017-05-02 | 回复日期=2017-06-20"


@pytest.mark.parametrize(
    ("changed", "made"),
    [
        (faultless("规划局").inspection("3.3.1", "未核查"), {"规划局", CITY_NAME}),
        # Ranks change; 规划局 is provisional and has none.
        (faultless("人社局").add("监测发现 ×60 | 指标=3.3.2.1.3", LATE), {"人社局", "教育局", CITY_NAME}),
        (faultless("统计局"), {*ALL, "统计局"}),  # One more that is ranked.
    ],
    ids=["its own", "its rank", "of how many"],
)
def test_a_changed_workbook_affects_reports_that_show_the_change(
    folders: Folders, changed: Any, made: set[str]
) -> None:
    changed.save(folders.raw)
    assert folders.run() == made


def test_a_file_that_was_deleted_or_edited_is_made_again(folders: Folders) -> None:
    before = results(folders.out)
    files = [f"教育局/{name}" for name in (SCORECARD, RECORD, *vars(department_files("教育局", 2017)).values())]
    for number, name in enumerate([*files, CITY_RECORD, *vars(city_files(2017)).values()]):
        if number % 2:
            (folders.out / name).write_bytes(b"edited")
        else:
            (folders.out / name).unlink()
        assert folders.run() == {"教育局" if name in files else CITY_NAME}, name
        assert results(folders.out) == before


def test_another_reading_affects_all(folders: Folders) -> None:
    assert folders.run(readings={"overflow": "spill"}) == ALL
    assert folders.run(readings={"overflow": "spill"}) == set()
    assert folders.run() == ALL


@pytest.mark.parametrize("part", ["code", "pages"])
def test_a_change_of_the_program(folders: Folders, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = results(folders.out)
    changed = vars(plan.basis_of(load_scheme(2017))) | {part: "changed"}
    monkeypatch.setattr(plan, "basis_of", lambda _: Basis(**changed))
    assert folders.run() == ALL
    assert folders.run() == set()
    monkeypatch.undo()
    assert folders.run() == ALL
    assert results(folders.out) == before


def test_a_change_of_the_scheme_affects_its_reports(folders: Folders, tmp_path: Path) -> None:
    """Where its folder is does not matter; another scheme does not matter either."""
    own, other = copy_of(tmp_path / "own"), copy_of(tmp_path / "other")

    def run_after(*changed: Path, named: Path = own) -> set[str]:
        for file in changed:
            file.write_bytes(file.read_bytes() + b"\n# changed\n")
        for known in (load._loaded, load._head, digests._basis):  # As in a new process.
            known.cache_clear()
        return folders.run(named=str(named))

    assert run_after() == ALL, "results name another scheme"
    assert run_after() == set()
    assert run_after(other / "scheme.toml", other / "portal.py") == set()
    assert run_after(named=shutil.copytree(own, tmp_path / "elsewhere" / "own")) == set()
    assert run_after(own / "sheets.toml") == ALL
    assert run_after(own / "portal.py") == ALL
    assert not [name for name, content in results(folders.out).items() if str(tmp_path).encode() in content]


def test_a_scheme_depends_on_those_that_its_rules_come_from() -> None:
    folders = {folder.name for folder in digests._folders(exercise())}
    assert folders == {"exercise_2018", "leiyang_2017"}
    assert {folder.name for folder in digests._folders(load_scheme(2015, "census"))} == {"census_2015"}


def test_some_departments_alone_leave_the_others_and_the_city_alone(folders: Folders) -> None:
    """Those that are out of date are named, those that were never made are not."""
    faultless("教育局").add("监测发现 | 指标=3.3.2.1.3").save(folders.raw)
    expected = ["人社局、全市汇总报告已不是最新；不加 --department 再运行一次，即可全部更新"]
    assert folders.warnings("教育局") == expected, "人社局 is next to it in the ranking"
    assert folders.runner.take() == {"教育局"}
    assert folders.run() == {"人社局", CITY_NAME}
    assert folders.warnings("教育局") == []
    faultless("统计局").save(folders.raw)
    faultless("教育局").add("监测发现 | 指标=3.1.1.1").save(folders.raw)
    expected = ["教育局、规划局、全市汇总报告已不是最新；不加 --department 再运行一次，即可全部更新"]
    assert folders.warnings("人社局") == expected


@pytest.mark.parametrize(
    ("name", "problems"),
    [("教育局", {}), ("规划局", {}), ("教育局", {"教育局": "停电"})],
    ids=["asked for", "other", "failed"],
)
def test_a_report_that_goes_takes_the_citys_with_it_though_that_was_not_asked_for(
    folders: Folders, name: str, problems: dict[str, str]
) -> None:
    changed = faultless(name).add("监测发现 | 指标=3.3.2.1.3")
    (changed if problems else changed.fact("年度", "2016")).save(folders.raw)
    folders.runner.problems = problems
    warnings = folders.warnings("教育局")
    assert "有部门的报告已撤下，全市汇总随之撤下；不加 --department 再运行一次，即可全部更新" in warnings
    assert incomplete(folders.out) == []
    assert not (folders.out / "index.html").exists()


def test_a_citys_report_that_names_the_failure_stays(folders: Folders) -> None:
    faultless("教育局").add("监测发现 | 指标=3.3.2.1.3").save(folders.raw)
    folders.runner.problems = {"教育局": "停电"}
    folders.run()
    before = results(folders.out)
    assert folders.warnings("教育局") == []
    assert results(folders.out) == before


def test_as_many_reports_are_announced_as_are_made(folders: Folders) -> None:
    (folders.out / "教育局" / SCORECARD).unlink()
    announced = []

    def progress(reports: int) -> Any:
        announced.append(reports)
        return silent(reports)

    run = asked(folders.raw, folders.out)
    make_reports(run, workbooks_in(run.raw), folders.runner, progress)
    assert (announced, folders.runner.take()) == ([1], {"教育局"})


def test_a_department_that_is_not_listed_or_goes_takes_its_report_with_it(folders: Folders) -> None:
    folders.run(departments=("人社局", "规划局"))
    assert not (folders.out / "教育局").exists()
    assert folders.run() == ALL
    (folders.raw / "教育局.xlsx").unlink()
    assert folders.run() == ALL - {"教育局"}
    assert not (folders.out / "教育局").exists()


def test_a_workbook_with_a_fault_takes_its_report_away_and_the_others_are_made(folders: Folders) -> None:
    mine = folders.out / "教育局" / "我的备注.txt"
    mine.write_text("留", encoding="utf-8")
    faultless("教育局").fact("年度", "2016").save(folders.raw)
    assert folders.run() == ALL - {"教育局"}
    assert [path.name for path in mine.parent.iterdir()] == [mine.name]


def test_two_workbooks_of_one_department_are_a_fault(folders: Folders) -> None:
    (folders.raw / "教育局.XLSX").write_bytes((folders.raw / "教育局.xlsx").read_bytes())
    outcome = report(asked(folders.raw, folders.out), folders.runner)
    assert list(outcome.scores.faults) == ["教育局"]
    assert not (folders.out / "教育局").exists()


# --- What a result depends on

#: Files of a program, and the digests that each changes.
FILES = {
    "scoring/engine/settle.py": ["code"],
    "scoring/schemes/leiyang_2017/scheme.toml": ["code"],
    "scoring/schemes/leiyang_2017/portal.py": ["code"],
    "scoring/schemes/leiyang_2017/.DS_Store": [],
    "scoring/schemes/census_2015/scheme.toml": [],
    "scoring/archive/layout.py": [],
    "scoring/cli/main.py": [],
    "tools/sample/story.py": [],
    "notebooks/department.ipynb": ["pages"],
    "notebooks/years.ipynb": [],
    "templates/department/first-page.html.j2": ["pages"],
    "templates/city/first-page.html.j2": ["pages"],
    "templates/lab/lab.css": ["pages"],
    "templates/scorecard/index.html.j2": ["pages"],
    "templates/notice/notice.html.j2": [],
}


def test_each_file_of_the_program_counts_where_it_matters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name, encoding="utf-8")
    monkeypatch.setattr(digests, "_PACKAGE", tmp_path / "scoring")
    monkeypatch.setattr(digests, "NOTEBOOKS", tmp_path / "notebooks")
    monkeypatch.setattr(digests, "template_folder", lambda: tmp_path / "templates")

    def basis() -> dict[str, str]:
        return vars(digests._basis.__wrapped__((tmp_path / "scoring/schemes/leiyang_2017",)))

    for name, parts in FILES.items():
        before = basis()
        (tmp_path / name).write_text("changed", encoding="utf-8")
        after = basis()
        assert [part for part in before if before[part] != after[part]] == parts, name


def test_what_notebooks_show_includes_no_template_that_does_not_count() -> None:
    folder = template_folder()
    counted = {path.relative_to(folder) for shown in digests._SHOWN for path in folder.glob(shown)}
    for name in counted:
        parsed = Environment(autoescape=True).parse((folder / name).read_text(encoding="utf-8"))
        assert {Path(str(used)) for used in find_referenced_templates(parsed)} <= counted, name
