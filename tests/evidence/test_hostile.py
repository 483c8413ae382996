"""Files that are damaged, locked or made to do harm end in one clear line, in 5 s and 300 MB, never in a traceback."""

from __future__ import annotations

import io
import json
import random
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from evidence.spellings import Spelling, each_alone, packed, spelled
from evidence_builder import FAULTLESS, HEADERS, faultless

from scoring import Scheme, assess
from scoring.evidence import load_evidence

Edit = Callable[[dict[str, bytes]], None]
SHEET = "xl/worksheets/sheet3.xml"  # 门户征集调查
SHARED = "xl/sharedStrings.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
BILLION_LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "'
    + "ha" * 50
    + '">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)
# A small process between: a child starts with the resident size of its parent. Its limits spare the machine.
LAUNCHER = """
import json, os, resource, subprocess, sys
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
resource.setrlimit(resource.RLIMIT_CPU, (200, 200))
child = subprocess.Popen(sys.argv[3:], stdout=open(sys.argv[2], "wb"), stderr=open(sys.argv[1], "wb"))
_, status, used = os.wait4(child.pid, 0)
print(json.dumps([os.waitstatus_to_exitcode(status), used.ru_maxrss / 1024, used.ru_utime + used.ru_stime]))
"""


def parts_of(workbook: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(workbook)) as package:
        return {name: package.read(name) for name in package.namelist()}


def edited(edit: Edit) -> bytes:
    """The faultless workbook with its parts edited."""
    parts = parts_of(FAULTLESS.read_bytes())
    edit(parts)
    return packed(parts)


def with_texts(parts: dict[str, bytes], texts: bytes) -> None:
    """Give a workbook that has none a part of shared texts."""
    parts[SHARED] = texts
    kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    relation = b'<Relationship Id="texts" Type="%s" Target="sharedStrings.xml"/></Relationships>' % kind
    parts[RELATIONS] = parts[RELATIONS].replace(b"</Relationships>", relation)


def encrypted() -> bytes:
    """The beginning of a workbook with a password: an OLE file with the stream EncryptedPackage."""
    return bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(2000)


def zip_bomb() -> bytes:
    """A sheet of 1 GB of zeros, deflated to 1 MB."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    zeros, crc, size = bytes(2**20), 0, 2**30
    deflated = b"".join(squeeze.compress(zeros) for _ in range(size // len(zeros))) + squeeze.flush()
    for _ in range(size // len(zeros)):
        crc = zlib.crc32(zeros, crc)
    return stored_as(deflated, crc, size)


def lying_bomb() -> bytes:
    """A sheet declared as short, as its first bytes are, followed by 1 GB of blanks in the same stream."""
    start = parts_of(FAULTLESS.read_bytes())[SHEET]
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    blanks = b" " * 2**20
    deflated = squeeze.compress(start) + b"".join(squeeze.compress(blanks) for _ in range(1024)) + squeeze.flush()
    return stored_as(deflated, zlib.crc32(start), len(start))


def stored_as(deflated: bytes, crc: int, size: int) -> bytes:
    """The faultless workbook, one sheet replaced by a deflated stream under the given checksum and size."""
    parts = parts_of(FAULTLESS.read_bytes())
    del parts[SHEET]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
        info = zipfile.ZipInfo(SHEET)
        info.compress_type = zipfile.ZIP_STORED
        package.writestr(info, deflated)
        info.compress_type, info.CRC, info.file_size = zipfile.ZIP_DEFLATED, crc, size
    return with_local_header(file.getvalue(), info)


def with_local_header(content: bytes, info: zipfile.ZipInfo) -> bytes:
    """The local header made to agree with the central directory."""
    at = info.header_offset
    return content[:at] + info.FileHeader(zip64=False) + content[at + len(info.FileHeader(zip64=False)) :]


def with_rows(rows: bytes, *, part: str = SHEET) -> bytes:
    """The faultless workbook with other rows in one sheet."""

    def edit(parts: dict[str, bytes]) -> None:
        parts[part] = parts[part].partition(b"<sheetData>")[0] + b"<sheetData>" + rows + b"</sheetData></worksheet>"

    return edited(edit)


def with_more(part: str, end: bytes, more: bytes) -> bytes:
    """The faultless workbook with more elements before the end of a list."""
    return edited(lambda parts: parts.update({part: parts[part].replace(end, more + end)}))


def repeated_text(empty_items: int) -> bytes:
    """One text of 200 KB, asked for by 300,000 cells."""
    space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    item = b"<si/>" * empty_items + b"<si><t>" + b"a" * 200_000 + b"</t></si>"

    def edit(parts: dict[str, bytes]) -> None:
        with_texts(parts, b'<sst xmlns="%s">%s</sst>' % (space, item))
        rows = (b"<row>" + b'<c t="s"><v>%d</v></c>' % empty_items * 30 + b"</row>") * 10_000
        parts[SHEET] = parts[SHEET].partition(b"<sheetData>")[0] + b"<sheetData>" + rows + b"</sheetData></worksheet>"

    return edited(edit)


def many_sheets() -> bytes:
    more = b"".join(b'<sheet name="s%d" sheetId="%d" r:id="rId1"/>' % (n, n) for n in range(100, 400_000))

    def edit(parts: dict[str, bytes]) -> None:
        space = b'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
        workbook = parts["xl/workbook.xml"].replace(b"</sheets>", more + b"</sheets>")
        parts["xl/workbook.xml"] = workbook.replace(b"<workbook ", b"<workbook " + space)

    return edited(edit)


def long_formats() -> bytes:
    """Number formats of a megabyte that a pattern would walk through again and again."""
    code = b'<numFmt numFmtId="200" formatCode="' + b"[" * 2**20 + b'"/>'

    def edit(parts: dict[str, bytes]) -> None:
        head, _, rest = parts["xl/styles.xml"].partition(b"<cellXfs")
        inside = b"<numFmts>" + code + b"</numFmts>" + b"<cellXfs" + rest.partition(b">")[0] + b">"
        parts["xl/styles.xml"] = head + inside + b'<xf numFmtId="200"/>' * 3_000 + rest.partition(b">")[2]
        parts[SHEET] = b"<worksheet/>"

    return edited(edit)


def telephone_as_date() -> bytes:
    """Numbers far beyond any day, in cells that are formatted as dates."""
    rows = b"".join(
        b'<row r="%d"><c r="C%d" s="1"><v>%s</v></c></row>' % (n, n, value)
        for n, value in enumerate((b"13800138000", b"1e12", b"-1e12", b"20170305", b"NaN", b"1e400"), start=2)
    )
    return with_rows(b'<row r="1"/>' + rows)


def wide_dimension(parts: dict[str, bytes]) -> None:
    head, _, rest = parts[SHEET].partition(b"<dimension ")
    parts[SHEET] = head + b'<dimension ref="A1:XFD1048576"/>' + rest.partition(b"/>")[2]


def declared(encoding: str) -> bytes:
    """A sheet that says it is in an encoding that XML parsers need not know."""

    def edit(parts: dict[str, bytes]) -> None:
        parts[SHEET] = b'<?xml version="1.0" encoding="%s"?>' % encoding.encode() + parts[SHEET].partition(b"?>")[2]

    return edited(edit)


def packed_by(method: int) -> bytes:
    """A workbook packed by a method that no workbook is packed by, whose output zipfile does not bound."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as package:
        for name, data in parts_of(FAULTLESS.read_bytes()).items():
            package.writestr(name, data)
    return file.getvalue()


DAMAGED: dict[str, Callable[[], bytes]] = {
    "空文件": bytes,
    "不是压缩包": "部门,年度\n人社局,2017\n".encode,
    "网页": lambda: b"<html><table><tr><td>1</td></tr></table></html>",
    "压缩包里没有工作簿": lambda: packed({"readme.txt": b"hello"}),
    "只有一半": lambda: FAULTLESS.read_bytes()[: len(FAULTLESS.read_bytes()) // 2],
    "缺最后一个字节": lambda: FAULTLESS.read_bytes()[:-1],
    "有打开密码": encrypted,
    "旧格式": lambda: bytes.fromhex("d0cf11e0a1b11ae1") + bytes(4000),
    "工作表不合语法": lambda: with_rows(b"<row><c r='A1'><v>1</row>"),
    "没有关系文件": lambda: edited(lambda parts: parts.pop("xl/_rels/workbook.xml.rels") and None),
    "没有工作簿部件": lambda: edited(lambda parts: parts.pop("xl/workbook.xml") and None),
    "缺一个工作表部件": lambda: edited(lambda parts: parts.pop(SHEET) and None),
    "不存在的共享字符串": lambda: with_rows(b'<row r="1"><c r="A1" t="s"><v>99999999</v></c></row>'),
    "不是UTF-8": lambda: with_rows(b'<row r="1"><c r="A1" t="inlineStr"><is><t>\xff\xfa</t></is></c></row>'),
    "编码为 GBK": lambda: declared("GBK"),
    "编码为 UTF-7": lambda: declared("utf-7"),
    "用 bzip2 压缩": lambda: packed_by(zipfile.ZIP_BZIP2),
    "用 LZMA 压缩": lambda: packed_by(zipfile.ZIP_LZMA),
    "共享字符串编号为负": lambda: with_rows(b'<row r="1"><c r="A1" t="s"><v>-1</v></c></row>'),
    "共享字符串编号极长": lambda: with_rows(b'<row r="1"><c r="A1" t="s"><v>' + b"1" * 5000 + b"</v></c></row>"),
    "样式编号不是数": lambda: with_rows(b'<row r="1"><c r="A1" s="x"><v>1</v></c></row>'),
    "样式编号极长": lambda: with_rows(b'<row r="1"><c r="A1" s="' + b"1" * 5000 + b'"><v>1</v></c></row>'),
    "一格两个值": lambda: with_rows(b'<row r="1"><c r="A1"><v>1</v><v>2</v></c></row>'),
    "列数超过 Excel 所有": lambda: with_rows(b"<row>" + b"<c/>" * 20_000 + b"<c><v>1</v></c></row>"),
    "行写在标签里": lambda: with_rows(b'<ro<c r="A1"><v>1</v></c>w r="1"></row>'),
    "行写在属性里": lambda: with_rows(b'<row r="<c r="A1"><v>1</v></c>1"></row>'),
    "没有声明的前缀": lambda: with_rows(b'<row r="1" x14ac:dyDescent="1"><c r="A1"><v>1</v></c></row>'),
    "属性写两次": lambda: with_rows(b'<row r="1" r="1"><c r="A1"><v>1</v></c></row>'),
    "行间有控制字符": lambda: with_rows(b'<row r="1"><c r="A1"><v>1</v></c></row>\x0c<row r="2"/>'),
    "单元格位置写错": lambda: with_rows(b'<row r="2"><c r="A0"><v>1</v></c></row>'),
}
#: Files that are refused before any sheet is read.
FILES: dict[str, Callable[[], bytes]] = {
    "压缩炸弹": zip_bomb,
    "谎报大小的压缩炸弹": lying_bomb,
    "三万个文件": lambda: edited(lambda parts: parts.update({f"xl/media/{n}.xml": b"" for n in range(30_000)})),
    "四十万张工作表": many_sheets,
    "数字格式极长": long_formats,
    "七百万个样式": lambda: with_more("xl/styles.xml", b"</cellXfs>", b"<xf/>" * 7_000_000),
    "一百万条关系": lambda: with_more(RELATIONS, b"</Relationships>", b'<Relationship Id="x"/>' * 1_000_000),
    "二百万个字符串": lambda: edited(
        lambda parts: with_texts(
            parts,
            b'<?xml version="1.0" encoding="UTF-8"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            + "<si><t>啊</t></si>".encode() * 1_900_000
            + b"</sst>",
        )
    ),
    "共享字符串中的实体炸弹": lambda: edited(
        lambda parts: with_texts(parts, BILLION_LAUGHS.encode() + b"<sst><si><t>&j;</t></si></sst>")
    ),
    "重复三十万次的长文字": lambda: repeated_text(0),
    "重复三十万次的长文字前有空项": lambda: repeated_text(50),
}


@dataclass(frozen=True)
class Bomb:
    """Rows, and what stands after them, that no sheet of evidence has; ``p`` is the prefix of the elements' names."""

    rows: Callable[[str], str]
    after: Callable[[str], str] = lambda _: ""
    before: str = ""
    heavy: bool = False  # tried in a few spellings: there are megabytes to write


def _text(p: str, text: str) -> str:
    return f"<{p}c t='inlineStr'><{p}is><{p}t>{text}</{p}t></{p}is></{p}c>"


#: What is tried in every spelling, in 领导信箱.
BOMBS: dict[str, Bomb] = {
    "最远的单元格": Bomb(lambda p: f"<{p}row r='1048576'><{p}c r='XFD1048576'><{p}v>1</{p}v></{p}c></{p}row>"),
    "最远的行不写单元格位置": Bomb(lambda p: f"<{p}row r='1048576'><{p}c><{p}v>1</{p}v></{p}c></{p}row>"),
    "最远的列": Bomb(lambda p: f"<{p}row r='1'><{p}c r='XFD1'><{p}v>1</{p}v></{p}c></{p}row>"),
    "十万零一行": Bomb(lambda p: f"<{p}row><{p}c><{p}v>1</{p}v></{p}c></{p}row>" * 100_001, heavy=True),
    "三百万个空单元格": Bomb(lambda p: f"<{p}row>" + f"<{p}c/>" * 3_000_000 + f"</{p}row>", heavy=True),
    "五十万个合并区域": Bomb(
        lambda _: "",
        lambda p: f"<{p}mergeCells>" + f"<{p}mergeCell ref='A2:A3'/>" * 500_000 + f"</{p}mergeCells>",
        heavy=True,
    ),
    "二万零一个合并区域": Bomb(
        lambda _: "", lambda p: f"<{p}mergeCells>" + f"<{p}mergeCell ref='A2:A3'/>" * 20_001 + f"</{p}mergeCells>"
    ),
    "层层嵌套的行": Bomb(lambda p: f"<{p}row>" * 200_000 + f"<{p}c><{p}v>1</{p}v></{p}c>" + f"</{p}row>" * 200_000),
    "数组公式": Bomb(
        lambda p: f"<{p}row><{p}c><{p}f t='array' ref='A1:XFD1048576'>1</{p}f><{p}v>1</{p}v></{p}c></{p}row>" * 20_000
    ),
    "重复的长文字": Bomb(lambda p: f"<{p}row>" + _text(p, "a" * 200_000) * 120 + f"</{p}row>"),
    "实体炸弹": Bomb(lambda p: f"<{p}row>{_text(p, '&j;')}</{p}row>", before=BILLION_LAUGHS),
    "互相重叠的合并区域": Bomb(
        lambda p: f"<{p}row>{_text(p, '信件编号')}</{p}row>" + f"<{p}row>{_text(p, 'x')}</{p}row>" * 3_000,
        lambda p: f"<{p}mergeCells>" + f"<{p}mergeCell ref='A2:F3001'/>" * 3_000 + f"</{p}mergeCells>",
    ),
    "二百万个空行": Bomb(lambda p: f"<{p}row a='' b=''/>" * 2_000_000, heavy=True),
    "属性极多": Bomb(
        lambda p: f"<{p}row><{p}c " + " ".join(f"a{n}=''" for n in range(200_000)) + f"/></{p}row>", heavy=True
    ),
    "元素名称极多": Bomb(lambda p: f"<{p}row/>", lambda _: "".join(f"<e{n}/>" for n in range(600_000)), heavy=True),
    "层层嵌套的元素": Bomb(lambda p: f"<{p}row/>", lambda _: "<a>" * 200_000 + "</a>" * 200_000),
    "极长的文字": Bomb(lambda p: f"<{p}row>{_text(p, '啊' * 5_000_000)}</{p}row>", heavy=True),
    "同一单元格写两次": Bomb(
        lambda p: f"<{p}row r='2'><{p}c r='A2'><{p}v>1</{p}v></{p}c><{p}c r='A2'><{p}v>2</{p}v></{p}c></{p}row>"
    ),
}
HEAVY = (Spelling(), Spelling(prefix="x", places="none"), Spelling(encoding="utf-16"))
TABLES = {name: [header] for name, header in HEADERS.items()}


def bombed(bomb: Bomb, spelling: Spelling) -> bytes:
    """A workbook in that spelling with a bomb for a sheet."""
    return spelled(TABLES, spelling, {"领导信箱": (bomb.rows, bomb.after, bomb.before)})


FAULTY: dict[str, Callable[[], bytes]] = {
    "三千行差错": lambda: with_rows(HEADER_ROW + b'<row><c t="inlineStr"><is><t>x</t></is></c></row>' * 3_000),
    "日期格式的电话号码": telephone_as_date,
    "一千万字的标题": lambda: with_rows(b'<row><c t="inlineStr"><is><t>' + b"a" * 10_000_000 + b"</t></is></c></row>"),
}
HEADER_ROW = b"<row>%s</row>" % b"".join(
    b'<c t="inlineStr"><is><t>%s</t></is></c>' % name.encode() for name in HEADERS["门户征集调查"]
)

READER = """
import json, sys, time
from pathlib import Path
from scoring.evidence.reading.read import read_workbook
from scoring.scheme import load_scheme
scheme = load_scheme()
for path in sorted(Path(sys.argv[1]).glob("*.xlsx")):
    begun = time.process_time()
    faults = read_workbook(path, scheme).faults
    print(json.dumps([path.stem, time.process_time() - begun, [str(fault) for fault in faults][:3]]))
"""


def run_alone(command: list[str], folder: Path) -> tuple[int, float, float, str, list[str]]:
    """A process of its own: exit code, MB, seconds of processor time, what it printed, lines of complaint."""
    results, printed = folder / "results", folder / "printed"
    ran = subprocess.run(
        [sys.executable, "-S", "-c", LAUNCHER, str(results), str(printed), sys.executable, *command],
        capture_output=True, check=True, timeout=300, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    code, megabytes, seconds = json.loads(ran.stdout)
    lines = results.read_text(encoding="utf-8").splitlines()
    complaints = [line for line in lines if not line.startswith("注意：")]
    return code, megabytes, seconds, printed.read_text(encoding="utf-8"), complaints


def score_alone(folder: Path, listed: Path | None = None) -> tuple[int, float, float, list[str]]:
    """``python -m scoring score``: exit code, MB, seconds of processor time, lines of errors."""
    chosen = ["--departments", str(listed)] if listed else []
    command = ["-m", "scoring", "score", str(folder), "--out", str(folder.parent / "out"), "--jobs", "1", *chosen]
    code, megabytes, seconds, _, lines = run_alone(command, folder.parent)
    return code, megabytes, seconds, lines


def put(content: bytes, folder: Path, name: str = "人社局") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.xlsx"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("kind", DAMAGED)
def test_damaged_file_ends_in_one_line(kind: str, tmp_path: Path, scheme: Scheme) -> None:
    assessment = assess([put(DAMAGED[kind](), tmp_path)], scheme)
    (fault,) = assessment.faults["人社局"]
    assert (assessment.scorecards, fault.sheet) == ((), "")
    assert str(fault).startswith("人社局.xlsx：")
    assert "\n" not in str(fault)
    assert {"空文件": "是空的", "有打开密码": "设有打开密码", "旧格式": ".xls"}.get(kind, "") in str(fault)


@pytest.mark.thorough
def test_every_bomb_in_every_spelling_is_refused_within_5_s_and_300_mb(tmp_path: Path) -> None:
    """Read one after the other by one process: each ends in a few faults that name the sheet."""
    for kind, bomb in BOMBS.items():
        for number, spelling in enumerate(HEAVY if bomb.heavy else each_alone()):
            (tmp_path / f"{kind}-{number}.xlsx").write_bytes(bombed(bomb, spelling))
    code, megabytes, _, printed, errors = run_alone(["-c", READER, str(tmp_path)], tmp_path)
    read = [json.loads(line) for line in printed.splitlines()]
    assert (code, errors, len(read)) == (0, [], len(list(tmp_path.glob("*.xlsx"))))
    assert [
        (name, faults) for name, _, faults in read if not all("《领导信箱》" in fault for fault in faults or [""])
    ] == []
    assert max(seconds for _, seconds, _ in read) < 5
    assert megabytes < 300


@pytest.mark.thorough
def test_hostile_files_take_one_line_each_and_the_others_go_on(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    for kind, content in FILES.items():
        put(content(), raw, kind)
    put(bombed(BOMBS["最远的单元格"], Spelling(prefix="x")), raw, "带前缀的炸弹")
    faultless("教育局").save(raw)
    names = [*FILES, "带前缀的炸弹", "教育局"]
    (tmp_path / "list.txt").write_text("\n".join(names), encoding="utf-8")
    code, megabytes, seconds, lines = score_alone(raw, tmp_path / "list.txt")
    assert (code, len(lines)) == (1, 2 * len(names) - 2), lines
    assert set(lines[::2]) == {f"{name}：工作簿有 1 处差错，未评分" for name in names[:-1]}
    assert [path.parent.name for path in (tmp_path / "out").glob("*/scorecard.json")] == ["教育局"]
    assert seconds < 5 * len(FILES)
    assert megabytes < 300


@pytest.mark.thorough
@pytest.mark.parametrize("kind", FAULTY)
def test_large_rubbish_is_refused_in_little_time_and_memory(kind: str, tmp_path: Path) -> None:
    put(FAULTY[kind](), tmp_path / "raw")
    code, megabytes, seconds, lines = score_alone(tmp_path / "raw")
    assert code == 1, lines[:3]
    assert lines[0].startswith("人社局：工作簿有 ")
    assert all(line.startswith("  人社局.xlsx") for line in lines[1:]), lines[:3]
    assert seconds < 5  # 2 s on an idle machine
    assert megabytes < 300


def test_a_sheet_that_says_it_is_huge_but_is_not(tmp_path: Path, scheme: Scheme) -> None:
    assert assess([put(edited(wide_dimension), tmp_path)], scheme).scorecards[0].total.score == 100


def is_sound_or_faulty(content: bytes, folder: Path, scheme: Scheme) -> bool:
    """Whether a workbook is sound or reported as faulty, without an exception."""
    loaded = load_evidence([put(content, folder)], scheme)
    return len(loaded.evidence.departments) + len(loaded.faults) == 1


def flipped(content: bytes, chance: random.Random, times: int = 1) -> bytes:
    """Some bits flipped."""
    changed = bytearray(content)
    for _ in range(times):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(4))
def test_flipped_bits_never_end_in_a_traceback(seed: int, tmp_path: Path, scheme: Scheme) -> None:
    """Those of the file, and those of a part, so that the checksums are right and what is packed is not."""
    chance, whole = random.Random(seed), FAULTLESS.read_bytes()  # noqa: S311 - no secret
    parts = parts_of(whole)
    for _ in range(25):
        assert is_sound_or_faulty(flipped(whole, chance, chance.choice((1, 1, 8))), tmp_path, scheme)
    for _ in range(12):
        name = chance.choice(sorted(parts))
        assert is_sound_or_faulty(packed(parts | {name: flipped(parts[name], chance)}), tmp_path, scheme)
