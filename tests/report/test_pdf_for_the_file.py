"""A department's PDF for the file: accessible, archivable, with its evidence attached."""

from __future__ import annotations

import errno
import hashlib
import io
import random
import shutil
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pdfua
import pikepdf
import pytest
from bs4 import BeautifulSoup
from calling import Run
from pikepdf import Array, AttachedFileSpec, Dictionary, Name, Pdf, Stream

from scoring import load_scheme
from scoring.base.names import SCORECARD, department_files
from scoring.batch.plan import sources_of
from scoring.batch.task import DEPARTMENT, Made, Task
from scoring.batch.workers.runners import made_alone
from scoring.report.render import attachments
from scoring.report.render.attachments import LARGEST_FILES, MOST_FILES, NotExtracted, attached_in, take_out
from scoring.report.render.exporters import ScorecardPDFExporter
from scoring.report.render.paper import Attached, pdf_of
from scoring.report.render.screen import about_page
from scoring.report.view.blocks import chart, column, heading, link, paragraph, table

NAME = "人社局"
FILES = department_files(NAME, 2017)
RAW = Path(__file__).parents[2] / "data" / "raw" / "2017"
BARE = [heading(1, "x")], about_page({})
WORKBOOK = RAW / f"{NAME}.xlsx"


@pytest.fixture(scope="module")
def made() -> Made:
    parameters = {"department": NAME, "year": 2017, "rank": 1, "ranked": 8}
    done = made_alone(Task(DEPARTMENT, NAME, 2017, sources_of([WORKBOOK], load_scheme(2017))[NAME], parameters, FILES))
    assert not done.problem
    return done


@pytest.fixture(scope="module")
def content(made: Made) -> bytes:
    return made.files[FILES.pdf]


# --- Accessible and archivable


def test_the_one_that_nbconvert_makes_by_hand_is_what_it_says_it_is(made: Made) -> None:
    notebook = nbformat.reads(made.files[FILES.notebook].decode(), as_version=4)
    by_hand = ScorecardPDFExporter().from_notebook_node(notebook)[0]
    assert pdfua.complaints(by_hand) == []
    with pikepdf.open(io.BytesIO(by_hand)) as opened:
        assert "/AF" not in opened.Root
        assert not opened.attachments


SQUARE = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><rect width="20" height="20"/></svg>'
#: A page with one of everything.
PAGE = [
    heading(1, "标题"),
    heading(2, "一、甲", "a"),
    paragraph("见", link("甲", "#a")),
    table([column("名"), column("分", number=True)], [["乙", "1"], ["丙", "2"]], label="表"),
    chart(SQUARE, "方形", "题", "说明", paper=True),
]


def in_structure(kind: str, change: Callable[[Any], None]) -> Callable[[Pdf], None]:
    """A fault in the first element of a kind."""
    return lambda pdf: change(next(e.object for e in pdfua.Checked(pdf).elements if e.kind == kind))


def painted(before: bytes, after: bytes) -> Callable[[Pdf], None]:
    """A fault in what the first page paints."""

    def change(pdf: Pdf) -> None:
        content = pdf.pages[0].Contents.read_bytes()
        assert before in content
        pdf.pages[0].Contents = pdf.make_stream(content.replace(before, after, 1))

    return change


def in_font(change: Callable[[Any], None]) -> Callable[[Pdf], None]:
    return lambda pdf: change(next(iter(pdf.pages[0].Resources.Font.values())))


def in_metadata(before: bytes, after: bytes) -> Callable[[Pdf], None]:
    def change(pdf: Pdf) -> None:
        written = pdf.Root.Metadata.read_bytes()
        assert before in written
        pdf.Root.Metadata.write(written.replace(before, after))

    return change


def lose(*keys: str) -> Callable[[Any], None]:
    """Take a key away."""

    def change(found: Any) -> None:
        for key in keys[:-1]:
            found = found[key]
        del found[keys[-1]]

    return change


def set_to(key: str, value: Any) -> Callable[[Any], None]:
    return lambda found: found.__setitem__(key, value)


def of_a_table(change: Callable[[Any], None]) -> Callable[[Any], None]:
    """A fault in what a cell says of its place in the table."""
    return lambda cell: change(next(attributes for attributes in cell.A if attributes["/O"] == "/Table"))


FAULTS = {
    "7.2 language": lambda pdf: lose("/Lang")(pdf.Root),
    "6.2 not marked": lambda pdf: lose("/MarkInfo")(pdf.Root),
    "7.1 title is not shown": lambda pdf: lose("/ViewerPreferences")(pdf.Root),
    "A 6.2.3 output intent": lambda pdf: lose("/OutputIntents")(pdf.Root),
    "A 6.5 actions": lambda pdf: set_to("/OpenAction", Dictionary(S=Name.JavaScript))(pdf.Root),
    "A 6.6.4 not declared": in_metadata(b"conformance>A<", b"conformance>B<"),
    "5 not declared": in_metadata(b"<pdfuaid:part>1</pdfuaid:part>", b""),
    "A 6.6.2.3 property": in_metadata(b"namespaceURI>http", b"namespaceURI>ftp"),
    "7.1 title": lambda pdf: lose("/Title")(pdf.docinfo),
    "of no standard type": in_structure("P", set_to("/S", Name.Chapter)),
    "without its parent": in_structure("TR", lose("/P")),
    "in TR": in_structure("TD", set_to("/S", Name.P)),
    "7.4.2 headings": in_structure("H2", set_to("/S", Name.H4)),
    "7.17 bookmarks": in_structure("H2", set_to("/S", Name.P)),
    "7.3 figure without words": in_structure("Figure", lose("/Alt")),
    "7.3 figure outside": in_structure("Figure", lambda one: set_to("/BBox", Array([0, 900, 9, 999]))(one.A[0])),
    "7.2 rows of": in_structure("TD", of_a_table(set_to("/ColSpan", 3))),
    "7.5 header without scope": in_structure("TH", of_a_table(lose("/Scope"))),
    "7.5 header that is not found": in_structure("TH", lose("/ID")),
    "7.5 cell without header": in_structure("TD", of_a_table(lose("/Headers"))),
    "7.1 f* is neither": painted(b"EMC", b"EMC 0 0 9 9 re f* "),
    "7.1 content that is not in the tree": painted(b"/Span<</MCID 3>>BDC", b"/Artifact BMC"),
    "within marked content": painted(b"/Span<</MCID 3>>BDC", b"/Artifact BMC /Artifact BMC EMC"),
    "7.18.3 order of tabs": lambda pdf: lose("/Tabs")(pdf.pages[0]),
    "outside the tree": lambda pdf: set_to("/Annots", Array([pdf.make_indirect(Dictionary(Subtype=Name.Link))]))(
        pdf.pages[0]
    ),
    "is not embedded": in_font(lambda font: lose("/FontFile3")(font.DescendantFonts[0].FontDescriptor)),
    "characters without Unicode": in_font(lose("/ToUnicode")),
}


@pytest.fixture(scope="module")
def page() -> bytes:
    made = pdf_of(PAGE, about_page({}))
    assert pdfua.complaints(made) == []
    return made


@pytest.mark.parametrize("message", FAULTS)
def test_the_check_finds(message: str, page: bytes) -> None:
    """Each check reports the fault it is for."""
    with pikepdf.open(io.BytesIO(page)) as opened:
        FAULTS[message](opened)
        opened.save(harmed := io.BytesIO(), fix_metadata_version=False)
    assert any(message in complaint for complaint in pdfua.complaints(harmed.getvalue()))


def test_the_check_finds_encryption(page: bytes) -> None:
    assert "A 6.1.3 encrypted" in pdfua.complaints(encrypted(page))


@pytest.mark.parametrize("flavour", ["3a", "3b", "ua1"])
def test_verapdf_finds_nothing(flavour: str, content: bytes, tmp_path: Path) -> None:
    command = shutil.which("verapdf")
    if command is None:
        pytest.skip("veraPDF is not installed")
    (tmp_path / "report.pdf").write_bytes(content)
    arguments = [command, "--flavour", flavour, "--format", "text", "-v", str(tmp_path / "report.pdf")]
    result = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert result.stdout.startswith("PASS"), result.stdout + result.stderr


# --- The evidence is attached


def test_the_scorecard_and_the_evidence_are_inside(made: Made, content: bytes) -> None:
    inside = {SCORECARD: made.files[SCORECARD], WORKBOOK.name: WORKBOOK.read_bytes()}
    formats = {SCORECARD: "json", WORKBOOK.name: "vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
    with pikepdf.open(io.BytesIO(content)) as opened:
        names = list(opened.Root.Names.EmbeddedFiles.Names)
        assert [bytes(name) for name in names[::2]] == sorted(bytes(name) for name in names[::2])
        assert [each.objgen for each in opened.Root.AF] == [each.objgen for each in names[1::2]]
        assert [str(each.AFRelationship) for each in names[1::2]] == ["/Data", "/Source"]
        for described, (name, expected) in zip(names[1::2], inside.items(), strict=True):
            assert (described.Type, described.UF) == ("/Filespec", name)
            what, _, digest = str(described.Desc).partition("，SHA-256 ")
            assert what in {"评分结果数据", "佐证工作簿"}
            assert digest == hashlib.sha256(expected).hexdigest()
            file = described.EF.F
            assert file.read_bytes() == expected
            assert (file.Type, file.Subtype) == ("/EmbeddedFile", f"/application/{formats[name]}")
            assert file.Params.Size == len(expected)
            assert str(file.Params.ModDate) == "D:20171231000000Z"


def test_files_inside_are_in_the_order_of_their_names() -> None:
    """In PDF's order of names, else readers do not find them."""
    files = [Attached(name, name.encode(), "x") for name in ("乙.xlsx", "b.json", "a甲.xlsx", "a.json")]
    made, again = (pdf_of(*BARE, attached=given) for given in (files, files[::-1]))
    assert made == again
    with pikepdf.open(io.BytesIO(made)) as opened:
        names, described = (list(opened.Root.Names.EmbeddedFiles.Names)[at::2] for at in (0, 1))
        assert [bytes(name) for name in names] == sorted(bytes(name) for name in names)
        assert {str(one.UF): one.EF.F.read_bytes() for one in described} == {one.name: one.content for one in files}
        assert {str(one.EF.F.Subtype) for one in described} == {"/application/octet-stream"}


def test_the_report_says_so(made: Made) -> None:
    page = BeautifulSoup(made.files[FILES.html], "html.parser").text
    assert "PDF 版内附佐证文件和评分结果 scorecard.json" in page


@pytest.fixture
def pdf(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / FILES.pdf
    path.write_bytes(content)
    return path


def test_extract_gives_them_back_byte_for_byte(
    pdf: Path, made: Made, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    monkeypatch.chdir(pdf.parent)
    for _ in "ab":  # What is there already, alike, is no obstacle.
        assert run("extract", pdf.name) == (0, f"已取出 2 个附件：{SCORECARD}、{WORKBOOK.name}；在 {pdf.stem}\n", "")
    folder = pdf.with_suffix("")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        SCORECARD: made.files[SCORECARD],
        WORKBOOK.name: WORKBOOK.read_bytes(),
    }
    assert run("extract", pdf, "--to", pdf.parent / "别处")[0] == 0
    assert (pdf.parent / "别处" / SCORECARD).read_bytes() == made.files[SCORECARD]


def test_extract_overwrites_nothing(pdf: Path, run: Run) -> None:
    mine = pdf.parent / "我的" / WORKBOOK.name
    mine.parent.mkdir()
    mine.write_bytes(b"mine")
    code, out, err = run("extract", pdf, "--to", mine.parent)
    assert (code, out) == (1, "")
    assert f"已有内容不同的 {WORKBOOK.name}，没有覆盖" in err
    assert [path.read_bytes() for path in mine.parent.iterdir()] == [b"mine"]


def test_extract_writes_all_or_none(pdf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = attachments.write_new

    def full(path: Path, written: bytes) -> None:
        if path.name == WORKBOOK.name:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(path, written)

    monkeypatch.setattr(attachments, "write_new", full)
    with pytest.raises(NotExtracted, match=r"附件写不进 .*磁盘已满"):
        take_out(pdf, pdf.parent / "to")
    assert list((pdf.parent / "to").iterdir()) == []


def test_extract_does_not_follow_a_link_that_was_laid_for_it(pdf: Path) -> None:
    folder = pdf.parent / "to"
    folder.mkdir()
    (folder / SCORECARD).symlink_to(pdf.parent / "elsewhere")
    with pytest.raises(NotExtracted, match="附件写不进"):
        take_out(pdf, folder)
    assert not (pdf.parent / "elsewhere").exists()


def test_extract_says_what_is_wrong_with_the_call(tmp_path: Path, run: Run) -> None:
    assert run("extract", tmp_path / "没有.pdf")[0] == 2
    assert run("extract")[0] == 2


# --- A PDF from anywhere


def encrypted(content: bytes, **how: Any) -> bytes:
    with pikepdf.open(io.BytesIO(content)) as opened:
        opened.save(made := io.BytesIO(), encryption=pikepdf.Encryption(owner="o", **how))
    return made.getvalue()


def with_files(*files: tuple[str, bytes]) -> bytes:
    """A PDF with these files inside, under any names."""
    pdf = Pdf.new()
    pdf.add_blank_page()
    names: list[Any] = []
    for number, (name, inside) in enumerate(files):
        described = AttachedFileSpec(pdf, inside, filename="x").obj
        described.F = described.UF = name
        names += [f"{number:03}", described]
    pdf.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=Array(names)))
    pdf.save(made := io.BytesIO())
    return made.getvalue()


NOT_EXTRACTED = {
    "不是 PDF 文件": b"PK\x03\x04 something else",
    "不是 PDF": b"",
    "已加密": encrypted(with_files(("a", b"b"))),
    "来件.pdf 已加密": encrypted(with_files(("a", b"b")), user="secret"),
    "已加密，无法": encrypted(with_files(("a", b"b")), R=4, aes=False, metadata=False),
    "没有附件": with_files(),
    "已损坏": b"%PDF-1.7\n%%EOF",
    "附件名“../上层.xlsx”含有": with_files(("../上层.xlsx", b"")),
    "附件名“/etc/passwd”": with_files(("/etc/passwd", b"")),
    "附件名“C:\\windows”": with_files(("C:\\windows", b"")),
    "附件名“..”": with_files(("..", b"")),
    "附件名“”是空的": with_files(("", b"")),
    "附件名“.bashrc”": with_files((".bashrc", b"")),
    "附件名“NUL.txt”是系统": with_files(("NUL.txt", b"")),
    "首尾有空格": with_files(("a ", b"")),
    "含有控制字符": with_files(("a\u202exslx.exe", b"")),
    "含有控制字符或": with_files(("a\nb", b"")),
    "过长": with_files(("长" * 81, b"")),
    "重复": with_files(("A.xlsx", b"1"), ("a.XLSX", b"2")),
    "附件超过": with_files(*((f"{number}", b"") for number in range(MOST_FILES + 1))),
}


@pytest.mark.parametrize("message", NOT_EXTRACTED)
def test_what_cannot_be_extracted_is_told_and_leaves_nothing(message: str, tmp_path: Path, run: Run) -> None:
    path = tmp_path / "来件.pdf"
    path.write_bytes(NOT_EXTRACTED[message])
    code, out, err = run("extract", path, "--to", tmp_path / "to")
    assert (code, out) == (1, "")
    assert err.startswith("错误：")
    assert err.count("\n") == 1
    assert message in err
    assert list(tmp_path.iterdir()) == [path]


def test_one_bad_name_keeps_the_good_ones_back(tmp_path: Path) -> None:
    path = tmp_path / "来件.pdf"
    path.write_bytes(with_files(("good.xlsx", b"1"), ("../bad", b"2")))
    with pytest.raises(NotExtracted, match="没有取出任何附件"):
        take_out(path, tmp_path / "to")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("files", [1, 3])
def test_a_bomb_is_not_unpacked(files: int, tmp_path: Path) -> None:
    """One that is too large, and some that are too large together."""
    size = 2 * LARGEST_FILES if files == 1 else LARGEST_FILES // 2
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(bytes(1_000_000)) for _ in range(size // 1_000_000)) + packer.flush()
    pdf = Pdf.new()
    bomb = Stream(pdf, packed, Filter=Name.FlateDecode)
    names = [part for n in range(files) for part in (f"{n}", Dictionary(UF=f"{n}", EF=Dictionary(F=bomb)))]
    pdf.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=Array(names)))
    pdf.save(tmp_path / "bomb.pdf", compress_streams=False)
    assert (tmp_path / "bomb.pdf").stat().st_size < 2_000_000
    with pytest.raises(NotExtracted):
        attached_in(tmp_path / "bomb.pdf")


def test_no_change_of_a_byte_gives_other_files(tmp_path: Path, made: Made) -> None:
    """They are unchanged, or the PDF is reported as damaged."""
    scorecard = made.files[SCORECARD]
    content = pdf_of(*BARE, attached=[Attached("a.json", scorecard, "x"), Attached("b.json", scorecard[::-1], "x")])
    chosen, path, reported = random.Random(2017), tmp_path / "x.pdf", 0  # noqa: S311 - which bytes, is no secret
    begin = content.index(b"/EmbeddedFile")
    end = content.index(b"endstream", content.index(b"/EmbeddedFile", begin + 1))
    for at in (*chosen.choices(range(begin, end), k=200), *chosen.choices(range(len(content)), k=100)):
        harmed = bytearray(content)
        harmed[at] ^= chosen.randrange(1, 256)
        path.write_bytes(harmed)
        try:
            assert list(attached_in(path).values()) == [scorecard, scorecard[::-1]]
        except NotExtracted:
            reported += 1
    assert reported > 200


def test_a_pdf_that_was_cut_short_is_damaged(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.pdf").write_bytes(content[: len(content) // 2])
    with pytest.raises(NotExtracted, match="已损坏"):
        attached_in(tmp_path / "x.pdf")
