"""Evidence as Parquet: the same scores as from workbooks, and every fault with its file, column and record."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from calling import Run
from evidence_builder import SHEETS, Evidence, faultless
from export_builder import assessed, columns_of, edited, save_export, save_sheet

from scoring import Scheme, assess
from scoring.engine.assessment import Assessment, assess_evidence
from scoring.evidence.folders import UnusableFolder, read_folder
from tools.forms import page


def minimal(department: str = "人社局") -> Evidence:
    return faultless(department).replace("信息发布 ×3", "门户信息采用 ×2")


def busy() -> Evidence:
    """A department with findings of most kinds."""
    return faultless().add(
        "领导信箱 | 类型=咨询 | 来信日期=2017-05-02 | 回复日期=2017-06-20",
        "领导信箱 | 类型=投诉 | 来信日期=2017-05-03 | 回复日期=2017-05-10 | 回复内容=已电话回复当事人",
        "监测发现 | 指标=3.3.2.1.3",
        "监测发现 | 指标=3.3.2.1.3",
        "安全漏洞 | 级别=高危",
        "安全通报 | 漏洞编号=V-1",
        "通报曝光 | 类型=通报 | 来源=市电子政务办",
        "网站栏目 | 栏目=空栏目 | 是否空白=是",
    )


def cards_of(assessment: Assessment) -> dict[str, Any]:
    cards = {}
    for card in assessment.scorecards:
        result = card.to_json()
        del result["evidence"]
        cards[card.department] = json.dumps(result, ensure_ascii=False)
    return cards


@pytest.fixture
def same(tmp_path: Path, scheme: Scheme) -> Callable[..., None]:
    """Workbooks and an export of the same evidence give the same scorecards but for the source."""

    def compare(*evidences: Evidence, **form: Any) -> None:
        workbooks = tmp_path / "xlsx"
        paths = [evidence.save(workbooks) for evidence in evidences]
        export = save_export(tmp_path / "parquet", *evidences, **form)
        expected = cards_of(assess(paths, scheme))
        assert len(expected) == len(evidences)
        assert cards_of(assessed(export, scheme)) == expected

    return compare


def test_an_export_scores_as_workbooks_do(same: Callable[..., None]) -> None:
    same(busy(), minimal("教育局"), faultless("林业局").fact("信箱栏目", "无"))


def test_files_in_parts_are_one_sheet(same: Callable[..., None]) -> None:
    same(busy(), minimal("教育局"), parts=3)


@pytest.mark.parametrize(
    "types",
    [
        {("信息发布", "发布日期"): pa.timestamp("us"), ("信息发布", "标题"): pa.large_string()},
        {("信息发布", "发布日期"): pa.date64(), ("信息发布", "栏目"): pa.dictionary(pa.int8(), pa.string())},
        {("信息发布", "发布日期"): pa.string(), ("领导信箱", "回复日期"): pa.large_string()},
        {("信息发布", "部门"): pa.dictionary(pa.int32(), pa.string()), ("领导信箱", "回复内容"): pa.string_view()},
    ],
    ids=["moments", "date64", "text", "coded"],
)
def test_the_type_of_a_column_makes_no_difference(types: Any, same: Callable[..., None]) -> None:
    same(busy(), types=types)


def test_yes_and_no_may_be_true_and_false(tmp_path: Path, scheme: Scheme) -> None:
    folder = save_export(tmp_path / "parquet", busy())
    before = cards_of(assessed(folder, scheme))
    words = pq.read_table(folder / "信息发布.parquet").column("首页显示").to_pylist()
    edited(folder, "信息发布", 首页显示=pa.array([word == "是" for word in words]))
    assert cards_of(assessed(folder, scheme)) == before


def test_records_of_departments_may_be_mixed_and_moved(tmp_path: Path, scheme: Scheme) -> None:
    folder = save_export(tmp_path / "parquet", busy(), minimal("教育局"))
    before, sources = cards_of(assessed(folder, scheme)), sources_of(assessed(folder, scheme))
    for sheet in SHEETS:
        table = pq.read_table(folder / f"{sheet.name}.parquet")
        other = [at for at, name in enumerate(table.column("部门").to_pylist()) if name == "教育局"]
        own = [at for at in range(len(table)) if at not in other]
        mixed = [at for pair in zip(other, own, strict=False) for at in pair]
        mixed += [*other[len(own) :], *own[len(other) :]]
        save_sheet(folder, sheet.name, table.take(pa.array(mixed, pa.int64())))
    assert cards_of(assessed(folder, scheme)) == before
    assert sources_of(assessed(folder, scheme)) == sources


def sources_of(assessment: Assessment) -> dict[str, str]:
    return {card.department: card.source.sha256 for card in assessment.scorecards}


def test_the_digest_is_of_the_department_s_own_records(tmp_path: Path, scheme: Scheme) -> None:
    before = sources_of(assessed(save_export(tmp_path / "a", busy(), minimal("教育局")), scheme))
    other = sources_of(assessed(save_export(tmp_path / "b", busy(), minimal("教育局").fact("专门科室", "无")), scheme))
    assert before["人社局"] == other["人社局"]
    assert before["教育局"] != other["教育局"]
    coded = {("信息发布", "栏目"): pa.dictionary(pa.int8(), pa.string())}
    assert sources_of(assessed(save_export(tmp_path / "c", busy(), types=coded, parts=2), scheme)) == {
        "人社局": before["人社局"]
    }


def test_untidy_cells_are_read_as_meant(tmp_path: Path, scheme: Scheme) -> None:
    folder = save_export(tmp_path / "parquet", minimal())
    clean = cards_of(assessed(folder, scheme))
    table = pq.read_table(folder / "信息发布.parquet")
    names = pa.array([f"　{name} " for name in table.column("部门").to_pylist()])
    days = pa.array(["２０１７年5月10日", "2017.5.10", " 2017/5/10"])
    edited(folder, "信息发布", 部门=names, 发布日期=days)
    codes = pq.read_table(folder / "核查情况.parquet").column("指标").to_pylist()
    edited(folder, "核查情况", 指标=pa.array([code.replace("3", "３") for code in codes]))
    assert cards_of(assessed(folder, scheme)) == clean


# --- Faults ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def faults(tmp_path: Path, scheme: Scheme) -> Callable[[Path], list[str]]:
    """The faults of an export, or of its only department."""

    def reported(folder: Path) -> list[str]:
        found = read_folder(folder, scheme)
        if found.faults:
            return [str(fault) for fault in found.faults]
        (chunk,) = found.chunks
        faults = assess_evidence(chunk.load(scheme)).faults
        assert list(faults) == list(chunk.departments)
        return [str(fault) for one in faults.values() for fault in one]

    return reported


Faults = Callable[[Path], list[str]]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("信息发布 | 发布日期=2017-02-30", "信息发布.parquet《信息发布》第 4 条记录“发布日期”：“2017-02-30”没有这一天"),
        ("信息发布 | 发布日期=去年", "信息发布.parquet《信息发布》第 4 条记录“发布日期”：“去年”；应为：日期"),
        ("信息发布 | 栏目=没有的", "信息发布.parquet《信息发布》第 4 条记录“栏目”：栏目“没有的”不在《网站栏目》中"),
        ("信息发布 | 标题=", "信息发布.parquet《信息发布》第 4 条记录“标题”：“标题”为空"),
        ("安全漏洞 | 级别=很高", "安全漏洞.parquet《安全漏洞》第 1 条记录“级别”：“很高”；应为：高危、中危、低危之一"),
        (
            "网站征集调查 | 开展日期=2017-06-01 | 结果公布日期=2017-05-01",
            "“结果公布日期”：“2017-05-01”早于第 4 条记录“开展日期”的开展日期“2017-06-01”",
        ),
    ],
    ids=lambda value: value[:24],
)
def test_a_fault_names_file_column_and_record(line: str, expected: str, tmp_path: Path, faults: Faults) -> None:
    (fault,) = faults(save_export(tmp_path / "parquet", minimal().add(line)))
    assert expected in fault


def test_a_record_is_counted_in_its_own_file(tmp_path: Path, scheme: Scheme) -> None:
    bad = minimal("教育局").add("信息发布 | 栏目=没有的")
    (chunk,) = read_folder(save_export(tmp_path / "parquet", minimal(), bad, parts=2), scheme).chunks
    loaded = chunk.load(scheme)
    assert list(loaded.faults) == ["教育局"]
    assert str(loaded.faults["教育局"][0]).startswith("信息发布/part-1.parquet《信息发布》第 3 条记录“栏目”：")
    assert loaded.evidence.departments == ("人社局",)


def test_a_fault_of_a_fact_names_the_record(tmp_path: Path, faults: Faults) -> None:
    (fault,) = faults(save_export(tmp_path / "parquet", minimal().fact("信箱栏目", "也许")))
    assert fault.startswith("基本信息.parquet《基本信息》第 7 条记录“内容”：“也许”；应为：有、无之一")


def test_a_decision_on_a_finding_that_is_not_there(tmp_path: Path, faults: Faults) -> None:
    (fault,) = faults(save_export(tmp_path / "parquet", minimal().add("复核记录 | 发现编号=3.2.1-没有")))
    assert fault.startswith("复核记录.parquet《复核记录》第 1 条记录“发现编号”：没有编号为“3.2.1-没有”的发现")


def test_a_day_beyond_any_calendar_is_a_fault(tmp_path: Path, faults: Faults) -> None:
    folder = save_export(tmp_path / "parquet", minimal())
    edited(folder, "信息发布", 发布日期=pa.array([17_000, 10_000_000, -2_000_000], pa.int32()).cast(pa.date32()))
    assert [fault.partition("：")[0] for fault in faults(folder)] == [
        f"信息发布.parquet《信息发布》第 {record} 条记录“发布日期”" for record in (2, 3)
    ]


@pytest.mark.parametrize(
    ("sheet", "column", "array", "expected"),
    [
        (
            "信息发布",
            "发布日期",
            pa.array([1, 2, 3]),
            "信息发布.parquet《信息发布》“发布日期”列：类型为 int64；应为：日期",
        ),
        (
            "信息发布",
            "首页显示",
            pa.array([1.5, 2, 3]),
            "“首页显示”列：类型为 double；应为：布尔值（bool）或文字（string）",
        ),
        ("信息发布", "标题", pa.array([[1], [2], []]), "“标题”列：类型为 list<"),
        ("信息发布", "部门", pa.array([True, False, True]), "“部门”列：类型为 bool；应为：文字（string）或整数"),
        ("信息发布", "发布日期", pa.array([0, 0, 0], pa.timestamp("ms", "UTC")), "类型为 timestamp[ms, tz=UTC]"),
    ],
    ids=["int", "float", "list", "bool", "zone"],
)
def test_a_wrong_type_is_reported_once(
    sheet: str, column: str, array: pa.Array, expected: str, tmp_path: Path, faults: Faults
) -> None:
    folder = save_export(tmp_path / "parquet", minimal())
    edited(folder, sheet, **{column: array})
    (fault,) = faults(folder)
    assert expected in fault


def test_missing_sheets_are_reported_for_the_whole_export(tmp_path: Path, faults: Faults) -> None:
    folder = save_export(tmp_path / "parquet", minimal())
    edited(folder, "信息发布", 首页显示=None)
    (folder / "安全漏洞.parquet").rename(folder / "安全漏同.parquet")
    assert sorted(faults(folder)) == [
        "parquet《安全漏洞》：缺少这张表；应为：名为“安全漏洞.parquet”的文件，或名为“安全漏洞”的文件夹（现有的“安全漏同”是否就是它）",
        "信息发布.parquet《信息发布》：缺少列“首页显示”；应为：有“首页显示”一列",
    ]


def test_what_is_optional_may_be_missing(tmp_path: Path, scheme: Scheme) -> None:
    folder = save_export(tmp_path / "parquet", busy())
    before = cards_of(assessed(folder, scheme))
    (folder / "复核记录.parquet").unlink()
    assert cards_of(assessed(folder, scheme)) == before


def test_a_column_given_twice_and_an_unknown_one(tmp_path: Path, faults: Faults, scheme: Scheme) -> None:
    folder = save_export(tmp_path / "parquet", minimal())
    edited(folder, "信息发布", 备用=pa.array(["甲", "乙", "丙"]))
    (card,) = assessed(folder, scheme).scorecards
    assert "信息发布.parquet 的列“备用”不在规定之列，未读取" in card.source.notices
    edited(folder, "信息发布", **{" 标题": pa.array(["甲", "乙", "丙"])})
    assert faults(folder) == ["信息发布.parquet《信息发布》“标题”列：列“标题”重复；应为：只有一列"]


def test_a_damaged_file(tmp_path: Path, faults: Faults, scheme: Scheme) -> None:
    folder = save_export(tmp_path / "parquet", minimal())
    path = folder / "信息发布.parquet"
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert faults(folder) == ["信息发布.parquet《信息发布》：不是 Parquet 文件，或已损坏；请重新导出"]
    assert read_folder(folder, scheme).departments == {"人社局"}


def test_a_file_that_is_damaged_after_it_was_looked_at(tmp_path: Path, scheme: Scheme) -> None:
    folder = save_export(tmp_path / "parquet", minimal())
    (chunk,) = read_folder(folder, scheme).chunks
    (folder / "信息发布.parquet").write_bytes(b"PAR1")
    (fault,) = chunk.load(scheme).faults["人社局"]
    assert str(fault).startswith("信息发布.parquet《信息发布》：文件已损坏，或在读取时被改动")


def test_a_file_and_a_folder_of_one_sheet(tmp_path: Path, faults: Faults) -> None:
    folder = save_export(tmp_path / "parquet", minimal())
    save_sheet(folder, "信息发布", pq.read_table(folder / "信息发布.parquet"), parts=1)
    (fault,) = faults(folder)
    assert "既有文件“信息发布.parquet”，又有文件夹“信息发布”" in fault


def test_records_without_a_department(tmp_path: Path, scheme: Scheme) -> None:
    folder = save_export(tmp_path / "parquet", minimal())
    edited(folder, "信息发布", 部门=pa.array(["人社局", None, "　"]))
    found = read_folder(folder, scheme)
    assert found.stray is not None
    (fault,) = found.stray["信息发布.parquet"]
    assert str(fault) == (
        "信息发布.parquet《信息发布》第 2 条记录“部门”：“部门”为空（这样的记录共 2 条）；应为：每条记录都必须填写部门"
    )
    assert found.departments == {"人社局"}


def test_a_department_that_is_not_assessed(tmp_path: Path, faults: Faults) -> None:
    (fault,) = faults(save_export(tmp_path / "parquet", minimal("水利局")))
    assert "“水利局”；应为：考核对象之一" in fault


def test_workbooks_and_parquet_together_are_refused(tmp_path: Path, scheme: Scheme) -> None:
    folder = save_export(tmp_path / "parquet", minimal())
    minimal("教育局").save(folder)
    with pytest.raises(UnusableFolder, match=r"既有 \.xlsx 工作簿（如 教育局\.xlsx），又有 Parquet 文件"):
        read_folder(folder, scheme)


def test_an_export_without_records(tmp_path: Path, scheme: Scheme) -> None:
    folder = save_export(tmp_path / "parquet", minimal())
    for sheet in SHEETS:
        save_sheet(folder, sheet.name, pq.read_table(folder / f"{sheet.name}.parquet").slice(0, 0))
    with pytest.raises(UnusableFolder, match="没有记录"):
        read_folder(folder, scheme)


def test_an_empty_record_is_skipped(tmp_path: Path, scheme: Scheme) -> None:
    folder = save_export(tmp_path / "parquet", minimal())
    before = cards_of(assessed(folder, scheme))
    table = pq.read_table(folder / "信息发布.parquet")
    empty = pa.table({"部门": ["人社局"]})
    save_sheet(folder, "信息发布", pa.concat_tables([table, empty], promote_options="default"))
    assert cards_of(assessed(folder, scheme)) == before


def test_the_builder_writes_all_sheets() -> None:
    assert set(columns_of([minimal()])) == {sheet.name for sheet in SHEETS}


def test_the_page_on_the_form_is_made_from_the_scheme(scheme: Scheme) -> None:
    written = (Path(__file__).parents[2] / "docs" / "evidence-parquet.md").read_text(encoding="utf-8")
    assert written == page(written, scheme)


def test_what_concerns_the_whole_export_is_told_once(tmp_path: Path, run: Run, scheme: Scheme) -> None:
    folder = save_export(tmp_path / "parquet", *(minimal(name) for name in scheme.departments))
    edited(folder, "信息发布", 首页显示=None)
    older = tmp_path / "out" / "人社局" / "scorecard.json"
    older.parent.mkdir(parents=True)
    older.touch()
    said = run("score", folder, "--out", tmp_path / "out")
    assert (said.code, said.err.count("缺少列“首页显示”")) == (1, 1)
    assert said.err.startswith("全部 9 个部门：佐证有 1 处差错，未评分\n")
    assert "已评分 0 个部门，未能评分 9 个" in said.out
    ranking = json.loads((tmp_path / "out" / "ranking.json").read_text(encoding="utf-8"))
    assert [entry["errors"] for entry in ranking["failed"]] == [1] * 9
    assert not older.exists()
