"""Errors for analysts: the Chinese message says everything."""

from __future__ import annotations


class ForAnalysts(Exception):
    """An error of which a notebook shows the message without a traceback."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback."""
        return [str(self)]
