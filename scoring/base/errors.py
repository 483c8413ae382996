"""Errors that are for an analyst: their message is Chinese and says all there is to say."""

from __future__ import annotations


class ForAnalysts(Exception):
    """A notebook shows the message alone, without the way through the code that led there."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback."""
        return [str(self)]
