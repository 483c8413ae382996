"""Results do not depend on chunks, processes or form; a worker that dies costs a retry or is reported."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from deadly import Deadly, Greedy
from evidence_builder import Evidence, faultless
from export_builder import save_export

from scoring import Scheme, load_scheme
from scoring.batch.score import DIED, Scored, score_folder
from scoring.evidence.folders import Folder, read_folder
from scoring.scheme import with_departments
from scoring.scheme.readings import choose

NAMES = ("示例单位0003", "示例单位0001", "示例单位0002", "示例单位0005", "示例单位0004")
FAULTY = "示例单位0005"
KILLS = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is not of Windows")

Run = Callable[..., tuple[Scored, dict[str, bytes]]]


@pytest.fixture(scope="module")
def scheme() -> Scheme:
    return with_departments(load_scheme(2017), NAMES)


def evidence_of(number: int, name: str) -> Evidence:
    evidence = faultless(name).replace("信息发布 ×3", "门户信息采用 ×2")
    for _ in range(number):
        evidence.add("监测发现 | 指标=3.3.2.1.3", "领导信箱 | 类型=咨询 | 来信日期=2017-05-02 | 回复日期=2017-06-20")
    return evidence.add("信息发布 | 栏目=没有的") if name == FAULTY else evidence


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same evidence in both forms."""
    evidences = [evidence_of(number, name) for number, name in enumerate(NAMES)]
    workbooks = tmp_path_factory.mktemp("xlsx")
    for evidence in evidences:
        evidence.save(workbooks)
    return {"xlsx": workbooks, "parquet": save_export(tmp_path_factory.mktemp("parquet"), *evidences, parts=2)}


@pytest.fixture
def scored(tmp_path: Path, scheme: Scheme) -> Run:
    """Score a folder; returns the outcome, and the files written."""

    def run(folder: Folder, jobs: int, name: str = "out") -> tuple[Scored, dict[str, bytes]]:
        out = tmp_path / name
        result = score_folder(folder, scheme, choose(scheme.readings), out, jobs=jobs)
        files = {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}
        return result, files

    return run


@pytest.mark.thorough
@pytest.mark.parametrize("form", ["xlsx", "parquet"])
def test_chunks_and_processes_make_no_difference(
    form: str, folders: dict[str, Path], scheme: Scheme, scored: Run
) -> None:
    expected = scored(read_folder(folders[form], scheme), 1, "all")
    assert sorted(expected[1]) == sorted(
        [*(f"{name}/scorecard.json" for name in NAMES if name != FAULTY), "ranking.json"]
    )
    for at_most, jobs in ((1, 1), (3, 1), (1, 2), (3, 2)):
        folder = read_folder(folders[form], scheme, at_most=at_most)
        assert len(folder.chunks) == -(-len(NAMES) // at_most)
        assert scored(folder, jobs, f"{at_most}-{jobs}") == expected


def test_both_forms_give_the_same_ranking(folders: dict[str, Path], scheme: Scheme, scored: Run) -> None:
    rankings = [scored(read_folder(folders[form], scheme), 1, form)[1]["ranking.json"] for form in folders]
    assert rankings[0] == rankings[1]
    ranking = json.loads(rankings[0])
    assert [entry["department"] for entry in ranking["ranked"]] == [name for name in NAMES if name != FAULTY]
    assert ranking["failed"] == [{"department": FAULTY, "errors": 1}]


def test_equal_totals_are_in_the_order_of_the_list(tmp_path: Path, scheme: Scheme, scored: Run) -> None:
    for name in sorted(NAMES):
        evidence_of(0, name).without("信息发布 | 栏目=没有的").save(tmp_path)
    ranking = json.loads(scored(read_folder(tmp_path, scheme, at_most=2), 2)[1]["ranking.json"])
    assert [(entry["rank"], entry["department"]) for entry in ranking["ranked"]] == [(1, name) for name in NAMES]


def test_an_older_scorecard_of_a_faulty_department_is_removed(
    folders: dict[str, Path], scheme: Scheme, scored: Run, tmp_path: Path
) -> None:
    older = tmp_path / "out" / FAULTY / "scorecard.json"
    older.parent.mkdir(parents=True)
    older.write_text("{}", encoding="utf-8")
    _, files = scored(read_folder(folders["parquet"], scheme, at_most=1), 2)
    assert f"{FAULTY}/scorecard.json" not in files


# --- Workers that die -----------------------------------------------------------------------------------------------


def deadly(folder: Folder, kind: type[Any], **own: Any) -> Folder:
    chunks = [kind(chunk.departments, chunk.files, chunk.extract, **own) for chunk in folder.chunks]
    return replace(folder, chunks=tuple(chunks))


@pytest.mark.thorough
@KILLS
@pytest.mark.parametrize("form", ["xlsx", "parquet"])
def test_a_worker_killed_once_costs_a_retry(
    form: str, folders: dict[str, Path], scheme: Scheme, scored: Run, tmp_path: Path
) -> None:
    expected = scored(read_folder(folders[form], scheme), 1, "undisturbed")
    folder = deadly(read_folder(folders[form], scheme, at_most=2), Deadly, victim=NAMES[1], mark=tmp_path / "killed")
    assert scored(folder, 2, "killed-once") == expected
    assert (tmp_path / "killed").exists()


@pytest.mark.thorough
@KILLS
def test_a_department_that_always_kills_is_reported_and_the_others_are_scored(
    folders: dict[str, Path], scheme: Scheme, scored: Run
) -> None:
    result, files = scored(deadly(read_folder(folders["xlsx"], scheme, at_most=3), Deadly, victim=NAMES[1]), 2)
    assert list(result.faults) == [NAMES[1], FAULTY]
    assert [fault.found for fault in result.faults[NAMES[1]]] == [DIED]
    assert sorted(files) == sorted(
        ["ranking.json", *(f"{name}/scorecard.json" for name in NAMES if name not in {FAULTY, NAMES[1]})]
    )


@pytest.mark.thorough
def test_a_chunk_too_large_for_the_memory_is_halved(folders: dict[str, Path], scheme: Scheme, scored: Run) -> None:
    expected = scored(read_folder(folders["xlsx"], scheme), 1, "undisturbed")
    assert scored(deadly(read_folder(folders["xlsx"], scheme, at_most=4), Greedy), 2) == expected
