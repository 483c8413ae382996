"""Ctrl-C and SIGTERM: a run stops at once and cleans up without being interrupted again."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

_SIGNALS: Final = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
#: Seconds after which a lost interrupt is repeated.
_AGAIN: Final = 0.05


class _Held:
    """How many steps a signal has to wait for, and what it raises then."""

    depth = 0
    waiting: BaseException | None = None


@contextmanager
def uninterrupted() -> Iterator[None]:
    """A short step of the main thread that must not be left half done; a signal that comes meanwhile waits for it."""
    _Held.depth += 1
    try:
        yield
    finally:
        _Held.depth -= 1
        if _Held.waiting and not _Held.depth:
            waiting, _Held.waiting = _Held.waiting, None
            raise waiting


def interrupt_with(error: BaseException) -> None:
    """Raise what a signal means, at the end of a step that is not interrupted."""
    if not _Held.depth:
        raise error
    _Held.waiting = error


@contextmanager
def interrupted_once() -> Iterator[None]:
    """The first signal raises KeyboardInterrupt, later ones are ignored.

    Python discards an error that is raised in the callback of a weak reference, as while a module is imported; the
    interrupt is then repeated a moment later.
    """
    is_raised = False

    def stop(*_: object) -> None:
        nonlocal is_raised
        if not is_raised:
            is_raised = True
            interrupt_with(KeyboardInterrupt())

    def discarded(what: Any) -> None:
        if what.exc_type is KeyboardInterrupt:
            threading.Timer(_AGAIN, repeat).start()
        else:
            report_discarded(what)

    def repeat() -> None:
        nonlocal is_raised
        is_raised = False
        _interrupt_main_thread()

    before = {number: signal.signal(number, stop) for number in _SIGNALS}
    report_discarded, sys.unraisablehook = sys.unraisablehook, discarded
    try:
        yield
    finally:
        sys.unraisablehook = report_discarded
        for number, handler in before.items():
            signal.signal(number, signal.SIG_IGN if is_raised else handler)


def _interrupt_main_thread() -> None:
    """As Ctrl-C does, also while the thread is waiting."""
    if sys.platform == "win32":
        _thread.interrupt_main()
    else:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


def forget_interrupt() -> None:
    """Make sure that the process ends with its exit code.

    CPython remembers an interrupt that came during an ``exec`` (as for every dataclass) and ends ``python -m`` by the
    signal, although it was handled; another ``exec`` clears that.
    """
    exec("")  # noqa: S102 - nothing is executed
