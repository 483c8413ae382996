"""The environment: one lock with hashes and no address, the same versions for conda, every command documented."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from scoring.cli.main import cli

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
CONDA_NAMES = {"matplotlib-base": "matplotlib"}
EXTRAS = {"bcrypt", "tinycss2"}  # what conda has no cryptography[ssh] and no bleach[css] for


def locked():
    versions = {}
    for name, version in re.findall(r"^([a-z0-9-]+)==(\S+)", LOCK, re.MULTILINE):
        versions.setdefault(name, set()).add(version)
    return versions


def direct_dependencies():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {re.match(r"[a-z0-9-]+", entry)[0] for entry in project["dependencies"]}


def conda_pins():
    entries = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    pip = next(entry["pip"] for entry in entries if isinstance(entry, dict))
    pins = [entry.split("=") for entry in entries if isinstance(entry, str) and "=" in entry]
    pins += [entry.split("==") for entry in pip]
    return {CONDA_NAMES.get(name, name): version for name, version in pins if name != "python"}


def test_the_lock_names_no_host_and_hashes_every_package():
    assert not re.search(r"https?:|file:|index-url|find-links", LOCK)
    packages = re.split(r"^(?=[a-z0-9-]+==)", LOCK, flags=re.MULTILINE)[1:]
    assert len(packages) > 100
    assert all("--hash=sha256:" in package for package in packages)


def test_every_dependency_is_locked():
    assert direct_dependencies() <= set(locked())


def test_conda_has_the_versions_of_the_lock():
    pins = conda_pins()
    assert set(pins) - EXTRAS == direct_dependencies()
    wrong = {name: version for name, version in pins.items() if version not in locked()[name]}
    assert not wrong


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_every_command_is_documented(readme):
    text = (ROOT / readme).read_text(encoding="utf-8")
    missing = [name for name in cli.commands if f"python -m scoring {name}" not in text]
    assert not missing


def parts_of(readme):
    """Level of each heading, with the blocks of code and the cells of tables below it."""
    parts = re.findall(r"^(#+) .*\n((?:(?!^#+ ).*\n?)*)", readme.read_text(encoding="utf-8"), re.MULTILINE)
    return [(len(heading), text.count("```"), text.count("|")) for heading, text in parts]


def test_the_two_readmes_have_the_same_parts():
    english, chinese = (parts_of(ROOT / name) for name in ("README.md", "README.zh-CN.md"))
    assert english == chinese
    assert len(english) > 5


def test_no_path_of_a_machine_is_in_the_project():
    suspicious = re.compile(r"(/home/|/root/|C:\\\\Users)")
    for folder in ("scoring", "notebooks", "templates"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in {".py", ".toml", ".ipynb", ".j2", ".css"}:
                assert not suspicious.search(path.read_text(encoding="utf-8")), path
