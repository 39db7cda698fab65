"""The commands of a sync against a real database file and a site that answers over HTTP."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.end_to_end.conftest import Program


def change(school: Path, statement: str) -> int:
    """Let something happen in UMS; gives the number of rows."""
    with closing(sqlite3.connect(school / "ums.db")) as connection, connection:
        return connection.execute(statement).rowcount


def object_of(text: str) -> dict[str, Any]:
    """The one JSON object of an output."""
    assert text.count("\n") == 1
    found: dict[str, Any] = json.loads(text)
    return found


def test_a_scheduled_sync_and_a_mass_leave_from_plan_to_apply(
    program: Program, school: Path
) -> None:
    """Every exit code a scheduler's script is written for, in the order in which they come."""
    first = program("sync", "--json", folder=school)
    assert first.returncode == 0, first.stderr
    sent = object_of(first.stdout)
    assert sent["state"] == "applied"
    assert sent["counts"]["person"]["create"] > 40
    assert sent["applied"]["failed"] == 0

    calm = program("plan", "--detailed-exitcode", folder=school)
    assert calm.returncode == 0, calm.stderr
    assert "Nothing to do" in calm.stdout

    gone = "UserTypes_ID = 1 AND lower(StudieNr) < 'k'"
    assert change(school, f"DELETE FROM Students WHERE {gone}") > 20
    held = program("plan", "--json", "--detailed-exitcode", folder=school)
    assert held.returncode == 3, held.stderr
    plan = object_of(held.stdout)
    assert (plan["state"], plan["verdict"]) == ("held", "hold")
    assert any(cell["level"] == "hold" for cell in plan["filter"])
    run = plan["run"]

    unapproved = program("apply", run, folder=school)
    assert unapproved.returncode == 3
    assert f"umstui approve {run}" in unapproved.stderr
    scheduled = program("sync", "--json", folder=school)
    assert scheduled.returncode == 3
    assert object_of(scheduled.stdout)["state"] == "held"
    run = object_of(scheduled.stdout)["run"]

    approved = program("approve", run, "--reason", "they left", "--json", folder=school)
    assert approved.returncode == 0, approved.stderr
    assert object_of(approved.stdout)["state"] == "approved"

    deletes = sum(kind["delete"] for kind in plan["counts"].values())
    for confirm in ((), ("--confirm", f"delete {deletes + 1}"), ("--confirm", str(deletes))):
        refused = program("apply", run, *confirm, folder=school)
        assert refused.returncode == 6
        assert f"delete {deletes}" in refused.stderr
    applied = program("apply", run, "--confirm", f"delete {deletes}", "--json", folder=school)
    assert applied.returncode == 0, applied.stderr
    assert object_of(applied.stdout)["state"] == "applied"
    assert program("plan", "--detailed-exitcode", folder=school).returncode == 0


def test_a_stale_or_rejected_plan_is_refused(program: Program, school: Path) -> None:
    """What somebody looked at yesterday must not be sent over what UMS says today."""
    run = object_of(program("plan", "--json", folder=school).stdout)["run"]
    change(school, "UPDATE Students SET Efternavn = Efternavn || 'sen' WHERE UserTypes_ID = 0")
    stale = program("apply", run, folder=school)
    assert stale.returncode == 6
    assert "umstui plan" in stale.stderr

    pending = program("plan", "--json", "--detailed-exitcode", folder=school)
    assert pending.returncode == 5
    run = object_of(pending.stdout)["run"]
    rejected = program("reject", run, "--reason", "not this week", folder=school)
    assert rejected.returncode == 0, rejected.stderr
    assert program("apply", run, folder=school).returncode == 6
    assert program("apply", "999", folder=school).returncode == 2


def test_an_export_holds_every_change_that_was_counted(program: Program, school: Path) -> None:
    plan = object_of(program("plan", "--json", folder=school).stdout)
    done = program("runs", "export", plan["run"], "-o", "changes.jsonl", folder=school)
    assert done.returncode == 0, done.stderr
    lines = (school / "changes.jsonl").read_text(encoding="utf-8").splitlines()
    counted = sum(sum(kind.values()) for kind in plan["counts"].values())
    assert len(lines) == counted
    first = json.loads(lines[0])
    assert list(first) == [
        "seq",
        "kind",
        "op",
        "key",
        "label",
        "school",
        "changes",
        "reason",
        "status",
        "message",
    ]
    births = {json.loads(line)["key"] for line in lines if "BirthDay" in line or "CPR" in line}
    assert births == set()


def test_a_site_that_is_away_or_refuses_is_said_in_a_sentence(
    program: Program, school: Path
) -> None:
    """The scheduler's mail has one line, not a traceback, and the same run goes on later."""
    settings = (school / "umstui.toml").read_text(encoding="utf-8")
    (school / "umstui.toml").write_text(f"{settings}[itslearning]\nattempts = 1\n", "utf-8")
    run = object_of(program("plan", "--json", folder=school).stdout)["run"]
    refused = program("apply", run, folder=school, password="wrong")
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 2, "what went wrong, and where the report is"
    assert "wrong" not in refused.stderr

    change(
        school,
        "UPDATE itslearningOrganizationSettings "
        "SET URL = 'http://127.0.0.1:9/WCFServiceLibrary/ImsEnterpriseServicesPort.svc'",
    )
    for command in (("plan",), ("sync",)):
        away = program(*command, folder=school)
        assert away.returncode == 1
        assert "Traceback" not in away.stderr
        assert away.stderr.count("\n") <= 2
        assert "cannot be reached" in away.stderr


def test_a_database_that_is_missing_or_lacks_a_table_is_named(
    program: Program, school: Path, tmp_path: Path
) -> None:
    change(school, "ALTER TABLE Templates RENAME TO Skabeloner")
    lacking = program("plan", folder=school)
    assert lacking.returncode == 1
    assert "Templates" in lacking.stderr
    assert "Traceback" not in lacking.stderr

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "umstui.toml").write_text('[ums]\nurl = "sqlite:///none.db"\n', "utf-8")
    missing = program("plan", folder=elsewhere)
    assert missing.returncode == 1
    assert "none.db" in missing.stderr
    assert not (elsewhere / "none.db").exists()


def test_check_says_a_line_each_and_fails_on_an_error(program: Program, school: Path) -> None:
    good = program("check", folder=school)
    assert good.returncode == 0, good.stdout
    assert all(line.startswith(("ok", "warning", " ")) for line in good.stdout.splitlines())
    change(school, "UPDATE Templates SET SQLFilter = 'DROP TABLE Students'")
    bad = program("check", "--json", folder=school)
    assert bad.returncode == 1
    assert any(line["level"] == "error" for line in object_of(bad.stdout)["lines"])


def test_a_read_only_session_changes_nothing(program: Program, school: Path) -> None:
    """Support looks; the right to write is not in its hands."""
    planned = program("plan", "--read-only", folder=school)
    assert planned.returncode == 6
    assert "This session is read-only and may not store a plan" in planned.stderr
    sent = program("sync", "--read-only", folder=school)
    assert (sent.returncode, "may not run a sync" in sent.stderr) == (6, True), sent.stderr
    assert program("runs", "list", "--read-only", folder=school).returncode == 0
