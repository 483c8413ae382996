"""kill -9 of any process of a run, at moments spread over all of its work: whole results, and the next run completes.

How far a run has come is told by the processor time that its processes have used, which is much the same on a machine
that is busy with other things. The short moments of publication are hit one by one in ``test_each_step``, a cluster's
workers in ``test_cluster``.
"""

from __future__ import annotations

import math
import os
import sys
from contextlib import AbstractContextManager, suppress
from pathlib import Path

import psutil
import pytest
from batching import results, save, some_evidence, strange, torn
from commands import Command, command

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")

#: Moments at which something is killed, the ten of ``test_cluster`` included.
MOMENTS = int(os.environ.get("FAULTY_MOMENTS", "50"))
#: Of fifty moments, how many each process has, and in which part of a run there is one to be killed.
SHARES = {
    "command": (12, 0.0, 0.9),
    "kernel": (9, 0.3, 0.6),
    "worker": (9, 0.3, 0.8),
    "template": (6, 0.1, 0.8),
    "forkserver": (4, 0.1, 0.8),
}
#: Processes other than the command are killed so many in a run, which goes on.
KILLS_A_RUN = 7
#: What a command that is killed cannot take with it: sockets without content, and a folder that is empty still.
REMAINS = ("pymp-", "listener-", "crew-")


class House:
    """Two states of evidence between which every report changes, what undisturbed runs make of them, and results."""

    def __init__(self, folder: Path) -> None:
        self.out = folder / "out"
        changed = [workbook.add("监测发现 | 指标=3.1.1.1") for workbook in some_evidence()[:2]]
        self.raws = [save(folder / "raw0", some_evidence()[:2]), save(folder / "raw1", changed)]
        self.undisturbed, self.work = [], math.inf
        for raw in self.raws:
            with command(raw, self.out) as running:
                running.until(lambda running=running: running.used() < 0)  # Only measures.
                assert running.wait() == 0
                assert running.are_gone()
                assert list(running.temporary.iterdir()) == []
                self.work = min(self.work, running.used())
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
    """At each moment of a run that has everything to do, until something was published: then it is completed first.

    On a machine that is less busy meanwhile, a run may have ended before it has used so much: then once more.
    """
    begun_from = results(house.out)
    due = moments("command")
    while due:
        moment = due[0]
        with house.changing() as running:
            if running.until_used(moment * house.work):
                running.process.kill()
                due.pop(0)
            else:
                house.work = min(house.work, running.used())
            running.process.wait()
            assert strange(house.out, *house.undisturbed) == [], moment
            assert running.are_gone(), moment
            assert strange(house.out, *house.undisturbed) == [], moment
            left = {path.name for path in running.temporary.rglob("*")}
            assert {name for name in left if not (name.startswith(REMAINS) or name.endswith(".res"))} == set(), moment
            assert running.complained == "", moment
        if results(house.out) != begun_from:
            house.complete()
            begun_from = results(house.out)
    house.complete()


def test_its_processes_are_killed_and_it_goes_on(house: House) -> None:
    """What is lost with them is made again, or told; what is there is whole. What came too late is for the next run.

    A run may have ended before it used so much, on a machine that is less busy meanwhile: then once more, with less.
    """
    in_vain = 0
    due = sorted((moment, role) for role in SHARES if role != "command" for moment in moments(role))
    while due:
        killed = []
        with house.changing() as running:
            for moment, role in due[:: -(-len(due) // KILLS_A_RUN)]:
                if not running.until_used(moment * house.work, role):
                    break
                for process in running.those(role)[:1]:
                    with suppress(psutil.NoSuchProcess):  # It may have ended a moment ago.
                        process.kill()
                        killed.append((moment, role))
            assert running.wait() in {0, 1}, killed
            strange_lines = [line for line in running.complained.splitlines() if "异常终止" not in line]
            assert not strange_lines, "\n".join([str(killed), *strange_lines])
            assert torn(house.out) == [], killed
            assert running.are_gone(), killed
            # .res: of the compiler, whom ctypes asks where a library is, when the one that asked is killed.
            assert [path for path in running.temporary.iterdir() if path.suffix != ".res"] == [], killed
            if not killed:
                in_vain, house.work = in_vain + 1, min(house.work, running.used())
        assert in_vain < len(SHARES)
        due = [each for each in due if each not in killed]
        house.complete()
