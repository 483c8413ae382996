"""Names that a disk keeps decomposed (an old macOS disk) are the same names: told as that, not as a forged archive."""

from __future__ import annotations

import shutil
import unicodedata
from pathlib import Path

import pytest
from archiving import official, rescored, slim
from batching import asked

from scoring.archive.make import archive
from scoring.archive.verify.run import Asked, verify

DEPARTMENTS = ("人社局", "Café局")


@pytest.fixture
def bag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An archive of a department whose name has a character that Unicode can write in two ways."""
    slim(monkeypatch)
    raw, out = tmp_path / "raw" / "2017", tmp_path / "out" / "2017"
    raw.mkdir(parents=True)
    for name in DEPARTMENTS:
        official(name).save(raw)
    run = asked(raw, out, departments=DEPARTMENTS)
    rescored(run)
    return archive(run, tmp_path / "archives").folder


def decomposed(bag: Path) -> int:
    """Rename everything in a folder as an old macOS disk would; says how many files stand under other names."""
    before = {path for path in bag.rglob("*") if path.is_file()}
    for path in sorted(bag.rglob("*"), key=lambda path: len(path.parts), reverse=True):
        path.rename(path.with_name(unicodedata.normalize("NFD", path.name)))
    return len({path for path in bag.rglob("*") if path.is_file()} - before)


def test_decomposed_names_are_told_as_that(bag: Path, tmp_path: Path) -> None:
    renamed = decomposed(bag)
    packed = Path(shutil.make_archive(str(tmp_path / "packed"), "zip", bag.parent, bag.name))
    assert renamed
    for path in (bag, packed):
        verified = verify(path, Asked())
        assert verified.holds, verified.lines()
        assert any(f"{renamed} 个文件名在磁盘上是 Unicode 的另一种写法" in line for line in verified.lines())


def test_a_changed_file_under_a_decomposed_name_is_still_told(bag: Path) -> None:
    decomposed(bag)
    scorecard = next(path for path in bag.rglob("scorecard.json") if path.parent.name.startswith("Cafe"))
    scorecard.write_bytes(scorecard.read_bytes().replace(b"100", b"101", 1))
    verified = verify(bag, Asked())
    assert not verified.holds
    assert any("Café局" in line and "内容被改动" in line for line in verified.lines())
