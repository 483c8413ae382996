"""Files that rows name, in the archive: kept beside the workbook, scored again with it, and not to be exchanged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from archiving import copy_of, official, reported, reseal
from attaching import FAULT, attach, picture

from scoring.archive.layout import EVIDENCE, PAYLOAD
from scoring.archive.seal.run import NotArchivable, archive
from scoring.archive.verify.run import Asked, verify
from scoring.batch.plan import Run

LISTED = f'"@id": "{quote("佐证/人社局.附件/首页.png")}"'


@pytest.fixture
def run_with_picture(tmp_path: Path) -> Run:
    attach(tmp_path / "raw" / "2017", 首页__png=picture(), 多余__weird=b"x")
    return reported(tmp_path, [official("人社局").add(f"{FAULT} | 附件=首页.png"), official("教育局")])


def test_they_are_archived_and_verify(run_with_picture: Run, tmp_path: Path) -> None:
    sealed = archive(run_with_picture, tmp_path / "archives")
    folder = sealed.folder / PAYLOAD / EVIDENCE / "人社局.附件"
    assert {path.name for path in folder.iterdir()} == {"首页.png", "多余.weird"}
    for path in (sealed.folder, sealed.packed):
        verified = verify(path, Asked())
        assert verified.holds, verified.lines()
    crate = (sealed.folder / PAYLOAD / "ro-crate-metadata.json").read_text(encoding="utf-8")
    assert crate.count(LISTED) >= 3, "the file itself, an object of the department's report and of the city's"


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda file: file.write_bytes(picture(size=(9, 9))), "人社局 "),
        (lambda file: file.unlink(), "佐证却算不出得分"),
    ],
)
def test_another_picture_in_its_place(
    run_with_picture: Run, tmp_path: Path, damage: Callable[[Path], None], message: str
) -> None:
    bag = copy_of(archive(run_with_picture, tmp_path / "archives").folder, tmp_path)
    damage(bag / PAYLOAD / EVIDENCE / "人社局.附件" / "首页.png")
    reseal(bag)
    verified = verify(bag, Asked())
    assert not verified.holds
    assert any(message in line for line in verified.lines()), verified.lines()


def test_a_picture_that_changed_since_the_report(run_with_picture: Run, tmp_path: Path) -> None:
    attach(run_with_picture.raw, 首页__png=picture(size=(9, 9)))
    with pytest.raises(NotArchivable) as error:
        archive(run_with_picture, tmp_path / "archives", incomplete=True)
    assert ("outdated", "人社局") in {(cause.kind, cause.of) for cause in error.value.refusals}
