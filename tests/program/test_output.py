"""What people read at 80 columns."""

from __future__ import annotations

import dataclasses

import pytest

from screens.cells import visible
from sync.model import Applied, FilterCell, Problem, Progress, RunReport, RunState, Verdict
from tests.program.reports import SUMMARY, a_report
from umstui.output import next_step, table, write_report, write_runs
from umstui.progress import line_of


def written(capsys: pytest.CaptureFixture[str], report: RunReport) -> str:
    write_report(report)
    return capsys.readouterr().out


def test_no_line_is_wider_than_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    every = {"create": 123456, "update": 123456, "move": 12345, "delete": 12345, "postpone": 1234}
    counts = {kind: {**every, "archive": 99, "forget": 99} for kind in ("course", "membership")}
    cell = FilterCell("membership", "delete", "Havn Skole", 12345, 99999, "20%", Verdict.HOLD, "")
    report = RunReport(
        dataclasses.replace(SUMMARY, counts=counts, state=RunState.HELD, applied=Applied(ok=5)),
        [dataclasses.replace(cell, reason="more than the limit in one school " * 3)],
        [Problem("name-conflict", "anna01", 3, "two names " * 9)],
        ["a" * 30, "b" * 30, "c" * 30],
    )
    lines = written(capsys, report).splitlines()
    assert max(len(line) for line in lines) <= 80
    write_runs([dataclasses.replace(SUMMARY, made_by="a.very.long.name@somewhere.example")] * 2)
    assert max(len(line) for line in capsys.readouterr().out.splitlines()) <= 80


def test_a_file_gets_the_cells_of_a_list_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a script searches for must not have been cut for a terminal that is not there."""
    monkeypatch.delenv("COLUMNS", raising=False)
    name = "a.very.long.name@somewhere.example"
    write_runs([dataclasses.replace(SUMMARY, made_by=name)])
    title, run = capsys.readouterr().out.splitlines()
    assert run.endswith(f" {name}")
    assert len(run) > 80
    assert len(title) < 80


def test_a_plan_names_the_next_command(capsys: pytest.CaptureFixture[str]) -> None:
    """The command can be pasted as it stands, the file of the settings included."""
    assert 'umstui apply 7 --confirm "delete 2"`' in next_step(a_report())
    assert next_step(a_report(), "a b/umstui.toml").endswith('--config "a b/umstui.toml"`.')
    assert "umstui approve 7" in next_step(a_report(state=RunState.HELD, verdict=Verdict.HOLD))
    assert "freeze" in next_step(a_report(verdict=Verdict.FROZEN))
    assert next_step(a_report(counts={})) == ""
    assert "Nothing to do" in written(capsys, a_report(counts={}))


def test_a_run_that_was_given_up_sends_nobody_to_look_for_failures() -> None:
    """Where nothing failed, the list of failures that was named is empty."""
    state = RunState.APPLIED_WITH_FAILURES
    left, failed = Applied(ok=5, pending=3), Applied(ok=5, failed=1)
    assert "`umstui plan`" in next_step(a_report(state=state, applied=left))
    assert "umstui runs export 7" in next_step(a_report(state=state, applied=failed))


def test_only_cells_that_trip_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    quiet = FilterCell("course", "delete", "site", 0, 10, "10%", Verdict.PASS, "")
    shown = written(capsys, RunReport(SUMMARY, [quiet, a_report().filter[0]]))
    assert "person delete" in shown
    assert "course delete" not in shown


def test_a_name_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Names come from other systems; an escape sequence in one must not clear a screen."""
    assert visible("Ole\x1b[2J\u202ejpg") == "Ole<U+001B>[2J<U+202E>jpg"
    report = RunReport(SUMMARY, problems=[Problem("name", "o\x1b]0;x\x07", 1)])
    assert "\x1b" not in written(capsys, report)


def test_columns_stand_under_each_other_whatever_signs_a_name_has(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A pupil's name may take two cells a sign, or put an accent upon the sign before."""
    table(("name", "n"), [("李雷", "1"), ("Zoe\u0308 Å", "2"), ("Bo", "33")], right=frozenset({1}))
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["name    n", "李雷    1", "Zoe\u0308 Å   2", "Bo     33"]


def test_many_problems_are_cut_short(capsys: pytest.CaptureFixture[str]) -> None:
    report = RunReport(SUMMARY, problems=[Problem("date", f"p{n}", 1) for n in range(50)])
    shown = written(capsys, report)
    assert shown.count("date p") == 10
    assert "40 more" in shown


def test_no_runs_says_how_to_make_one(capsys: pytest.CaptureFixture[str]) -> None:
    write_runs([])
    assert "umstui plan" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("progress", "shown"),
    [
        (Progress("reading", 12, 24), "[############------------]  50%  12/24  reading"),
        (Progress("reading", 12), "reading 12"),
        (Progress("reading"), "reading"),
        (Progress("stage 10", 0, 5), f"[{'-' * 24}]   0%  0/5  delete persons"),
        (Progress("reading", 30, 24), f"[{'#' * 24}] 100%  30/24  reading"),
    ],
)
def test_progress_shows_the_total_where_it_is_known(progress: Progress, shown: str) -> None:
    assert line_of(progress) == shown
