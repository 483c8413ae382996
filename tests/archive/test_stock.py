"""What the label claims and what must lie in an archive is checked against the archive: a forger has to mend it all.

Every change here is sealed again as whoever can rewrite the folder would, so that manifests tell nothing.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from archiving import Scorer, archived, copy_of, edit, edit_json, findings_of, official, pdf_with, reseal, slim
from batching import asked, report, save
from evidence_builder import Evidence, faultless

from scoring.archive.bag import Sealed
from scoring.archive.layout import INFO, README
from scoring.archive.make import archive
from scoring.archive.opened import Archive
from scoring.archive.verify.fixity import check_fixity
from scoring.archive.verify.report import Part
from scoring.archive.verify.stock import check_stock, metadata_again
from scoring.base.names import city_files, department_files

pytestmark = pytest.mark.thorough

REPORT = department_files("教育局", 2017)
CITY = city_files(2017)


def stock(bag: Path) -> Part:
    reseal(bag)
    assert check_fixity(bag).differences == []
    return check_stock(Archive(bag))


def told(bag: Path) -> list[str]:
    return [str(difference) for difference in stock(bag).differences]


def label(bag: Path, **claims: object) -> None:
    edit_json(bag / "data" / "标签.json", lambda label: label.update(claims))


def test_a_whole_archive_has_no_difference(sealed: Sealed) -> None:
    part = check_stock(Archive(sealed.folder))
    assert part.differences == []
    assert part.notes == ["部门名单是归档时另行给出的，不是方案自己的；有没有漏掉部门，须另行核对"]


# --- The label -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def incomplete(tmp_path_factory: pytest.TempPathFactory) -> Sealed:
    """An archive that says what it lacks: a leaf waits, another department has no evidence."""
    with pytest.MonkeyPatch.context() as patching:
        slim(patching)
        waiting = official("教育局").inspection("3.3.1", "未核查")
        return archived(tmp_path_factory.mktemp("incomplete"), [waiting], incomplete=True)


@pytest.fixture
def lacking(incomplete: Sealed, tmp_path: Path) -> Path:
    return copy_of(incomplete.folder, tmp_path)


def test_what_an_archive_lacks_is_found_again(incomplete: Sealed) -> None:
    found = Archive(incomplete.folder)
    assert {entry["kind"] for entry in found.label["lacking"]} == {"no-evidence", "provisional"}
    assert check_stock(found).differences == []


def _with_stale_decision() -> Evidence:
    lossy = official("教育局").add("监测发现 | 指标=3.3.2.1.3 | 问题类型=错别字")
    return lossy.add(f"复核记录 | 发现编号={findings_of(lossy)[0]} | 佐证摘要=sha256:0000000000000000")


@pytest.mark.parametrize(
    ("evidence", "kind"),
    [
        (lambda: faultless("教育局"), "sample"),
        (lambda: official("教育局").add("监测发现 | 指标=9.9 | 问题类型=错别字"), "faulty"),
        (_with_stale_decision, "stale"),
    ],
)
def test_every_cause_is_found_again(tmp_path: Path, evidence: Callable[[], Evidence], kind: str) -> None:
    made = archived(tmp_path, [official("人社局"), evidence()], incomplete=True)
    found = Archive(made.folder)
    assert [(entry["kind"], entry["of"]) for entry in found.label["lacking"]] == [(kind, "教育局")]
    assert check_stock(found).differences == []
    label(made.folder, complete=True, lacking=[])
    assert any(line.startswith(f"标签.json：没有列出的原因：教育局（{kind}）") for line in told(made.folder))


def test_a_label_that_hides_what_is_lacking(lacking: Path) -> None:
    label(lacking, complete=True, lacking=[])
    found = told(lacking)
    assert "标签.json：没有列出的原因：教育局（provisional）还有 1 个指标待评（3.3.1），得分未定" in found
    assert "标签.json：没有列出的原因：人社局（no-evidence）没有佐证工作簿" in found
    assert any(line.startswith(f"{INFO}：Archive-Status 与标签不符：incomplete") for line in found)
    assert any(line.startswith(f"{README} 第 2 行：归档 完整性：不完整") for line in found)


def test_a_label_that_calls_itself_complete(lacking: Path) -> None:
    label(lacking, complete=True)
    assert "标签.json：“完整”与所列的原因不相符" in told(lacking)


def test_a_label_that_puts_it_otherwise(lacking: Path) -> None:
    def embellish(label: dict[str, list[dict[str, str]]]) -> None:
        for entry in label["lacking"]:
            entry["told"] = "没有问题"

    edit_json(lacking / "data" / "标签.json", embellish)
    assert "标签.json：所列的原因与归档内容不符：教育局（provisional）没有问题" in told(lacking)


def test_the_words_of_another_version_are_left_to_it(lacking: Path) -> None:
    edit_json(lacking / "data" / "标签.json", lambda label: label["lacking"][0].update(told="没有工作簿"))
    edit(lacking / "data" / "程序" / "scoring" / "archive" / "standing.py", "没有佐证工作簿", "没有工作簿")
    part = stock(lacking)
    assert not [difference for difference in part.differences if difference.where == "标签.json"]
    assert any("措辞没有核对" in note for note in part.notes)


def test_a_department_that_was_dropped_with_all_that_tells_of_it(tmp_path: Path) -> None:
    """The archive has the scheme's own departments: evidence of one, that of all others is lacking."""
    raw, out = save(tmp_path / "2017", [official("教育局")]), tmp_path / "out"
    run = asked(raw, out)
    assert report(run, Scorer()).failures == {}
    bag = archive(run, tmp_path / "archives", incomplete=True).folder
    part = stock(bag)
    assert (part.differences, part.notes) == ([], [])

    edit(bag / "data" / "方案" / "考核对象.txt", "人社局\n", "")
    edit(bag / INFO, "人社局：没有佐证工作簿；", "")
    edit(bag / README, "　　　　人社局：没有佐证工作簿\n", "")

    def drop(label: dict[str, list[dict[str, str]]]) -> None:
        label["lacking"] = [entry for entry in label["lacking"] if entry["of"] != "人社局"]

    edit_json(bag / "data" / "标签.json", drop)
    assert "方案/考核对象.txt：标签写明用方案的部门名单，却与方案的不同：缺 人社局" in told(bag)


@pytest.mark.parametrize(
    ("claims", "found"),
    [
        (
            {"complete": False, "lacking": [{"kind": "no-pdf", "of": "教育局", "told": "报告没有 PDF 文件"}]},
            "标签.json：所列的原因与归档内容不符：教育局（no-pdf）",
        ),
        ({"listed": False}, "方案/考核对象.txt：标签写明用方案的部门名单，却与方案的不同：缺 "),
        ({"city": "某市"}, "标签.json 城市：标签 某市，归档内容 耒阳市"),
        ({"year": 2018}, "标签.json 年度：标签 2018，归档内容 2017"),
        ({"title": "耒阳市2018年度网站考核归档"}, "标签.json 标题：标签 耒阳市2018年度网站考核归档，归档内容 "),
        ({"title": "耒阳市2017年度网站考核归档"}, None),
        (
            {"title": "耒阳市2017年度网站考核归档（正式结果）"},
            "标签.json 标题：标签 耒阳市2017年度网站考核归档（正式结果），归档内容 ",
        ),
        ({"departments": []}, "标签.json 部门 教育局：标签 没有，归档内容 "),
        ({"replaces": {"name": "旧归档", "identifier": "0" * 128}}, f"{INFO}：Archive-Replaces 与标签不符：没有"),
        ({"signed_by": {"public_key": "", "fingerprint": "SHA256:x"}}, f"{INFO}：Archive-Signed-By 与标签不符"),
        ({"program": {"digest": "0" * 64}}, "标签.json 程序 digest：标签 000"),
        ({"program": {"name": "another"}}, "标签.json 程序 名称：标签 another，归档内容 site-audit-workbook"),
        ({"lacking": 1}, "标签.json：内容读不懂，无法比较（TypeError"),
    ],
)
def test_a_claim_that_is_not_true(bag: Path, claims: dict[str, object], found: str | None) -> None:
    label(bag, **claims)
    lines = told(bag)
    assert lines == [] if found is None else any(line.startswith(found) for line in lines), lines


def test_a_department_that_was_improved_on_the_label(bag: Path) -> None:
    edit_json(bag / "data" / "标签.json", lambda label: label["departments"][1].update(total=100.0))
    assert "标签.json 部门 教育局 总分：标签 100.0，归档内容 99.0" in told(bag)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("Archive-Status: complete", "Archive-Status: incomplete", "Archive-Status 与标签不符：incomplete"),
        ("Archive-Signed-By: unsigned", "Archive-Signed-By: SHA256:x", "Archive-Signed-By 与标签不符：SHA256:x"),
        ("External-Description: 耒阳市2017", "External-Description: 耒阳市2016", "External-Description 与标签不符"),
        ("Archive-Status:", "Archive-Replaces: 旧归档 00\nArchive-Status:", "Archive-Replaces 与标签不符：旧归档 00"),
        ("Archive-Status:", "Archive-Status: x\nArchive-Status:", "Archive-Status 写了 2 次"),
    ],
)
def test_bag_info_that_says_otherwise(bag: Path, old: str, new: str, found: str) -> None:
    edit(bag / INFO, old, new)
    assert any(line.startswith(f"{INFO}：{found}") for line in told(bag))


def test_a_guide_that_says_otherwise(bag: Path) -> None:
    edit(bag / README, "    教育局　99 分　合格", "    教育局　100 分　合格")
    (found,) = told(bag)
    assert found.startswith(f"{README} 第 ")
    assert found.endswith(" 行：归档     教育局　100 分　合格，现为     教育局　99 分　合格")


def test_the_guide_of_another_version_holds_the_facts(bag: Path) -> None:
    edit(bag / "data" / "程序" / "templates" / "archive" / "readme.txt.j2", "一、这是什么", "一、说明")
    edit(bag / README, "一、这是什么", "一、说明")
    part = stock(bag)
    assert part.differences == []
    assert any("没有核对全文" in note for note in part.notes)
    edit(bag / README, "教育局", "某局")
    assert told(bag) == [f"{README}：没有写明标签上的“教育局”"]


# --- What must lie there ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        *("方案/scheme.toml", "方案/readings.toml", "方案/所用解读.json", "方案/考核对象.txt", "工作日历.csv"),
        *("复核决定.html", "运行环境.json", "ro-crate-metadata.json", "程序/requirements.lock"),
        *("结果/ranking.json", "结果/.made-city.json", "结果/index.html", f"结果/{CITY.excel}", f"结果/{CITY.pdf}"),
        *(f"结果/教育局/{file}" for file in (".made.json", "scorecard.json", *vars(REPORT).values())),
        *(f"参数化笔记本/{REPORT.notebook}", f"参数化笔记本/{CITY.notebook}"),
    ],
)
def test_a_file_that_was_taken_out(bag: Path, name: str) -> None:
    (bag / "data" / name).unlink()
    assert f"data/{name}：缺失，标签没有写明缺它" in told(bag)


def test_the_citys_report_that_was_taken_out_with_all_that_tells_of_it(bag: Path) -> None:
    for name in ("ranking.json", ".made-city.json", *vars(CITY).values()):
        (bag / "data" / "结果" / name).unlink()
    (bag / "data" / "参数化笔记本" / CITY.notebook).unlink()
    assert "标签.json：没有列出的原因：全市汇总（no-report）没有汇总报告" in told(bag)


def test_a_department_whose_results_were_taken_out(bag: Path) -> None:
    shutil.rmtree(bag / "data" / "结果" / "教育局")
    assert "标签.json：没有列出的原因：教育局（no-report）没有评分报告" in told(bag)


@pytest.mark.parametrize("name", ["佐证/历史版本/教育局.xlsx", "结果/教育局/另一份.html", "新来的.txt", "结果/某局/a"])
def test_a_file_that_the_metadata_do_not_list(bag: Path, name: str) -> None:
    path = bag / "data" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    assert f"data/{name}：多出的文件，ro-crate-metadata.json 中没有" in told(bag)


def test_metadata_that_list_what_is_not_there(bag: Path) -> None:
    def add(crate: dict[str, list[dict[str, str]]]) -> None:
        crate["@graph"].append({"@id": "%E4%BD%90%E8%AF%81/x.xlsx", "@type": "File"})

    edit_json(bag / "data" / "ro-crate-metadata.json", add)
    assert told(bag) == ["data/佐证/x.xlsx：缺失，ro-crate-metadata.json 中有"]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda entity: entity.update(endTime="2018-01-01"), "endTime：归档 2018-01-01，现为 "),
        (lambda entity: entity.update(instrument={"@id": "x"}), "instrument"),
        (lambda entity: entity["object"].pop(), "object"),
    ],
)
def test_metadata_that_say_something_else_of_what_was_made(
    bag: Path, change: Callable[[dict[str, object]], None], found: str
) -> None:
    def claim(crate: dict[str, list[dict[str, object]]]) -> None:
        change(next(entity for entity in crate["@graph"] if entity["@type"] == "CreateAction"))

    edit_json(bag / "data" / "ro-crate-metadata.json", claim)
    (line,) = told(bag)
    assert line.startswith("ro-crate-metadata.json @graph #")
    assert found in line


def test_a_record_of_another_result(bag: Path) -> None:
    record = bag / "data" / "结果" / "教育局" / ".made.json"
    edit_json(record, lambda told: told["result"].update(low="1", high="1"))
    assert told(bag) == ["结果/教育局/.made.json：记录的结果与 scorecard.json 不符"]


# --- Records, and what is made of other files ------------------------------------------------------------------------


@pytest.mark.parametrize("name", [f"教育局/{file}" for file in vars(REPORT).values()] + ["index.html", CITY.pdf])
def test_a_report_that_is_not_the_recorded_one(bag: Path, name: str) -> None:
    path = bag / "data" / "结果" / name
    path.write_bytes(path.read_bytes() + b" ")
    record = ".made.json" if "/" in name else ".made-city.json"
    assert f"结果/{name}：与 {record} 记录的不同，生成后被改动" in told(bag)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda files: files.pop(REPORT.html), f"结果/教育局/{REPORT.html}：多出的文件，.made.json 中没有"),
        (lambda files: files.update({"x": "0"}), "结果/教育局/x：缺失，.made.json 中有"),
        (lambda files: files.update({"../../../x": "0"}), "结果/教育局/../../../x：缺失，.made.json 中有"),
    ],
)
def test_a_record_that_lists_other_files(bag: Path, change: Callable[[dict[str, str]], None], found: str) -> None:
    edit_json(bag / "data" / "结果" / "教育局" / ".made.json", lambda record: change(record["files"]))
    assert told(bag) == [found]


def test_a_record_that_is_none(bag: Path) -> None:
    (bag / "data" / "结果" / "教育局" / ".made.json").write_bytes(b"[]")
    assert told(bag) == ["结果/教育局/.made.json：生成记录读不懂"]


def test_what_is_made_of_other_files(bag: Path) -> None:
    edit(bag / "data" / "复核决定.html", "复核人", "经办人")
    edit(bag / "data" / "参数化笔记本" / REPORT.notebook, "'department': '教育局'", "'department': '人社局'")
    edit(bag / "data" / "工作日历.csv", "2017-10-02,一,否,放假", "2017-10-02,二,否,放假")
    found = told(bag)
    assert "复核决定.html 第 1 张表第 1 行第 5 列：归档 经办人，现为 复核人" in found
    assert any(line.startswith(f"参数化笔记本/{REPORT.notebook} 第 1 个单元第 1 行：归档") for line in found)
    assert any(line.endswith("归档 2017-10-02,二,否,放假，现为 2017-10-02,一,否,放假") for line in found)
    assert any(line.startswith("ro-crate-metadata.json @graph #") for line in found), "it repeats the parameters"
    assert len(found) == 4


def test_one_bad_file_hides_no_other_difference(bag: Path) -> None:
    (bag / "data" / "ro-crate-metadata.json").write_bytes(b"{")
    (bag / "data" / "结果" / "教育局" / REPORT.pdf).write_bytes(pdf_with({}))
    label(bag, city="某市")
    found = told(bag)
    assert "ro-crate-metadata.json：ro-crate-metadata.json 不是有效的 JSON" in found
    assert f"结果/教育局/{REPORT.pdf}：与 .made.json 记录的不同，生成后被改动" in found
    assert "标签.json 城市：标签 某市，归档内容 耒阳市" in found


def test_notices_may_lie_beside_a_report(sealed: Sealed, tmp_path: Path) -> None:
    """People edit them: no record lists them, but the metadata do."""
    bag = copy_of(sealed.folder, tmp_path)
    name = "结果/教育局/教育局2017年度整改通知书.docx"
    (bag / "data" / name).write_bytes(b"")
    crate = bag / "data" / "ro-crate-metadata.json"
    crate.write_bytes(metadata_again(Archive(bag)))
    assert told(bag) == []
