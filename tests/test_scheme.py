"""The scheme of 2017 as data, what loading a scheme checks, and which scheme a year is assessed by."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from evidence_builder import BY_KEY
from reference.tree import LEAVES, POINTS
from scheme_copies import Change, copy_of, refusal

from scoring import Scheme, load_scheme
from scoring.cli.options import scheme_of, year_of
from scoring.scheme import SchemeError, known_schemes, load

DEPARTMENTS = "市经济开发区办公室、人社局、教育局、住建局、规划局、国土资源局、卫计局、统计局、林业局"


# --- The scheme of 2017 ---------------------------------------------------------------------------------------------


def test_leaves_points_and_departments_are_the_rulebooks(scheme: Scheme) -> None:
    assert {leaf.code: leaf.points for leaf in scheme.leaves} == {code: POINTS[code] for code in LEAVES}
    assert "、".join(scheme.departments) == DEPARTMENTS


def test_leaves_add_up_to_102_and_the_contradiction_is_declared(scheme: Scheme) -> None:
    assert (len(scheme.leaves), sum(leaf.points for leaf in scheme.leaves)) == (28, 102)
    (contradiction,) = scheme.contradictions
    assert (contradiction.node, contradiction.declared, contradiction.adds_up_to) == ("3.3", 16, 18)
    assert contradiction.reading == "management-sum"


def test_every_leaf_but_one_has_its_standard(scheme: Scheme) -> None:
    """The scheme gives none for 网站性能."""
    assert [leaf.code for leaf in scheme.leaves if not leaf.standard] == ["3.3.2.2"]
    assert [leaf.code for leaf in scheme.leaves if not leaf.description] == []


def test_five_leaves_spill_one_opens_at_zero_and_one_has_a_bonus(scheme: Scheme) -> None:
    assert {leaf.code for leaf in scheme.leaves if leaf.spills} == {"3.3.2.3", "3.3.3.1", "3.3.3.2", "3.4.1", "3.4.2"}
    assert [leaf.code for leaf in scheme.leaves if leaf.opens_at_zero] == ["2.1"]
    assert [leaf.code for leaf in scheme.leaves if leaf.bonus] == ["2.4"]


def test_vetoes_are_the_rulebooks(scheme: Scheme) -> None:
    vetoes = {
        (leaf.code, kind.veto, kind.scope) for leaf in scheme.leaves for kind in leaf.findings.values() if kind.veto
    }
    assert vetoes == {
        ("3.2.1", "单项否决", "total"),
        ("3.3.2.1.3", "单项否决", "3.3"),
        ("3.3.2.3", "单项否决", "total"),
        ("3.3.3.1", "一票否决", "3"),
    }


def test_every_finding_that_costs_has_advice(scheme: Scheme) -> None:
    earns_all = {"采用并公布结果", "两类均采用并公布结果", "超额采用"}
    for leaf in scheme.leaves:
        for kind in leaf.findings.values():
            assert kind.advice or kind.name in earns_all, f"{leaf.code} {kind.name}"
            assert kind.because


@pytest.mark.parametrize("name", ["leiyang_2017", "census_2015"])
def test_every_kind_says_whether_it_can_be_mended(name: str) -> None:
    """But for points earned, and vetoes by count: those are mended with the findings that they count."""
    nodes = tomllib.loads((load_scheme(named=name).folder / "scheme.toml").read_text(encoding="utf-8"))["node"]
    silent = {kind for node in nodes for kind, entry in node.get("finding", {}).items() if "mendable" not in entry}
    assert {kind for kind in silent if not kind.endswith("否决")} == (
        {"采用并公布结果", "两类均采用并公布结果", "采用未公布结果", "仅计采用分", "超额采用"}
        if name == "leiyang_2017"
        else set()
    )


def test_every_leaf_names_the_sheets_it_is_judged_by(scheme: Scheme) -> None:
    assert {sheet for leaf in scheme.leaves for sheet in leaf.sheets} == set(BY_KEY) - {"inspections", "reviews"}


def test_pairs_are_the_rulebooks(scheme: Scheme) -> None:
    assert scheme.pairs == {
        "faults": {
            **dict.fromkeys(("3.1.1.1", "3.1.1.2", "3.1.1.3"), ("未及时更新",)),
            "3.2.2": ("未能提交信息",),
            **dict.fromkeys(("3.3.2.1.1", "3.3.2.1.2"), ("打不开",)),
            "3.3.2.1.3": ("错别字", "虚假内容", "伪造内容", "暴力内容", "色情内容"),
            "3.3.2.3": ("发布不准确",),
            "3.3.4.1": ("未落实",),
        },
        "censures": {
            "通报": ("国办", "省政府办公厅", "市电子政务办"),
            "曝光": ("中国政府网", "省政府门户网站", "市党政门户网站"),
        },
    }


def test_a_site_may_get_two_points_for_performance(scheme: Scheme) -> None:
    (performance,) = [fact for fact in scheme.facts if fact.marks]
    assert (performance.marks, performance.least, performance.most) == ("3.3.2.2", 0, 2)


def test_branches_and_leaves(scheme: Scheme) -> None:
    with pytest.raises(KeyError):
        scheme.leaf("3.3")
    assert scheme.lineage("3.3.2.1.3") == ("3.3.2.1.3", "3.3.2.1", "3.3.2", "3.3", "3", "total")
    assert scheme.under("3.3.2.1") == ("3.3.2.1.1", "3.3.2.1.2", "3.3.2.1.3")


# --- Mistakes -------------------------------------------------------------------------------------------------------

S, H, R = "scheme.toml", "sheets.toml", "readings.toml"
MISTAKES = tomllib.loads(Path(__file__).with_name("mistakes.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_reported_with_file_and_key(name: str, tmp_path: Path) -> None:
    lines = refusal(copy_of(tmp_path / "own", MISTAKES[name]["change"]))
    assert any(MISTAKES[name]["message"] in line for line in lines), lines


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    """Five of different kinds, in four files; a rule of another code is two mistakes."""
    changes = (
        (S, "spills =", "spill ="),
        (H, 'kind = "host"', 'kind = "url"'),
        ("census.py", '@rule("3.4.2")', '@rule("3.4.3")'),
        (S, 'name = "文件解读"\npoints = "1"', 'name = "文件解读"\npoints = "2"'),
        (R, 'nodes = ["3.1.2", ', 'nodes = ["3.1.9", '),
    )
    lines = refusal(copy_of(tmp_path / "own", *changes))
    assert [line.split("：")[0] for line in lines] == [
        "scheme.toml 的 node 3.3.2.3",
        "sheets.toml 的 facts.domain.kind",
        "scheme.toml 的 node 3.1.3",
        "规则 的 node 3.4.2",
        '规则 的 @rule("3.4.3")',
        "readings.toml 的 missed-update.nodes",
    ]


def test_files_that_cannot_be_read_are_reported_together(tmp_path: Path) -> None:
    own = copy_of(tmp_path / "own", (S, 'line = "leiyang"', "line = leiyang"), ("portal.py", "KINDS =", "KINDS = ="))
    (own / H).unlink()
    (own / R).write_bytes("[三天]".encode("gbk"))
    assert refusal(own) == [
        "scheme.toml：第 10 行第 8 列不合 TOML 的写法（Invalid value (at line 10, column 8)）",
        "sheets.toml：打不开（文件不在）；方案文件夹中应有这个文件",
        "readings.toml：不是 UTF-8 编码的文本文件；请另存为 UTF-8",
        "portal.py：第 11 行出错（SyntaxError：invalid syntax）",
    ]


def test_a_mistake_that_was_mended_is_gone(tmp_path: Path) -> None:
    """In the same process: nothing of the first attempt is kept."""
    own = copy_of(tmp_path / "own", ("portal.py", "KINDS =", "KINDS = 1 / 0 #"))
    assert len(refusal(own)) == 1
    rules = own / "portal.py"
    rules.write_text(rules.read_text(encoding="utf-8").replace("1 / 0 #", ""), encoding="utf-8")
    assert load_scheme(named=str(own)).title == load_scheme(2017).title


# --- Which scheme -----------------------------------------------------------------------------------------------------

LATER: tuple[Change, ...] = ((S, "since = 2017", "since = 2026"), (S, 'title = "2017', 'title = "2026'))


@pytest.fixture
def schemes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of schemes in place of the program's, with that of 2017 alone."""
    folder = tmp_path / "schemes"
    copy_of(folder / "leiyang_2017")
    (folder / "default.txt").write_text("leiyang\n", encoding="utf-8")
    monkeypatch.setattr(load, "SCHEMES", folder)
    return folder


def test_a_scheme_is_in_force_until_the_next_of_its_line(schemes: Path) -> None:
    copy_of(schemes / "leiyang_2026", *LATER)
    assert [load_scheme(year).name for year in (2017, 2025, 2026, 2030)] == [
        *("leiyang_2017", "leiyang_2017"),
        *("leiyang_2026", "leiyang_2026"),
    ]
    assert load_scheme(2025).year == 2025
    assert load_scheme().name == "leiyang_2026"
    assert load_scheme(2026, "leiyang_2017").name == "leiyang_2017"
    assert load_scheme(2020, "leiyang").name == "leiyang_2017"


def test_a_year_before_the_first_scheme_has_none(schemes: Path) -> None:
    with pytest.raises(SchemeError, match="没有 2016 年施行的考核方案；已有：leiyang_2017（2017 年起）"):
        load_scheme(2016)
    with pytest.raises(SchemeError, match="方案 leiyang_2017 自 2017 年起施行，不能用来考核 2016 年"):
        load_scheme(2016, "leiyang_2017")


def test_another_line_is_asked_for_by_name(schemes: Path) -> None:
    copy_of(schemes / "hengyang_2017", (S, 'line = "leiyang"', 'line = "hengyang"'))
    assert load_scheme(2017).name == "leiyang_2017"
    assert load_scheme(2017, "hengyang").name == "hengyang_2017"
    assert set(known_schemes()) == {"leiyang_2017", "hengyang_2017"}


def test_two_schemes_of_a_line_begin_in_different_years(schemes: Path) -> None:
    copy_of(schemes / "leiyang_again")
    with pytest.raises(SchemeError, match="方案 leiyang_2017 与 leiyang_again 同属 leiyang，又同自 2017 年起施行"):
        load_scheme(2017)


def test_a_scheme_beside_others_follows_one_of_them_or_an_installed_one(schemes: Path, tmp_path: Path) -> None:
    def following(folder: Path, name: str) -> Path:
        return copy_of(folder, (S, 'line = "leiyang"', f'line = "leiyang"\nfollows = "{name}"'), *LATER)

    for name in ("leiyang_2017", "own_2025"):
        copy_of(tmp_path / name / "own_2025")
        assert load_scheme(named=str(following(tmp_path / name / "own_2026", name))).follows == name
    own = tmp_path / "wrong" / "own_2026"
    copy_of(own.with_name("own_2025"))
    assert refusal(following(own, "own_2052")) == [
        "scheme.toml 的 follows：没有方案“own_2052”；应为 leiyang_2017、own_2025 之一，或把它的文件夹放在本方案旁边"
    ]
    alone = following(tmp_path / "alone" / "own_2026", "own_2052")  # What it follows may lie anywhere.
    assert load_scheme(named=str(alone)).follows == "own_2052"


def test_a_broken_scheme_does_not_hinder_the_others(schemes: Path) -> None:
    copy_of(schemes / "other", (S, 'line = "leiyang"', "line ="), (H, "facts = [", "facts = 3\nx = ["))
    assert load_scheme(2017).name == "leiyang_2017"


def test_a_folder_that_is_no_scheme(tmp_path: Path) -> None:
    expected = "应为 census_2015、leiyang_2017、census、leiyang 之一，或含有 scheme.toml 的文件夹"
    with pytest.raises(SchemeError, match=rf"没有方案“{tmp_path}”；{expected}"):
        load_scheme(2017, str(tmp_path))


@pytest.mark.parametrize("year", [2017, 2026])
def test_a_folder_of_evidence_is_assessed_by_the_scheme_of_its_year(year: int, tmp_path: Path) -> None:
    raw = tmp_path / str(year)
    raw.mkdir()
    scheme = scheme_of(year_of(raw, None))
    assert (scheme.name, scheme.year) == ("leiyang_2017", year)
