"""The pages of 期限预警: one for a department, one for the city."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

import pandas as pd

from scoring.base.names import outlook_files
from scoring.base.points import ZERO, shown, shown_range
from scoring.engine.findings import chinese_date
from scoring.engine.outlook import Loss, Outlook
from scoring.report.outlook.items import (
    Item,
    cost_words,
    effect,
    items_of,
    known,
    known_until,
    left,
    month_and_day,
    nothing,
    veto_named,
    veto_words,
    vetoes_in,
)
from scoring.report.view.blocks import Block, Run, Text, column, heading, link, paragraph, strong, table
from scoring.scheme import Scheme

_NOT_NEAR = "没有已经发现而尚未满数的情形。"


def department_blocks(ahead: Outlook, title: str) -> Iterator[Block]:
    """The page of a department."""
    yield heading(1, title)
    yield paragraph(_summary(ahead), role="sum")
    if remark := known_until(ahead):
        yield paragraph(strong(remark))
    yield paragraph(_how(ahead.scheme, ahead.on), role="note")
    yield heading(2, "一、逐日预警")
    items = items_of(ahead)
    if items:
        columns = [column("最后一天", whole=True), column("还有", whole=True), column("届时将认定")]
        columns += [] if ahead.scheme.is_gate else [column("总分变化", number=True)]
        yield table(columns, map(_row, items), label="逐日预警")
    else:
        yield paragraph(nothing([ahead], ahead.scheme))
    yield heading(2, "二、累计满数即否决")
    if ahead.near:
        columns = [column("已有", number=True), column("还差", number=True)]
        columns += [column("情形", share=3), column("满数的后果")]
        yield table(columns, [_near_row(ahead, loss) for loss in ahead.near], label="累计满数即否决")
    else:
        yield paragraph(_NOT_NEAR)
    if ahead.unknown:
        yield heading(2, "三、无法预警的指标")
        rows = [[f"{code} {ahead.scheme.by_code[code].name}", reason] for code, reason in ahead.unknown.items()]
        yield table([column("指标"), column("原因", share=2)], rows, label="无法预警的指标")


def city_blocks(
    found: Sequence[Outlook], scheme: Scheme, on: pd.Timestamp, title: str, left_out: str = ""
) -> Iterator[Block]:
    """The page of the city; ``left_out`` says whom it does not have."""
    items = [item for ahead in found for item in items_of(ahead)]
    yield heading(1, title)
    yield paragraph(_city_summary(found, items, scheme, on) if found else nothing(found, scheme), role="sum")
    if left_out:
        yield paragraph(left_out)
    if not found:
        return
    for ahead in found:
        if remark := known_until(ahead):
            yield paragraph(strong(f"{ahead.department}：{remark}"))
    yield paragraph(_how(scheme, on), role="note")
    yield heading(2, "一、各部门")
    yield _departments(found, scheme)
    yield heading(2, "二、逐日预警")
    if items:
        columns = [column("最后一天", whole=True), column("还有", whole=True), column("届时将认定")]
        yield table(columns, map(_city_row, _by_leaf(items)), label="逐日预警")
    else:
        yield paragraph(nothing(found, scheme))
    yield heading(2, "三、累计满数即否决")
    near = [(ahead, loss) for ahead in found for loss in ahead.near]
    if near:
        columns = [column("部门", whole=True), column("已有", number=True), column("还差", number=True)]
        columns += [column("情形", share=3), column("满数的后果")]
        rows = [[ahead.department, *_near_row(ahead, loss)] for ahead, loss in sorted(near, key=_nearest)]
        yield table(columns, rows, label="累计满数即否决")
    else:
        yield paragraph(_NOT_NEAR)


# --- Sentences --------------------------------------------------------------------------------------------------------


def _summary(ahead: Outlook) -> str:
    scheme, sure = ahead.scheme, [loss for loss in ahead.losses if not loss.if_judged]
    cost = "否决" if scheme.is_gate else "扣分或否决"
    parts = [f"自{chinese_date(ahead.on)}起如果不再办理任何事项，到{scheme.year}年12月31日"]
    if not scheme.is_gate:
        now, then = shown_range(*ahead.now), shown_range(*ahead.then)
        parts.append(f"总分由 {now} 分变为 {then} 分" if now != then else f"总分仍为 {now} 分")
    parts.append(f"到期{cost} {len(sure)} 次" if sure else f"{known([ahead])}没有到期{cost}的事项")
    if vetoes := vetoes_in(sure, if_judged=False):
        parts.append(f"最早的否决是{veto_named(vetoes[0])}")
    if tried := len(ahead.losses) - len(sure):
        parts.append(f"如再监测还会{cost} {tried} 次")
    if ahead.unknown:
        parts.append(f"另有 {len(ahead.unknown)} 个指标无法预警")
    already = f"已触发的否决：{'、'.join(ahead.vetoes)}。" if ahead.vetoes else ""
    return f"{'，'.join(parts)}。{already}"


def _city_summary(found: Sequence[Outlook], items: Sequence[Item], scheme: Scheme, on: pd.Timestamp) -> str:
    vetoed, tried = (sum(bool(vetoes_in(one.losses, if_judged=judged)) for one in found) for judged in (False, True))
    counts = {
        "将因到期不办触发否决": vetoed,
        "到期不办、再监测时会触发否决": tried,
        "有指标无法预警，原因见各部门的期限预警": sum(bool(one.unknown) for one in found),
    }
    number = f"共有 {len(items)} 个事项，到期不办就会{cost_words(scheme)}" if items else nothing(found, scheme)[:-1]
    each = "，".join(f"{count} 个部门{what}" for what, count in counts.items() if count)
    return f"自{chinese_date(on)}起，{len(found)} 个部门{number}{f'；其中 {each}' if each else ''}。"


def _how(scheme: Scheme, on: pd.Timestamp) -> str:
    judged = [leaf.code for leaf in scheme.leaves if leaf.judged_on]
    tried = f"标有“如监测”的（{'、'.join(judged)}），当天或以后再监测时才会认定。" if judged else ""
    points = "" if scheme.is_gate else "所列分值是其他指标不变时总分的变化，不考虑已触发的否决。"
    return (
        f"依据截至{chinese_date(on)}的佐证，假定此后没有任何新的情况，逐日按办法评判得出。"
        f"所列日期当天办结的仍然算数，过了这一天就会{cost_words(scheme)}。{tried}{points}"
    )


def _row(item: Item) -> list[Text]:
    first, day = item.first, item.day
    said = _leaf(item.ahead, first)
    if veto := veto_words(item.ahead, first):
        said.append(strong(f"{veto}　"))
    said.append(item.sentence)
    for more in filter(None, (item.still_lacking, item.spared, item.again)):
        said += ["\n", more]
    points = [] if item.ahead.scheme.is_gate else [shown(-first.cost)]
    date = f"{month_and_day(day)}（周{'一二三四五六日'[day.weekday()]}）"
    return [date, left(item.ahead.on, day), said, *points]


def _by_leaf(items: Sequence[Item]) -> list[list[Item]]:
    """The items of a day and a leaf together: by day, then those with a veto and the costliest first."""
    together: dict[tuple[object, ...], list[Item]] = {}
    for item in items:
        together.setdefault((item.day, item.first.code, item.first.if_judged), []).append(item)
    return sorted(together.values(), key=_by_day_and_cost)


def _by_day_and_cost(items: Sequence[Item]) -> tuple[Any, ...]:
    cost = sum((item.first.cost for item in items), ZERO)
    return items[0].day, not any(item.first.veto for item in items), -cost


def _city_row(items: Sequence[Item]) -> list[Text]:
    """A day and a leaf: what would be found, and of which departments."""
    one, said = items[0], _leaf(items[0].ahead, items[0].first)
    alike: dict[str, list[Run]] = {}
    for item in items:
        veto = veto_words(item.ahead, item.first)
        points = f"（{shown(-item.first.cost)}）" if item.first.cost else ""
        named = f"{item.names}（{veto}）" if veto else item.names
        alike.setdefault(named, []).extend(["、", _linked(item.ahead), points])
    for number, (named, (_, *departments)) in enumerate(alike.items()):
        said += [f"{'；' if number else ''}{named}：", *departments]
    return [month_and_day(one.day), left(one.ahead.on, one.day), said]


def _leaf(ahead: Outlook, loss: Loss) -> list[Run]:
    """The leaf, and whether it is lost only if it is judged."""
    return [f"{loss.code} {ahead.scheme.by_code[loss.code].name}　", *([strong("如监测　")] if loss.if_judged else [])]


def _near_row(ahead: Outlook, loss: Loss) -> list[Text]:
    one = loss.findings[0]
    return [str(one.counted), str(one.lacking), [*_leaf(ahead, loss), one.because], effect(ahead, loss)]


def _nearest(entry: tuple[Outlook, Loss]) -> tuple[Any, ...]:
    return entry[1].findings[0].lacking, -entry[1].cost


def _linked(ahead: Outlook) -> Run:
    page = outlook_files(ahead.scheme.year, ahead.department).html
    return link(ahead.department, f"{quote(ahead.department)}/{quote(page)}")


def _departments(found: Sequence[Outlook], scheme: Scheme) -> Block:
    """The departments: those that will be vetoed first, then those that stand to lose most."""
    points = [] if scheme.is_gate else [column("现在", number=True), column("到年底", number=True)]
    columns = [column("部门", share=2), *points, column("事项", number=True)]
    columns += [column("最近一项", share=4), column("将触发的否决", share=5)]
    rows: list[list[Text]] = []
    for ahead in sorted(found, key=_most_first):
        items = items_of(ahead)
        figures = [] if scheme.is_gate else [shown_range(*ahead.now), shown_range(*ahead.then)]
        nearest = f"{month_and_day(items[0].day)}　{items[0].kinds}" if items else ""
        vetoes = [vetoes_in(ahead.losses, if_judged=tried)[:1] for tried in (False, True)]
        named = "；".join(veto_named(loss) for first in vetoes for loss in first)
        rows.append([_linked(ahead), *figures, str(len(items)), nearest, named])
    return table(columns, rows, label="各部门")


def _most_first(ahead: Outlook) -> tuple[Any, ...]:
    return not vetoes_in(ahead.losses, if_judged=False), ahead.then[1] - ahead.now[1]
