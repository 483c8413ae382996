"""Reports to be shown to others: no published file holds what letters and publications say."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pikepdf
from batching import FakeRunner, asked, report, save
from evidence_builder import minimal
from pypdf import PdfReader

HIDDEN = "密中之密"


def texts(name: str, content: bytes) -> Iterator[str]:
    """All that a file holds: parts of a package, streams and text of a PDF, and its attachments."""
    if name.endswith(".xlsx"):
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            for part in package.namelist():
                yield from texts(part, package.read(part))
    elif name.endswith(".pdf"):
        reader = PdfReader(io.BytesIO(content))
        yield from (page.extract_text() for page in reader.pages)
        for attached in reader.attachment_list:
            yield from texts(attached.name, attached.content)
        with pikepdf.open(io.BytesIO(content)) as opened:
            streams = (each for each in opened.objects if isinstance(each, pikepdf.Stream))
            yield from (each.read_bytes(pikepdf.StreamDecodeLevel.generalized).decode("latin-1") for each in streams)
    else:
        text = content.decode("utf-8", "replace")
        yield text
        yield text.encode().decode("unicode_escape", "replace") if "\\u" in text else ""


def holding(folder: Path) -> set[str]:
    """The published files that hold the secret."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.name for path in files if any(HIDDEN in text for text in texts(path.name, path.read_bytes()))}


def test_no_file_holds_a_letter_or_a_title(tmp_path: Path) -> None:
    late = f"领导信箱 | 来信日期=2017-05-02 | 回复日期=2017-06-20 | 回复内容={HIDDEN}"
    titled = f"信息发布 | 发布日期=2017-05-02 | 标题={HIDDEN}"
    raw = save(tmp_path / "2017", [minimal().add(late, titled), minimal("教育局").fact("年度", HIDDEN)])
    full = asked(raw, tmp_path / "out")
    assert report(full).failures == {}
    assert {path.rpartition(".")[2] for path in holding(full.out)} >= {"pdf", "xlsx", "html"}, "the test finds it"
    bare = replace(full, evidence=False)
    assert report(bare).failures == {}
    assert holding(bare.out) == set()
    page = (bare.out / "人社局" / "人社局2017年度评分报告.html").read_text(encoding="utf-8")
    assert "《领导信箱》第" in page, "places stay"
    assert "评分结果 scorecard.json，不附佐证" in page
    runner = FakeRunner()
    report(bare, runner)
    assert runner.take() == set(), "nothing changed"
    report(full, runner)
    assert runner.take() == {"人社局", "全市汇总"}, "the full reports are made again"
