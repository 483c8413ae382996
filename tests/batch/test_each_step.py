"""A run that fails at any step of its writing leaves complete results, and the next run completes the rest."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from batching import results, save, unexpected
from evidence_builder import Evidence, faultless

if sys.platform == "win32":
    pytest.skip("forks, and signals of Unix", allow_module_level=True)

from faulty import FAULTS, FEWER, REPORTED, Runs, runs

pytestmark = pytest.mark.thorough

#: Distance of the steps that are tried; 1 takes minutes.
STRIDE = int(os.environ.get("FAULTY_STRIDE", "3"))
ENDS = {
    "killed": {-9, FEWER},
    "cut_off": {-9, -25, FEWER},
    "full": {0, REPORTED, FEWER},
    "read_only": {0, REPORTED, FEWER},
}
NOTE = "我的备注.txt"


def evidence() -> tuple[list[Evidence], list[Evidence]]:
    """Two states: between them one report changes, one is removed and one department disappears."""
    late = "领导信箱 ×3 | 类型=咨询 | 来信日期=2017-05-02 | 回复日期=2017-06-20"
    return (
        [faultless("人社局"), faultless("教育局").add(late), faultless("规划局")],
        [faultless("人社局").add(late), faultless("教育局").fact("年度", "2016")],
    )


class Folders:
    """Two states of evidence, the results of undisturbed runs, and a folder of results."""

    def __init__(self, folder: Path, forked: Runs) -> None:
        self.forked, self.out = forked, self._with_a_note(folder / "out")
        self.raws = [save(folder / f"raw{number}", state) for number, state in enumerate(evidence())]
        self.undisturbed = []
        for number, raw in enumerate(self.raws):
            out = self._with_a_note(folder / f"undisturbed{number}")
            assert forked.run(raw, out) == 0
            self.undisturbed.append(results(out))

    def _with_a_note(self, out: Path) -> Path:
        """A department's folder with a file that is not ours."""
        (out / "教育局").mkdir(parents=True)
        (out / "教育局" / NOTE).write_text("留", encoding="utf-8")
        return out

    def complete(self, state: int) -> None:
        """An undisturbed run; afterwards all is as if nothing had happened."""
        assert self.forked.run(self.raws[state], self.out) == 0
        assert results(self.out).keys() == self.undisturbed[state].keys()
        assert results(self.out) == self.undisturbed[state]


@pytest.fixture(scope="module")
def forked() -> Iterator[Runs]:
    with runs() as found:
        yield found


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_at_each_step(fault: str, forked: Runs, tmp_path: Path) -> None:
    folders = Folders(tmp_path, forked)
    folders.complete(0)
    step, ended = 0, [0, 0]
    while ended != [FEWER, FEWER]:
        for state in (1, 0):
            ended[state] = forked.run(folders.raws[state], folders.out, fault, step)
            assert ended[state] in ENDS[fault], step
            assert unexpected(folders.out, *folders.undisturbed) == [], step
            folders.complete(state)
        step += STRIDE
