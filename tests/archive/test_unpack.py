"""A .zip from anywhere: what is not safe is refused before anything is written."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from scoring.archive import unpack
from scoring.archive.layout import DamagedArchive, UnusableArchive
from scoring.archive.opened import opened
from scoring.archive.seal.bag import Sealed
from scoring.archive.unpack import unpacked


@pytest.fixture
def rewritten(sealed: Sealed, tmp_path: Path) -> Callable[..., Path]:
    """A changed copy of the .zip."""

    def rewrite(change: Callable[[zipfile.ZipInfo, bytes], bytes] = lambda _, content: content, **added: bytes) -> Path:
        path = tmp_path / "archive.zip"
        with zipfile.ZipFile(sealed.packed) as before, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as after:
            for entry in before.infolist():
                content = change(entry, before.read(entry))
                after.writestr(entry, content)
            for name, content in added.items():
                after.writestr(name.replace("TOP", sealed.folder.name), content)
        return path

    return rewrite


def refusal(path: Path) -> str:
    with pytest.raises(UnusableArchive) as refused, unpacked(path):
        pass
    return str(refused.value)


def test_the_zip_is_the_folder(sealed: Sealed) -> None:
    with opened(sealed.packed) as archive:
        names = {path.relative_to(archive.bag) for path in archive.bag.rglob("*")}
        assert names == {path.relative_to(sealed.folder) for path in sealed.folder.rglob("*")}
        place = archive.bag
    assert not place.exists()


@pytest.mark.parametrize(
    "name",
    [
        "../evil.txt",
        "TOP/../../evil.txt",
        "/evil.txt",
        "TOP\\..\\evil.txt",
        "C:evil.txt",
        "TOP//evil.txt",
        "TOP/a\x07",
        f"TOP/{'深/' * 300}",
        "TOP/data/CON",
        "TOP/data/nul.txt",
        "TOP/com1/a.txt",
        "TOP/data/a.",
        "TOP/data/a ",
        "TOP/data /a",
        "TOP/data/.hidden",
        "TOP/data/零宽\u200b",
    ],
)
def test_a_name_that_leaves_the_folder(rewritten: Callable[..., Path], tmp_path: Path, name: str) -> None:
    message = refusal(rewritten(**{name: b"evil"}))
    assert "拒绝解开" in message
    assert not list(tmp_path.parent.rglob("evil.txt"))


def test_a_symbolic_link(rewritten: Callable[..., Path]) -> None:
    def link(entry: zipfile.ZipInfo, content: bytes) -> bytes:
        if entry.filename.endswith("标签.json"):
            entry.external_attr = (stat.S_IFLNK | 0o777) << 16
            return b"/etc/hostname"
        return content

    assert "是符号链接或特殊文件，拒绝解开" in refusal(rewritten(link))


def test_the_same_name_twice(rewritten: Callable[..., Path]) -> None:
    assert "出现了两次" in refusal(rewritten(**{"TOP/DATA/标签.json": b"{}"}))


def test_a_second_folder(rewritten: Callable[..., Path]) -> None:
    assert "应当只有一个归档文件夹" in refusal(rewritten(**{"other/bagit.txt": b""}))


def test_a_bomb(rewritten: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "MOST_TIMES", 20)  # of the .zip's half a megabyte
    assert "疑为压缩炸弹" in refusal(rewritten(**{"TOP/data/零": bytes(40 * 2**20)}))


def test_more_entries_than_an_archive_has(sealed: Sealed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "MOST_ENTRIES", 10)
    assert "超过 10 项的上限" in refusal(sealed.packed)


def test_an_entry_that_says_it_is_small(sealed: Sealed, tmp_path: Path) -> None:
    """The central directory lies about a size; the bytes that follow are not written out."""
    path = listed_otherwise(sealed, tmp_path, 24, (1).to_bytes(4, "little"))
    assert "拒绝解开" in refusal(path) or "不是完好的" in refusal(path)


def test_a_damaged_file_is_named(sealed: Sealed, tmp_path: Path) -> None:
    """The central directory has another checksum for it."""
    path = listed_otherwise(sealed, tmp_path, 16, bytes(4))
    assert refusal(path).endswith(f"其中 1 个文件已损坏：{sealed.folder.name}/data/标签.json")


def listed_otherwise(sealed: Sealed, folder: Path, offset: int, field: bytes) -> Path:
    """The .zip with another field in the label's entry of the central directory."""
    content = bytearray(sealed.packed.read_bytes())
    name = f"{sealed.folder.name}/data/标签.json".encode()
    at = content.rfind(name) - 46
    assert content[at : at + 4] == b"PK\x01\x02"
    content[at + offset : at + offset + len(field)] = field
    path = folder / "lying.zip"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("cut", [0, 100, 100_000])
def test_a_file_that_is_not_a_zip(sealed: Sealed, tmp_path: Path, cut: int) -> None:
    path = tmp_path / "cut.zip"
    path.write_bytes(sealed.packed.read_bytes()[:cut])
    assert "不是完好的 .zip 文件" in refusal(path)


@pytest.mark.parametrize("seed", range(20))
def test_damage_anywhere_is_reported_in_chinese(sealed: Sealed, tmp_path: Path, seed: int) -> None:
    """Two bytes anywhere, in the directory at the end too; in unused fields it is no damage."""
    content, chosen = bytearray(sealed.packed.read_bytes()), Random(seed)  # noqa: S311 - nothing secret
    for _ in range(2):
        content[chosen.choice([chosen.randrange(len(content)), -chosen.randrange(1, 30_000)])] ^= 0x55
    path = tmp_path / "damaged.zip"
    path.write_bytes(content)
    message = ""
    try:
        with unpacked(path):
            pass
    except UnusableArchive as error:
        message = str(error)
    beginnings = ("压缩包", f"{path} 不是完好的 .zip 文件：目录读不出来", f"{path} 不是完好的 .zip 文件：其中 ")
    assert message == "" or message.startswith(beginnings)


def test_every_damaged_file_is_named(sealed: Sealed, tmp_path: Path) -> None:
    content, names = bytearray(sealed.packed.read_bytes()), []
    with zipfile.ZipFile(sealed.packed) as packed:
        for entry in [entry for entry in packed.infolist() if entry.compress_size > 2000][:3]:
            content[entry.header_offset + 1000] ^= 0xFF
            names.append(entry.filename)
    path = tmp_path / "damaged.zip"
    path.write_bytes(content)
    with pytest.raises(DamagedArchive) as refused, unpacked(path):
        pass
    assert str(refused.value) == f"{path} 不是完好的 .zip 文件：其中 3 个文件已损坏：{'、'.join(names)}"
