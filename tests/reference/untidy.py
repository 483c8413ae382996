"""Writes tables as the workbooks that offices hand in: readable as meant, but seldom tidy."""

from __future__ import annotations

import random
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl

COLUMNS = {
    "基本信息": "项目 内容",
    "核查情况": "指标 状态 核查人 核查日期 备注",
    "门户征集调查": "类型 标题 报送日期 是否采用 结果公布日期",
    "门户栏目报送": "栏目 内容 应报送日期 实际报送日期",
    "门户信息采用": "发布日期 标题 网址",
    "网站栏目": "栏目 类别 是否空白",
    "信息发布": "发布日期 栏目 标题 首页显示",
    "监测时点": "监测日期",
    "监测发现": "监测日期 指标 问题类型 描述 网址",
    "领导信箱": "信件编号 类型 来信日期 回复日期 回复内容 有效",
    "网站征集调查": "类型 标题 开展日期 结果公布日期",
    "安全漏洞": "发现日期 级别 漏洞编号 描述",
    "安全通报": "通报日期 层级 正式书面 漏洞编号 处置完成日期 书面回复日期 重大安全事件 描述",
    "通报曝光": "日期 类型 来源 描述",
    "复核记录": "发现编号 决定 理由 复核人 复核日期",
}
BLANKS = (" ", "  ", "\u3000", "\t")
WIDE = {ord(digit): ord(digit) - ord("0") + ord("０") for digit in "0123456789"}


def written_day(day: date, rng: random.Random) -> str:
    """One of the four written forms, with or without leading zeros."""
    parts = (str(day.year), str(day.month), str(day.day))
    if rng.random() < 0.5:
        parts = (str(day.year), f"{day.month:02d}", f"{day.day:02d}")
    form = rng.choice(("{}-{}-{}", "{}/{}/{}", "{}.{}.{}", "{}年{}月{}日"))
    return form.format(*parts)


def untidied(value: Any, rng: random.Random, chance: float) -> Any:
    """A cell that still reads as ``value``: blanks around text, wide digits, a written date, a blank for nothing."""
    if rng.random() >= chance:
        return value
    if value is None:
        return rng.choice((None, "", " ", "\u3000"))
    if isinstance(value, datetime | date):
        if rng.random() < 0.2:
            return datetime.combine(value, datetime.min.time())
        value = written_day(value, rng)
    if isinstance(value, int | float):
        return value
    if rng.random() < 0.3:
        value = value.translate(WIDE)
    if rng.random() < 0.5:
        value = rng.choice(BLANKS) + value
    if rng.random() < 0.5:
        value = value + rng.choice(BLANKS)
    return value


def lines(rows: list[dict[str, Any]], columns: list[str], rng: random.Random, chance: float) -> list[list[Any]]:
    """A sheet's lines: the header, the rows, and wholly empty rows strewn between them."""
    header = [name if name in ("栏外", "") else untidied(name, rng, chance / 5) for name in columns]
    found = [header]
    for row in rows:
        while rng.random() < chance / 5:
            found.append([rng.choice((None, None, " ")) for _ in columns])
        found.append(["示例批注" if name == "栏外" else untidied(row.get(name), rng, chance) for name in columns])
    return found


def write_workbook(path: Path, sheets: dict[str, list[dict[str, Any]]], rng: random.Random, chance: float) -> None:
    """Write the sheets, shuffled and with unknown sheets and columns when ``chance`` is above 0.

    复核记录 is written empty, or not at all.
    """
    book = openpyxl.Workbook()
    book.remove(book.active)
    names = list(sheets)
    if rng.random() < 0.7:
        names.append("复核记录")
    if chance:
        rng.shuffle(names)
        if rng.random() < 0.5:
            names.insert(rng.randrange(len(names)), "填表说明")
    for name in names:
        columns = COLUMNS.get(name, "说明 内容").split()
        if chance:
            rng.shuffle(columns)
            if rng.random() < 0.3:
                columns.insert(rng.randrange(len(columns) + 1), "栏外")
        sheet = book.create_sheet(name)
        for line in lines(sheets.get(name, []), columns, rng, chance):
            sheet.append(line)
    book.save(path)
