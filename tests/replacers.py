"""Processes that replace a file until they are killed; a module of its own, so that a process can import it."""

from __future__ import annotations

import io
import multiprocessing
import os
import signal
import sys
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import pytest

from scoring import load_scheme
from scoring.evidence.saving import CannotSave, replace

_STEPS = {"open", "os.rename", "os.remove", "os.mkdir", "os.chmod", "os.chown", "os.utime", "tempfile.mkstemp"}


@pytest.fixture(scope="session")
def processes() -> ForkServerContext:
    """Processes that start fast, with the modules loaded and a single thread."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["replacers"])
    with pytest.MonkeyPatch.context() as patch:  # Its own search path does not reach the server's preloading.
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        forkserver.ensure_running()
    return context


def die_at(at: int) -> None:
    """Be killed before file-system operation ``at`` from now on."""
    passed = 0

    def step() -> None:
        nonlocal passed
        passed += 1
        if passed == at:
            os.kill(os.getpid(), signal.SIGKILL)

    flush = os.fsync
    os.fsync = lambda handle: (step(), flush(handle), step())[1]
    sys.addaudithook(lambda event, _: step() if event in _STEPS else None)


def replace_and_die(path: Path, content: bytes, read: str, at: int) -> None:
    """Replace, killed before file-system operation ``at``; returns if there are fewer."""
    die_at(at)
    replace(path, content, read)


def save_and_die(case: Any, changes: Any, at: int) -> None:
    """Save a case file, killed before file-system operation ``at``; returns if there are fewer."""
    scheme = load_scheme(2017)
    die_at(at)
    case.save(changes, scheme)


def save_at_once(case: Any, changes: Any, barrier: Any, answers: Any) -> None:
    """Save a case file together with others; what came of it is put into ``answers``."""
    scheme = load_scheme(2017)
    barrier.wait()
    try:
        case.save(changes, scheme)
        answers.put("")
    except CannotSave as error:
        answers.put(str(error))


def replace_half_and_die(path: Path, content: bytes, read: str, nth: int) -> None:
    """Replace; killed when half of the ``nth`` file that is written is on the disk."""
    opened, real = 0, os.fdopen

    class Half(io.FileIO):
        def write(self, content: Any) -> int:
            super().write(content[: len(content) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
            return 0

    def fdopen(handle: int, mode: str) -> Any:
        nonlocal opened
        opened += 1
        return Half(handle, mode) if opened == nth else real(handle, mode)

    os.fdopen = fdopen
    replace(path, content, read)


def replace_at_once(path: Path, content: bytes, read: str, barrier: Any, answers: Any) -> None:
    """Replace together with others; what came of it is put into ``answers``."""
    barrier.wait()
    try:
        replace(path, content, read)
        answers.put((content, ""))
    except CannotSave as error:
        answers.put((content, str(error)))
