"""What the readings decide, for reports: handed over by a batch in a file, or worked out from the workbooks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path

from scoring.engine.assessment import assess_evidence
from scoring.engine.readings import Decided, Spread, TooManyReadings, decided, spreads_of
from scoring.evidence import by_department, load_evidence
from scoring.report.places import NOTEBOOKS
from scoring.scheme import Scheme

#: How many departments are read and scored together; keeping the rows of all would double the memory.
TOGETHER = 100


def decided_for(
    workbooks: Sequence[Path], scheme: Scheme, readings: Mapping[str, str] | None = None, file: str | Path = ""
) -> dict[str, Decided]:
    """By department, from the file that a batch hands over, else from the workbooks; empty if there is too much to do.

    A relative path counts from here, else from the notebooks. When a published notebook runs again, there is no file.
    """
    for path in (Path(file), NOTEBOOKS / file) if file else ():
        if path.is_file():
            return {one["department"]: Decided.of_json(one) for one in json.loads(path.read_bytes())}
    with suppress(TooManyReadings):
        found, official = every_spread(workbooks, scheme, readings)
        return decided(found, official=official)
    return {}


def every_spread(
    workbooks: Sequence[Path], scheme: Scheme, readings: Mapping[str, str] | None = None
) -> tuple[list[Spread], bool]:
    """The spreads of all that can be scored, and whether any evidence is official; or TooManyReadings."""
    files = list(by_department(workbooks, scheme).values())
    found: list[Spread] = []
    official = False
    for at in range(0, len(files), TOGETHER):
        loaded = load_evidence([*chain.from_iterable(files[at : at + TOGETHER])], scheme)
        found += spreads_of(loaded.evidence, assess_evidence(loaded, readings))
        official |= loaded.official
    return found, official
