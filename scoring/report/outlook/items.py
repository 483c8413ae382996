"""What lies ahead, in words; days on which the same costs again stand together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from scoring.base.points import shown
from scoring.base.workdays import working_days_between
from scoring.engine.findings import chinese_date
from scoring.engine.outlook import Expected, Loss, Outlook
from scoring.report.view import words
from scoring.scheme import Scheme

#: How many findings of a day an item quotes.
QUOTED: Final = 3


@dataclass(frozen=True)
class Item:
    """The losses of a leaf for one reason: the first day, and later ones on which the same costs again."""

    ahead: Outlook
    day: pd.Timestamp
    first: Loss
    later: tuple[Loss, ...] = ()

    @property
    def kinds(self) -> str:
        """The kinds of findings, with the number of each if there are several."""
        counts = Counter(finding.kind.name for finding in self.first.findings)
        return "、".join(f"{name}{f' {count} 处' if count > 1 else ''}" for name, count in counts.items())

    @property
    def names(self) -> str:
        """The kinds of findings, without numbers; of a veto, its kind alone."""
        vetoes = [finding for finding in self.first.findings if finding.kind.veto]
        return "、".join(dict.fromkeys(finding.kind.name for finding in vetoes or self.first.findings))

    @property
    def sentence(self) -> str:
        """What would be found, and where."""
        quoted = self.first.findings[:QUOTED]
        more = len(self.first.findings) - len(quoted)
        texts = [f"{one.because}{f'（{one.where}）' if one.where else ''}" for one in quoted]
        return f"{'；'.join(texts)}{f'；另有 {more} 项' if more else ''}。"

    @property
    def still_lacking(self) -> str:
        """How many are still lacking, and the pace that is needed; empty if no number is required."""
        days = max(1, (self.day - self.ahead.on).days)
        found = [one for one in self.first.findings if one.kind.unit and one.lacking]
        lacking = "；".join(f"{one.kind.name}{_pace(one, days)}" for one in found)
        return f"到{month_and_day(self.day)}还有 {days} 天，{lacking}。" if found else ""

    @property
    def again(self) -> str:
        """The later days on which the same costs again; empty if there are none."""
        if not self.later:
            return ""
        days = [(month_and_day(loss.day), shown(loss.cost)) for loss in self.later if loss.day is not None]
        if self.ahead.scheme.is_gate:
            return f"此后仍不办理，{'、'.join(day for day, _ in days)}再次认定。"
        return f"此后仍不办理，{'、'.join(f'{day}再减 {points} 分' for day, points in days)}。"

    @property
    def spared(self) -> str:
        """A remark where the leaf loses points and the total does not; else empty."""
        if self.ahead.scheme.is_gate or self.first.cost or self.first.veto:
            return ""
        return "本项失分，但上级指标按限额计，总分暂不减少。"


def items_of(ahead: Outlook) -> list[Item]:
    """The items of a department, by their first day."""
    together: dict[tuple[object, ...], list[tuple[pd.Timestamp, Loss]]] = {}
    for loss in ahead.losses:
        if loss.day is not None:
            reason = tuple(finding.id for finding in loss.findings)
            together.setdefault((loss.code, loss.if_judged, reason), []).append((loss.day, loss))
    return [Item(ahead, *first, tuple(loss for _, loss in later)) for first, *later in together.values()]


def veto_words(ahead: Outlook, loss: Loss) -> str:
    """What a veto does; empty without one."""
    if loss.veto is None:
        return ""
    scheme = ahead.scheme
    zero = "网站不合格" if scheme.is_gate else f"{words.scope_words(scheme, loss.veto.scope)}计 0 分"
    return f"{loss.veto.kind.veto}，{zero}"


def effect(ahead: Outlook, loss: Loss) -> str:
    """What a loss costs: a veto, points of the total, or both."""
    spared = "" if loss.veto or ahead.scheme.is_gate else "总分暂不减少"
    points = f"减 {shown(loss.cost)} 分" if loss.cost else spared
    return "，".join(filter(None, (veto_words(ahead, loss), points)))


def left(on: pd.Timestamp, day: pd.Timestamp) -> str:
    """How many days and working days are left until the end of a day."""
    days = (day - on).days
    if days <= 0:
        return "已过" if days else "今天"
    working = working_days_between(on, day)
    return f"{days} 天" if working is None else f"{days} 天（{working} 个工作日）"


def month_and_day(day: pd.Timestamp) -> str:
    """10月24日."""
    return f"{day.month}月{day.day}日"


def vetoes_in(losses: Iterable[Loss], *, if_judged: bool) -> list[Loss]:
    """The losses that bring a veto, in their order."""
    return [loss for loss in losses if loss.veto and loss.if_judged == if_judged]


def veto_named(loss: Loss) -> str:
    """A veto with its day: 12月12日三个月未回应."""
    day = month_and_day(loss.day) if loss.day is not None else ""
    return f"{day}{'起如监测，' if loss.if_judged else ''}{loss.veto.kind.name if loss.veto else ''}"


def cost_words(scheme: Scheme) -> str:
    """What happens when a day has passed."""
    return "触发否决" if scheme.is_gate else "扣分或触发否决"


def known(found: Iterable[Outlook]) -> str:
    """What a sentence that there is nothing is about, where something cannot be judged; else empty."""
    return "能够预警的指标" if any(one.unknown for one in found) else ""


def nothing(found: Sequence[Outlook], scheme: Scheme) -> str:
    """The sentence that nothing lies ahead."""
    return f"{known(found)}没有到期不办就会{cost_words(scheme)}的事项。" if found else "没有可以预警的部门。"


def known_until(ahead: Outlook) -> str:
    """A remark where the evidence ends before the day of the outlook; else empty."""
    if ahead.known >= ahead.on:
        return ""
    until = chinese_date(ahead.known)
    return f"佐证只到{until}，此后的情况没有记录；{until}以后的期限都列出，已过的请先补充佐证核对。"


def _pace(one: Expected, days: int) -> str:
    lacking, unit = int(one.lacking or 0), one.kind.unit
    if lacking >= days:
        pace = f"，平均每天至少 {-(-lacking // days)} {unit}"
    else:
        pace = f"，平均每 {days // lacking} 天至少 1 {unit}" if lacking > 1 else ""
    return f"还差 {lacking} {unit}{pace}"
