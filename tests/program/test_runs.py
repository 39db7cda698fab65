"""`umstui runs`, `drift` and `undo`: past runs, differences, and the way back."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sync.model import Change, ChangeStatus, Kind, Operation, RunState
from sync.state.claims import Claim
from tests.program.conftest import CommandLine, Verbs
from tests.program.reports import SUMMARY, a_report


def test_runs_list_has_the_run_without_filter_and_problems(
    umstui: CommandLine, verbs: Verbs
) -> None:
    verbs.answer("list_runs", [SUMMARY])
    listed = json.loads(umstui("runs", "list", "--json").out)["runs"][0]
    whole = json.loads(_shown(umstui, verbs))
    assert listed == {key: whole[key] for key in whole if key not in {"filter", "problems"}}


def _shown(umstui: CommandLine, verbs: Verbs) -> str:
    verbs.answer("report", a_report())
    verbs.answer("carried_out_by", None)
    out: str = umstui("runs", "show", "7", "--json").out
    return out


def test_follow_waits_until_the_run_has_ended(
    umstui: CommandLine, monkeypatch: pytest.MonkeyPatch, toml: Path
) -> None:
    states = iter([RunState.APPLYING, RunState.APPLYING, RunState.APPLIED])
    monkeypatch.setattr("sync.runs.report", lambda *_: a_report(state=next(states)))
    writers = iter([a_claim(), a_claim(), None])
    monkeypatch.setattr("sync.runs.carried_out_by", lambda *_: next(writers))
    monkeypatch.setattr("umstui.cli.commands.runs.SECONDS_BETWEEN_LOOKS", 0)
    assert json.loads(umstui("runs", "show", "7", "--follow", "--json").out)["state"] == "applied"


def test_follow_does_not_wait_for_a_process_that_was_killed(
    umstui: CommandLine, verbs: Verbs
) -> None:
    """Else the person in front of it would wait until the next morning."""
    verbs.answer("report", a_report(state=RunState.APPLYING))
    verbs.answer("carried_out_by", None)
    ended = umstui("runs", "show", "7", "--follow")
    assert ended.code == 0
    assert "Nobody is carrying run 7 out" in ended.err
    assert "umstui apply 7" in ended.err


def a_claim() -> Claim:
    return Claim(
        1, 7, "apply of run 7", "kari", "server", "10.0.0.7", 1, dt.datetime.now(tz=dt.UTC), False
    )


def a_change(seq: int) -> Change:
    return Change(
        seq,
        Kind.PERSON,
        Operation.UPDATE,
        f"anna{seq:02}",
        "Anna Ærø",
        "Havn",
        "mail changed",
        ChangeStatus.PLANNED,
        {"email": "old", "role": "Student"},
        {"email": "new", "role": "Student"},
    )


@contextmanager
def a_plan_of(changes: list[Change]) -> Iterator[Any]:
    yield SimpleNamespace(changes=lambda: iter(changes))


def exported(verbs: Verbs, monkeypatch: pytest.MonkeyPatch, *changes: Change) -> None:
    verbs.answer("report", a_report())
    verbs.answer("note_export", None)
    monkeypatch.setattr("sync.runs.open_plan", lambda *_: a_plan_of(list(changes)))


def test_export_writes_every_change_as_a_line(
    umstui: CommandLine, verbs: Verbs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    exported(verbs, monkeypatch, a_change(1), a_change(2), a_change(3))
    ended = umstui("runs", "export", "7", "--format", "jsonl", "-o", "changes.jsonl")
    assert (ended.code, ended.out) == (0, "")
    assert "3 changes" in ended.err
    lines = (tmp_path / "changes.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["seq"] for line in lines] == [1, 2, 3]
    assert json.loads(lines[0]) == {
        "seq": 1,
        "kind": "person",
        "op": "update",
        "key": "anna01",
        "label": "Anna Ærø",
        "school": "Havn",
        "changes": {"email": ["old", "new"]},
        "reason": "mail changed",
        "status": "planned",
        "message": "",
    }


def test_export_goes_to_standard_output_without_a_file(
    umstui: CommandLine, verbs: Verbs, monkeypatch: pytest.MonkeyPatch
) -> None:
    exported(verbs, monkeypatch, a_change(1))
    assert json.loads(umstui("runs", "export", "7").out)["key"] == "anna01"


def test_an_export_that_cannot_be_written_leaves_nothing_behind(
    umstui: CommandLine, verbs: Verbs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    exported(verbs, monkeypatch, a_change(1))
    ended = umstui("runs", "export", "7", "-o", "nowhere/changes.jsonl")
    assert ended.code == 1
    assert "cannot be written" in ended.err
    assert list(tmp_path.rglob("changes*")) == []


def a_difference(*changes: Change) -> Any:
    return nullcontext(
        SimpleNamespace(
            tally=lambda _: {"person": {"update": len(changes)}},
            count=lambda _: len(changes),
            page=lambda _, offset, limit, order: list(changes[offset : offset + limit]),
            changes=lambda *_: iter(changes),
        )
    )


def test_two_runs_and_drift_are_shown_as_changes(umstui: CommandLine, verbs: Verbs) -> None:
    for verb, line in (("compare_runs", ("runs", "diff", "3", "7")), ("drift", ("drift",))):
        verbs.answer(verb, a_difference(a_change(1), a_change(2)))
        shown = umstui(*line)
        assert shown.code == 0
        assert "persons      2 update" in shown.out
        assert "update person anna01 Anna Ærø: email old -> new" in shown.out
        written = json.loads(umstui(*line, "--json").out)
        assert written["counts"]["person"]["update"] == 2
        assert written["counts"]["event"]["delete"] == 0
        assert [change["seq"] for change in written["changes"]] == [1, 2]
    assert verbs.asked["compare_runs"][0][1:] == ("3", "7")


def test_the_changes_of_a_run_are_listed_with_their_reasons(
    umstui: CommandLine, verbs: Verbs
) -> None:
    """What 2 Preview shows, for a script or a screen reader."""
    verbs.answer("open_plan", a_difference(a_change(1), a_change(2)))
    shown = umstui("runs", "changes", "7", "--match", "op:~ anna", "--sort", "name")
    assert "update person anna01 Anna Ærø: email old -> new" in shown.out
    assert "why: mail changed" in shown.out
    written = json.loads(umstui("runs", "changes", "7", "--json").out)
    assert (written["run"], len(written["changes"])) == ("7", 2)
    assert umstui("runs", "changes", "7", "--match", "op:zap").code == 2


def test_a_long_difference_is_cut_short_for_people_only(umstui: CommandLine, verbs: Verbs) -> None:
    changes = [a_change(number) for number in range(1, 51)]
    verbs.answer("drift", a_difference(*changes))
    assert "and 30 more" in umstui("drift").out
    assert len(json.loads(umstui("drift", "--json").out)["changes"]) == 50


def test_no_difference_is_said(umstui: CommandLine, verbs: Verbs) -> None:
    verbs.answer(
        "drift",
        nullcontext(
            SimpleNamespace(tally=lambda _: {}, count=lambda _: 0, page=_none, changes=_none)
        ),
    )
    assert umstui("drift").out == "  No difference.\n"
    assert json.loads(umstui("drift", "--json").out)["changes"] == []


def _none(*_: object) -> list[Change]:
    return []


@pytest.mark.parametrize(("state", "code"), [(RunState.PLANNED, 0), (RunState.HELD, 3)])
def test_undo_gives_a_plan(umstui: CommandLine, verbs: Verbs, state: RunState, code: int) -> None:
    verbs.answer("undo", a_report(state=state))
    ended = umstui("undo", "7", "--json")
    assert ended.code == code
    assert json.loads(ended.out)["state"] == state
    assert verbs.asked["undo"][0][1] == "7"
