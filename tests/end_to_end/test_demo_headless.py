"""The demo without a terminal, as a newcomer or a build server starts it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.end_to_end.conftest import Program


def test_the_demo_brings_a_school_to_a_site_and_ends_with_an_empty_plan(
    program: Program, tmp_path: Path
) -> None:
    """The first thing anybody tries: when it fails, nobody tries a second."""
    folder = tmp_path / "demo"
    ended = program("demo", "--headless", "--persons", "80", "--dir", str(folder))
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    assert "The last plan is empty" in ended.stdout
    assert "persons in" in ended.stdout
    assert "memberships in" in ended.stdout
    assert "3 adopt" in ended.stdout
    assert max(len(line) for line in ended.stdout.splitlines()) <= 80

    config = str(folder / "umstui.toml")
    listed = json.loads(program("runs", "list", "--json", "--config", config).stdout)["runs"]
    assert [run["state"] for run in listed] == ["planned", "applied"]
    assert listed[1]["applied"]["failed"] == 0

    again = program("demo", "--headless", "--dir", str(folder), "--json")
    assert again.returncode == 0, again.stderr
    told = json.loads(again.stdout)
    assert told["empty"]
    assert set(told) == {"plan", "plan again", "seconds", "empty"}

    other = program("demo", "--headless", "--persons", "90", "--dir", str(folder))
    assert other.returncode == 1
    assert "persons 80, not 90" in other.stderr

    quiet_time = program("demo", "--headless", "--dir", str(folder), "--advance", "--json")
    assert quiet_time.returncode == 0, quiet_time.stderr
    assert "pupils have left" in quiet_time.stderr
    happened = json.loads(quiet_time.stdout)["plan"]
    assert happened["state"] == "planned", "an ordinary week passes the filter"
    assert happened["counts"]["person"]["create"] >= 1

    exodus = program("demo", "--headless", "--dir", str(folder), "--advance", "30")
    assert exodus.returncode == 0, exodus.stderr
    assert "hold: person delete" in exodus.stdout, "a newcomer can see the brake"
