"""Making a year's archive: what stands is looked at, refused or labelled, and sealed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from scoring.archive.bag import Sealed, Unsealed, seal
from scoring.archive.contents import contents_of
from scoring.archive.crate import metadata_of
from scoring.archive.label import Replaced, info_of, label_of
from scoring.archive.layout import CRATE, EVIDENCE, LABEL, RESULTS, UnusableArchive
from scoring.archive.opened import opened
from scoring.archive.readiness import Cause, Standing, standing_of
from scoring.archive.readme import readme_of
from scoring.archive.sign import SigningKey
from scoring.archive.verify.fixity import check_fixity
from scoring.base.files import json_bytes
from scoring.batch.digests import digest_of
from scoring.batch.plan import Run
from scoring.batch.publish import only_batch


class NotArchivable(Exception):
    """Results that cannot be archived, with every cause."""

    def __init__(self, refusals: Sequence[Cause], causes: Sequence[Cause]) -> None:
        super().__init__(f"{len(refusals) + len(causes)} causes")
        self.refusals, self.causes = refusals, causes


def archive(
    run: Run, to: Path, *, key: SigningKey | None = None, replaces: Path | None = None, incomplete: bool = False
) -> Sealed:
    """Archive a year's evidence and results in a folder of archives.

    Parameters
    ----------
    replaces
        The archive that this one corrects.
    incomplete
        Whether an archive that lacks something is wanted; what it lacks is told on its label.

    Raises
    ------
    NotArchivable
        When results are not those of the evidence and the program of now, evidence cannot be read, or, unless
        ``incomplete``, something is lacking.
    UnusableArchive
        When the archive to be replaced is not whole, or this one cannot be made; the message says why.
    NotWritable
        When it cannot be written.
    """
    replaced = None if replaces is None else _replaced(replaces, run.year)
    with only_batch(run.out):
        standing = standing_of(run)
        if not standing.records:
            standing.refusals.append(Cause("empty", "归档", "没有一个部门的报告可以归档"))
        if standing.refusals or (standing.causes and not incomplete):
            raise NotArchivable(standing.refusals, standing.causes)
        return _seal(standing, to, key, replaced)


def _seal(standing: Standing, to: Path, key: SigningKey | None, replaced: Replaced | None) -> Sealed:
    day = dt.datetime.now().astimezone().date()
    label = label_of(standing, key, replaced)
    contents = dict(sorted({**contents_of(standing), LABEL: json_bytes(label)}.items()))
    contents[CRATE] = metadata_of(contents, label, standing.logs.values(), day)
    unsealed = Unsealed(
        contents=dict(sorted(contents.items())),
        readme=readme_of(label, standing.scorecards, standing.run.scheme),
        info=info_of(label),
        stem=f"{standing.run.year}年度考核归档",
        day=day,
        holds=partial(_holds, standing),
    )
    return seal(unsealed, key, to)


def _holds(standing: Standing, payload: Path) -> bool:
    """Whether evidence and results were archived as they were when they were held against each other."""
    evidence = (source for sources in standing.sources.values() for source in sources)
    return (
        all(digest_of((payload / EVIDENCE / source.name).read_bytes()) == source.sha256 for source in evidence)
        and all(record.intact(payload / RESULTS / name) for name, record in standing.records.items())
        and (standing.city is None or standing.city.intact(payload / RESULTS))
    )


def _replaced(path: Path, year: int) -> Replaced:
    """The archive to be replaced, which must be whole."""
    with opened(path) as before:
        if problems := check_fixity(before.bag).differences:
            raise UnusableArchive(f"要替代的归档 {path} 并不完好（{problems[0]}），请核实后再更正")
        if before.year != year:
            raise UnusableArchive(f"要替代的归档 {path} 是 {before.year} 年度的，不是 {year} 年度的")
        return Replaced(before.bag.resolve().name, before.identifier)
