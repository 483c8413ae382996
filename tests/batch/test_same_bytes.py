"""The same evidence gives the same bytes, with any number of workers, in any place, after any earlier run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from batching import asked, incomplete, report, results, save, some_evidence
from commands import HERE, command
from evidence_builder import EXERCISE, exercise, faultless

from scoring.base.files import NotWritable
from scoring.batch.publish import only_batch
from scoring.batch.workers.runners import on_this_machine
from tools.sample import write_samples

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three departments' evidence."""
    return save(tmp_path_factory.mktemp("raw") / "2017", some_evidence())


@pytest.fixture(scope="module")
def plain(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The results of one worker."""
    out = tmp_path_factory.mktemp("plain")
    assert report(asked(raw, out), on_this_machine(1)).failures == {}
    return results(out)


def test_more_workers_elsewhere_make_the_same(raw: Path, plain: dict[str, bytes], tmp_path: Path) -> None:
    elsewhere = shutil.copytree(raw, tmp_path / "别处 {0} 'q'" / "2017")
    out = tmp_path / "结果" / "2017"
    report(asked(elsewhere, out), on_this_machine(3))
    assert results(out) == plain
    assert incomplete(out) == []


def test_nothing_in_a_result_names_the_place(raw: Path, plain: dict[str, bytes]) -> None:
    here = str(raw.parents[1]).encode()
    assert [name for name, content in plain.items() if here in content] == []


def test_a_scheme_in_a_relative_folder(tmp_path: Path) -> None:
    """Reports are made in processes with another working directory; none shows where the scheme was."""
    write_samples(tmp_path / "2018", exercise(), ["教育局"])
    out, more = tmp_path / "out", ("--scheme", Path(EXERCISE).relative_to(HERE))
    with command(tmp_path / "2018", out, *more) as running:
        assert running.wait() == 0, running.stderr
    assert json.loads((out / "教育局" / "scorecard.json").read_bytes())["scheme"] == "exercise_2018"
    assert [name for name, content in results(out).items() if str(HERE).encode() in content] == []
    assert incomplete(out) == []


def test_after_a_change_and_back_it_is_the_same(raw: Path, plain: dict[str, bytes], tmp_path: Path) -> None:
    mine, out = shutil.copytree(raw, tmp_path / "2017"), tmp_path / "out"
    faultless("教育局").save(mine)
    report(asked(mine, out))
    shutil.copy(raw / "教育局.xlsx", mine)
    report(asked(mine, out))
    assert results(out) == plain


def test_a_second_batch_into_the_same_folder_is_refused(tmp_path: Path) -> None:
    with only_batch(tmp_path), pytest.raises(NotWritable, match="另一次运行正在写入"), only_batch(tmp_path):
        pass
