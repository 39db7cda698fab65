"""Read completeness: a failed reading must never look like everybody having left."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, strategies as st

from sync.guard import (
    ReadingFacts,
    ReadLevel,
    ReadVerdict,
    check_reading,
    live_facts,
    source_facts,
)
from sync.guard.reading import read_cells
from sync.model import Verdict
from sync.settings import Filter
from tests.guard.plans import Plan

LAST = ReadingFacts(1000, 1000, 400, {"AktivitetsID": 30, "WorkMail": 500})


def _now(rows: int = 1000, **changes: object) -> ReadingFacts:
    return dataclasses.replace(LAST, rows=rows, counted=rows, **changes)  # type: ignore[arg-type]


def test_a_reading_like_the_last_one_is_good() -> None:
    """An ordinary night passes."""
    assert check_reading(_now(), LAST).level is ReadLevel.GOOD
    assert check_reading(_now(), None).level is ReadLevel.GOOD


@pytest.mark.parametrize(
    ("now", "rule"),
    [
        (dataclasses.replace(LAST, finished=False), "unfinished"),
        (dataclasses.replace(LAST, rows=999), "incomplete"),
        (_now(0, keys=0), "empty"),
        (_now(keys=0), "no-keys"),
    ],
)
def test_what_nobody_can_approve(now: ReadingFacts, rule: str) -> None:
    """A broken connection, a half-read table and an empty export are mended, not approved."""
    verdict = check_reading(now, LAST)
    assert (verdict.level, verdict.rule) == (ReadLevel.FAILED, rule)


def test_an_empty_source_is_empty_on_the_first_run_too() -> None:
    """Nothing held yet is no reason to believe in a school without people."""
    assert check_reading(_now(0, keys=0), None).rule == "empty"


def test_no_rows_and_forty_percent_fewer_are_told_apart() -> None:
    """Whoever reads the mail at six must see at once whether the export is empty or short."""
    empty = check_reading(_now(0, keys=0), LAST).words
    short = check_reading(_now(600), LAST).words
    assert "0 rows" in empty
    assert "%" not in empty
    assert "-40 %" in short
    assert "0 rows" not in short.replace("600 rows", "").replace("1,000", "")


@pytest.mark.parametrize(
    ("rows", "keys", "level"),
    [
        (800, 400, ReadLevel.GOOD),
        (799, 400, ReadLevel.DOUBTFUL),
        (1000, 320, ReadLevel.GOOD),
        (1000, 319, ReadLevel.DOUBTFUL),
    ],
)
def test_rows_and_different_keys_against_the_last_good_reading(
    rows: int, keys: int, level: ReadLevel
) -> None:
    """Equal to a fifth passes, more is doubted."""
    assert check_reading(_now(rows, keys=keys), LAST).level is level


def test_a_handful_of_rows_is_left_to_the_filter() -> None:
    """In a source of ten rows five leavers are five leavers."""
    last = ReadingFacts(10, 10, 10)
    assert check_reading(ReadingFacts(5, 5, 5), last).level is ReadLevel.GOOD
    assert check_reading(ReadingFacts(4, 4, 4), last).level is ReadLevel.DOUBTFUL


@pytest.mark.parametrize(("empty", "level"), [(230, ReadLevel.GOOD), (231, ReadLevel.DOUBTFUL)])
def test_a_column_that_empties_is_named(empty: int, level: ReadLevel) -> None:
    """An export without its activities would end every room."""
    verdict = check_reading(_now(empty={"AktivitetsID": empty, "WorkMail": 500}), LAST)
    assert verdict.level is level
    assert ("AktivitetsID" in verdict.words) == (level is ReadLevel.DOUBTFUL)


@given(rows=st.integers(0, 2000), keys=st.integers(0, 2000))
def test_fewer_rows_are_never_trusted_more(rows: int, keys: int) -> None:
    """Trust only falls as a reading shrinks."""
    order = [ReadLevel.GOOD, ReadLevel.DOUBTFUL, ReadLevel.FAILED]
    less = check_reading(_now(rows, keys=keys), LAST).level
    more = check_reading(_now(rows + 1, keys=keys), LAST).level
    assert order.index(less) >= order.index(more)


def test_facts_count_blanks_and_spellings(plan: Plan) -> None:
    """Blank text is empty, and ANNA01 is no second person."""
    plan.workspace.execute(
        "INSERT INTO student (row_number, StudieNr, WorkMail) VALUES "
        "(1, 'anna01', ' '), (2, 'ANNA01 ', 'a@b'), (3, NULL, NULL)"
    )
    facts = source_facts(plan.workspace, counted=4, columns=["WorkMail", "StudieNr"])
    assert facts == ReadingFacts(3, 4, 1, {"WorkMail": 2, "StudieNr": 1})


def test_a_live_reading_is_checked_alike(plan: Plan) -> None:
    """A page of itslearning's persons that is missing would make duplicates."""
    plan.workspace.execute("INSERT INTO live_person (key, user_name) VALUES ('a', 'a')")
    facts = live_facts(plan.workspace, counted=2)
    assert check_reading(facts, None, what="itslearning").rule == "incomplete"
    nobody = ReadingFacts(0, 0, 0)
    new_site = check_reading(nobody, None, what="itslearning", may_be_empty=True)
    assert new_site.level is ReadLevel.GOOD
    emptied = check_reading(nobody, LAST, what="itslearning", may_be_empty=True)
    assert emptied.rule == "empty"


@pytest.mark.parametrize("on_hold", ["run", "cells"])
@pytest.mark.parametrize(
    ("level", "unapprovable"), [(ReadLevel.FAILED, True), (ReadLevel.DOUBTFUL, False)]
)
def test_a_reading_that_is_not_good_lets_nothing_through(
    plan: Plan, on_hold: str, level: ReadLevel, unapprovable: bool
) -> None:
    """One delete of fifty passes every limit; after a bad reading it is held all the same."""
    plan.persons(range(50), wanted=False)
    plan.persons(range(1, 50), held=False)
    plan.persons([99], held=False)
    rule = "incomplete" if unapprovable else "shrunk"
    report = plan.evaluate(
        readings=[ReadVerdict(level, rule, "words")],
        settings=Filter(on_hold=on_hold),  # type: ignore[arg-type]
    )
    assert report.verdict is Verdict.HOLD
    assert report.unapprovable is unapprovable
    assert {status for _, _, status in plan.statuses()} == {"held"}


def test_a_smaller_source_without_deletes_to_send_only_warns() -> None:
    """Within a window of delayed deletes creates and updates go on."""
    verdict = ReadVerdict(ReadLevel.DOUBTFUL, "shrunk", "words")
    assert [cell.level for cell in read_cells([verdict], deletes=0)] == [Verdict.WARN]
    assert [cell.level for cell in read_cells([verdict], deletes=1)] == [Verdict.HOLD]
