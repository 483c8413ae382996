"""Every file of an archive that was changed, removed, added or replaced by a link is named."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from archiving import reseal, reseal_tags

from scoring.archive.layout import MANIFEST, PAYLOAD, SEAL, STAGING, TAG_MANIFEST, UnusableArchive
from scoring.archive.seal.bag import Sealed
from scoring.archive.verify import fixity
from scoring.archive.verify.fixity import check_fixity
from scoring.archive.verify.run import Asked, verify

EVIDENCE = f"{PAYLOAD}/佐证/人社局.xlsx"
OTHER = f"{PAYLOAD}/佐证/教育局.xlsx"


def messages(bag: Path) -> list[str]:
    """The differences that are found."""
    return [str(difference) for difference in check_fixity(bag).differences]


@pytest.mark.thorough
def test_any_single_byte_of_any_file_is_found_and_named(bag: Path) -> None:
    chance = random.Random(20171231)  # noqa: S311 - nothing secret
    files = sorted(path for path in bag.rglob("*") if path.is_file())
    assert len(files) > 60
    every = [*files, *chance.choices(files, k=500 - len(files))]
    for path in every:
        before, name = path.read_bytes(), path.relative_to(bag).as_posix()
        at, by = chance.randrange(len(before)), chance.randrange(1, 256)
        path.write_bytes(before[:at] + bytes([before[at] ^ by]) + before[at + 1 :])
        found = messages(bag)
        assert any(name in line for line in found), (name, at, by, found)
        assert len(found) <= 4, (name, at, by, found)  # No other file is named.
        path.write_bytes(before)
    assert messages(bag) == []


@pytest.mark.parametrize("name", [EVIDENCE, MANIFEST, TAG_MANIFEST, SEAL, "bagit.txt", "bag-info.txt", "归档说明.txt"])
def test_a_file_that_was_removed(bag: Path, name: str) -> None:
    (bag / name).unlink()
    assert f"{name}：缺失" in messages(bag)


@pytest.mark.parametrize("name", ["新来的.txt", f"{PAYLOAD}/佐证/某局.xlsx", f"{PAYLOAD}/.hidden", "meta/新来的.txt"])
def test_a_file_that_was_added(bag: Path, name: str) -> None:
    (bag / name).parent.mkdir(exist_ok=True)
    (bag / name).write_bytes(b"")
    assert messages(bag) == [f"{name}：多出的文件，不在清单中"]


def test_a_file_that_was_renamed(bag: Path) -> None:
    (bag / EVIDENCE).rename(bag / PAYLOAD / "佐证" / "某局.xlsx")
    assert messages(bag) == [f"{EVIDENCE}：缺失", f"{PAYLOAD}/佐证/某局.xlsx：多出的文件，不在清单中"]


def test_two_files_that_were_swapped(bag: Path) -> None:
    aside = (bag / EVIDENCE).rename(bag.parent / "aside")
    (bag / OTHER).rename(bag / EVIDENCE)
    aside.rename(bag / OTHER)
    assert messages(bag) == [f"{EVIDENCE}：内容被改动", f"{OTHER}：内容被改动"]


def test_a_junction_of_windows_is_not_followed(bag: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (bag / PAYLOAD / "junction").mkdir()
    real = os.scandir

    class Entry:
        """An entry as Python 3.12 gives it on Windows: a folder that is a junction."""

        def __init__(self, entry: os.DirEntry[str]) -> None:
            self.name, self.path, self.is_dir, self.is_file = entry.name, entry.path, entry.is_dir, entry.is_file

        def is_junction(self) -> bool:
            return self.name == "junction"

    monkeypatch.setattr(fixity.os, "scandir", lambda folder: [Entry(entry) for entry in real(folder)])
    assert messages(bag) == [f"{PAYLOAD}/junction：是符号链接或特殊文件，归档中不应有，没有跟随"]


@pytest.mark.parametrize("name", ["fetch.txt", "更正通知.txt", "manifest-sha256.txt"])
def test_a_tag_file_that_no_archive_has_though_it_is_listed(bag: Path, name: str) -> None:
    (bag / name).write_bytes(b"")
    reseal_tags(bag, name)
    assert messages(bag) == [f"{name}：归档中不应有的文件"]


def test_a_symbolic_link_is_not_followed(bag: Path) -> None:
    outside = (bag / EVIDENCE).rename(bag.parent / "outside.xlsx")
    (bag / EVIDENCE).symlink_to(outside)
    assert f"{EVIDENCE}：是符号链接或特殊文件，归档中不应有，没有跟随" in messages(bag)
    (bag / PAYLOAD / "link").symlink_to(bag.parent, target_is_directory=True)
    assert f"{PAYLOAD}/link：是符号链接或特殊文件，归档中不应有，没有跟随" in messages(bag)


@pytest.mark.parametrize("path", ["../outside.txt", "/etc/hostname", "data/../../outside.txt", "C:/x", "data\\..\\x"])
def test_a_path_that_leaves_the_archive_is_not_read(bag: Path, path: str) -> None:
    with (bag / MANIFEST).open("a", encoding="utf-8") as manifest:
        manifest.write(f"{'0' * 128}  {path}\n")
    found = messages(bag)
    assert any(f"“{path}”越出了归档" in line for line in found)
    assert f"{MANIFEST}：内容被改动" in found


def test_a_manifest_edited_to_match_is_found_by_the_manifest_above_it(bag: Path) -> None:
    (bag / EVIDENCE).write_bytes(b"forged")
    kept = (bag / TAG_MANIFEST).read_bytes(), (bag / SEAL).read_bytes()
    reseal(bag)
    (bag / TAG_MANIFEST).write_bytes(kept[0])
    (bag / SEAL).write_bytes(kept[1])
    assert f"{MANIFEST}：内容被改动" in messages(bag)


def test_manifest_and_tag_manifest_edited_to_match_are_found_by_the_seal(bag: Path) -> None:
    (bag / EVIDENCE).write_bytes(b"forged")
    kept = (bag / SEAL).read_bytes()
    reseal(bag)
    (bag / SEAL).write_bytes(kept)
    assert messages(bag) == [f"{TAG_MANIFEST}、{SEAL}：互不相符，二者之一被改动"]


def test_all_edited_to_match_is_found_by_the_identifier_that_was_noted(sealed: Sealed, bag: Path) -> None:
    (bag / PAYLOAD / "程序" / "README.md").write_text("forged", encoding="utf-8")
    reseal(bag)
    assert messages(bag) == []
    verified = verify(bag, Asked())
    assert verified.holds  # Nothing shows it, and the notes say so:
    assert any("没有签名" in line for line in verified.lines())
    verified = verify(bag, Asked(expected=sealed.identifier[:32]))
    assert not verified.holds
    assert any("归档编号与登记的不同" in line for line in verified.lines())


def test_an_unfinished_archive_is_refused(bag: Path) -> None:
    left = bag.parent / f"{STAGING}x"
    left.mkdir()
    with pytest.raises(UnusableArchive, match="没有完成"):
        verify(bag.rename(left / "归档"), Asked())


def test_a_broken_archive_is_not_scored_again(bag: Path) -> None:
    (bag / EVIDENCE).write_bytes(b"forged")
    lines = verify(bag, Asked(archived_source=True, rerun=True)).lines()
    assert f"　　{EVIDENCE}：内容被改动" in lines
    assert "四、重新计算得分：未进行：文件、签名或编号核对未通过" in lines
    assert lines[-1] == "结　论：归档不可信：文件核对不符"


def test_folders_however_deep(bag: Path) -> None:
    folders = [f"{bag / PAYLOAD}{'/d' * depth}" for depth in range(1, 1100)]
    for folder in folders:
        os.mkdir(folder)  # noqa: PTH102 - pathlib runs out of its stack here
    try:
        assert messages(bag) == []
    finally:
        for folder in reversed(folders):
            os.rmdir(folder)  # noqa: PTH106
