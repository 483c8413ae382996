"""Jobs for workers; a module of its own, so that a worker can import it."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from multiprocessing import parent_process
from pathlib import Path
from typing import Any

from scoring.base.files import write_bytes


def square(number: int) -> int:
    """A result."""
    return number * number


def unless_three(number: int) -> int:
    """An error for one of them."""
    if number == 3:
        raise ValueError("three")
    return number


def killed_by_three(number: int) -> int:
    """One of them ends its process."""
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def without_memory_for_three(number: int) -> int:
    """One of them is too large."""
    if number == 3:
        raise MemoryError
    return number


def at_work(folder: Path) -> int:
    """In a folder that exists, work for ever, with a file that shows it; otherwise nothing."""
    if folder.exists():
        half_done = folder / "half done"
        try:
            half_done.touch()
            time.sleep(10**6)
        finally:
            half_done.unlink()
            (folder / "cleaned up").touch()
    return 0


def ended_while_it_writes(file: Path) -> int:
    """Its process is to end as soon as the temporary file is made."""
    made = tempfile.mkstemp

    def mkstemp(**options: Any) -> tuple[int, str]:
        handle = made(**options)
        os.kill(os.getpid(), signal.SIGTERM)
        return handle

    tempfile.mkstemp = mkstemp
    write_bytes(file, b"whole")
    return 0


def as_given(thing: object) -> object:
    """The same again."""
    return thing


def ignores_ctrl_c(_: object) -> bool:
    """How Ctrl-C is handled here."""
    return signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def own_process(_: object) -> int:
    """The process of the job."""
    return os.getpid()


def killer_of_its_owner(number: int) -> int:
    """Finishes when its owner has been killed."""
    owner = parent_process()
    assert owner is not None
    assert owner.pid is not None
    os.kill(owner.pid, signal.SIGKILL)
    owner.join()
    return number
