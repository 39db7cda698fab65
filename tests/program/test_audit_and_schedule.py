"""What a school proves afterwards, and what starts a sync at night."""

from __future__ import annotations

import configparser
import datetime as dt
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import pytest

from sync.model import Operator
from sync.runs import Installation
from sync.settings import Settings, Ums
from sync.state import audit
from umstui.session import local_now, operator

TOML = '[ums]\nurl = "sqlite:///ums.db"\n'


def umstui(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the program in a folder with settings."""
    (folder / "umstui.toml").write_text(TOML)
    return subprocess.run(
        [sys.executable, "-m", "umstui", *arguments],
        cwd=folder, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": "/usr/bin:/bin", "HOME": "/"},
    )  # fmt: skip


@pytest.fixture
def trail(tmp_path: Path) -> Path:
    """A state database with three entries."""
    settings = Settings(ums=Ums(url="sqlite:///ums.db"), folder=tmp_path)
    installation = Installation(settings, Operator("mk", "host", "10.0.0.7"), local_now)
    for number in range(3):
        audit.record(
            installation.state, installation.operator, local_now(), "approve",
            run=number, count=57, reason="class 9 left",
        )  # fmt: skip
    return tmp_path


def test_the_trail_is_read_and_proved(trail: Path) -> None:
    listed = umstui(trail, "audit", "list")
    assert listed.returncode == 0, listed.stderr
    assert listed.stdout.count("mk (10.0.0.7)  approve run") == 3
    assert "class 9 left" in listed.stdout
    proved = umstui(trail, "audit", "verify", "--json")
    assert json.loads(proved.stdout) == {"entries": 3, "whole": True, "broken": None}


def test_a_changed_entry_is_named_and_the_exit_code_says_so(trail: Path) -> None:
    with closing(sqlite3.connect(trail / "umstui-state.db")) as connection:
        connection.execute("UPDATE audit SET reason = 'another' WHERE id = 2")
        connection.commit()
    proved = umstui(trail, "audit", "verify")
    assert proved.returncode == 1
    assert "broken at entry 2 of 3" in proved.stdout


def test_the_units_name_the_program_the_settings_and_the_hour(tmp_path: Path) -> None:
    folder = tmp_path / "a folder & more"
    folder.mkdir()
    settings = str(folder / "umstui.toml")
    cron = umstui(folder, "schedule", "print", "cron", "--at", "3:05")
    assert cron.returncode == 0, cron.stderr
    line = cron.stdout.splitlines()[-1]
    assert line.startswith("5 3 * * * ")
    assert f"'{settings}'" in line
    systemd = umstui(folder, "schedule", "print", "systemd", "--org", "2")
    service, timer = systemd.stdout.split("# Save as")[1:]
    parsed = configparser.ConfigParser(interpolation=None)
    parsed.read_string(service.partition("\n")[2])
    assert parsed["Service"]["ExecStart"].endswith("--org 2")
    assert "OnCalendar=*-*-* 22:15:00" in timer


@pytest.mark.parametrize("scheduler", ["cron", "systemd", "windows"])
def test_a_script_gets_its_unit_as_the_one_object_of_json(tmp_path: Path, scheduler: str) -> None:
    """It would fail on the first line of a unit where every other command gives an object."""
    plain = umstui(tmp_path, "schedule", "print", scheduler)
    printed = umstui(tmp_path, "schedule", "print", scheduler, "--json")
    assert json.loads(printed.stdout) == {"scheduler": scheduler, "unit": plain.stdout}


def test_a_completion_script_is_the_one_object_of_json(tmp_path: Path) -> None:
    plain = umstui(tmp_path, "completion", "bash")
    printed = umstui(tmp_path, "completion", "bash", "--json")
    script = plain.stdout.removesuffix("\n")
    assert json.loads(printed.stdout) == {"shell": "bash", "script": script}


def test_a_per_cent_sign_in_the_folder_is_no_specifier_of_systemd(tmp_path: Path) -> None:
    """systemd would start the nightly sync in another folder, or refuse the unit."""
    folder = tmp_path / "50%h"
    folder.mkdir()
    unit = umstui(folder, "schedule", "print", "systemd").stdout
    assert f"WorkingDirectory={folder.parent}/50%%h\n" in unit


def test_the_scheduler_of_windows_reads_the_task_as_it_was_saved(tmp_path: Path) -> None:
    """It refuses a file that is not in the encoding it names, and an hour of one digit."""
    folder = tmp_path / "Å & more"
    folder.mkdir()
    windows = umstui(folder, "schedule", "print", "windows", "--at", "3:05")
    task = ElementTree.fromstring(windows.stdout.encode())  # noqa: S314
    assert str(folder / "umstui.toml") in (task.findtext(".//{*}Arguments") or "")
    start = task.findtext(".//{*}StartBoundary") or ""
    assert dt.datetime.fromisoformat(start).time() == dt.time(3, 5)
    assert "T03:05:00" in start


@pytest.mark.parametrize("time", ["25:00", "late", "7", "22:99"])
def test_a_time_that_is_none_is_refused(tmp_path: Path, time: str) -> None:
    refused = umstui(tmp_path, "schedule", "print", "cron", "--at", time)
    assert refused.returncode == 2
    assert "22:15" in refused.stderr


def test_nobody_takes_a_role_by_setting_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A viewer who says `LOGNAME=mk umstui` would else approve as mk, in the audit too."""
    before = operator().name
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(variable, "mk-whom-nobody-knows")
    assert operator().name == before
