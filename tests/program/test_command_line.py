"""What the commands hand to the verbs, print, and leave with (cli.md)."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

from sync.errors import Frozen, HeldByFilter, NotConfirmed, NotFound, RunStale
from sync.model import (
    Applied,
    ChangeFilter,
    RunReport,
    RunState,
    Verdict,
)
from tests.program.conftest import CommandLine, Verbs
from tests.program.reports import SUMMARY, a_report

EMPTY: dict[str, dict[str, int]] = {}


# --- common options --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        ("--json", "--org", "2", "--config", "umstui.toml", "plan"),
        ("plan", "--json", "--org", "2", "--config", "umstui.toml"),
        ("--json", "--org", "9", "plan", "--org", "2"),
    ],
)
def test_common_options_stand_before_or_after_the_command(
    umstui: CommandLine, verbs: Verbs, line: tuple[str, ...]
) -> None:
    """A script that puts --json after the command gets JSON, not words."""
    verbs.answer("plan", a_report())
    ended = umstui(*line)
    assert ended.code == 0
    assert json.loads(ended.out)["run"] == "7"
    assert verbs.asked["plan"][0][1] == 2


def test_common_options_stand_at_every_level_of_runs(umstui: CommandLine, verbs: Verbs) -> None:
    verbs.answer("list_runs", [SUMMARY])
    for line in (
        ("--json", "runs", "list"),
        ("runs", "--json", "list"),
        ("runs", "list", "--json"),
    ):
        assert json.loads(umstui(*line).out)["runs"][0]["run"] == "7"


@pytest.mark.parametrize(
    "line",
    [
        ("diagnose", "person", ""),
        ("diagnose", "room", " ", "--person", "ida"),
        ("runs", "history", ""),
        ("cleanup", "orphans", "adopt", "UMSCourse_a", ""),
    ],
)
def test_an_empty_key_is_asked_for(umstui: CommandLine, line: tuple[str, ...]) -> None:
    """A variable that a script did not set must not be answered as if somebody had that key."""
    ended = umstui(*line)
    assert ended.code == 2
    assert "the key is empty" in ended.err


def test_read_only_reaches_the_verbs(umstui: CommandLine, verbs: Verbs) -> None:
    """A supporter's session must not hold the right to write."""
    verbs.answer("plan", a_report())
    umstui("plan", "--read-only")
    assert verbs.asked["plan"][0][0].read_only
    umstui("plan")
    assert not verbs.asked["plan"][0][0].read_only


def test_the_settings_named_in_the_environment_are_used(
    umstui: CommandLine, verbs: Verbs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.toml"
    other.write_text('[ums]\nurl = "sqlite:///other.db"\n', encoding="utf-8")
    monkeypatch.setenv("UMSTUI_CONFIG", str(other))
    verbs.answer("plan", a_report())
    umstui("plan")
    assert verbs.asked["plan"][0][0].settings.ums.url.endswith("other.db")
    umstui("--config", "umstui.toml", "plan")
    assert verbs.asked["plan"][0][0].settings.ums.url.endswith("ums.db")


# --- plan, sync, apply -------------------------------------------------------------------------


def test_the_json_of_a_plan_is_that_of_the_contract(umstui: CommandLine, verbs: Verbs) -> None:
    """Scripts read zeros where nothing happens; a missing key would stop them."""
    verbs.answer("plan", a_report())
    place = {"create": 0, "update": 0, "move": 0, "delete": 0, "postpone": 0}
    member = {"create": 0, "update": 0, "delete": 0, "postpone": 0}
    assert json.loads(umstui("plan", "--json").out) == {
        "run": "7",
        "org": 1,
        "as_of": "2026-08-10",
        "state": "planned",
        "verdict": "pass",
        "fingerprint": "f00d",
        "counts": {
            "person": {
                "create": 3,
                "update": 0,
                "delete": 2,
                "adopt": 0,
                "restore": 0,
                "postpone": 1,
            },
            "node": place,
            "group": place,
            "course": {**place, "archive": 1, "forget": 0},
            "membership": member,
            "event": member,
        },
        "filter": [
            {
                "kind": "person",
                "op": "delete",
                "scope": "site",
                "count": 51,
                "of": 1000,
                "limit": "5%",
                "level": "hold",
                "reason": "too many",
            }
        ],
        "problems": [{"reason": "date", "key": "anna01", "count": 2}],
        "applied": {"ok": 0, "failed": 0, "skipped": 0, "pending": 0},
    }


def test_users_without_key_are_listed_for_users_only_runs(
    umstui: CommandLine, verbs: Verbs
) -> None:
    verbs.answer("plan", RunReport(SUMMARY, without_key=["ole", "mia"]))
    ended = umstui("plan", "--users-only", "--json")
    assert json.loads(ended.out)["without_key"] == ["ole", "mia"]
    assert verbs.asked["plan"][1]["users_only"]


def test_plan_hands_on_the_day(umstui: CommandLine, verbs: Verbs) -> None:
    verbs.answer("plan", a_report())
    umstui("plan", "--as-of", "2026-02-28", "--live")
    asked = verbs.asked["plan"][1]
    assert asked["as_of"] == dt.date(2026, 2, 28)
    assert asked["live"]


@pytest.mark.parametrize("day", ["tomorrow", "10-08-2026", "2026-02-29", "20260810", "2026-W33-1"])
def test_a_day_in_words_or_any_other_spelling_is_refused(
    umstui: CommandLine, verbs: Verbs, day: str
) -> None:
    verbs.answer("plan", a_report())
    ended = umstui("plan", "--as-of", day)
    assert ended.code == 2
    assert f"'{day}' is no date" in ended.err
    assert "2026-08-10" in ended.err
    assert "plan" not in verbs.asked


@pytest.mark.parametrize(
    ("report", "options", "code"),
    [
        (a_report(), (), 0),
        (a_report(), ("--detailed-exitcode",), 5),
        (a_report(counts=EMPTY), ("--detailed-exitcode",), 0),
        (a_report(counts={"person": {"postpone": 4}}), ("--detailed-exitcode",), 0),
        (a_report(state=RunState.HELD, verdict=Verdict.HOLD), (), 3),
        (a_report(state=RunState.HELD, verdict=Verdict.HOLD), ("--detailed-exitcode",), 3),
        (a_report(verdict=Verdict.WARN), (), 0),
        (a_report(verdict=Verdict.FROZEN), (), 0),
    ],
)
def test_plan_leaves_with_what_it_found(
    umstui: CommandLine, verbs: Verbs, report: RunReport, options: tuple[str, ...], code: int
) -> None:
    verbs.answer("plan", report)
    assert umstui("plan", *options).code == code


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (RunState.APPLIED, 0),
        (RunState.APPLIED_WITH_FAILURES, 4),
        (RunState.HELD, 3),
        (RunState.FAILED, 1),
    ],
)
def test_sync_and_apply_leave_with_what_became_of_the_run(
    umstui: CommandLine, verbs: Verbs, state: RunState, code: int
) -> None:
    verbs.answer("synchronize", a_report(state=state, applied=Applied(ok=5)))
    verbs.answer("apply", a_report(state=state, applied=Applied(ok=5)))
    assert umstui("sync").code == code
    assert umstui("apply", "7", "--confirm", "delete 2").code == code
    assert verbs.asked["apply"][1]["confirm"] == "delete 2"


@pytest.mark.parametrize(("held", "code"), [(3, 3), (0, 0)])
def test_a_run_carried_out_in_part_leaves_with_3_while_something_is_held(
    umstui: CommandLine, verbs: Verbs, held: int, code: int
) -> None:
    """With on_hold = "cells" a scheduler must hear that a part still waits for somebody."""
    verbs.answer("synchronize", a_report(state=RunState.APPLIED, verdict=Verdict.HOLD))
    verbs.answer("open_plan", nullcontext(SimpleNamespace(count=lambda _: held)))
    assert umstui("sync").code == code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotConfirmed('Confirm with "delete 2".'), 6),
        (RunStale("The rows have changed."), 6),
        (Frozen("Frozen until 2026-08-15."), 6),
        (HeldByFilter("The filter holds run 7."), 3),
        (NotFound("There is no run 7."), 2),
    ],
)
def test_a_refused_apply_says_so_once_and_keeps_its_code(
    umstui: CommandLine, verbs: Verbs, error: Exception, code: int
) -> None:
    verbs.answer("apply", error)
    verbs.answer("report", a_report(state=RunState.HELD))
    ended = umstui("apply", "7")
    assert (ended.code, ended.out) == (code, "")
    assert ended.err == f"umstui: {error}\n"


def test_a_held_apply_still_gives_a_script_its_object(umstui: CommandLine, verbs: Verbs) -> None:
    verbs.answer("apply", HeldByFilter("The filter holds run 7."))
    verbs.answer("report", a_report(state=RunState.HELD))
    ended = umstui("apply", "7", "--json")
    assert ended.code == 3
    assert json.loads(ended.out)["state"] == "held"
    assert "holds run 7" in ended.err


# --- decisions ---------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_a_decision_carries_its_reason_its_choice_and_its_day(
    umstui: CommandLine, verbs: Verbs, verb: str
) -> None:
    verbs.answer(verb, a_report(state=RunState.APPROVED))
    chosen = ("--kind", "person", "--kind", "course", "--op", "delete", "--school", "Havn")
    chosen += ("--match", "7A !bo", "--change", "3", "--until", "2026-08-15")
    ended = umstui(verb, "7", "--reason", " they  left ", *chosen)
    assert ended.code == 0
    arguments, named = verbs.asked[verb]
    assert arguments[1] == "7"
    assert named["reason"] == "they left"
    assert named["until"] == dt.date(2026, 8, 15)
    assert named["choice"] == ChangeFilter(
        kinds=frozenset({"person", "course"}),
        operations=frozenset({"delete"}),
        school="Havn",
        words=("7A", "!bo"),
        seqs=frozenset({3}),
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "--reason"),
        (("--reason", "  "), "say why"),
        (("--reason", "x", "--kind", "pupil"), "'pupil'"),
        (("--reason", "x", "--op", "note"), "'note'"),
        (("--reason", "x", "--until", "friday"), "'friday' is no date"),
    ],
)
def test_a_decision_without_sense_is_refused_before_anything_happens(
    umstui: CommandLine, verbs: Verbs, options: tuple[str, ...], said: str
) -> None:
    verbs.answer("reject", a_report())
    ended = umstui("reject", "7", *options)
    assert ended.code == 2
    assert said in ended.err
    assert not verbs.asked


# --- check -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("level", "code"), [("ok", 0), ("warning", 0), ("error", 1)])
def test_check_fails_where_a_line_is_an_error(
    umstui: CommandLine, verbs: Verbs, level: str, code: int
) -> None:
    line = SimpleNamespace(level=level, subject="database", message="27 tables")
    verbs.answer("check", [line])
    ended = umstui("check")
    assert ended.code == code
    assert ended.out.startswith(f"{level:<7}  database: 27 tables\nok       log:")
    database, log = json.loads(umstui("check", "--json").out)["lines"]
    assert database == {"level": level, "subject": "database", "message": "27 tables"}
    assert (log["level"], log["subject"]) == ("ok", "log")
