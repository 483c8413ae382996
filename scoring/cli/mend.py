"""The command mend."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import click

from scoring.cli import options
from scoring.cli.clickzh import ChineseCommand


def _exact(_: click.Context, __: click.Parameter, text: str | None) -> Fraction | None:
    """Points as they are written."""
    if text is not None and not re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text, re.ASCII):
        raise click.BadParameter(f"“{text}”不是分数；应为数字，如 85.5")
    return None if text is None else Fraction(text)


@click.command(cls=ChineseCommand)
@options.FOLDER
@options.DEPARTMENTS
@click.option("--count", type=click.IntRange(min=1), default=3, metavar="项数", help="这么多项以内挽回最多；默认 3")
@click.option("--ranks", type=click.IntRange(min=1), metavar="名数", help="最少几项可升这么多名（其他部门得分不变）")
@click.option("--points", callback=_exact, metavar="分数", help="最少几项可达到这个总分，如 85.5")
@options.READINGS
@options.LIST
@options.YEAR_OF_FOLDER
@options.SCHEME
def mend(
    raw: Path,
    departments: tuple[str, ...],
    count: int,
    ranks: int | None,
    points: Fraction | None,
    readings: tuple[str, ...],
    listed: Path | None,
    year: int | None,
    named: str,
) -> int:
    """算出最少改正（再次核查时见效）或撤销（改变本次结果）哪几项，可以解除否决、升几名、达到多少分。"""
    scheme = options.scheme_of(options.year_of(raw, year), named, listed)
    chosen = options.chosen_of(scheme, readings)
    if scheme.is_gate and (ranks or points is not None):
        raise click.UsageError("方案不计分，没有总分和名次；请去掉 --ranks、--points")
    from scoring.engine.assessment import assess
    from scoring.engine.scorecard import rank
    from scoring.report.view.remedies import Goals, answers

    options.workbooks_of(raw, departments, scheme)  # Refuses departments without a workbook.
    assessment = assess(options.workbooks_of(raw, (), scheme), scheme, chosen)
    faults = {name: found for name, found in assessment.faults.items() if not departments or name in departments}
    options.print_faults(faults)
    totals = {one.scorecard.department: one.scorecard.low for one in rank(assessment.ranked_together)}
    goals = Goals(count, ranks, points)
    for card in assessment.scorecards:
        if not departments or card.department in departments:
            others = [total for name, total in totals.items() if name != card.department]
            for line in answers(card, others if card.department in totals else None, goals):
                click.echo(line)
    return 1 if faults else 0
