"""A real browser, axe and the Nu HTML checker; pages may load nothing from outside this machine."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from browser.tools import CHROMIUM, JAVA, NODE_MODULES
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, WebSocket, expect, sync_playwright

#: What a page may load; everything else would leave the machine.
NEAR = re.compile(r"(file|data|blob|about):|(http|ws)://(127\.0\.0\.1|localhost)[:/]")
AXE = NODE_MODULES / "axe-core" / "axe.min.js"
VNU = NODE_MODULES / "vnu-jar" / "build" / "dist" / "vnu.jar"
RUN_AXE = """
    async ([disabled, within]) => {
        const rules = axe.getRules().map((rule) => rule.ruleId).filter((rule) => !disabled.includes(rule));
        const where = within ? {include: [[within]]} : document;
        return (await axe.run(where, {runOnly: {type: "rule", values: rules}})).violations;
    }
"""
#: How long a step may take on a busy machine (milliseconds).
PATIENCE = 120_000
expect.set_options(timeout=PATIENCE)
#: The checker does not know "data:" in a policy of the page; Chromium enforces it, and other tests check that.
MISJUDGED = re.compile(r"Resource violates Content Security Policy \(meta tag\): image “data:image/")


def pytest_collect_file() -> None:
    """Collect this folder only under ``make test-all``, which installs what the tests need."""
    if "BROWSER_TESTS" not in os.environ:
        pytest.skip("needs Chromium, Java and packages of npm: run make test-all", allow_module_level=True)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium; its sandbox is off only for root, for whom it cannot start."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM.path, chromium_sandbox=not root)
        yield browser
        browser.close()


@dataclass
class Watched:
    """A context of the browser: a request to ``outside`` is cut off and noted, errors of scripts are ``complaints``."""

    context: BrowserContext
    outside: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.set_default_timeout(PATIENCE)
        self.context.route(lambda address: not NEAR.match(address), self._cut_off)
        self.context.route_web_socket(lambda address: not NEAR.match(address), self._note_socket)
        self.context.on("console", self._note_console)
        self.context.on("weberror", lambda error: self.complaints.append(str(error.error)))

    def _cut_off(self, route: Any) -> None:
        self.outside.append(route.request.url)
        route.abort()

    def _note_socket(self, socket: WebSocket) -> None:
        self.outside.append(socket.url)

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location['url']})")


@pytest.fixture
def watch(chromium: Browser) -> Iterator[Callable[..., Watched]]:
    """Open a context of the browser; the keywords are those of ``Browser.new_context``."""
    opened = []

    def open_context(**options: Any) -> Watched:
        watched = Watched(chromium.new_context(service_workers="block", **options))
        opened.append(watched)
        return watched

    yield open_context
    for watched in opened:
        watched.context.close()


@pytest.fixture
def new_page(watch: Callable[..., Watched]) -> Iterator[Callable[..., Page]]:
    """Open a page, ``width`` CSS pixels wide; at the end, no outside request and no error must have occurred."""
    opened = []

    def open_page(*, width: int = 1280, height: int = 900) -> Page:
        watched = watch(viewport={"width": width, "height": height})
        opened.append(watched)
        return watched.context.new_page()

    yield open_page
    assert [watched.outside for watched in opened] == [[]] * len(opened)
    assert [watched.complaints for watched in opened] == [[]] * len(opened)


@pytest.fixture(scope="session")
def axe() -> Callable[..., list[str]]:
    """Run all rules of axe but those named on a page, or within what a selector finds; gives each violation."""
    script = AXE.read_text(encoding="utf-8")

    def run(page: Page, *, disabled: Iterable[str] = (), within: str = "") -> list[str]:
        page.evaluate(script)
        return [_described(violation) for violation in page.evaluate(RUN_AXE, [list(disabled), within])]

    return run


def _described(violation: dict[str, Any]) -> str:
    nodes = violation["nodes"]
    places = "".join(f"\n    {node['html'][:200]}" for node in nodes[:3])
    return f"{violation['id']} ({violation['impact']}, {len(nodes)} places): {violation['help']}{places}"


@pytest.fixture(scope="session")
def vnu() -> Callable[[Iterable[Path]], list[str]]:
    """Run the Nu HTML checker on files, all at once; gives its errors and warnings, each with file and line."""

    def run(files: Iterable[Path]) -> list[str]:
        command = [JAVA.path, "-jar", VNU, "--stdout", "--exit-zero-always", "--format", "json", *files]
        done = subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8")
        return [
            f"{message['url']}:{message.get('lastLine')}: {message['message']}"
            for message in json.loads(done.stdout)["messages"]
            if not MISJUDGED.match(message["message"])
        ]

    return run
