"""The label is compared with the scorecards, the scheme's departments and the signer; a signature covers the rest."""

from __future__ import annotations

from pathlib import Path

import pytest
from archiving import Scorer, archived, edit, edit_json, official, reseal
from batching import asked, report, save

from scoring.archive.opened import Archive
from scoring.archive.seal.bag import Sealed
from scoring.archive.seal.run import archive
from scoring.archive.verify.label import check_label
from scoring.archive.verify.run import Asked, verify

pytestmark = pytest.mark.thorough


def messages(bag: Path) -> list[str]:
    return [str(difference) for difference in check_label(Archive(bag)).differences]


def label(bag: Path, **claims: object) -> None:
    edit_json(bag / "data" / "标签.json", lambda label: label.update(claims))


def test_a_whole_archive_has_no_difference(sealed: Sealed) -> None:
    part = check_label(Archive(sealed.folder))
    assert part.differences == []
    assert part.notes == ["部门名单是归档时另行给出的，不是方案自己的；有没有漏掉部门，须另行核对"]


def test_it_names_the_scheme(sealed: Sealed) -> None:
    scheme = Archive(sealed.folder).label["scheme"]
    title = "2017年市党政门户网网站管理工作绩效考核指标体系"
    assert scheme == {"name": "leiyang_2017", "title": title, "since": 2017}
    assert f"方　案：{title}（leiyang_2017，2017 年起施行）" in verify(sealed.folder, Asked()).lines()


@pytest.mark.parametrize(
    ("claims", "found"),
    [
        ({"complete": False}, "标签.json：“完整”与所列的原因不相符"),
        ({"listed": False}, "方案/考核对象.txt：标签写明用方案的部门名单，却与方案的不同"),
        ({"departments": []}, "标签.json 部门 人社局：标签 没有，得分文件 "),
        (
            {"signed_by": {"public_key": "", "fingerprint": "SHA256:x"}},
            "tagmanifest-sha512.txt.sig：签名者与标签写明的",
        ),
    ],
)
def test_a_claim_that_is_not_true(bag: Path, claims: dict[str, object], found: str) -> None:
    label(bag, **claims)
    assert messages(bag)[0].startswith(found)


def test_a_department_that_was_improved_on_the_label(bag: Path) -> None:
    edit_json(bag / "data" / "标签.json", lambda label: label["departments"][1].update(total=100.0, status="标签"))
    assert messages(bag) == [
        "标签.json 部门 教育局 状态：标签 标签，得分文件 final",
        "标签.json 部门 教育局 总分：标签 100.0，得分文件 99.0",
    ]


@pytest.mark.parametrize(
    "content", [b"{}", b"[]", b"{", b"\xff", b'{"schema": "archive-label/1"}', b'{"schema": "archive-label/2"}']
)
def test_a_label_that_cannot_be_read(bag: Path, content: bytes) -> None:
    (bag / "data" / "标签.json").write_bytes(content)
    reseal(bag)
    verified = verify(bag, Asked())
    assert verified.outcome == "differs"
    assert "标　签：读不懂" in verified.lines()
    assert verified.lines()[-1].startswith("结　论：归档不可信")


def test_a_department_that_was_dropped_from_the_list(tmp_path: Path) -> None:
    """The archive has the scheme's own departments: evidence of one, that of all others is lacking."""
    raw, out = save(tmp_path / "2017", [official("教育局")]), tmp_path / "out"
    run = asked(raw, out)
    assert report(run, Scorer()).failures == {}
    bag = archive(run, tmp_path / "archives", incomplete=True).folder
    part = check_label(Archive(bag))
    assert (part.differences, part.notes) == ([], [])
    edit(bag / "data" / "方案" / "考核对象.txt", "人社局\n", "")
    assert messages(bag) == ["方案/考核对象.txt：标签写明用方案的部门名单，却与方案的不同"]


def test_which_archive_it_replaces_is_left_to_the_reader(sealed: Sealed, tmp_path: Path) -> None:
    new = archived(tmp_path, replaces=sealed.folder)
    assert any(f"标签写明替代 {sealed.folder.name}" in note for note in check_label(Archive(new.folder)).notes)
