"""Scores computed again from an archive: ``python -m scoring.archive.rederive ARCHIVE OUT``.

``verify --with-archived-source`` runs this module of the archive's own program, whatever version that is: it takes the
folder of an archive and the folder to write to, and leaves ``<department>/scorecard.json`` and ``ranking.json``. That
is a contract with every archive ever made.
"""

from __future__ import annotations

import sys
from pathlib import Path

from scoring.archive.opened import Archive, opened
from scoring.batch.score import write_ranking, write_scorecards


def rederive(archive: Archive, out: Path) -> None:
    """Write the scorecards and the ranking that follow from the archive's evidence, scheme, readings and calendar."""
    made = archive.assess()
    write_scorecards(made, out)
    results = [card.result for card in made.scorecards]
    write_ranking(archive.scheme, results, made.faults, out, official=made.official)


if __name__ == "__main__":
    with opened(Path(sys.argv[1])) as given:
        rederive(given, Path(sys.argv[2]))
