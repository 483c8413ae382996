"""``make reports``, the first command of the README."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scoring.scheme.load import known_schemes

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.thorough
@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_it_makes_samples_and_reports_of_every_scheme(tmp_path: Path) -> None:
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("scoring", "tools", "templates", "notebooks"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    installed = ("-o", f"{sys.prefix}/installed", f"VENV={sys.prefix}")
    made = subprocess.run(
        ["make", *installed, "reports"], cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert made.returncode == 0, made.stdout + made.stderr
    years = {path.name for path in (tmp_path / "data" / "raw").iterdir()}
    assert years == {name[-4:] for name in known_schemes()}
    for year in years:
        names = {path.stem for path in (tmp_path / "data" / "raw" / year).iterdir()}
        reported = {path.parent.name for path in (tmp_path / "data" / "output" / year).glob("*/scorecard.json")}
        assert reported == names
