"""The pure pieces: filter words, cells, columns, sentences, masked settings, command twins."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st
from rich.cells import cell_len

from screens.cells import fit, spread, visible
from screens.decisions import day_of
from screens.explain import differences, effect, standing, way_back
from screens.filter_words import parse, with_word
from screens.home_words import trend, worst
from screens.marks import MARKS, letter
from screens.needs import needs
from screens.preview_words import limit_lines, stale, state_line
from screens.settings_words import lines, masked
from screens.widgets.columns import Column, fitting
from screens.wording import age, bar, number, percent
from sync.model import (
    Change,
    ChangeFilter,
    ChangeStatus,
    FilterCell,
    Kind,
    Operation,
    Problem,
    RunReport,
    RunState,
    Verdict,
)
from tests.screens.double import NOW, DoubleDesk, a_history, a_plan, a_run, change

TODAY = NOW.date()


# Filter words ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("", ChangeFilter()),
        ("jensen 8b", ChangeFilter(words=("jensen", "8b"))),
        ("op:-", ChangeFilter(operations=frozenset({"delete"}))),
        ("op:+,~", ChangeFilter(operations=frozenset({"create", "update"}))),
        ("op:create", ChangeFilter(operations=frozenset({"create"}))),
        ("kind:pers", ChangeFilter(kinds=frozenset({"person"}))),
        ("KIND:person", ChangeFilter(words=("KIND:person",))),
        ("kind:person,course", ChangeFilter(kinds=frozenset({"person", "course"}))),
        ('school:"Havn Skole" ea', ChangeFilter(school="Havn Skole", words=("ea",))),
        ("status:held", ChangeFilter(statuses=frozenset({"held"}))),
        ("why:gone", ChangeFilter(words=("gone",))),
        ("!bo", ChangeFilter(words=("!bo",))),
        ("kind: op:", ChangeFilter()),
        ("a:b", ChangeFilter(words=("a:b",))),
    ],
)
def test_filter_words_choose_what_they_say(text: str, choice: ChangeFilter) -> None:
    """A word read wrongly would approve rows that nobody meant."""
    assert parse(text).choice == choice
    assert parse(text).refused == ()


def test_a_filter_word_that_means_nothing_is_named() -> None:
    """Silently dropping it would show, and let one approve, everything."""
    refused = parse("op:erase kind:pupil").refused
    assert "op:erase" in refused[0]
    assert "delete" in refused[0]
    assert "kind:pupil" in refused[1]


def test_every_mark_can_be_filtered_by() -> None:
    """A mark on screen that the filter line does not know would be a riddle."""
    for operation, mark in MARKS.items():
        assert parse(f"op:{mark}").choice.operations == {operation}


def test_stepping_changes_one_word_and_keeps_the_others() -> None:
    """Going to the next kind must not lose the name somebody typed."""
    assert with_word("op:- jensen", "kind", "person") == "kind:person op:- jensen"
    assert with_word("kind:person op:- jensen", "kind", "") == "op:- jensen"
    line = with_word("jensen", "school", "Havn Skole")
    assert parse(line).choice == ChangeFilter(school="Havn Skole", words=("jensen",))


@given(st.text(max_size=60))
def test_any_text_can_stand_in_the_filter_line(text: str) -> None:
    """Half-typed quotes and colons must not stop the console."""
    parse(text)
    assert with_word(with_word(text, "kind", "person"), "kind", "").startswith("kind:") is False


# Cells -------------------------------------------------------------------------------------------
@given(st.text(), st.integers(0, 40))
def test_text_takes_exactly_its_cells(text: str, cells: int) -> None:
    """One name of another width would shift every column to its right."""
    assert cell_len(fit(text, cells)) == cells
    assert cell_len(fit(text, cells, right=True)) == cells


def test_wide_and_combining_characters_are_counted_in_cells() -> None:
    """Chinese and Vietnamese names keep the columns straight."""
    assert fit("王小明", 8) == "王小明  "
    assert fit("王小明", 5) == "王小…"
    assert fit("Nguye\u0302\u0303n", 7) == "Nguye\u0302\u0303n "


def test_characters_that_act_are_spelt_out() -> None:
    """A bidi override or an escape in a name must not rewrite the line it stands in."""
    assert visible("ev\u202eil\x1b[2J") == "ev<U+202E>il<U+001B>[2J"
    assert visible("Ølga Åse") == "Ølga Åse"


def test_the_right_end_of_a_line_is_never_lost() -> None:
    """READ or RW must stay readable beside a long school name."""
    assert spread("a very long name of a school", "READ mk", 20) == "a very long… READ mk"
    assert spread("left", "right", 12) == "left   right"


# Columns -----------------------------------------------------------------------------------------
COLUMNS = (
    Column("a", str, 4, 4),
    Column("b", str, 10, 20, 1),
    Column("c", str, 10, 99, 2),
)


@pytest.mark.parametrize(
    ("cells", "titles"), [(40, "abc"), (26, "abc"), (25, "ab"), (15, "ab"), (14, "a"), (1, "a")]
)
def test_columns_leave_whole_by_priority(cells: int, titles: str) -> None:
    """A column cut in half says something else than what stands in it."""
    assert "".join(column.title for column, _ in fitting(COLUMNS, cells)) == titles


@given(st.integers(26, 300))
def test_columns_never_take_more_than_there_is(cells: int) -> None:
    """One cell too many would push the last column over the edge."""
    fitted = fitting(COLUMNS, cells)
    assert sum(wide for _, wide in fitted) + len(fitted) - 1 <= cells
    assert all(column.least <= wide <= column.most for column, wide in fitted)


# Sentences ---------------------------------------------------------------------------------------
def test_numbers_ages_and_bars_read_the_same_everywhere() -> None:
    """The locale of a server must not turn 1 204 into 1,204 or 1.204."""
    assert number(1204) == "1 204"
    assert percent(61, 1004) == "6.1%"
    assert percent(61, 0) == ""
    assert age(NOW - dt.timedelta(seconds=20), NOW) == "just now"
    assert age(NOW - dt.timedelta(minutes=98), NOW) == "1 h 38 min ago"
    assert age(NOW - dt.timedelta(days=3), NOW) == "3 days ago"
    assert bar(0.42, 10) == "####------"
    assert bar(2, 4) == "####"


def test_every_change_has_effect_standing_and_way_back() -> None:
    """A change that the detail pane cannot explain would stop the console."""
    for kind in Kind:
        for operation in Operation:
            for status in ChangeStatus:
                row = Change(1, kind, operation, "k", "l", "s", "r", status, None, {"a": "b"})
                assert effect(row)
                assert way_back(row, "314")
                assert standing(row)


def test_an_effect_names_fields_as_a_person_would() -> None:
    """Names of columns say nothing to whoever decides; how a row is filed is not shown there."""
    row = change(3, Kind.PERSON, Operation.UPDATE, ChangeStatus.PLANNED)
    assert row.before is not None
    assert row.after is not None
    filed = replace(
        row, before={**row.before, "setting_id": "1"}, after={**row.after, "setting_id": "2"}
    )
    assert effect(filed) == "itslearning shows the new last name, email"


def test_differences_are_old_and_new() -> None:
    """old -> new the wrong way round would be approved by mistake."""
    row = change(3, Kind.PERSON, Operation.UPDATE, ChangeStatus.PLANNED)
    assert ("email", "(empty)", "fj104003@fjordby.example") in differences(row)


def test_the_letter_in_front_says_where_a_change_stands() -> None:
    """A decision must be seen on its row, without colour."""
    row = change(1, Kind.PERSON, Operation.DELETE, ChangeStatus.HELD)
    assert letter(row) == "H"

    def told(status: ChangeStatus, message: str) -> str:
        return letter(
            Change(1, Kind.PERSON, Operation.DELETE, "k", "l", "", "", status, {}, None, message)
        )

    assert told(ChangeStatus.PLANNED, "") == "."
    assert told(ChangeStatus.PLANNED, "approved: class 9 left (mk)") == "A"
    assert told(ChangeStatus.SKIPPED, "rejected: no (mk)") == "R"
    assert told(ChangeStatus.SKIPPED, "its room failed") == "S"
    assert told(ChangeStatus.POSTPONED, "waits until 2027-01-01: x (mk)") == "W"


def test_limits_show_the_gravest_first_and_say_how_many_more() -> None:
    """A warning must not hide the hold that stops the night's run."""
    cells = [
        FilterCell("person", "update", "site", 70, 100, "75%", Verdict.WARN, ""),
        FilterCell("person", "delete", "site", 61, 1004, "5%", Verdict.HOLD, ""),
    ]
    (line,) = limit_lines(cells, 1)
    words = "".join(part for part, _ in line)
    assert "HELD" in words
    assert "+1" in words
    assert "61 of 1 004 = 6.1%, limit 5%" in words


def test_what_waits_is_said_beside_the_changes_that_go() -> None:
    """Else the head and the list count the same plan differently, and nobody knows why."""
    report = RunReport(a_run("5", a_plan(held=False)).summary)
    counts = {**report.summary.counts, "membership": {"delete": 5, "postpone": 10}}
    waits = replace(report, summary=replace(report.summary, counts=counts))
    line = "".join(part for part, _ in state_line(waits, "", NOW))
    assert f"{waits.summary.changes} changes, 10 more wait, for" in line


def test_a_plan_is_stale_when_it_is_old_or_not_the_newest() -> None:
    """The plan from yesterday is the classic accident."""
    run = a_run("5", a_plan()).summary
    newer = a_run("6", a_plan(), made_at=NOW).summary
    assert stale(run, [run], TODAY) == ""
    assert "run 6 is newer" in stale(run, [newer, run], TODAY)
    assert "n plans anew" in stale(run, [run], TODAY + dt.timedelta(days=1))
    done = a_run("5", a_plan(), RunState.APPLIED).summary
    assert stale(done, [newer], TODAY) == ""


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-12-31", dt.date(2026, 12, 31)),
        ("14", dt.date(2026, 12, 5)),
        ("2026-11-21", None),
        ("0", None),
        ("", None),
        ("christmas", None),
        ("31-12-2026", None),
    ],
)
def test_a_day_to_wait_until_lies_ahead(text: str, day: dt.date | None) -> None:
    """Waiting until yesterday would be no waiting at all."""
    assert day_of(text, TODAY) == day


# Home --------------------------------------------------------------------------------------------
def report_of(state: RunState, verdict: Verdict = Verdict.PASS, **counts: int) -> RunReport:
    stored = a_run("7", a_plan(**counts), state, verdict=verdict)
    return RunReport(stored.summary, stored.filter, [])


def test_home_names_what_waits_the_most_pressing_first() -> None:
    """What Home leaves out, nobody looks for."""
    held = report_of(RunState.HELD, Verdict.HOLD)
    runs = [held.summary, *(stored.summary for stored in a_history())]
    found = needs(held, runs, TODAY)
    assert [need.word for need in found] == ["HELD"]
    assert found[0].keys == "2"
    assert "61 of 1 004" in found[0].words


def test_home_forgets_a_failure_that_was_tried_again() -> None:
    """A line that never goes away is a line that nobody reads."""
    newest = report_of(RunState.PLANNED, delete=3)
    runs = [newest.summary, *(stored.summary for stored in a_history())]
    assert [run.run for run in runs if run.state is RunState.APPLIED_WITH_FAILURES] == ["312"]
    assert [need.word for need in needs(newest, runs, TODAY)] == ["READY"]
    untried = [run for run in runs if run.run != "313"]
    assert [need.word for need in needs(newest, untried, TODAY)] == ["READY", "FAILED"]


def test_home_says_ready_old_frozen_start_and_nothing() -> None:
    """Each state of the newest run leads to the key that goes on from there."""
    ready = report_of(RunState.PLANNED, delete=3)
    assert [need.word for need in needs(ready, [ready.summary], TODAY)] == ["READY"]
    tomorrow = TODAY + dt.timedelta(days=1)
    assert [need.word for need in needs(ready, [ready.summary], tomorrow)] == ["OLD"]
    frozen = report_of(RunState.PLANNED, Verdict.FROZEN)
    assert [need.word for need in needs(frozen, [frozen.summary], TODAY)] == ["FROZEN"]
    assert [need.word for need in needs(None, [], TODAY)] == ["START"]
    applied = report_of(RunState.APPLIED)
    assert needs(applied, [applied.summary], TODAY) == []
    assert [need.word for need in needs(None, [], TODAY, "no answer")] == ["TROUBLE"]
    rows = RunReport(applied.summary, [], [Problem("date", "x", 3)])
    assert "3 problem rows" in needs(rows, [applied.summary], TODAY)[0].words
    lost = Problem("memory", "organization 1", 722, "UMS's memory is empty where 722 rows are held")
    found = needs(RunReport(applied.summary, [], [lost]), [applied.summary], TODAY)
    assert [(need.word, need.words) for need in found] == [("MEMORY", lost.detail)]


def test_the_worst_limit_of_a_kind_is_shown_beside_its_numbers() -> None:
    """pass beside a held kind would send the reader away."""
    cells = [
        FilterCell("person", "create", "site", 1, 10, "25%", Verdict.PASS, ""),
        FilterCell("person", "delete", "Havn Skole", 5, 10, "5%", Verdict.HOLD, ""),
    ]
    assert worst(cells, "person") is Verdict.HOLD
    assert worst(cells, "course") is Verdict.PASS


def test_the_trend_marks_the_limit_and_what_is_over_it() -> None:
    """The bar of the open plan stands beside the limit that stops it."""
    held = a_run("9", a_plan(), RunState.HELD, verdict=Verdict.HOLD)
    table = trend(RunReport(held.summary, held.filter), [held.summary])
    assert "|" in table[1][1][0]
    assert table[1][1][1] == "attention"


# Settings and twins -------------------------------------------------------------------------------
def test_no_password_of_the_settings_can_be_read() -> None:
    """Whoever looks over a shoulder, or at a screenshot, learns nothing."""
    shown = "\n".join(value for _, _, value in lines(DoubleDesk().settings))
    for secret in ("S3cret", "Other", "Hush"):
        assert secret not in shown
    assert "mssql+pyodbc://umstui:***@sql.fjordby.example/UMS?driver=***&PWD=***" in shown
    assert masked("plain text") == "plain text"
    assert masked("sqlite:///umstui-state.db") == "sqlite:///umstui-state.db"
    assert "secret" not in masked("http://[secret")


def test_settings_name_sections_and_defaults_as_the_file_does() -> None:
    """What stands on the screen can be looked up in umstui.toml."""
    found = {(section, name): value for section, name, value in lines(DoubleDesk().settings)}
    assert found["filter.person", "delete"] == "5%"
    assert found["ums.columns", "Students.StudieNr"] == "StudentNumber"
    assert found["mail", "from"] == "-"
    assert found["filter.event", "delete"] == "no limit"
