"""附件: the files that rows name, each with its digest; pictures are shown."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from scoring.engine.scorecard import Scorecard
from scoring.evidence.attachments import Attachment, counted
from scoring.report.view.blocks import Block, Text, column, digest, heading, paragraph, picture, table
from scoring.report.view.nodes import ATTACHMENTS
from scoring.report.view.pictures import thumbnail

#: How many pictures a report shows; the others are only listed.
_SHOWN: Final = 60
#: How many rows or findings are named for one file.
_NAMED: Final = 5


def attachments(card: Scorecard, numbers: Mapping[str, int], *, evidence: bool) -> Iterator[Block]:
    """The list and the pictures; without evidence only how many there are, and nothing where there are none."""
    given = card.source.attachments
    if not given:
        return
    yield heading(3, "附件", ATTACHMENTS)
    if not evidence:
        yield paragraph(f"佐证有{counted(given)}，本报告不列出。")
        return
    pictures = [one for one in given if one.is_picture]
    shown = {one: thumbnail(one.path) for one in pictures[:_SHOWN]}
    kept = "原件与佐证工作簿一起保存，不在 PDF 内，可用 SHA-256 校验值核对；图片经缩小，只供查看"
    rest = f"这里显示前 {_SHOWN} 张图片。" if len(pictures) > _SHOWN else ""
    yield paragraph(f"佐证有{counted(given)}。{kept}。{rest}")
    columns = [
        column("附件", number=True),
        column("文件", share=4),
        column("佐证的行、认定事项", share=4),
        column("大小", number=True),
        column("SHA-256", share=4),
    ]
    rows: list[list[Text]] = []
    for number, one in enumerate(given, 1):
        name = f"{one.name}{'（不能显示的图片）' if shown.get(one, b'') is None else ''}"
        rows.append([str(number), name, _about(card, one, numbers), one.size_words, digest(one.sha256)])
    yield table(columns, rows, label="附件")
    for number, one in enumerate(given, 1):
        if content := shown.get(one):
            caption = f"附件{number}　{one.name}（{_about(card, one, numbers)}）"
            yield shown_picture(content, f"附件{number}的图片：{one.name}", caption)


def shown_picture(content: bytes, alt: str, caption: str) -> Block:
    """A thumbnail, with its text for who cannot see it and its caption."""
    return picture("image/jpeg", base64.b64encode(content).decode("ascii"), alt, caption)


def _about(card: Scorecard, attachment: Attachment, numbers: Mapping[str, int]) -> str:
    """The rows that name it, and the findings that rest on them."""
    found = [str(numbers[one.id]) for one in card.findings if attachment in one.attachments]
    return _some(attachment.places) + (f"；认定事项 {_some(found)}" if found else "")


def _some(words: Sequence[str]) -> str:
    return "、".join(words[:_NAMED]) + (f"等 {len(words)} 处" if len(words) > _NAMED else "")
