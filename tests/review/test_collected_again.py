"""Evidence collected again: decisions and steps stay with it, whichever ids and places its findings have by then."""

from __future__ import annotations

import datetime as dt
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from evidence_builder import SCHEME, Evidence, minimal
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring import Scorecard, assess
from scoring.evidence import workbooks_in
from scoring.review.audit import Audit

DAY = dt.date(2018, 1, 12)
#: Of the notices about one leak the first is none, and two others of one day are told apart by their order alone.
FIRST = "安全通报 | 通报日期=2017-03-01 | 漏洞编号=甲 | 描述=首次"
NOTICES = [f"安全通报 | 通报日期=2017-06-01 | 漏洞编号=甲 | 描述=再报{which}" for which in "一二三"]
TYPOS = [f"监测发现 | 指标=3.3.2.1.3 | 描述=错字{which}" for which in "一二三"]
REPEATED = "3.3.3.3-同一漏洞再次通报-甲-2017-06-01"


def collected(*lines: str) -> Evidence:
    return minimal().add(FIRST, *lines)


def opened(folder: Path) -> Audit:
    return Audit.open("人社局", 2017, folder.parent)


def scored(folder: Path) -> Scorecard:
    assessment = assess(workbooks_in(folder), SCHEME)
    assert assessment.faults == {}, [*map(str, assessment.faults["人社局"])]
    return assessment.scorecards[0]


def withdrawn(card: Scorecard) -> set[str]:
    """What the findings that are withdrawn are about."""
    return {one.cells["描述"] for one in card.findings if one.withdrawn}


def ids(card: Scorecard) -> dict[str, str]:
    """What a finding is about to its id, of the leaves that notices and typos are judged by."""
    return {one.cells["描述"]: one.id for one in card.findings if "描述" in one.cells and not one.needs}


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The case file in which two of the notices, and a typo, are withdrawn."""
    folder = tmp_path_factory.mktemp("decided") / "2017"
    collected(*NOTICES, *TYPOS).save(folder)
    audit = opened(folder)
    found = ids(audit.card)
    assert [found["再报一"], found["再报二"], found["再报三"]] == [REPEATED, f"{REPEATED}-2", f"{REPEATED}-3"]
    audit.decide([found[about] for about in ("再报一", "再报三", "错字二")], "撤销", "重复通报", "复核员乙", DAY).save()
    return folder / "人社局.案卷.xlsx"


@contextmanager
def again(case: Path) -> Iterator[Path]:
    with TemporaryDirectory() as made:
        folder = Path(made) / "2017"
        folder.mkdir()
        shutil.copy(case, folder)
        yield folder


@settings(max_examples=8)
@given(st.randoms(use_true_random=False), st.integers(0, 3), st.integers(0, 2))
def test_what_was_withdrawn_stays_withdrawn(case: Path, chance: random.Random, moved: int, more: int) -> None:
    """Rows shuffled, moved to another part, with others before them."""
    lines = [*NOTICES, *TYPOS]
    chance.shuffle(lines)
    others = [f"安全通报 | 通报日期=2017-06-01 | 漏洞编号=甲 | 描述=另报{number}" for number in range(more)]
    with again(case) as folder:
        collected(*others, *lines[moved:]).save(folder)
        part = Evidence("人社局.二", {name: [] for name in ("安全通报", "监测发现")})
        part.add(*lines[:moved]).save(folder)
        card = scored(folder)
        assert withdrawn(card) == {"再报一", "再报三", "错字二"}
        assert not any(review.stale for review in card.reviews)
        for review in card.reviews:
            said = any(f"对“{review.noted}”的决定仍有效" in notice for notice in card.source.notices)
            assert said == (review.noted != review.finding)


@pytest.mark.parametrize("about", ["再报一", "错字二"])
def test_other_evidence_makes_it_stale_and_says_so(case: Path, about: str) -> None:
    with again(case) as folder:
        lines = [line.replace(about, f"{about}（已核）") for line in reversed([*NOTICES, *TYPOS])]
        collected(*lines).save(folder)
        card = scored(folder)
        assert withdrawn(card) == {"再报一", "再报三", "错字二"} - {about}
        (stale,) = (review for review in card.reviews if review.stale)
        assert any("复核失效" in notice and stale.noted in notice for notice in card.source.notices)


def test_a_decision_follows_where_another_one_is_stale(case: Path) -> None:
    """The first notice is gone, so that the others move up: what is on record of the first has no effect on them."""
    with again(case) as folder:
        collected(NOTICES[1], NOTICES[2], *TYPOS).save(folder)
        card = scored(folder)
        assert withdrawn(card) == {"再报三", "错字二"}
        stale, followed = (review for review in card.reviews if REPEATED in review.noted)
        assert (stale.noted, bool(stale.stale), followed.noted) == (REPEATED, True, f"{REPEATED}-3")
        effects = card.to_json()["review"]["decisions"]
        assert effects[0]["difference"] == [0, 0], "the stale one has none"


def test_a_new_decision_does_not_hide_one_that_followed_its_evidence(case: Path) -> None:
    """Of two that changed places, the one is decided anew."""
    with again(case) as folder:
        collected(*reversed(NOTICES), *TYPOS).save(folder)
        audit = opened(folder)
        assert audit.card.reviews[0].noted != audit.card.reviews[0].finding
        audit, _ = audit.decide([ids(audit.card)["再报一"]], "维持", "确系再报", "复核员乙", DAY).save()
        assert withdrawn(audit.card) == {"再报三", "错字二"}
        assert all(review.noted == review.finding for review in audit.card.reviews)


def test_steps_stay_with_their_evidence(case: Path) -> None:
    with again(case) as folder:
        collected(*NOTICES, *TYPOS).save(folder)
        audit = opened(folder)
        told = {"step": "待整改", "done_on": DAY, "done_by": "科室", "notice": "2017-人社局-1", "due": DAY}
        audit.follow([{"finding": REPEATED, **told}]).save()
        collected(*reversed(NOTICES), *TYPOS).save(folder)
        audit = opened(folder)
        (one,) = audit.card.follow_ups.values()
        assert (one.noted, one.finding, one.gone) == (REPEATED, ids(audit.card)["再报一"], False)
        assert any("整改台账" in notice and one.finding in notice for notice in audit.card.source.notices)
        said = {"step": "已反馈", "done_on": DAY, "done_by": "办公室", "about": "已处置"}
        audit, _ = audit.follow([{"finding": one.finding, **said}]).save()
        (one,) = audit.card.follow_ups.values()
        assert (one.state, len(one.steps), one.noted) == ("已反馈", 2, REPEATED)
