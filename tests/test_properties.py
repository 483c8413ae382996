"""What holds for any evidence, tried on random valid workbooks that crowd the rulebook's boundaries."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import pytest
from evidence_builder import HEADERS
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.random_evidence import random_workbook

from scoring import Assessment, Scorecard, assess, load_scheme
from scoring.engine.ranking import ranking_json

SCHEME = load_scheme(2017)
EARNING = {"2.1", "2.4"}  # Leaves with findings that give points.
seeds = st.integers(0, 10_000)
readings = st.fixed_dictionaries(
    {key: st.sampled_from(list(reading.options)) for key, reading in SCHEME.readings.items()}
)


@contextmanager
def workbooks(seed: int, *departments: str) -> Iterator[list[Path]]:
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{department}.xlsx" for department in departments]
        for number, path in enumerate(paths):
            random_workbook(path, seed + number, path.stem)
        yield paths


def scored(paths: list[Path], chosen: Mapping[str, str]) -> Assessment:
    assessment = assess(paths, SCHEME, chosen)
    assert assessment.faults == {}
    return assessment


def with_rows(path: Path, sheet: str, rows: list[dict[str, object]]) -> None:
    """Rows added to a sheet of a workbook whose columns may stand in any order."""
    book = openpyxl.load_workbook(path)
    name = next((name for name in book.sheetnames if name.strip() == sheet), None)
    if name is None:
        book.create_sheet(sheet).append(HEADERS[sheet])
    table = book[name or sheet]
    columns = [str(cell.value or "").strip() for cell in table[1]]
    for row in rows:
        table.append([row.get(column) for column in columns])
    book.save(path)


def shuffled(path: Path, chance: random.Random) -> None:
    """The same workbook with the rows of every sheet in another order."""
    book = openpyxl.load_workbook(path)
    for sheet in book:
        rows = [[(cell.value, cell.number_format) for cell in row] for row in sheet.iter_rows(min_row=2)]
        chance.shuffle(rows)
        for number, row in enumerate(rows, start=2):
            for column, (value, form) in enumerate(row, start=1):
                cell = sheet.cell(number, column)
                cell.value, cell.number_format = value, form
    book.save(path)


def without_rows(card: Scorecard) -> dict[str, object]:
    """A scorecard as JSON, but for what depends on where a row stands and on the file's bytes."""
    result = card.to_json() | {"evidence": None}
    for kind in ("findings", "set_aside", "suspected"):
        entries = [entry | {"evidence": entry["evidence"]["sheet"]} for entry in result.get(kind, [])]
        result[kind] = sorted(json.dumps(entry, ensure_ascii=False) for entry in entries)
    return result


@settings(max_examples=4)
@given(seeds, readings)
def test_no_node_is_below_0_nor_above_its_points(seed: int, chosen: dict[str, str]) -> None:
    with workbooks(seed, *SCHEME.departments[:3]) as paths:
        for card in scored(paths, chosen).scorecards:
            lifted = SCHEME.lineage("2.4")
            for code, node in card.nodes.items():
                bonus = Fraction(10) if code in lifted else Fraction(0)  # As many as the random workbooks have.
                assert 0 <= node.low <= node.high <= node.full + bonus, code
                assert node.score is None or node.low == node.score == node.high
                assert node.high <= node.full or card.bonus > 0


@settings(max_examples=4)
@given(seeds, readings)
def test_the_ledger_closes(seed: int, chosen: dict[str, str]) -> None:
    """Opening and the points of the findings that stand, floored and capped, are the leaf's score."""
    with workbooks(seed, *SCHEME.departments[:3]) as paths:
        for card in scored(paths, chosen).scorecards:
            for leaf in SCHEME.leaves:
                node = card.nodes[leaf.code]
                if node.score is None:
                    continue
                stands = [finding for finding in card.of(leaf.code) if finding.stands]
                changed = sum((f.points for f in stands if f.points is not None and not f.bonus), Fraction(0))
                settled = leaf.opening + changed
                if leaf.proportion and chosen["update-volume"] == "proportional":
                    settled = leaf.points * (1 + changed / 10)
                settled = min(leaf.points, max(Fraction(0), settled)) + (card.bonus if leaf.bonus else 0)
                assert node.score == (0 if node.status == "void" else settled), leaf.code


@settings(max_examples=4)
@given(seeds, readings)
def test_ids_are_unique_in_a_scorecard(seed: int, chosen: dict[str, str]) -> None:
    with workbooks(seed, *SCHEME.departments[:3]) as paths:
        for card in scored(paths, chosen).scorecards:
            ids = [finding.id for finding in (*card.findings, *card.set_aside)]
            assert len(ids) == len(set(ids))


@settings(max_examples=4)
@given(seeds, readings, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(seed: int, chosen: dict[str, str], chance: random.Random) -> None:
    with workbooks(seed, "人社局") as paths:
        before = without_rows(scored(paths, chosen).scorecards[0])
        shuffled(paths[0], chance)
        assert without_rows(scored(paths, chosen).scorecards[0]) == before


@settings(max_examples=4)
@given(seeds, readings, st.randoms(use_true_random=False))
def test_the_order_of_files_does_not_matter(seed: int, chosen: dict[str, str], chance: random.Random) -> None:
    with workbooks(seed, *SCHEME.departments[:3]) as paths:
        results = []
        for _ in range(2):
            cards = scored(paths, chosen).scorecards
            ranking = ranking_json(SCHEME, [card.result for card in cards], {})
            results.append(json.dumps([*(card.to_json() for card in cards), ranking]))
            chance.shuffle(paths)
        assert results[0] == results[1]


@settings(max_examples=4)
@given(seeds, readings)
def test_an_untouched_department_never_changes(seed: int, chosen: dict[str, str]) -> None:
    """A department alone, and beside others, has the same scorecard to the byte."""
    with workbooks(seed, *SCHEME.departments[:3]) as paths:
        together = {card.department: card.to_json() for card in scored(paths, chosen).scorecards}
        (alone,) = scored(paths[:1], chosen).scorecards
        assert alone.to_json() == together[alone.department]
        paths[1].write_bytes(b"damaged")
        assessment = assess(paths, SCHEME, chosen)
        assert [card.to_json() for card in assessment.scorecards] == [
            card for department, card in together.items() if department != paths[1].stem
        ]


@settings(max_examples=4)
@given(seeds, readings, st.data())
def test_a_withdrawn_finding_never_lowers_a_score(seed: int, chosen: dict[str, str], data: st.DataObject) -> None:
    """Deductions and vetoes, that is; what earns points is 2.1's and 2.4's."""
    with workbooks(seed, "人社局") as paths:
        (before,) = scored(paths, chosen).scorecards
        ids = [finding.id for finding in before.findings if finding.code not in EARNING]
        if not ids:
            return
        some = data.draw(st.lists(st.sampled_from(ids), min_size=1, max_size=5, unique=True))
        review = {"决定": "撤销", "理由": "示例理由", "复核人": "示例复核员", "复核日期": dt.date(2017, 12, 31)}
        with_rows(paths[0], "复核记录", [review | {"发现编号": finding} for finding in some])
        (after,) = scored(paths, chosen).scorecards
        assert {finding.id for finding in after.findings if finding.withdrawn} == set(some)
        assert [finding.id for finding in after.findings] == [finding.id for finding in before.findings]
        for code, node in after.nodes.items():
            less_bonus = before.bonus - after.bonus if code in SCHEME.lineage("2.4") else 0
            assert node.low >= before.nodes[code].low - max(0, less_bonus), code
            assert node.high >= before.nodes[code].high - max(0, less_bonus), code
        assert after.qualified or not before.qualified


@pytest.mark.parametrize("seed", range(3))
def test_the_same_evidence_gives_the_same_bytes(seed: int) -> None:
    with workbooks(seed, "人社局") as paths:
        assert scored(paths, {}).scorecards[0].to_json() == scored(paths, {}).scorecards[0].to_json()
