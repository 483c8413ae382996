"""Programs that the slower tests need: found, or installed from Debian if possible.

Run by ``make tools``; standard library only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Tool:
    """A program that tests run: its names, its Debian package, and the variable that may name another instead."""

    names: tuple[str, ...]
    package: str
    variable: str = ""

    @property
    def path(self) -> str | None:
        """Where it is; None where it is not."""
        names = (os.environ.get(self.variable), *self.names)
        return next(filter(None, (shutil.which(name) for name in names if name)), None)

    def __str__(self) -> str:
        return f"{self.names[0]} (Debian: {self.package})"


CHROMIUM = Tool(("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"), "chromium", "CHROMIUM")
JAVA = Tool(("java",), "default-jre-headless", "JAVA")
NEEDED = (CHROMIUM, JAVA, Tool(("npm",), "npm"))
#: Without these the tests of workbooks and Word files skip themselves, and say so.
WANTED = (Tool(("localc",), "libreoffice-calc"), Tool(("lowriter",), "libreoffice-writer"))
NODE_MODULES = Path(__file__).resolve().parent / "node_modules"


def missing(tools: Iterable[Tool]) -> list[Tool]:
    """Those of the tools that are not there."""
    return [tool for tool in tools if tool.path is None]


def can_install() -> bool:
    """Say whether this is a Debian on which packages may be installed."""
    return shutil.which("apt-get") is not None and os.geteuid() == 0


def install(tools: list[Tool]) -> None:
    """Install tools from Debian's archive; apt-get prints its own errors."""
    apt_get = ["apt-get", "--quiet", "--yes"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    packages = [tool.package for tool in tools]
    for arguments in (["update"], ["install", "--no-install-recommends", *packages]):
        subprocess.run([*apt_get, *arguments], check=False, env=environment)


def main() -> None:
    """Leave every tool in place; say which are not, and fail when the tests need one of them."""
    if (absent := missing(NEEDED + WANTED)) and can_install():
        install(absent)
    if unchecked := missing(WANTED):
        print(f"Some tests will be skipped without {_listed(unchecked)}.")  # noqa: T201
    if absent := missing(NEEDED):
        sys.exit(f"The browser tests need {_listed(absent)}: please install what is named here.")


def _listed(tools: Iterable[Tool]) -> str:
    return ", ".join(map(str, tools))


if __name__ == "__main__":
    main()
