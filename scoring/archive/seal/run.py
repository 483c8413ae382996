"""Archiving a year: results are checked, then refused or labelled, written and sealed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from scoring.archive.layout import CRATE, EVIDENCE, LABEL, RESULTS, UnusableArchive
from scoring.archive.opened import opened
from scoring.archive.seal.bag import Sealed, seal
from scoring.archive.seal.contents import contents_of
from scoring.archive.seal.crate import metadata_of
from scoring.archive.seal.label import label_of
from scoring.archive.seal.readiness import Cause, Readiness, readiness_of
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
        Archive also if something is lacking; the label states what.

    Raises
    ------
    NotArchivable
        When results were not made from the present evidence and program, evidence cannot be read, or, unless
        ``incomplete``, something is lacking.
    UnusableArchive
        When the archive to be replaced is not whole, or this one cannot be made.
    NotWritable
        When it cannot be written.
    """
    replaced = None if replaces is None else _replaced(replaces, run)
    with only_batch(run.out):
        ready = readiness_of(run)
        if not ready.records:
            ready.refusals.append(Cause("empty", "归档", "没有一个部门的报告可以归档"))
        if ready.refusals or (ready.causes and not incomplete):
            raise NotArchivable(ready.refusals, ready.causes)
        return _seal(ready, to, key, replaced)


def _seal(ready: Readiness, to: Path, key: SigningKey | None, replaced: dict[str, str] | None) -> Sealed:
    day = dt.datetime.now().astimezone().date()
    label = label_of(ready, key, replaced)
    contents = dict(sorted({**contents_of(ready), LABEL: json_bytes(label)}.items()))
    contents[CRATE] = metadata_of(contents, label, day)
    return seal(dict(sorted(contents.items())), label, day, key, to, partial(_unchanged, ready))


def _unchanged(ready: Readiness, payload: Path) -> bool:
    """Whether evidence and results were copied as they were when they were compared."""
    evidence = (source for sources in ready.sources.values() for source in sources)
    return (
        all(digest_of((payload / EVIDENCE / source.name).read_bytes()) == source.sha256 for source in evidence)
        and all(record.intact(payload / RESULTS / name) for name, record in ready.records.items())
        and (ready.city is None or ready.city.intact(payload / RESULTS))
    )


def _replaced(path: Path, run: Run) -> dict[str, str]:
    """Name and identifier of the archive to be replaced, which must be whole, of that year and scheme."""
    with opened(path) as before:
        if problems := check_fixity(before.bag).differences:
            raise UnusableArchive(f"要替代的归档 {path} 并不完好（{problems[0]}），请核实后再更正")
        of, wanted = (before.year, before.scheme_folder.name), (run.year, run.scheme.folder.name)
        if of != wanted:
            raise UnusableArchive(
                f"要替代的归档 {path} 是 {of[0]} 年度、方案 {of[1]} 的，不是 {wanted[0]} 年度、方案 {wanted[1]} 的"
            )
        return {"name": before.bag.resolve().name, "identifier": before.identifier}
