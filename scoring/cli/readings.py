"""The command readings."""

from __future__ import annotations

from pathlib import Path

import click

from scoring.base.files import write_json, writing
from scoring.cli import options
from scoring.cli.clickzh import ChineseCommand
from scoring.cli.options import PATH


@click.command(cls=ChineseCommand)
@options.FOLDER
@options.DEPARTMENTS
@click.option("--json", "report", metavar="文件", type=PATH, help="另把结果写成 JSON，分值为精确的分数")
@options.JOBS
@options.READINGS
@options.LIST
@options.YEAR_OF_FOLDER
@options.SCHEME
def readings(
    raw: Path,
    departments: tuple[str, ...],
    report: Path | None,
    jobs: int,
    readings: tuple[str, ...],
    listed: Path | None,
    year: int | None,
    named: str,
) -> int:
    """算出条款解读的全部组合：每个部门的总分和名次在什么范围之内，取决于哪些解读，与相邻部门的先后会不会变。"""
    with options.interruptible("已停止；没有写出任何结果。"):
        scheme = options.scheme_of(options.year_of(raw, year), named, listed)
        choices = options.choices_of(scheme, readings)
        from scoring.batch.score import score_folder
        from scoring.engine.readings import Spread, decided
        from scoring.evidence.folders import read_folder
        from scoring.report.view.decided import NO_READINGS, NOBODY, lines

        with options.reading(raw):
            folder = read_folder(raw, scheme, departments)
        scored = score_folder(folder, scheme, choices, None, jobs=jobs, every_reading=True)
        spreads = [
            Spread.unpacked(scored.spreads[one.department], scheme, choices, one.department, sample=one.sample)
            for one in scored.results
            if one.department in scored.spreads
        ]
        found = decided(spreads, official=scored.official)
        if report:
            with writing(f"结果写不进 {report}"):
                write_json(report, {"schema": "readings/1", "departments": [one.to_json() for one in found.values()]})
    options.print_faults(folder.reported(scored.faults), folder.what)
    if missing := [one.department for one in scored.results if one.department not in found]:
        options.warn(f"注意：解读组合过多，没有算出：{'、'.join(missing[: options.MOST_ABSENT])}")
    if departments:
        options.warn("注意：只看了部分部门，名次只在这些部门之间排列")
    if not scheme.readings or not scored.results:
        click.echo(NOBODY if scheme.readings else NO_READINGS)
        return 1 if scored.faults else 0
    for one in sorted(found.values(), key=lambda one: (not (one.standing and one.standing.best), -one.now.low)):
        for line in lines(scheme, one):
            click.echo(line)
    return 1 if scored.faults or missing else 0
