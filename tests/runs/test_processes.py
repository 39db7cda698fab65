"""Several processes on one school: each learns of the others, none writes beside another."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sync.model import RunState
from sync.runs import carried_out_by, list_runs, plan, report
from tests.runs.synced_school import School
from tests.runs.waiting import LENIENT
from umstui.session import open_installation

Process = subprocess.Popen[str]


def test_a_run_is_stopped_from_another_session_and_goes_on_later(
    synced: School, planned: str
) -> None:
    """Somebody else sees that it is wrong, and is not logged in where it runs."""
    assert ended(umstui(synced, "runs", "stop", planned))[0] == 6, "nobody carries it out yet"
    first = umstui(synced, "apply", planned, "--json")
    wait_for(under_way(synced, planned))
    synced.site.set_faults("latency:500")
    code, _, said = ended(umstui(synced, "runs", "stop", planned))
    assert code == 0, said
    synced.site.set_faults()
    code, out, _ = ended(first)
    told = json.loads(out)
    assert (code, told["state"]) == (0, "applying")
    assert told["applied"]["pending"] > 0
    assert synced.installation().reader().unsettled_items(int(planned)) == []
    code, out, _ = ended(umstui(synced, "apply", planned, "--json"))
    assert (code, json.loads(out)["state"]) == (0, "applied")


@pytest.fixture
def planned(synced: School) -> str:
    """A run of several batches at a slow site, its settings in umstui.toml; gives its number."""
    (synced.folder / "umstui.toml").write_text(
        '[ums]\nurl = "sqlite:///ums.db"\n[log]\nfile = "umstui.log"\n'
        "[itslearning]\nbatch_size = 2\nmax_in_flight = 1\n"
        "[filter]\nchurn_percent = 100\n[filter.person]\nupdate = { percent = 100 }\n"
    )
    for key in synced.pupils(20):
        synced.sql("UPDATE Students SET Efternavn = 'Nyt-Navn' WHERE StudieNr = ?", key)
    found = plan(synced.installation(limits=LENIENT))
    assert found.summary.state is RunState.PLANNED
    synced.site.set_faults("latency:250")
    return found.summary.run


def umstui(school: School, *arguments: str) -> Process:
    """`umstui ARGUMENTS` in the folder of the school, as a scheduler or the console starts it."""
    return subprocess.Popen(
        [sys.executable, "-m", "umstui", *arguments],
        cwd=school.folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def ended(process: Process) -> tuple[int, str, str]:
    out, said = process.communicate(timeout=60)
    return process.returncode, out, said


def wait_for(what: Callable[[], Any], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def under_way(school: School, run: str) -> Callable[[], bool]:
    return lambda: report(school.installation(), run).summary.applied.ok >= 2


def test_a_second_apply_and_an_overlapping_sync_leave_with_6_and_say_who_is_at_it(
    synced: School, planned: str
) -> None:
    """Two schedulers, or an impatient person beside one: the later changes nothing."""
    first = umstui(synced, "apply", planned)
    wait_for(under_way(synced, planned))
    console = open_installation(str(synced.folder / "umstui.toml"), read_only=True)
    writer = carried_out_by(console, planned)
    assert writer is not None
    assert writer.process == first.pid
    synced.site.set_faults("latency:6000")
    for other in [umstui(synced, *words) for words in (["apply", planned], ["sync"])]:
        code, _, said = ended(other)
        assert code == 6, said
        assert f"apply of run {planned}" in said
        assert f"runs show {planned} --follow" in said
    synced.site.set_faults()
    assert ended(first)[0] == 0
    assert [run.run for run in list_runs(synced.installation())] == [planned, "1"], (
        "the sync that came too late planned nothing"
    )


def test_who_is_asked_to_end_ends_after_the_batch_in_flight_and_another_goes_on(
    synced: School, planned: str
) -> None:
    first = umstui(synced, "apply", planned)
    wait_for(under_way(synced, planned))
    follower = umstui(synced, "runs", "show", planned, "--follow", "--json")
    first.send_signal(signal.SIGTERM)
    code, _, said = ended(first)
    assert code == 130
    assert f"umstui apply {planned}" in said
    assert synced.installation().reader().unsettled_items(int(planned)) == []
    code, out, said = ended(follower)
    assert code == 0
    assert json.loads(out)["state"] == "applying"
    assert "goes on with" in said
    synced.site.set_faults()
    code, out, _ = ended(umstui(synced, "apply", planned, "--json"))
    assert (code, json.loads(out)["state"]) == (0, "applied")
    lines = [json.loads(line) for line in (synced.folder / "umstui.log").open()]
    assert {"apply", "end"} <= {line.get("action") for line in lines}
