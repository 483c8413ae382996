"""The archive's own program, run on the archive: code of whoever made it, so only after its fixity was checked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from scoring.archive.opened import Archive

_MOST_TOLD = 600


class ArchivedProgramFailed(Exception):
    """The archive's program could not do it with the packages of now; the message says why, in Chinese."""


@contextmanager
def archived_program(archive: Archive) -> Iterator[Path]:
    """A copy of the archive's program, so that running it leaves nothing in the archive."""
    with tempfile.TemporaryDirectory(prefix="program-", ignore_cleanup_errors=True) as folder:
        copied = Path(folder) / "program"
        shutil.copytree(archive.program, copied)
        yield copied


def run_python(arguments: Sequence[str], program: Path | None = None, fine: Collection[int] = (0,)) -> str:
    """Run Python with this program, or with a copied one in its place.

    Parameters
    ----------
    fine
        Exit codes of a run that did what it should.

    Returns
    -------
    str
        The end of what it complained of.

    Raises
    ------
    ArchivedProgramFailed
        When it did not succeed.
    """
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}
    if program is not None:
        environment["PYTHONPATH"] = str(program)
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, *arguments], cwd=program, env=environment, capture_output=True, check=False
    )
    told = " ".join(done.stderr.decode("utf-8", "replace").strip()[-_MOST_TOLD:].split())
    if done.returncode not in fine:
        raise ArchivedProgramFailed(f"程序没有运行成功（退出码 {done.returncode}）：{told}")
    return told
