"""The 季度通报: notebook, page, PDF and Word, made like every other report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path

from scoring.base.files import write_bytes
from scoring.base.names import circular_files
from scoring.batch.plan import scheme_for_notebook, sources_of
from scoring.batch.task import CIRCULAR, Made, Task
from scoring.batch.workers.runners import made_alone
from scoring.scheme import Scheme


def make_circular(
    workbooks: Sequence[Path],
    scheme: Scheme,
    first: dt.date,
    last: dt.date,
    out: Path,
    *,
    readings: Mapping[str, str],
    departments: tuple[str, ...] = (),
    number: str = "",
    issued: dt.date | None = None,
    time_limit: int = 600,
) -> Made:
    """Write the circular of a period into a folder; or nothing, if there is a problem.

    Parameters
    ----------
    first, last
        The first and last day of the period, both in the scheme's year.
    readings
        Those that differ from the default.
    departments
        The list in place of the scheme's, if any.
    number, issued
        期号, and the day of issue.
    time_limit
        Seconds.

    Raises
    ------
    OSError
        When the files cannot be written.
    """
    named, its_files = scheme_for_notebook(scheme)
    given = {
        "year": scheme.year,
        "first": first.isoformat(),
        "last": last.isoformat(),
        "scheme": named,
        **({"readings": dict(readings)} if readings else {}),
        **({"number": number} if number else {}),
        **({"issued": issued.isoformat()} if issued else {}),
    }
    sources = (*chain.from_iterable(sources_of(workbooks, scheme).values()), *its_files)
    files = circular_files(first, last)
    limit = max(time_limit, len(sources))
    made = made_alone(Task(CIRCULAR, "季度通报", scheme.year, sources, given, files, departments, time_limit=limit))
    for name, content in made.files.items():
        write_bytes(out / name, content)
    return made
