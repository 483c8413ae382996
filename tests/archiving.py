"""Archives for tests: real scores and ledgers, placeholder reports; and what a forger does."""

from __future__ import annotations

import atexit
import hashlib
import io
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import chdir
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
from batching import asked, report
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from evidence_builder import Evidence, faultless
from pypdf import PdfWriter

from scoring import assess, load_scheme
from scoring.archive.layout import DECLARATION, INFO, MANIFEST, PAYLOAD, README, SEAL, TAG_MANIFEST
from scoring.archive.seal import contents
from scoring.archive.seal.bag import Sealed
from scoring.archive.seal.run import archive
from scoring.archive.verify import program as verify_program
from scoring.base.names import SCORECARD
from scoring.batch.plan import Run
from scoring.batch.task import CITY, Made, Task
from scoring.evidence import workbooks_in
from scoring.report.excel import write_city, write_department
from scoring.report.places import evidence_folder, scheme_of
from scoring.scheme import with_departments

DEPARTMENTS = ("人社局", "教育局")
LATE = "领导信箱 ×2 | 类型=咨询 | 来信日期=2017-09-28 | 回复日期=2017-10-16"  # due on 13 October: the golden week


def official(department: str) -> Evidence:
    """A faultless workbook that is 正式."""
    return faultless(department).fact("数据性质", "正式")


def some_evidence() -> list[Evidence]:
    """A faultless department, and one with losses, one of which a review withdrew."""
    lossy = official("教育局").add(LATE, "监测发现 ×3 | 指标=3.3.2.1.3 | 问题类型=错别字")
    typo = next(name for name in findings_of(lossy) if "错别字" in name and not name.endswith("错别字"))
    return [official("人社局"), lossy.add(f"复核记录 | 发现编号={typo}")]


def findings_of(workbook: Evidence) -> list[str]:
    """The ids of its findings."""
    with tempfile.TemporaryDirectory() as folder:
        (card,) = assess([workbook.save(Path(folder))], load_scheme(2017)).scorecards
    return [finding.id for finding in card.findings]


class Scorer:
    """A runner with real scorecards and ledgers; notebooks, pages and PDF files are placeholders."""

    def __call__(self, tasks: Iterable[Task], started: Callable[[str], None]) -> Iterator[Made]:
        for task in tasks:
            started(task.name)
            yield Made(task.name, _made(task))


def _made(task: Task) -> dict[str, bytes]:
    """Evidence and scheme lie where a notebook finds them, and are looked for from there."""
    with tempfile.TemporaryDirectory() as folder:
        work, excel = Path(folder) / "notebooks", Path(folder) / "ledger.xlsx"
        work.mkdir()
        for source in task.sources:
            source.put_into(Path(folder) / "data" / "raw", task.year)
        with chdir(work):
            scheme = scheme_of(task.year, named=task.parameters["scheme"])
            evidence = workbooks_in(evidence_folder("../data/raw", task.year))
            scheme = with_departments(scheme, task.departments) if task.departments else scheme
            assessment = assess(evidence, scheme, task.parameters.get("readings"))
        files = {
            task.files.html: f"<!DOCTYPE html><title>{task.name}</title>".encode(),
            task.files.notebook: _notebook(task),
        }
        inside: dict[str, bytes] = {}
        if task.kind == CITY:
            write_city(assessment, excel)
        else:
            write_department(assessment.scorecards[0], task.parameters["rank"], excel)
            files[SCORECARD] = _json(assessment.scorecards[0].to_json())
            evidence = {source.name: Path(source.path).read_bytes() for source in task.workbooks}
            inside = {SCORECARD: files[SCORECARD], **evidence}
        files[task.files.pdf] = pdf_with(inside)
        return {**files, task.files.excel: excel.read_bytes()}


def pdf_with(files: Mapping[str, bytes]) -> bytes:
    """A PDF of one empty page with files inside."""
    made, content = PdfWriter(), io.BytesIO()
    made.add_blank_page(100, 100)
    for name, file in files.items():
        made.add_attachment(name, file)
    made.write(content)
    return content.getvalue()


def _json(data: Any) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode()


def _notebook(task: Task) -> bytes:
    tags = {"tags": ["injected-parameters"]}
    cell = nbformat.v4.new_code_cell(repr(dict(task.parameters)), id="cell-00", metadata=tags)
    cell.outputs, cell.execution_count = [nbformat.v4.new_output("stream", text="得分")], 1
    return str(nbformat.writes(nbformat.v4.new_notebook(cells=[cell]))).encode()


def reported(folder: Path, evidence: Iterable[Evidence] | None = None, **readings: str) -> Run:
    """Evidence in ``raw/2017`` and the results of a run over it in ``out/2017``."""
    raw, out = folder / "raw" / "2017", folder / "out" / "2017"
    chosen = {key.replace("_", "-"): option for key, option in readings.items()}
    run = asked(raw, out, departments=DEPARTMENTS, readings=chosen)
    if evidence is None and not readings and not raw.exists():
        shutil.copytree(_usual_results(), folder, dirs_exist_ok=True)
        return run
    for workbook in evidence or some_evidence():
        workbook.save(raw)
    rescored(run)
    return run


def rescored(run: Run) -> None:
    """Bring the results up to date."""
    outcome = report(run, Scorer())
    assert outcome.failures == {}


@cache
def _usual_results() -> Path:
    """The results of the usual evidence, made once."""
    folder = tempfile.mkdtemp(prefix="usual-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    reported(Path(folder), some_evidence())
    return Path(folder)


#: Enough of the program to compare an archive with, but not to run.
_SOME = (
    *("pyproject.toml", "requirements.lock", "Makefile", "LICENSE", "README.md", "scoring/archive/", "notebooks/"),
    *("scoring/engine/settle.py", "scoring/schemes/leiyang_2017/", "templates/archive/"),
    "templates/evidence-leiyang_2017.xlsx",
)
_PROGRAM_FILES = contents.program_files


def slim(monkeypatch: pytest.MonkeyPatch, *, whole: bool = False) -> None:
    """Leave most of the program, or at least the fonts, out of archives and of what they are compared with."""

    def files() -> Iterator[tuple[str, Path]]:
        for name, path in _PROGRAM_FILES():
            if name.removeprefix("程序/").startswith(_SOME) or (whole and not name.endswith(".otf")):
                yield name, path

    for module in (contents, verify_program):
        monkeypatch.setattr(module, "program_files", files)


def archived(folder: Path, evidence: Iterable[Evidence] | None = None, **options: Any) -> Sealed:
    """An archive in ``archives``."""
    readings = options.pop("readings", {})
    return archive(reported(folder, evidence, **readings), folder / "archives", **options)


def copy_of(bag: Path, folder: Path) -> Path:
    """A copy of an archive to damage."""
    return shutil.copytree(bag, folder / "copy")


def reseal(bag: Path) -> None:
    """Rewrite manifests, sizes and seal to fit the folder, as a forger would."""
    payload = sorted(path for path in (bag / PAYLOAD).rglob("*") if path.is_file())
    _write_manifest(bag, MANIFEST, payload)
    size = sum(path.stat().st_size for path in payload)
    info = (bag / INFO).read_text(encoding="utf-8").splitlines()
    info = [f"Payload-Oxum: {size}.{len(payload)}" if line.startswith("Payload-Oxum") else line for line in info]
    (bag / INFO).write_text("\n".join(info) + "\n", encoding="utf-8")
    reseal_tags(bag)


def reseal_tags(bag: Path, *more: str) -> None:
    """Rewrite the tag manifest and the seal, with additional tag files."""
    tags = sorted((DECLARATION, INFO, MANIFEST, README, *more))
    _write_manifest(bag, TAG_MANIFEST, [bag / name for name in tags])
    (bag / SEAL).write_text(f"{_digest(bag / TAG_MANIFEST)}  {TAG_MANIFEST}\n", encoding="utf-8")


def _write_manifest(bag: Path, name: str, paths: Iterable[Path]) -> None:
    lines = [f"{_digest(path)}  {path.relative_to(bag).as_posix()}\n" for path in paths]
    (bag / name).write_text("".join(lines), encoding="utf-8")


def _digest(path: Path) -> str:
    return hashlib.sha512(path.read_bytes()).hexdigest()


def new_key(folder: Path, name: str = "key", private: Any = None, encryption: Any = None) -> Path:
    """A key as ``ssh-keygen`` writes it, with its .pub file."""
    made = private or Ed25519PrivateKey.generate()
    path = folder / name
    path.write_bytes(made.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, encryption or NoEncryption()))
    path.with_suffix(".pub").write_bytes(made.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH) + b"\n")
    return path


def edit(path: Path, old: str, new: str) -> None:
    """Change a text file in place."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def edit_json(path: Path, change: Callable[[Any], None]) -> None:
    """Change a JSON file in place."""
    data = json.loads(path.read_bytes())
    change(data)
    path.write_bytes(_json(data))


def keep(folder: Path) -> Path:
    """Make a small archive of sample evidence to keep for later versions; ``tests/data`` holds one of each.

    ``python -c "from archiving import keep; keep(...)"`` in this folder; without fonts and documents, half a megabyte.
    """
    with pytest.MonkeyPatch.context() as patching:
        slim(patching, whole=True)
        patching.setattr(contents, "_PROJECT_FOLDERS", ("scoring", "notebooks", "templates"))
        evidence = [faultless("人社局"), faultless("教育局").add(LATE)]
        return archived(folder, evidence, incomplete=True).packed
