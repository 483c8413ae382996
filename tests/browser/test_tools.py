"""The checks themselves: each finds the fault it is for."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest
from browser.lab import OFFLINE
from browser.tools import NODE_MODULES

PAGE = '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>页</title></head><body>{}</body></html>'


@pytest.fixture
def page_file(tmp_path):
    """Write a page with a given body."""

    def write(body):
        path = tmp_path / "page.html"
        path.write_text(PAGE.format(body), encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize(
    "body",
    [
        '<img src="http://192.0.2.1/a.png" alt="图">',
        '<script src="https://cdn.example/a.js"></script>',
        '<style>@import "https://cdn.example/a.css";</style>',
        '<script>fetch("http://127.0.0.1.example/")</script>',
        '<script>new WebSocket("wss://cdn.example/")</script>',
    ],
)
def test_a_request_that_would_leave_the_machine_is_noted(body, page_file, watch):
    watched = watch()
    watched.context.new_page().goto(page_file(body).as_uri(), wait_until="networkidle")
    assert len(watched.outside) == 1


def test_an_error_on_the_console_and_an_exception_are_noted(page_file, watch):
    watched = watch()
    watched.context.new_page().goto(page_file("<script>console.error('甲'); throw new Error('乙')</script>").as_uri())
    assert [re.search("[甲乙]", complaint)[0] for complaint in watched.complaints] == ["甲", "乙"]


def test_axe_finds_an_image_without_words(page_file, watch, axe):
    page = watch().context.new_page()
    page.goto(page_file('<main><h1>题</h1><img src="data:image/png;base64,iVBORw0KGgo="></main>').as_uri())
    assert [violation.split()[0] for violation in axe(page)] == ["image-alt"]


def test_the_nu_html_checker_finds_an_unclosed_element(page_file, vnu):
    found = vnu([page_file("<h1>题</h1><section><h2>节</h2>")])
    assert any("section" in message for message in found)


def test_a_python_process_that_would_leave_the_machine_is_refused_and_noted(tmp_path):
    log = tmp_path / "outside.txt"
    script = 'import socket; socket.create_connection(("192.0.2.1", 80), timeout=1)'
    environment = {**os.environ, "PYTHONPATH": str(OFFLINE), "OFFLINE_LOG": str(log)}
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, env=environment)
    assert b"ConnectionRefusedError" in done.stderr
    assert log.read_text(encoding="utf-8") == "socket.connect ('192.0.2.1', 80)\n"


def test_the_lock_of_npm_names_no_host_and_hashes_every_package():
    text = (NODE_MODULES.parent / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in text
    packages = json.loads(text)["packages"]
    assert all("integrity" in package for name, package in packages.items() if name)
    assert len(packages) == 3
