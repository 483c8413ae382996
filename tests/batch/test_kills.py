"""kill -9 of any process of a run, at moments spread over all of its work: whole results, and the next run completes.

How far a run has come is told by the processor time that its processes have used, which is much the same on a machine
that is busy with other things. The short moments of publication are hit one by one in ``test_each_step``, a cluster's
workers in ``test_cluster``.
"""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from batching import results, save, some_evidence, strange, torn
from commands import Command, command

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")

#: Moments at which something is killed, the ten of ``test_cluster`` included.
MOMENTS = int(os.environ.get("FAULTY_MOMENTS", "50"))
#: Of fifty moments, how many each process has, and in which part of a run there is one to be killed.
SHARES = {
    "command": (12, 0.0, 1.0),
    "kernel": (9, 0.35, 0.95),
    "worker": (9, 0.35, 0.95),
    "template": (6, 0.1, 0.95),
    "forkserver": (4, 0.1, 0.95),
}
#: Processes other than the command are killed so many in a run, which goes on.
KILLS_A_RUN = 7
#: What a command that is killed cannot take with it: sockets without content, and a folder that is empty still.
REMAINS = ("pymp-", "listener-", "reports-")


class House:
    """Two states of evidence between which every report changes, what undisturbed runs make of them, and results."""

    def __init__(self, folder: Path) -> None:
        self.out = folder / "out"
        changed = [workbook.add("监测发现 | 指标=3.1.1.1") for workbook in some_evidence()[:2]]
        self.raws = [save(folder / "raw0", some_evidence()[:2]), save(folder / "raw1", changed)]
        self.undisturbed, self.work = [], 0.0
        for raw in self.raws:
            with command(raw, self.out) as running:
                running.until(lambda running=running: running.used() < 0)  # Only measures.
                assert running.wait() == 0
                assert running.are_gone()
                assert list(running.temporary.iterdir()) == []
                self.work = running.used()
            self.undisturbed.append(results(self.out))
        self.state = 0

    def changing(self) -> AbstractContextManager[Command]:
        """The command after the evidence has changed."""
        return command(self.raws[self.state], self.out)

    def complete(self) -> None:
        """The same command undisturbed, whose results are as if nothing had happened; then the evidence changes."""
        with self.changing() as running:
            assert (running.wait(), running.complained) == (0, "")
        assert results(self.out) == self.undisturbed[self.state]
        self.state = 1 - self.state


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return House(tmp_path_factory.mktemp("house"))


def moments(role: str) -> list[float]:
    """Shares of a run's work, spread evenly."""
    share, first, last = SHARES[role]
    number = max(1, share * MOMENTS // 50)
    return [first + (moment + 0.5) / number * (last - first) for moment in range(number)]


def test_the_command_is_killed(house: House) -> None:
    """Three times in a row, each time earlier, and then the results are completed."""
    due, killed = moments("command"), 0
    runs = -(-len(due) // 3)
    for group in (due[first::runs][::-1] for first in range(runs)):
        for moment in group:
            with house.changing() as running:
                if not running.until_used(moment * house.work):
                    break  # So little was left to do that it is done.
                running.process.kill()
                running.process.wait()
                killed += 1
                assert strange(house.out, *house.undisturbed) == [], moment
                assert running.are_gone(), moment
                assert strange(house.out, *house.undisturbed) == [], moment
                left = {path.name for path in running.temporary.rglob("*")}
                assert {name for name in left if not name.startswith(REMAINS)} == set(), moment
                assert running.complained == "", moment
        house.complete()
    assert killed >= len(due) * 3 // 4


def test_its_processes_are_killed_and_it_goes_on(house: House) -> None:
    """What is lost with them is made again, or told; what is there is whole."""
    due = sorted((moment, role) for role in SHARES if role != "command" for moment in moments(role))
    runs = -(-len(due) // KILLS_A_RUN)
    for kills in (due[first::runs] for first in range(runs)):
        with house.changing() as running:
            for moment, role in kills:
                assert running.until_used(moment * house.work, role), kills
                running.those(role)[0].kill()
            assert running.wait() in {0, 1}, kills
            assert [line for line in running.complained.splitlines() if "异常终止" not in line] == [], kills
            assert torn(house.out) == [], kills
            assert running.are_gone(), kills
            assert list(running.temporary.iterdir()) == [], kills
        house.complete()
