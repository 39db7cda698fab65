"""Duplicates and diagnosis by command, over a demo school and its site."""

from __future__ import annotations

import json
from pathlib import Path

from tests.end_to_end.conftest import Program


def test_a_newcomer_finds_resolves_and_asks(program: Program, school: Path) -> None:
    """The whole way on the demo: found, given the key, applied, gone, and asked about."""
    listed = program("duplicates", "list", "--json", folder=school)
    assert listed.returncode == 0, listed.stderr
    findings = json.loads(listed.stdout)["findings"]
    assert findings, listed.stdout
    for finding in findings:
        assert finding.keys() == {
            "id", "class", "strength", "accounts", "keep", "because",
        }  # fmt: skip
        for account in finding["accounts"]:
            assert account.keys() == {"key", "username", "name"}
    assert {"key-missing", "admin-with-key"} <= {finding["class"] for finding in findings}
    strong = next(
        finding for finding in findings
        if (finding["class"], finding["strength"]) == ("key-missing", "strong")
    )  # fmt: skip
    kept, wanted = strong["accounts"]
    resolved = program(
        "duplicates", "resolve", str(strong["id"]), "--keep", strong["keep"], "--json",
        folder=school,
    )  # fmt: skip
    assert resolved.returncode == 0, resolved.stderr
    run = json.loads(resolved.stdout)["run"]
    shown = json.loads(program("runs", "show", run, "--json", folder=school).stdout)
    assert shown["counts"]["person"]["adopt"] == 1
    applied = program("apply", run, folder=school)
    assert applied.returncode == 0, applied.stderr
    again = json.loads(program("duplicates", "list", "--json", folder=school).stdout)["findings"]
    assert strong["id"] not in {finding["id"] for finding in again}

    dismissed = program(
        "duplicates", "dismiss", str(again[0]["id"]), "--reason", "known", folder=school
    )
    assert dismissed.returncode == 0, dismissed.stderr
    after = json.loads(program("duplicates", "list", "--json", folder=school).stdout)["findings"]
    assert len(after) == len(again) - 1
    gone = program("duplicates", "resolve", "999", folder=school)
    assert gone.returncode == 2
    assert "duplicates list" in gone.stderr

    # The first plan after it still knows that nothing but a key was ever sent.
    planned = json.loads(program("plan", "--json", folder=school).stdout)
    assert planned["counts"]["person"]["delete"] == 0
    assert planned["counts"]["person"]["adopt"] >= 1

    asked = program("diagnose", "person", wanted["key"], "--json", folder=school)
    assert asked.returncode == 0, asked.stderr
    answer = json.loads(asked.stdout)
    assert answer.keys() == {"summary", "facts", "next"}
    assert answer["summary"].startswith(f"{wanted['name']} ({wanted['key']}) is in itslearning")
    assert all(fact.keys() == {"what", "value", "source"} for fact in answer["facts"])
    room = program(
        "diagnose", "room", "UMSCourse_no such room", "--person", wanted["key"], "--json",
        folder=school,
    )  # fmt: skip
    assert "no room" in json.loads(room.stdout)["summary"]
    written = program("duplicates", "pack", "-o", "pack.txt", folder=school)
    assert written.returncode == 0, written.stderr
    text = (school / "pack.txt").read_text(encoding="utf-8")
    assert "request to itslearning support" in text
    assert "@" not in text
    assert kept["username"] not in {finding["keep"] for finding in after}
