"""Chunks that end the process that scores them; a module of its own, so that a worker can import it."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from scoring.evidence import Loaded
from scoring.evidence.folders import Chunk
from scoring.scheme import Scheme


@dataclass(frozen=True)
class Deadly(Chunk):
    """Kills its process while the chunk has ``victim``: always, or only once if there is a ``mark`` file to write."""

    victim: str = ""
    mark: Path | None = None

    def load(self, scheme: Scheme) -> Loaded:
        if self.victim in self.departments and not (self.mark and self.mark.exists()):
            if self.mark:
                self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().load(scheme)


@dataclass(frozen=True)
class Greedy(Chunk):
    """Has no memory left while it holds more than one department."""

    def load(self, scheme: Scheme) -> Loaded:
        if len(self.departments) > 1:
            raise MemoryError
        return super().load(scheme)
