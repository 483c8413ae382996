"""What a run does when something is missing or fails: told with its reason, nothing left that looks current."""

from pathlib import Path

import pytest
from evidence_builder import faultless

from scoring import assess, load_scheme
from scoring.cli import write_scores
from scoring.report import batch, exporters
from scoring.report.names import department_files
from scoring.report.pdf import PangoMissing

FILES = department_files("人社局", 2017)


@pytest.fixture
def job(tmp_path):
    raw = tmp_path / "raw" / "2017"
    raw.mkdir(parents=True)
    faultless().save(raw)
    assessment = assess(sorted(raw.glob("*.xlsx")), load_scheme(2017))
    out = tmp_path / "out"
    write_scores(assessment, out)
    (out / "人社局" / "scorecard.json").unlink()
    return next(batch._department_jobs(assessment, assessment.scorecards, raw, out))


def leave_an_older_report(job):
    for name in (FILES.html, FILES.pdf, FILES.notebook):
        (job.folder / name).write_text("older", encoding="utf-8")


def test_a_notebook_that_fails_is_told_and_kept_apart(job, tmp_path):
    leave_an_older_report(job)
    (tmp_path / "raw" / "2017" / "人社局.xlsx").unlink()
    problem, warning = batch.make_report(job)
    assert "没有人社局的佐证工作簿" in problem
    assert f"failed/{FILES.notebook}" in problem
    assert warning is None
    assert (job.failed / FILES.notebook).is_file()
    assert list(job.folder.iterdir()) == []


def test_without_pango_html_is_made_and_one_line_says_what_to_install(job, monkeypatch):
    def missing(*_, **__):
        raise PangoMissing

    monkeypatch.setattr(exporters.ScorecardPDFExporter, "from_notebook_node", missing)
    leave_an_older_report(job)
    problem, warning = batch.make_report(job)
    assert problem is None
    assert "Pango" in warning
    assert "apt" in warning
    assert "\n" not in warning
    assert {path.name for path in job.folder.iterdir()} == {FILES.html, FILES.notebook}


def test_a_character_that_the_font_lacks_fails_the_report_and_is_named(job, tmp_path):
    raw = tmp_path / "raw" / "2017"
    faultless().add("安全漏洞 | 级别=低危 | 描述=首页出现\U0001f600图标").save(raw)
    problem, _ = batch.make_report(job)
    assert "U+1F600" in problem
    assert not (job.folder / FILES.html).exists()


def test_paths_of_this_machine_stay_out_of_parameters_where_they_can(job):
    assert not Path(job.parameters["raw"]).is_absolute()
    assert job.parameters["readings"] == {}
