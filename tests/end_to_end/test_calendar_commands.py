"""The calendar on the command line: delayed deletes, freezes, exceptions around a real sync."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import Program
from tests.end_to_end.test_command_line import change, object_of
from umstui.session import local_now


def day(days: int) -> str:
    """A day from today on, as the command line takes it."""
    return (local_now().date() + dt.timedelta(days=days)).isoformat()


def told(program: Program, folder: Path, *arguments: str, code: int = 0) -> dict[str, Any]:
    """The JSON object of a command that ends with this exit code."""
    ended = program(*arguments, "--json", folder=folder)
    assert ended.returncode == code, ended.stderr
    return object_of(ended.stdout)


def leave(folder: Path) -> None:
    """A pupil leaves."""
    change(
        folder,
        "DELETE FROM Students WHERE lower(StudieNr) = (SELECT min(lower(StudieNr)) FROM Students "
        "WHERE UserTypes_ID = 1 AND SlutDato LIKE '%-07-%' AND length(trim(StudieNr)) > 4)",
    )


def test_a_delayed_delete_waits_is_forecast_and_is_released_by_removing_its_window(
    program: Program, school: Path
) -> None:
    """What an administrator plans for the summer, as a script would."""
    told(program, school, "sync")
    added = told(
        program, school, "calendar", "add", "delay-delete", "--from", day(0), "--to", day(3)
    )
    assert {"id", "type", "from", "to", "kind", "school", "held"} <= added.keys()
    assert (added["type"], added["from"], added["to"]) == ("delay-delete", day(0), day(3))
    leave(school)
    counts = told(program, school, "sync")["counts"]["person"]
    assert (counts["delete"], counts["postpone"]) == (0, 1)
    (window,) = told(program, school, "calendar", "list")["windows"]
    assert window["held"] == 1
    due = told(program, school, "calendar", "forecast")["due"]
    assert [(line["date"], line["count"]) for line in due if line["kind"] == "person"] == [
        (day(4), 1)
    ]
    assert told(program, school, "calendar", "forecast", "--to", day(3))["due"] == []
    early = program("calendar", "forecast", "--to", day(3), folder=school)
    assert early.stdout.startswith(f"Nothing falls due until {day(3)}"), early.stdout

    text = program("calendar", "text", str(window["id"]), "--language", "da", folder=school)
    assert "fjernes ingen" in " ".join(text.stdout.split())
    refused = program("calendar", "text", "999", folder=school)
    assert (refused.returncode, "There is no window 999" in refused.stderr) == (2, True)

    file = school / "calendar.ics"
    assert program("calendar", "export", "-o", str(file), folder=school).returncode == 0
    assert file.read_bytes().startswith(b"BEGIN:VCALENDAR")
    asked = told(program, school, "calendar", "remove", str(window["id"]), "--preview")
    assert asked["removed"] is False
    assert len(asked["releases"]) >= 1
    shown = program("calendar", "change", str(window["id"]), "--to", day(9), folder=school)
    assert shown.returncode == 0, shown.stderr
    assert told(program, school, "calendar", "list")["windows"][0]["to"] == day(9)
    removed = program("calendar", "remove", str(window["id"]), folder=school)
    assert "releases" in removed.stdout
    assert told(program, school, "plan")["counts"]["person"]["delete"] == 1


def test_a_freeze_lets_plans_through_and_stops_apply_and_sync(
    program: Program, school: Path
) -> None:
    """Nothing may move during the exams; the scheduler's log says until when."""
    told(program, school, "calendar", "add", "freeze", "--from", day(0), "--to", day(2))
    frozen = told(program, school, "plan")
    assert frozen["verdict"] == "frozen"
    for command in (("apply", frozen["run"]), ("sync",)):
        refused = program(*command, folder=school)
        assert refused.returncode == 6
        assert day(2) in refused.stderr or "after" in refused.stderr


def test_exceptions_keep_and_expire(program: Program, school: Path) -> None:
    """A person whom somebody wants kept stays until the day that was named."""
    told(program, school, "sync")
    before = told(program, school, "plan")["run"]
    export = program("runs", "export", "1", "--format", "jsonl", "-o", "-", folder=school)
    person = next(
        json.loads(line)["key"]
        for line in export.stdout.splitlines()
        if json.loads(line)["kind"] == "person" and json.loads(line)["op"] == "create"
    )
    added = told(
        program, school, "exceptions", "add", "--person", person, "--until", day(20),
        "--reason", "makes up an exam",
    )  # fmt: skip
    change(school, f"DELETE FROM Students WHERE lower(trim(StudieNr)) = '{person.lower()}'")
    counts = told(program, school, "sync")["counts"]["person"]
    assert (counts["delete"], counts["postpone"]) == (0, 1), before
    (listed,) = told(program, school, "exceptions", "list")["exceptions"]
    assert listed["key"] == person
    told(
        program, school, "exceptions", "renew", str(added["id"]), "--until", day(30),
        "--reason", "once more",
    )  # fmt: skip
    told(program, school, "exceptions", "remove", str(added["id"]))
    assert told(program, school, "plan")["counts"]["person"]["delete"] == 1


def test_an_approval_that_counts_until_a_day_lets_no_plan_for_a_later_day_through(
    program: Program, school: Path
) -> None:
    """Deletes that were allowed for today alone would else be allowed for tomorrow as well."""
    settings = school / "umstui.toml"
    limits = "\n[filter]\nminimum_population = 1\n[filter.person]\ndelete = { count = 0 }\n"
    settings.write_text(settings.read_text(encoding="utf-8") + limits, encoding="utf-8")
    told(program, school, "sync")
    leave(school)
    held = told(program, school, "plan", code=3)
    told(program, school, "approve", held["run"], "--reason", "left", "--until", day(1))
    for planned_for, code, state in ((0, 0, "approved"), (1, 0, "approved"), (2, 3, "held")):
        found = told(program, school, "plan", "--as-of", day(planned_for), code=code)
        assert found["state"] == state, planned_for


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("calendar", "add", "freeze", "--from", day(2), "--to", day(1)), "before"),
        (("calendar", "add", "freeze", "--from", day(-9), "--to", day(-8)), "before today"),
        (("calendar", "add", "delay-delete", "--from", day(0), "--to", "next week"), "no date"),
        (("calendar", "add", "pause", "--from", day(0), "--to", day(1)), "freeze"),
        (
            ("calendar", "add", "delay-delete", "--from", day(0), "--to", day(1), "--school", "x"),
            "x",
        ),
        (
            ("calendar", "add", "delay-delete", "--from", day(0), "--to", day(1), "--kind", "x"),
            "membership",
        ),
        (("calendar", "remove", "77"), "77"),
        (("exceptions", "add", "--until", day(1), "--reason", "x"), "exactly one"),
        (("exceptions", "add", "--person", "nobody", "--until", day(-1), "--reason", "x"), ""),
        (("exceptions", "remove", "77"), "77"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_reason(
    program: Program, unanswered_school: Path, arguments: tuple[str, ...], said: str
) -> None:
    """A calendar that means something else than its author is worse than none."""
    refused = program(*arguments, folder=unanswered_school)
    assert refused.returncode == 2, refused.stdout + refused.stderr
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr
    assert told(program, unanswered_school, "calendar", "list") == {"windows": []}
