"""Score an archive again: ``python -m scoring.archive.rederive ARCHIVE OUT``.

``verify --with-archived-source`` runs this module of the program inside the archive, which may be of any version. Its
arguments, the folder of an archive and the folder to write to, and what it writes, ``<department>/scorecard.json`` and
``ranking.json``, must therefore never change.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from scoring.archive.opened import Archive, opened
from scoring.batch.score import Scored, write_ranking, write_scorecards
from scoring.scheme import known_schemes


def rederive(archive: Archive, out: Path) -> None:
    """Write the scorecards and the ranking that follow from the archive's evidence, scheme, readings and calendar."""
    made = archive.assess()
    write_scorecards(made, out)
    scored = Scored([card.result for card in made.scorecards], dict(made.faults), official=made.official)
    write_ranking(archive.scheme, scored, out)


if __name__ == "__main__":
    with opened(Path(sys.argv[1])) as given:
        # Code of the archive is running already, so the rules of a scheme that the program lacks may run as well.
        folder = given.scheme_folder
        rederive(replace(given, rules=known_schemes().get(folder.name, folder)), Path(sys.argv[2]))
