"""Reports made again are the same to the byte; one that is not is named."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import pytest
from archiving import archived, edit_json, official, reseal, slim
from batching import asked, report, save

from scoring.archive.opened import Archive
from scoring.archive.seal.run import archive
from scoring.archive.verify.again import check_rerun
from scoring.archive.verify.program import is_same_program
from scoring.archive.verify.report import Part
from scoring.archive.verify.run import Asked, verify
from scoring.base.names import department_files


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of real reports on one department, with the whole program."""
    folder = tmp_path_factory.mktemp("real")
    run = asked(save(folder / "2017", [official("人社局")]), folder / "out", departments=("人社局",))
    assert report(run).failures == {}
    return archive(run, folder / "archives").folder


@pytest.mark.thorough
def test_reports_are_made_again_to_the_byte_and_a_change_is_named(bag: Path) -> None:
    verified = verify(bag, Asked(rerun=True))
    lines = verified.lines()
    assert verified.holds, lines
    assert "六、重做报告：相符（10 个文件，逐字节比较）" in lines

    page = bag / "data" / "结果" / "人社局" / department_files("人社局", 2017).html
    page.write_bytes(page.read_bytes() + "<p>另加</p>".encode())
    reseal(bag)
    verified = verify(bag, Asked(archived_source=True, rerun=True))
    assert not verified.holds
    differences = [str(difference) for part in verified.parts for difference in part.differences]
    assert differences == [f"结果/人社局/{page.name}：与这次生成的不同"]


# --- Without making reports ------------------------------------------------------------------------------------------


@pytest.fixture
def made(pretended: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Path], None]], Part]:
    """The comparison with a changed copy of the archive's own results, in place of a run."""

    def rerun(change: Callable[[Path], None]) -> Part:
        def run(arguments: Sequence[str], program: Path | None, fine: Collection[int]) -> str:
            del program, fine
            out = Path(arguments[arguments.index("--out") + 1])
            shutil.copytree(pretended / "data" / "结果", out, dirs_exist_ok=True)
            (out / "运行日志").mkdir()
            (out / "运行日志" / "1.json").write_bytes(b"{}")
            (out / ".lock").write_bytes(b"")
            change(out)
            return "说明"

        monkeypatch.setattr("scoring.archive.verify.again.run_python", run)
        return check_rerun(Archive(pretended))

    return rerun


@pytest.fixture
def pretended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    slim(monkeypatch)
    return archived(tmp_path).folder


Made = Callable[[Callable[[Path], None]], Part]
PAGE = f"教育局/{department_files('教育局', 2017).html}"


def nothing(_: Path) -> None: ...


def test_the_same_files_have_no_difference(made: Made) -> None:
    part = made(nothing)
    assert part.differences == []
    assert part.checked == "15 个文件，逐字节比较"


def test_files_that_were_made_now_or_only_then(made: Made) -> None:
    def change(out: Path) -> None:
        (out / "人社局" / "另一份.html").write_bytes(b"")
        (out / "某局").mkdir()
        (out / "某局" / "scorecard.json").write_bytes(b"{}")
        (out / PAGE).unlink()

    part = made(change)
    assert {str(difference) for difference in part.differences} == {
        "结果/人社局/另一份.html：归档中没有，这次生成了",
        "结果/某局/scorecard.json：归档中没有，这次生成了",
        f"结果/{PAGE}：这次没有生成",
    }
    assert "程序的输出：说明" in part.notes


def test_what_an_incomplete_archive_lacks_may_be_made_now(made: Made, pretended: Path) -> None:
    pdf = pretended / "data" / "结果" / "教育局" / department_files("教育局", 2017).pdf
    content = pdf.read_bytes()
    pdf.unlink()
    part = made(lambda out: (out / "教育局" / pdf.name).write_bytes(content) and None)
    assert [str(found) for found in part.differences] == [f"结果/教育局/{pdf.name}：归档中没有，这次生成了"]
    edit_json(pretended / "data" / "标签.json", lambda label: label.update(complete=False))
    part = made(lambda out: (out / "教育局" / pdf.name).write_bytes(content) and None)
    assert part.differences == []


def test_reports_are_made_again_only_with_the_same_packages(made: Made, pretended: Path) -> None:
    def change(out: Path) -> None:
        (out / PAGE).write_bytes((out / PAGE).read_bytes() + b"\n")

    assert [str(found) for found in made(change).differences] == [f"结果/{PAGE}：与这次生成的不同"]
    environment = pretended / "data" / "运行环境.json"
    edit_json(environment, lambda content: content["packages"].update(pip="0", setuptools="0"))
    assert len(made(change).differences) == 1, "the lock does not name them"
    edit_json(environment, lambda content: content["packages"].update(numpy="0"))
    part = made(change)
    assert part.differences == []
    assert part.skipped.startswith("1 个软件包（numpy等）与归档时不同；请按归档说明第六节")
    edit_json(environment, lambda content: content.update(python="3.10.0"))
    assert made(nothing).skipped.startswith("2 个软件包（numpy、python等）与归档时不同")


@pytest.mark.parametrize(
    "name", ["scoring/engine/settle.py", "notebooks/city.ipynb", "templates/archive/readme.txt.j2"]
)
def test_the_same_program_is_that_with_the_same_code_notebooks_and_templates(pretended: Path, name: str) -> None:
    program = Archive(pretended).program
    (program / "README.md").write_bytes(b"")
    assert is_same_program(Archive(pretended))
    (program / name).write_bytes((program / name).read_bytes() + b"\n")
    assert not is_same_program(Archive(pretended))
    (program / name).unlink()
    assert not is_same_program(Archive(pretended))
