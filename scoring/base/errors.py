"""Errors for analysts, with a Chinese message and no traceback."""

from __future__ import annotations


class ForAnalysts(Exception):
    """An error shown without a traceback; it ends a command as wrong usage (exit code 2)."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback."""
        return [str(self)]


class NotDone(ForAnalysts):
    """A request that cannot be carried out; ends a command with exit code 1."""
