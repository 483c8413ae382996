"""Two states of evidence, and the results of undisturbed runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from batching import asked, report, results, save, some_evidence


@pytest.fixture(scope="session")
def raws(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Evidence of two departments, and the same after a change of both: every report changes."""
    folder = tmp_path_factory.mktemp("raws")
    changed = [workbook.add("监测发现 | 指标=3.1.1.1") for workbook in some_evidence()[:2]]
    return [save(folder / "0", some_evidence()[:2]), save(folder / "1", changed)]


@pytest.fixture(scope="session")
def undisturbed(raws: list[Path], tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, bytes]]:
    """The results of undisturbed runs."""
    out = tmp_path_factory.mktemp("undisturbed")
    made = []
    for raw in raws:
        assert report(asked(raw, out)).failures == {}
        made.append(results(out))
    return made
