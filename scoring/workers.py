"""Processes that have loaded what scoring needs.

Workers are forked from a server process that did nothing but import it; on Windows each starts afresh.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.context import BaseContext
from typing import Final

_LOADED: Final = ["scoring.scoring_run"]


@contextmanager
def pool(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """So many workers; when the run is given up, what has not begun is dropped."""
    workers = ProcessPoolExecutor(jobs, mp_context=_context())
    try:
        yield workers
    finally:
        workers.shutdown(wait=True, cancel_futures=True)


def begin() -> None:
    """Have the server begin to import; it is ready when the first worker is wanted."""
    if sys.platform != "win32":
        from multiprocessing.forkserver import ensure_running

        _context()
        ensure_running()


def _context() -> BaseContext:
    if sys.platform == "win32":
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload(_LOADED)
    return context
