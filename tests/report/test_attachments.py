"""Files that rows name, in a department's report: named, listed with their digests, pictures shown."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import struct
import zlib
from pathlib import Path

import openpyxl
import pdfua
import pytest
from attaching import attach, naming, picture
from bs4 import BeautifulSoup
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pypdf import PdfReader

from scoring import load_scheme
from scoring.base.names import department_files
from scoring.batch.plan import sources_of
from scoring.batch.task import DEPARTMENT, Made, Task
from scoring.batch.workers.runners import made_alone
from scoring.report.view.pictures import thumbnail

NAME = "人社局"
FILES = department_files(NAME, 2017)
HIDDEN = "拍摄于某处"


def bomb(side: int = 50_000) -> bytes:
    """A PNG of few bytes that claims 2.5 thousand million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(10_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def with_metadata() -> bytes:
    info = PngInfo()
    info.add_text("Comment", HIDDEN)
    return picture(pnginfo=info)


def turned() -> bytes:
    """A photograph taken with the camera on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return picture("JPEG", size=(1200, 600), exif=exif)


def made(folder: Path, **parameters: bool) -> Made:
    """The report about a workbook that names all kinds of files."""
    files = {"首页__png": with_metadata(), "照片__jpg": turned(), "报告__pdf": b"%PDF-1.7", "炸弹__png": bomb()}
    attach(folder, **files)
    workbook = naming("首页.png、照片.jpg", "报告.pdf、首页.png", "炸弹.png").save(folder)
    sources = sources_of([workbook], load_scheme(2017))[NAME]
    given = {"department": NAME, "year": 2017, "rank": 1, "ranked": 1, **parameters}
    done = made_alone(Task(DEPARTMENT, NAME, 2017, sources, given, FILES))
    assert not done.problem
    return done


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return made(tmp_path_factory.mktemp("report"))


def test_the_page_names_lists_and_shows_them(report: Made) -> None:
    page = BeautifulSoup(report.files[FILES.html], "html5lib")
    assert "［附件：首页.png、照片.jpg］" in page.get_text()
    rows = page.select_one('table[aria-label="附件"]').select("tbody tr")
    cells = [[cell.get_text() for cell in row.select("th, td")] for row in rows]
    assert [row[:2] for row in cells] == [
        ["1", "首页.png"],
        ["2", "照片.jpg"],
        ["3", "报告.pdf"],
        ["4", "炸弹.png（不能显示的图片）"],
    ]
    assert re.fullmatch(r"《监测发现》第2行、《监测发现》第3行；认定事项 \d+、\d+", cells[0][2])
    assert cells[2][3:] == ["8 字节", re.sub("(.{8})(?=.)", r"\1 ", hashlib.sha256(b"%PDF-1.7").hexdigest())]
    shown = page.select('figure img[src^="data:image/jpeg"]')
    assert [one["alt"] for one in shown] == ["附件1的图片：首页.png", "附件2的图片：照片.jpg"]
    assert "附件1　首页.png（《监测发现》第2行" in shown[0].parent.figcaption.get_text()
    pictures = [Image.open(io.BytesIO(base64.b64decode(one["src"].partition(",")[2]))) for one in shown]
    assert [one.size for one in pictures] == [(1000, 563), (500, 1000)], "the photograph stands upright"


def test_the_paper_shows_them_and_keeps_to_its_standards(report: Made) -> None:
    content = report.files[FILES.pdf]
    assert pdfua.complaints(content) == []
    reader = PdfReader(io.BytesIO(content))
    text = "".join(page.extract_text() for page in reader.pages)
    assert "照片.jpg" in text
    assert sum(len(page.images) for page in reader.pages) == 2
    assert len(list(reader.attachment_list)) == 2, "the workbook and the scorecard, no originals of pictures"


def test_the_ledger_names_them(report: Made) -> None:
    book = openpyxl.load_workbook(io.BytesIO(report.files[FILES.excel]))
    cells = [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]
    assert any("附件：首页.png、照片.jpg" in cell for cell in cells)


def test_no_metadata_gets_out(report: Made) -> None:
    assert all(HIDDEN.encode() not in content for content in report.files.values())


def test_without_evidence_they_are_only_counted(tmp_path: Path) -> None:
    done = made(tmp_path, evidence=False)
    page = done.files[FILES.html].decode()
    assert "佐证有附件 4 个（其中图片 3 个），本报告不列出。" in page
    for content in (done.files[FILES.html], done.files["scorecard.json"], done.files[FILES.notebook]):
        assert "首页.png" not in content.decode()
    assert b"data:image/jpeg" not in done.files[FILES.html]


@pytest.mark.parametrize(
    ("kind", "modes"),
    {"PNG": "RGBA LA P L 1 I;16", "JPEG": "RGB L CMYK", "GIF": "P", "BMP": "RGB P 1", "WEBP": "RGBA"}.items(),
)
def test_pictures_of_every_kind(tmp_path: Path, kind: str, modes: str) -> None:
    for mode in modes.split():
        _show(tmp_path / "图", kind, mode)


def _show(path: Path, kind: str, mode: str) -> None:
    source = Image.open(io.BytesIO(picture(size=(30, 20))))
    source.convert("L" if mode == "I;16" else mode).convert(mode).save(path, kind)
    first = thumbnail(path)
    assert first is not None
    assert first == thumbnail(path)
    assert Image.open(io.BytesIO(first)).size == (30, 20)


@pytest.mark.parametrize(
    "content",
    {
        "cut off": picture()[:-200],
        "only a head": b"\x89PNG\r\n\x1a\n",
        "a bomb": bomb(),
        "no picture": b"%!PS-Adobe-3.0 EPSF-3.0\n",
        "a large one": b"BM" + bytes(8) + b"\x36\0\0\0\x28\0\0\0" + struct.pack("<ii", 2**30, 2**30) + bytes(40),
    }.values(),
)
def test_what_is_no_sound_picture_is_not_shown(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "图.png"
    path.write_bytes(content)
    assert thumbnail(path) is None
