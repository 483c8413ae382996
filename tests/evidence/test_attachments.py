"""Files that rows of faults name: what is read, what is refused, and what stays as it was without any."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from attaching import FAULT, attach, naming, picture
from calling import Run
from evidence_builder import Evidence, minimal
from export_builder import save_export

from scoring import Assessment, Scheme, Scorecard, assess, load_evidence, load_scheme
from scoring.batch.plan import sources_of
from scoring.engine.decisions import basis_of
from scoring.engine.judge import judge
from scoring.evidence.files import LARGEST_ATTACHMENT, unread_in, workbooks_in
from scoring.evidence.folders import read_folder
from scoring.review.audit import Audit
from scoring.scheme.readings import choose

Scored = Callable[..., Scorecard]
FaultsOf = Callable[[Evidence], list[str]]
WHERE = "人社局.xlsx《监测发现》F2："
ONLY_NAMES = "；应为：只写文件夹 人社局.附件 中一个文件的名称"
ONE_THERE = "不在 人社局.附件 中；应为：文件夹 人社局.附件 中一个文件的名称，大小写也相同（不能是链接或文件夹）"
USABLE = "；应为：有内容、不超过 20 MB 的文件"


def test_a_row_names_files_by_any_usual_sign_between_them(tmp_path: Path, scored: Scored) -> None:
    png, jpeg = picture(), picture("JPEG", size=(300, 200))
    attach(tmp_path, 首页__png=png, 照片__jpg=jpeg, 报告__pdf=b"%PDF-1.7", 数据__csv=b"a")
    card = scored(naming("首页.png、照片.jpg；报告.pdf;数据.csv\\n首页.png", "首页.png"))
    (first, second) = card.of("3.3.2.1.3")
    assert [one.name for one in first.attachments] == ["首页.png", "照片.jpg", "报告.pdf", "数据.csv"]
    assert [one.name for one in second.attachments] == ["首页.png"]
    assert [one.is_picture for one in card.source.attachments] == [True, True, False, False]
    sha256 = hashlib.sha256(png).hexdigest()
    (stated,) = (one["evidence"] for one in card.to_json()["findings"] if one["id"] == second.id)
    assert stated == {
        "sheet": "监测发现",
        "row": 3,
        "attachments": [{"file": "首页.png", "sha256": sha256}],
    }
    assert card.source.notices == ()


@pytest.mark.parametrize(
    ("cell", "message"),
    {
        "../人社局.xlsx": "“../人社局.xlsx”含有不能用于文件名的符号“/”" + ONLY_NAMES,
        "子\\图.png": "“子\\图.png”含有不能用于文件名的符号“\\”" + ONLY_NAMES,
        "C:图.png": "“C:图.png”含有不能用于文件名的符号“:”" + ONLY_NAMES,
        "/etc/passwd": "“/etc/passwd”含有不能用于文件名的符号“/”" + ONLY_NAMES,
        "..": "“..”不能以“.”或“~$”开头，也不能以“.”或空格结尾" + ONLY_NAMES,
        ".隐藏.png": "“.隐藏.png”不能以“.”或“~$”开头，也不能以“.”或空格结尾" + ONLY_NAMES,
        "NUL.png": "“NUL.png”是系统或程序保留的名称" + ONLY_NAMES,
        "图\u202egnp.exe": "“图〔U+202E〕gnp.exe”含有控制字符或不可见字符，不能用于文件名" + ONLY_NAMES,
        "没有.png": "“没有.png”" + ONE_THERE,
        "首页.PNG": "“首页.PNG”" + ONE_THERE + "（是否要填“首页.png”）",
        "文件夹": "“文件夹”" + ONE_THERE,
        "链接.png": "“链接.png”" + ONE_THERE,
        "空.png": "“空.png”是空文件" + USABLE,
        "录像.mp4": "“录像.mp4”有 20.0 MB" + USABLE,
        "首页.png、没有.png": "“没有.png”" + ONE_THERE,
    }.items(),
)
def test_what_cannot_be_an_attachment(tmp_path: Path, faults_of: FaultsOf, cell: str, message: str) -> None:
    folder = attach(tmp_path, 首页__png=picture(), 空__png=b"", 录像__mp4=bytes(LARGEST_ATTACHMENT + 1))
    (folder / "文件夹").mkdir()
    (tmp_path / "外面.png").write_bytes(picture())
    (folder / "链接.png").symlink_to(tmp_path / "外面.png")
    assert faults_of(naming(cell)) == [f"{WHERE}附件{message}"]


def test_a_department_has_no_more_than_fits_into_an_archive(tmp_path: Path, faults_of: FaultsOf) -> None:
    names = [f"图{number}" for number in range(11)]
    attach(tmp_path, **dict.fromkeys(names, bytes(LARGEST_ATTACHMENT)))
    message = "人社局.附件 中的附件合计 220 MB；应为：一个部门的附件合计不超过 200 MB"
    assert faults_of(naming("、".join(names))) == [f"人社局.xlsx：{message}"]


def test_names_are_compared_as_they_look(tmp_path: Path, scored: Scored) -> None:
    folder = attach(tmp_path)
    (folder / unicodedata.normalize("NFD", "é.png")).write_bytes(picture())
    card = scored(naming(" \u200e\u00e9.png "))
    assert [one.name for one in card.source.attachments] == ["\u00e9.png"]


def test_ids_digests_and_decisions_are_as_without_the_column(tmp_path: Path, scheme: Scheme) -> None:
    def known(name: str, workbook: Evidence) -> list[tuple[str, str]]:
        evidence = load_evidence([workbook.save(tmp_path / name)], scheme).evidence
        found = judge(evidence, choose(scheme.readings, {})).findings
        return [(row.id, basis_of(evidence, row)) for row in found.itertuples()]

    attach(tmp_path / "named", 首页__png=picture())
    old, empty, named = minimal().add(FAULT, f"{FAULT} | 描述=乙"), naming("", ""), naming("首页.png", "")
    for headers in old.headers.values():
        if "附件" in headers:
            headers.remove("附件")
    empty.row_of("监测发现", 3)["描述"] = named.row_of("监测发现", 3)["描述"] = "乙"
    before, now = known("old", old), known("named", named)
    assert before == known("empty", empty)
    assert [each for each, _ in now] == [each for each, _ in before], "a picture changes no id"
    assert sum(one != other for one, other in zip(before, now, strict=True)) == 1, "but what a decision rests on"
    attach(tmp_path / "named", 首页__png=picture(size=(10, 10)))
    assert known("named", named) != now


def test_old_workbooks_are_read_without_a_word(scored: Scored) -> None:
    old = minimal().add(FAULT)
    old.headers["监测发现"].remove("附件")
    card = scored(old)
    assert card.source.notices == ()
    assert "attachments" not in str(card.to_json())


def test_the_digest_of_an_export_is_as_without_the_column(tmp_path: Path, scheme: Scheme) -> None:
    with_column, without = minimal().add(FAULT), minimal().add(FAULT)
    for headers in without.headers.values():
        headers[:] = [name for name in headers if name != "附件"]
    digests = [
        read_folder(save_export(tmp_path / name, one), scheme).chunks[0].load(scheme).evidence.sources
        for name, one in {"a": with_column, "b": without}.items()
    ]
    assert digests[0] == digests[1]


def test_an_export_has_attachments_beside_its_files(tmp_path: Path, scheme: Scheme) -> None:
    attach(tmp_path, 首页__png=picture())
    (chunk,) = read_folder(save_export(tmp_path, naming("首页.png、照片.jpg")), scheme).chunks
    ((fault,),) = chunk.load(scheme).faults.values()
    assert str(fault) == f"监测发现.parquet《监测发现》第 1 条记录“附件”：附件“照片.jpg”{ONE_THERE}"
    attach(tmp_path, 照片__jpg=picture("JPEG"))
    loaded = chunk.load(scheme)
    assert loaded.faults == {}
    assert len(loaded.evidence.attachments_of("人社局", "监测发现", 2)) == 2


def test_what_no_row_names_is_said_and_what_systems_leave_is_not(tmp_path: Path, run: Run, scored: Scored) -> None:
    attach(tmp_path, 首页__png=picture(), 多余__txt=b"x", 坏__gif=b"GIF89a", Thumbs__db=b"x", __DS_Store=b"x")
    attach(tmp_path, "教育局", 首页__png=picture())
    card = scored(naming("首页.png、坏.gif"))
    notice = "人社局.附件 中有 1 个文件没有一行写明是它的附件：多余.txt"
    assert card.source.notices == (notice,)
    assert [line.partition("：")[0] for line in unread_in(tmp_path)] == ["教育局.附件"], "of no department here"
    out = run("check", tmp_path, "--year", 2017).out
    assert "  附件 2 个（其中图片 2 个）\n" in out
    assert f"  提示：{notice}\n" in out


def test_parts_of_a_department_share_its_folder(tmp_path: Path, scheme: Scheme) -> None:
    attach(tmp_path, 首页__png=picture())
    minimal().save(tmp_path)
    part = naming("首页.png")
    part.sheets = {name: part.sheets[name] for name in ("基本信息", "监测发现")}
    part.sheets["基本信息"] = part.sheets["基本信息"][:2]
    (tmp_path / "人社局.监测.xlsx").write_bytes(part.content())
    assert unread_in(tmp_path) == []
    assessment: Assessment = assess(workbooks_in(tmp_path), scheme)
    assert assessment.faults == {}
    (attachment,) = assessment.scorecards[0].source.attachments
    assert attachment.places == ("人社局.监测.xlsx《监测发现》第2行",)


def test_every_file_of_the_folder_is_a_source(tmp_path: Path, scheme: Scheme) -> None:
    attach(tmp_path, 首页__png=b"1", 多余__txt=b"2", 录像__mp4=bytes(LARGEST_ATTACHMENT + 1))
    (own,) = sources_of([naming("首页.png").save(tmp_path)], scheme).values()
    read = {source.name: bool(source.sha256) for source in own}
    assert read == {
        "人社局.xlsx": True,
        "人社局.附件/多余.txt": True,
        "人社局.附件/录像.mp4": False,
        "人社局.附件/首页.png": True,
    }
    own[-1].put_into(tmp_path / "raw", 2017)
    assert (tmp_path / "raw" / "2017" / "人社局.附件" / "首页.png").read_bytes() == b"1"


def test_the_review_shows_the_names_and_finds_the_files(tmp_path: Path) -> None:
    folder = attach(tmp_path / "2017", 首页__png=picture())
    naming("首页.png").save(tmp_path / "2017")
    audit = Audit.open("人社局", 2017, tmp_path)
    assert list(audit.looked_at("3.3.2.1.3")["监测发现"]["附件"]) == ["首页.png"]
    (one,) = audit.loaded.evidence.attachments_of("人社局", "监测发现", 2)
    assert one.path == folder / "首页.png"


@pytest.mark.parametrize(
    ("year", "named", "sheets"),
    [(2017, "", {"监测发现", "安全漏洞", "安全通报", "通报曝光"}), (2015, "census_2015", {"监测发现"})],
)
def test_which_sheets_have_the_column(year: int, named: str, sheets: set[str]) -> None:
    columns = {
        sheet.name: [column.name for column in sheet.columns] for sheet in load_scheme(year, named).sheets_to_fill_in
    }
    assert {name for name, own in columns.items() if own[-1] == "附件"} == sheets


def test_an_import_takes_the_names_and_check_says_what_is_missing(tmp_path: Path, run: Run) -> None:
    lines = [
        "监测日期,指标,问题类型,描述,附件",
        "2017-05-10,3.3.2.1.3,错别字,甲,首页.png",
        "2017-05-11,3.3.2.1.3,错别字,乙,",
    ]
    (tmp_path / "监测.csv").write_text("\n".join(lines), encoding="utf-8")
    raw = tmp_path / "raw" / "2017"
    minimal().save(raw)
    call = ["import", tmp_path / "监测.csv", "--department", "人社局", "--sheet", "监测发现", "--part", "监测"]
    assert run(*call, "--out", raw.parent, "--year", 2017).code == 0
    assert f"    F2：附件“首页.png”{ONE_THERE}\n" in run("check", raw).out
    attach(raw, 首页__png=picture())
    assert run("check", raw).code == 0
