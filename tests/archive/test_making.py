"""What is archived, what is refused, what the label says; other validators accept it."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import bagit
import openpyxl
import pytest
import rocrate
import third
from archiving import DEPARTMENTS, archived, edit, findings_of, new_key, official, reported, rescored
from click.testing import CliRunner
from rocrate_validator import services
from rocrate_validator.models import Severity, ValidationSettings
from rocrate_validator.utils import document_loader
from rocrate_validator.utils.http import HttpRequester

from scoring import load_scheme
from scoring.archive import layout
from scoring.archive.calendar import calendar_of, differing_days, read_calendar
from scoring.archive.layout import UnusableArchive, why_unfit
from scoring.archive.opened import Archive, opened
from scoring.archive.rederive import rederive
from scoring.archive.seal.bag import Sealed
from scoring.archive.seal.run import NotArchivable, archive
from scoring.archive.sign import read_signing_key
from scoring.archive.verify.run import Asked, verify
from scoring.base.names import city_files, department_files
from scoring.batch.digests import basis_of
from scoring.batch.plan import Run
from scoring.cli.main import cli
from scoring.evidence.files import HISTORY

pytestmark = pytest.mark.thorough


def called(run: Run, to: Path, *more: str) -> Any:
    """The command, called for the departments that tests have."""
    names = to.with_name("names.txt")
    names.write_text("\n".join(DEPARTMENTS), encoding="utf-8")
    call = ["archive", "2017", "--raw", run.raw, "--out-of", run.out, "--to", to, "--departments", names, *more]
    return CliRunner().invoke(cli, [str(word) for word in call], standalone_mode=False)


def refused(run: Run, to: Path, *, incomplete: bool = False) -> set[str]:
    """The causes for which nothing was archived."""
    with pytest.raises(NotArchivable) as error:
        archive(run, to, incomplete=incomplete)
    assert not to.exists()
    return {str(cause) for cause in (*error.value.refusals, *error.value.causes)}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Official evidence of two departments, and their results."""
    return reported(tmp_path)


# --- What is in it ---------------------------------------------------------------------------------------------------


def test_everything_is_in_it(sealed: Sealed) -> None:
    payload = sealed.folder / "data"
    names = {path.relative_to(payload).as_posix() for path in payload.rglob("*") if path.is_file()}
    wanted = {
        *(f"佐证/{name}.xlsx" for name in DEPARTMENTS),
        *(
            "方案/leiyang_2017/scheme.toml",
            "方案/leiyang_2017/readings.toml",
            "方案/所用解读.json",
            "方案/考核对象.txt",
        ),
        *("工作日历.csv", "复核决定.html", "运行环境.json", "标签.json", "ro-crate-metadata.json"),
        *(f"结果/{name}/{file}" for name in DEPARTMENTS for file in vars(department_files(name, 2017)).values()),
        *(f"结果/{name}/{file}" for name in DEPARTMENTS for file in ("scorecard.json", ".made.json")),
        *(f"结果/{file}" for file in (*vars(city_files(2017)).values(), "ranking.json", ".made-city.json")),
        *(f"参数化笔记本/{department_files(name, 2017).notebook}" for name in DEPARTMENTS),
        *("程序/requirements.lock", "程序/pyproject.toml", "程序/LICENSE", "程序/scoring/engine/settle.py"),
        *(
            "程序/scoring/schemes/leiyang_2017/scheme.toml",
            "程序/notebooks/city.ipynb",
            "程序/templates/evidence-leiyang_2017.xlsx",
        ),
    }
    assert wanted - names == set()
    assert [name for name in names if "__pycache__" in name or "/tests/" in name] == []
    assert len([name for name in names if name.startswith("运行日志/")]) == 1
    assert [name for name in names if why_unfit(name)] == []


def test_evidence_and_results_are_as_they_were(run: Run, tmp_path: Path) -> None:
    sealed = archive(run, tmp_path / "archives")
    payload = sealed.folder / "data"
    for name in DEPARTMENTS:
        assert (payload / "佐证" / f"{name}.xlsx").read_bytes() == (run.raw / f"{name}.xlsx").read_bytes()
        for path in (run.out / name).iterdir():
            assert (payload / "结果" / name / path.name).read_bytes() == path.read_bytes()


def test_dated_copies_of_workbooks_are_kept(run: Run, tmp_path: Path) -> None:
    official("人社局").save(run.raw / HISTORY).rename(run.raw / HISTORY / "人社局-20171201-090000.xlsx")
    sealed = archive(run, tmp_path / "archives")
    assert (sealed.folder / "data" / "佐证" / HISTORY / "人社局-20171201-090000.xlsx").is_file()


def test_notebooks_as_parameterised_have_no_output(sealed: Sealed) -> None:
    path = sealed.folder / "data" / "参数化笔记本" / department_files("人社局", 2017).notebook
    (cell,) = json.loads(path.read_bytes())["cells"]
    assert cell["outputs"] == []
    assert "'department': '人社局'" in "".join(cell["source"])


def test_the_calendar_is_a_day_a_line(sealed: Sealed) -> None:
    text = (sealed.folder / "data" / "工作日历.csv").read_text(encoding="utf-8-sig").splitlines()
    assert text[0] == "日期,星期,工作日,说明"
    assert {"2017-09-30,六,是,调休上班", "2017-10-02,一,否,放假", "2017-10-09,一,是,"} <= set(text)
    assert (text[1][:10], text[-1][:10]) == ("2016-01-01", "2018-12-31")
    read = read_calendar((sealed.folder / "data" / "工作日历.csv").read_bytes())
    assert differing_days(read, calendar_of(2017)) == []
    assert read.days.tolist() == calendar_of(2017).days.tolist()


def test_the_page_of_decisions_escapes_what_people_wrote(tmp_path: Path) -> None:
    lossy = official("教育局").add("监测发现 | 指标=3.3.2.1.3 | 问题类型=错别字")
    finding = findings_of(lossy)[0]
    lossy.add(f"复核记录 | 发现编号={finding} | 理由=<script>alert(1)</script>")
    sealed = archived(tmp_path, [official("人社局"), lossy])
    page = (sealed.folder / "data" / "复核决定.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script" not in page
    assert finding in page


def test_the_readme_begins_with_the_label(sealed: Sealed) -> None:
    assert (sealed.folder / layout.README).read_text(encoding="utf-8").splitlines()[:5] == [
        "耒阳市2017年度网站考核归档",
        "方　案：2017年市党政门户网网站管理工作绩效考核指标体系（leiyang_2017，2017 年起施行）",
        "完整性：完整",
        "签　名：未签名（能改写本文件夹的人也能重做封条）",
        "更　正：不替代其他归档",
    ]


@pytest.mark.skipif(shutil.which("sha512sum") is None, reason="no sha512sum on this machine")
def test_the_commands_of_the_readme_find_a_change(bag: Path) -> None:
    readme = (bag / layout.README).read_text(encoding="utf-8")
    calls = [line.split() for line in readme.splitlines() if line.startswith("    sha512sum ")]

    def output() -> list[str]:
        given = {"cwd": bag, "env": {**os.environ, "LC_ALL": "C"}, "encoding": "utf-8"}
        return [subprocess.run(call, **given, capture_output=True, check=False).stdout for call in calls]

    seal, tags, payload = output()
    assert (seal, payload) == (f"{layout.TAG_MANIFEST}: OK\n", "")
    assert all(line.endswith(": OK") for line in tags.splitlines())
    (bag / "data" / "标签.json").write_bytes(b"{}")
    assert "data/标签.json: FAILED" in output()[-1]


@pytest.mark.parametrize("signed", [False, True])
def test_the_readme_names_what_no_manifest_lists(sealed: Sealed, tmp_path: Path, *, signed: bool) -> None:
    bag = archived(tmp_path, key=read_signing_key(new_key(tmp_path), str)).folder if signed else sealed.folder
    manifests = [(bag / name).read_text(encoding="utf-8") for name in (layout.MANIFEST, layout.TAG_MANIFEST)]
    listed = {line.split("  ", 1)[1] for manifest in manifests for line in manifest.splitlines()}
    files = {path.relative_to(bag).as_posix() for path in bag.rglob("*") if path.is_file()}
    readme = (bag / layout.README).read_text(encoding="utf-8")
    (sentence,) = re.findall(r"只有 .*?不在清单中", readme, re.DOTALL)
    assert set(re.findall(r"[a-z][\w.-]+", sentence, re.ASCII)) == files - listed


def test_the_readme_installs_and_verifies_as_the_program_does(sealed: Sealed) -> None:
    readme = (sealed.folder / layout.README).read_text(encoding="utf-8")
    makefile = (sealed.folder / "data" / "程序" / "Makefile").read_text(encoding="utf-8")
    made = [line for line in makefile.splitlines() if "pip install --" in line]
    quiet = {"--quiet", "--disable-pip-version-check"}
    called = [set(re.findall(r"--[a-z-]+", line)) - quiet for line in made]
    assert [set(re.findall(r"--[a-z-]+", line)) for line in readme.splitlines() if "pip install" in line] == called
    options = {option for parameter in cli.commands["verify"].params for option in parameter.opts if option[:2] == "--"}
    assert options - {"--json"} <= set(re.findall(r"--[a-z-]+", readme))


def test_the_readme_names_sheets_and_columns_as_the_ledger_does(sealed: Sealed) -> None:
    readme = (sealed.folder / layout.README).read_text(encoding="utf-8")
    by_hand = readme[readme.index("五、") : readme.index("六、")]
    book = openpyxl.load_workbook(next(sealed.folder.glob("data/结果/*/*评分台账.xlsx")), read_only=True)
    assert set(re.findall("《(.+?)》", by_hand)) <= set(book.sheetnames)
    cells = {str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}
    book.close()
    columns = {"效果", "计入", "计0分范围", "算法", "起评分", "满分"}
    assert columns <= cells
    assert [column for column in columns if column not in by_hand] == []


def test_the_same_is_archived_to_the_same_bytes(run: Run, tmp_path: Path) -> None:
    one, other = archive(run, tmp_path / "one"), archive(run, tmp_path / "other")
    assert one.identifier == other.identifier
    assert one.packed.read_bytes() == other.packed.read_bytes()


def test_the_label_has_digests_of_the_program(sealed: Sealed) -> None:
    program, basis = Archive(sealed.folder).label["program"], basis_of(load_scheme(2017))
    assert program["digest"] == basis.code
    assert program["digests"] == {"code": basis.code, "pages": basis.pages}


def test_it_can_be_opened_and_scored(sealed: Sealed) -> None:
    for path in (sealed.folder, sealed.packed):
        with opened(path) as found:
            assert (found.year, found.departments, found.scheme.year) == (2017, DEPARTMENTS, 2017)
            assert found.readings["overflow"] == "floor"
            assert {card.department for card in found.assess().scorecards} == set(DEPARTMENTS)


def test_it_is_ranked_by_its_own_scheme(bag: Path, tmp_path: Path) -> None:
    edit(
        bag / "data" / "方案" / "leiyang_2017" / "scheme.toml",
        "since = 2017\n",
        'since = 2017\nexercise = "演示方案"\n',
    )
    rederive(Archive(bag), tmp_path)
    assert json.loads((tmp_path / "ranking.json").read_bytes())["exercise"] == "演示方案"


def test_what_is_not_an_archive_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(UnusableArchive), opened(path):
            pass


# --- Validators ------------------------------------------------------------------------------------------------------


def test_bagit_finds_it_valid(sealed: Sealed) -> None:
    bag = bagit.Bag(str(sealed.folder))
    bag.validate()
    assert bag.version_info == (1, 0)
    assert bag.algorithms == ["sha512"]
    assert bag.info["External-Description"] == "耒阳市2017年度网站考核归档"


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """The validator asks the network for one document, which the library that writes the metadata brings along."""
    context = json.loads((Path(rocrate.__file__).parent / "data" / "ro-crate.jsonld").read_text(encoding="utf-8"))

    class Answer:
        status_code, ok, headers = 200, True, {"Content-Type": "application/ld+json"}
        text = json.dumps(context)
        content = text.encode()

        def json(self) -> Any:
            return context

        def raise_for_status(self) -> None: ...

    def ask(url: str, **_: Any) -> Answer:
        assert url == "https://w3id.org/ro/crate/1.1/context"
        return Answer()

    monkeypatch.setattr(HttpRequester, "__getattr__", lambda *_: ask)
    monkeypatch.setattr(document_loader, "_fetch_json_ld", lambda url: ask(url).json())


@pytest.mark.usefixtures("offline")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the library that the validator uses
def test_roc_validator_finds_its_metadata_valid(sealed: Sealed, tmp_path: Path) -> None:
    result = services.validate(
        ValidationSettings(
            rocrate_uri=str(sealed.folder / "data"),
            profile_identifier="process-run-crate",
            requirement_severity=Severity.REQUIRED,
            offline=True,
            cache_path=tmp_path / "cache",
        )
    )
    assert [issue.message for issue in result.get_issues()] == []


def test_the_metadata_say_what_was_made_from_what(sealed: Sealed) -> None:
    graph = json.loads((sealed.folder / "data" / "ro-crate-metadata.json").read_bytes())["@graph"]
    names = {entity["@id"]: entity.get("name") for entity in graph}
    action = next(entity for entity in graph if entity["@id"] == "#生成-教育局")
    objects = {names[entity["@id"]] for entity in action["object"]}
    assert {
        "佐证/教育局.xlsx",
        "方案/leiyang_2017/scheme.toml",
        "方案/所用解读.json",
        "工作日历.csv",
        "参数化笔记本/教育局2017年度评分报告.ipynb",
    } <= objects
    assert names[action["instrument"]["@id"]] == "程序/notebooks/department.ipynb"
    assert "结果/教育局/scorecard.json" in {names[entity["@id"]] for entity in action["result"]}


def test_without_a_log_it_is_not_complete(run: Run, tmp_path: Path) -> None:
    for log in (run.out / "运行日志").iterdir():
        log.unlink()
    assert refused(run, tmp_path / "archives") == {"运行日志：没有一次运行的日志"}


# --- Refused, or stated on the label ----------------------------------------------------------------------------------


def unfinished(raw: Path) -> None:
    official("教育局").inspection("3.3.1", "未核查").save(raw)


NOT_FINAL: dict[str, Callable[[Path], Any]] = {
    "教育局：还有 1 个指标待评（3.3.1 组织保障），得分未定": unfinished,
    "教育局：佐证是示例数据，不是正式数据": lambda raw: official("教育局").fact("数据性质", "示例").save(raw),
    "教育局：佐证有 1 处差错，未评分；第一处：教育局.xlsx《基本信息》B3：“某年”；应为：考核年度 2017": lambda raw: (
        official("教育局").fact("年度", "某年").save(raw)
    ),
    "教育局：没有佐证工作簿": lambda raw: (raw / "教育局.xlsx").unlink(),
}


@pytest.mark.parametrize("message", NOT_FINAL)
def test_what_is_not_final(run: Run, tmp_path: Path, message: str) -> None:
    NOT_FINAL[message](run.raw)
    rescored(run)
    assert refused(run, tmp_path / "archives") == {message}
    sealed = archive(run, tmp_path / "archives", incomplete=True)
    label = Archive(sealed.folder).label
    assert not label["complete"]
    assert [f"{entry['of']}：{entry['message']}" for entry in label["lacking"]] == [message]
    lines = (sealed.folder / layout.README).read_text(encoding="utf-8").splitlines()
    assert lines[2:4] == ["完整性：不完整，原因 1 项：", f"　　　　{message}"]


def test_a_score_that_is_not_final_is_marked(run: Run, tmp_path: Path) -> None:
    unfinished(run.raw)
    rescored(run)
    readme = (archive(run, tmp_path / "archives", incomplete=True).folder / layout.README).read_text(encoding="utf-8")
    assert re.findall("    .*局　.*分.*", readme) == ["    人社局　100 分　合格", "    教育局　100 分　未定"]


def test_a_decision_that_became_stale(tmp_path: Path) -> None:
    lossy = official("教育局").add("监测发现 | 指标=3.3.2.1.3 | 问题类型=错别字")
    finding = findings_of(lossy)[0]
    lossy.add(f"复核记录 | 发现编号={finding} | 佐证摘要=sha256:0000000000000000")
    run = reported(tmp_path, [official("人社局"), lossy])
    (message,) = refused(run, tmp_path / "archives")
    assert message.startswith(f"教育局：对“{finding}”的复核决定已失效")


def test_a_scheme_that_is_an_exercise(run: Run, tmp_path: Path) -> None:
    exercise = replace(run, scheme=replace(run.scheme, exercise="演示方案"))
    rescored(exercise)
    assert refused(exercise, tmp_path / "archives") == {"方案：是演示方案"}
    sealed = archive(exercise, tmp_path / "archives", incomplete=True)
    assert Archive(sealed.folder).label["title"] == "耒阳市2017年度（演示方案）网站考核归档"


def test_a_report_without_pdf_or_without_all(run: Run, tmp_path: Path) -> None:
    for path in (run.out / "教育局").iterdir():
        path.unlink()
    (run.out / "教育局").rmdir()
    message = refused(run, tmp_path / "archives")
    assert "教育局：没有评分报告" in message


@pytest.mark.parametrize("incomplete", [False, True])
def test_results_that_are_not_those_of_now_are_never_archived(run: Run, tmp_path: Path, *, incomplete: bool) -> None:
    page = run.out / "人社局" / department_files("人社局", 2017).html
    before = page.read_bytes()
    page.write_bytes(before + b" ")
    assert "人社局：报告文件有缺失，或生成后被改动" in refused(run, tmp_path / "archives", incomplete=incomplete)
    page.write_bytes(before)
    official("教育局").save(run.raw)
    message = refused(run, tmp_path / "archives", incomplete=incomplete)
    assert "教育局：报告不是由现在的佐证、解读和程序得出的" in message


def test_evidence_that_changes_while_it_is_archived(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from scoring.archive.seal import run as make

    real = make.contents_of

    def late(ready: Any) -> Any:
        found = real(ready)
        official("教育局").add("监测发现 | 指标=3.3.4.1 | 问题类型=未落实").save(run.raw)
        return found

    monkeypatch.setattr(make, "contents_of", late)
    with pytest.raises(UnusableArchive, match="佐证或报告被改动"):
        archive(run, tmp_path / "archives")
    assert [path.name for path in (tmp_path / "archives").iterdir()] == [".lock"]


def lock(monkeypatch: pytest.MonkeyPatch, locked: Path) -> None:
    """Make a file unreadable."""
    real = Path.open

    def guarded(path: Path, *arguments: Any, **named: Any) -> Any:
        if path == locked:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path, *arguments, **named)

    monkeypatch.setattr(Path, "open", guarded)


@pytest.mark.parametrize("incomplete", [False, True])
def test_evidence_that_cannot_be_read(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, incomplete: bool
) -> None:
    lock(monkeypatch, run.raw / "教育局.xlsx")
    message = "教育局：佐证 教育局.xlsx 读不出来，或附件过大，没有原件不能归档；请确认没有被占用且有读取权限"
    assert message in refused(run, tmp_path / "archives", incomplete=incomplete)
    rescored(run)
    assert refused(run, tmp_path / "archives", incomplete=incomplete) == {message}


def test_the_command_gives_no_advice_that_would_not_help(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock(monkeypatch, run.raw / "教育局.xlsx")
    rescored(run)
    result = called(run, tmp_path / "archives", "--allow-incomplete")
    assert result.return_value == 1
    assert result.output.splitlines()[-1] == "没有归档：有上列 1 处问题。"


def test_a_copy_from_before_a_decision_that_cannot_be_read(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = run.raw / HISTORY / "人社局-20171201-090000.xlsx"
    before.parent.mkdir()
    before.write_bytes((run.raw / "人社局.xlsx").read_bytes())
    lock(monkeypatch, before)
    with pytest.raises(UnusableArchive) as error:
        archive(run, tmp_path / "archives")
    assert str(error.value) == f"{before} 读不出来（没有权限）；请检查读取权限"
    assert [path.name for path in (tmp_path / "archives").iterdir()] == [".lock"]


@pytest.mark.parametrize("name", ["100%.xlsx", "CON.xlsx", "零宽\u200b.xlsx"])
def test_a_name_that_cannot_be_written_everywhere(run: Run, tmp_path: Path, name: str) -> None:
    (run.raw / HISTORY).mkdir()
    (run.raw / HISTORY / name).write_bytes((run.raw / "人社局.xlsx").read_bytes())
    with pytest.raises(UnusableArchive, match="不能归档；请改名"):
        archive(run, tmp_path / "archives")


# --- Never changed, but replaced -------------------------------------------------------------------------------------


def test_an_archive_is_not_written_over(run: Run, tmp_path: Path) -> None:
    sealed = archive(run, tmp_path / "archives")
    before = hashlib.sha512(sealed.packed.read_bytes()).hexdigest()
    with pytest.raises(UnusableArchive, match="已有同名归档"):
        archive(run, tmp_path / "archives")
    assert hashlib.sha512(sealed.packed.read_bytes()).hexdigest() == before


def test_one_of_the_two_files_that_is_missing_is_written_again(tmp_path: Path) -> None:
    run, to = reported(tmp_path), tmp_path / "archives"
    sealed = archive(run, to)
    packed = sealed.packed.read_bytes()
    sealed.packed.unlink()
    assert archive(run, to) == sealed
    assert sealed.packed.read_bytes() == packed
    shutil.rmtree(sealed.folder)
    assert archive(run, to) == sealed
    assert verify(sealed.folder, Asked()).holds


def test_a_correction_names_what_it_replaces(sealed: Sealed, tmp_path: Path) -> None:
    for old in (sealed.folder, sealed.packed):
        new = archived(tmp_path / old.suffix, replaces=old)
        assert Archive(new.folder).label["replaces"] == {"name": sealed.folder.name, "identifier": sealed.identifier}
        message = f"更　正：替代 {sealed.folder.name}（归档编号 {sealed.identifier}）"
        assert message in (new.folder / layout.README).read_text(encoding="utf-8")


def test_what_is_not_whole_is_not_replaced(bag: Path, tmp_path: Path) -> None:
    (bag / "data" / "标签.json").write_bytes(b"{}")
    with pytest.raises(UnusableArchive, match="并不完好"):
        archived(tmp_path, replaces=bag)


# --- The command -----------------------------------------------------------------------------------------------------


def test_the_command_lists_every_cause(run: Run, tmp_path: Path) -> None:
    unfinished(run.raw)
    rescored(run)
    result = called(run, tmp_path / "a")
    assert result.return_value == 1
    assert "  教育局：还有 1 个指标待评（3.3.1 组织保障），得分未定" in result.output
    assert "没有归档：有上列 1 处问题。如确需归档，请加 --allow-incomplete" in result.output
    result = called(run, tmp_path / "a", "--allow-incomplete")
    assert result.return_value == 0
    assert "未签名；请把归档编号另行登记" in result.output
    (made,) = (tmp_path / "a").glob("*.zip")
    result = CliRunner().invoke(
        cli, ["verify", str(made), "--json", str(tmp_path / "report.json")], standalone_mode=False
    )
    assert result.return_value == 0
    assert json.loads((tmp_path / "report.json").read_bytes())["holds"] is True


def test_the_command_names_faulty_evidence_before_what_follows_from_it(run: Run, tmp_path: Path) -> None:
    """The report was not run again: the others are out of date, because one department is not ranked any more."""
    official("教育局").fact("年度", "某年").save(run.raw)
    result = called(run, tmp_path / "a")
    assert result.return_value == 1
    lines = result.output.splitlines()
    assert lines[0].startswith("  教育局：佐证有 1 处差错，未评分；第一处：教育局.xlsx《基本信息》B3：“某年”")
    assert "  人社局：报告不是由现在的佐证、解读和程序得出的" in lines[1:]
    assert lines[-1].endswith("请先改正佐证的差错（运行 check 可看到全部），再运行 report。")


def test_the_readings_of_the_results_need_not_be_given_again(tmp_path: Path) -> None:
    run = reported(tmp_path, missed_update="per-gap")
    result = called(run, tmp_path / "a")
    assert result.return_value == 0, result.output
    (made,) = (tmp_path / "a").glob("*.zip")
    with opened(made) as found:
        assert found.readings["missed-update"] == "per-gap"


def test_a_workbook_named_in_capitals(run: Run, tmp_path: Path) -> None:
    (run.raw / "教育局.xlsx").rename(run.raw / "教育局.XLSX")
    rescored(run)
    sealed = archive(run, tmp_path / "archives")
    assert verify(sealed.packed, Asked()).holds


def test_nothing_to_archive(run: Run, tmp_path: Path) -> None:
    for name in DEPARTMENTS:
        (run.raw / f"{name}.xlsx").unlink()
    assert "归档：没有一个部门的报告可以归档" in refused(run, tmp_path / "archives", incomplete=True)


def test_a_scheme_of_ones_own_is_archived_with_its_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = shutil.copytree(third.FOLDER, tmp_path / "yunxi", ignore=shutil.ignore_patterns("__pycache__"))
    raw, out = tmp_path / "raw" / "2021", tmp_path / "out"
    third.all_three(raw)
    run = Run(load_scheme(2021, str(own)), raw, out, {})
    rescored(run)
    sealed = archive(run, tmp_path / "archives", incomplete=True)
    assert sealed.folder.name.startswith("2021年度考核归档-yunxi-")
    names = {path.name for path in (sealed.folder / "data" / "方案" / "yunxi").iterdir()}
    assert names == {path.name for path in own.iterdir()}

    verified = verify(sealed.packed, Asked())
    assert verified.outcome == "unfinished", "code of an archive does not run unasked"
    assert "方案 yunxi 不是本程序自带的" in verified.conclusion
    assert verify(sealed.packed, Asked(rules=own)).holds
    with opened(sealed.packed, own) as found:
        assert found.scheme.departments == run.scheme.departments
        rederive(found, tmp_path / "again")
    for name in found.departments:
        again, before = (folder / name / "scorecard.json" for folder in (tmp_path / "again", out))
        assert again.read_bytes() == before.read_bytes()

    edit(own / "scheme.toml", 'each = "-2.5"', 'each = "-1.5"')
    edited = verify(sealed.packed, Asked(rules=shutil.copytree(own, tmp_path / "other" / "yunxi")))
    assert edited.holds, "the archive's own numbers count"
    assert "归档的方案与本程序的不同" in edited.conclusion
