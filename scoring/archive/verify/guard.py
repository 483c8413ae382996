"""One file that cannot be read is a difference of its own, and hides no other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from scoring.archive.layout import UnusableArchive
from scoring.archive.verify.report import Part

_ABSENT: Final = (FileNotFoundError, NotADirectoryError, IsADirectoryError)


@contextmanager
def guarded(part: Part, name: str) -> Iterator[None]:
    """Note whatever a forged file makes a reader raise, under the file's name.

    Raises
    ------
    OSError
        What is this machine's fault and not the archive's: a full disk, no permission.
    """
    try:
        yield
    except OSError as error:
        if not isinstance(error, _ABSENT):
            raise
        part.differs(name, f"缺少文件 {Path(str(error.filename)).name}，无法比较")
    except UnusableArchive as error:
        part.differs(name, str(error))
    except Exception as error:  # noqa: BLE001 - readers raise whatever a forged file leads them to
        part.differs(name, f"内容读不懂，无法比较（{type(error).__name__}：{error}）")
