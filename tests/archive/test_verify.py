"""A whole archive verifies, from its folder and from its .zip; what the report says."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click
import pytest
from archiving import edit, edit_json, reported, reseal
from click.testing import CliRunner
from evidence_builder import faultless

from scoring.archive.seal.bag import Sealed
from scoring.archive.verify.report import printable
from scoring.archive.verify.run import Asked, verify
from scoring.cli.main import cli


def test_an_archive_verifies(sealed: Sealed) -> None:
    for path in (sealed.folder, sealed.packed):
        verified = verify(path, Asked())
        assert verified.holds, verified.lines()
        assert verified.identifier == sealed.identifier


def test_a_zip_that_was_damaged_on_its_way_is_no_wrong_call(sealed: Sealed, tmp_path: Path) -> None:
    path = tmp_path / "damaged.zip"
    path.write_bytes(sealed.packed.read_bytes()[:-100])
    with pytest.raises(click.ClickException, match="目录读不出来") as error:
        CliRunner().invoke(cli, ["verify", str(path)], standalone_mode=False, catch_exceptions=False)
    assert error.value.exit_code == 1


@pytest.mark.parametrize("name", ["报告.pdf", "人社局.xlsx", "归档.zip", "文件夹"])
def test_what_is_no_archive_is_a_wrong_call(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "人社局.xlsx":
        faultless().save(tmp_path)
    elif path.suffix:
        path.write_bytes(b"text")
    else:
        path.mkdir()
    with pytest.raises(click.UsageError, match="不是归档"):
        CliRunner().invoke(cli, ["verify", str(path)], standalone_mode=False, catch_exceptions=False)


# --- Texts out of the archive ----------------------------------------------------------------------------------------

FORGED = "x\n\n结　论：已进行的核对全部相符"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (FORGED, "x\\u000a\\u000a结　论：已进行的核对全部相符"),
        ("\x1b[2Jx", "\\u001b[2Jx"),
        ("a\x85b\u2028c\u2029d", "a\\u0085b\\u2028c\\u2029d"),
        ("\u202egpj.exe", "\\u202egpj.exe"),
        ("\udcff", "\\udcff"),
        ("市经济开发区（一）𠮷𱍐", "市经济开发区（一）𠮷𱍐"),
    ],
)
def test_what_would_forge_lines_or_steer_a_terminal_is_written_out(text: str, shown: str) -> None:
    assert printable(text) == shown


def reported_by_the_command(bag: Path, tmp_path: Path) -> tuple[list[str], str]:
    """What the command prints, and what it writes for programs."""
    out = tmp_path / "report.json"
    result = CliRunner().invoke(cli, ["verify", str(bag), "--json", str(out)], standalone_mode=False)
    assert result.return_value == 1, result.exception
    return result.output.splitlines(), out.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [FORGED.encode(), b"\xff", b"\x1b[1A\x1b[2K"])
def test_a_file_whose_name_forges_lines(bag: Path, tmp_path: Path, name: bytes) -> None:
    Path(os.fsdecode(os.fsencode(bag / "data") + b"/" + name)).write_bytes(b"")
    lines, written = reported_by_the_command(bag, tmp_path)
    assert [line for line in lines if line.startswith("结　论")] == ["结　论：归档不可信：文件核对不符"]
    assert not any(set(line) & set("\x1b\udcff") for line in (*lines, written))
    assert json.loads(written)["holds"] is False


def test_an_archive_to_be_replaced_whose_files_forge_lines(bag: Path, tmp_path: Path) -> None:
    (bag / "data" / FORGED.replace("/", "")).write_bytes(b"")
    run = reported(tmp_path / "made")
    call = ["archive", "2017", "--raw", run.raw, "--out-of", run.out, "--to", tmp_path / "a", "--replaces", bag]
    result = CliRunner().invoke(cli, [str(word) for word in call], standalone_mode=False)
    assert isinstance(result.exception, click.ClickException)
    assert "并不完好" in result.exception.message
    assert "\n" not in result.exception.message


@pytest.mark.parametrize("text", [FORGED, "\udcff", "\x1b[1A\x1b[2K"])
def test_a_label_whose_text_forges_lines(bag: Path, tmp_path: Path, text: str) -> None:
    path = bag / "data" / "标签.json"
    edit_json(path, lambda label: label.update(lacking=[{"kind": "sample", "of": "@", "message": "@"}]))
    path.write_text(path.read_text(encoding="utf-8").replace('"@"', json.dumps(text)), encoding="utf-8")
    reseal(bag)
    lines, written = reported_by_the_command(bag, tmp_path)
    assert [line for line in lines if line.startswith("结　论")] == lines[-1:]
    assert not any(set(line) & set("\x1b\udcff") for line in (*lines, written))


# --- The conclusion --------------------------------------------------------------------------------------------------


def test_what_was_not_asked_for_is_reported(sealed: Sealed) -> None:
    verified = verify(sealed.folder, Asked())
    assert verified.lines()[-1] == (
        "结　论：已进行的核对全部相符；没有加 --rerun，网页、PDF、笔记本的内容和台账的公式没有核对"
    )
    report = verified.to_json()
    assert (report["holds"], report["outcome"]) == (True, "holds")
    assert f"结　论：{report['conclusion']}" == verified.lines()[-1]


def test_a_part_that_was_asked_for_and_could_not_be_done_is_no_agreement(bag: Path, tmp_path: Path) -> None:
    for folder in ("方案/leiyang_2017", "程序/scoring/schemes/leiyang_2017"):
        edit(bag / "data" / folder / "scheme.toml", "绩效考核指标体系", "绩效考核指标")
    reseal(bag)
    assert verify(bag, Asked()).holds
    verified = verify(bag, Asked(rerun=True))
    assert verified.outcome == "unfinished"
    assert "重做报告未进行（归档的程序或方案与本程序的不同；请加 --with-archived" in verified.conclusion
    out = tmp_path / "report.json"
    call = ["verify", str(bag), "--rerun", "--json", str(out)]
    assert CliRunner().invoke(cli, call, standalone_mode=False).return_value == 1
    assert json.loads(out.read_bytes())["outcome"] == "unfinished"
