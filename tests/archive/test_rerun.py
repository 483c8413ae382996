"""Reports made again: by notebooks and all, the same to the byte; another's difference is named."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import pytest
from archiving import archived, edit_json, official, reseal, slim
from batching import asked, report, save

from scoring.archive.opened import Archive
from scoring.archive.seal.run import archive
from scoring.archive.verify.program import is_same_program
from scoring.archive.verify.report import Part
from scoring.archive.verify.rerun import check_rerun
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
    recorded, again = [str(difference) for part in verified.parts for difference in part.differences]
    assert recorded == f"结果/人社局/{page.name}：与 .made.json 记录的不同，生成后被改动"
    assert again.startswith(f"结果/人社局/{page.name} 正文第")
    assert "归档 另加，现为" in again


# --- Without making reports ------------------------------------------------------------------------------------------


@pytest.fixture
def made(pretended: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Path], None]], Part]:
    """The comparison with what a run is said to have made: the archive's own results, after something was done."""

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

        monkeypatch.setattr("scoring.archive.verify.rerun.run_python", run)
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


def test_what_the_label_says_to_be_lacking_may_be_made_now(made: Made, pretended: Path) -> None:
    pdf = pretended / "data" / "结果" / "教育局" / department_files("教育局", 2017).pdf
    content = pdf.read_bytes()
    pdf.unlink()
    part = made(lambda out: (out / "教育局" / pdf.name).write_bytes(content) and None)
    assert [str(found) for found in part.differences] == [f"结果/教育局/{pdf.name}：归档中没有，这次生成了"]
    lacking = [{"kind": "no-pdf", "of": "教育局", "told": "报告没有 PDF 文件"}]
    edit_json(pretended / "data" / "标签.json", lambda label: label.update(lacking=lacking))
    part = made(lambda out: (out / "教育局" / pdf.name).write_bytes(content) and None)
    assert part.differences == []


def test_one_bad_file_hides_no_other_difference(made: Made) -> None:
    def change(out: Path) -> None:
        (out / "人社局" / "scorecard.json").write_bytes(b"{")
        (out / PAGE).write_text("<!DOCTYPE html><title>x</title>", encoding="utf-8")

    first, second = map(str, made(change).differences)
    assert first.startswith("结果/人社局/scorecard.json：内容读不懂，无法比较（JSONDecodeError")
    assert second == f"结果/{PAGE} 正文第 1 行：归档 教育局，现为 x"


def test_other_bytes_are_a_difference_of_the_same_program_only(made: Made, pretended: Path) -> None:
    def change(out: Path) -> None:
        (out / PAGE).write_bytes((out / PAGE).read_bytes() + b"\n")

    assert [str(found) for found in made(change).differences] == [f"结果/{PAGE}：内容相同，字节不同"]
    environment = pretended / "data" / "运行环境.json"
    edit_json(environment, lambda told: told["packages"].update(pip="0", setuptools="0"))
    assert len(made(change).differences) == 1  # the lock does not name them
    edit_json(environment, lambda told: told.update(python="3.11.0"))
    part = made(change)
    assert len(part.differences) == 1
    assert any(note.startswith("归档时是 Python 3.11.0，本机是 ") for note in part.notes)
    edit_json(environment, lambda told: told["packages"].update(numpy="0"))
    part = made(change)
    assert part.differences == []
    assert "1 个文件的字节与归档的不同；只比较了内容，图的样子和版式没有比较" in part.notes


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
