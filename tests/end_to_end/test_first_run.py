"""The first start in a real terminal: questions, a file, a plan that writes nothing outside."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Program
from tests.end_to_end.terminal import Terminal
from umstui import config


@pytest.fixture
def first(school: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    """A terminal with umstui just started, beside a database that nothing is known of yet."""
    (school / "umstui.toml").unlink()
    with closing(sqlite3.connect(school / "ums.db")) as connection:
        connection.execute("ALTER TABLE Students RENAME COLUMN Efternavn TO EfterNavne")
        connection.execute("UPDATE itslearningOrganizationSettings SET Password = NULL")
        connection.commit()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "nothing"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    terminal = Terminal(sys.executable, "-m", "umstui", folder=school, lines=40)
    yield terminal
    terminal.drop()


def test_a_few_questions_lead_to_a_plan(first: Terminal, school: Path, program: Program) -> None:
    """Somebody who has never seen umstui gets from nothing to a plan without reading a page."""
    first.until("Go on?")
    first.press("Enter")
    first.until("Database")
    first.type("sqlite:///nowhere.db")
    first.press("Enter")
    first.until("error")
    first.type("sqlite:///ums.db")
    first.press("Enter")
    first.until("it answers")
    first.until("Its name here, of column Efternavn of Students (empty: none) [EfterNavne]")
    first.press("Enter")
    first.until("everything that is needed is there")
    first.until("answers as umstui-demo")
    first.until("Percent of the persons [5]")
    first.type("4")
    first.press("Enter")
    first.until("Percent of the rooms and groups [10]")
    first.type("7")
    first.press("Enter", "Enter", "Enter")
    first.until("Make a plan now?")
    settings = config.load(str(school / "umstui.toml"))
    assert settings.ums.url == "sqlite:///ums.db"
    assert settings.ums.columns == {"Students.Efternavn": "EfterNavne"}
    limits = settings.filter
    assert [limits.person.delete.percent, limits.membership.delete.percent] == [4, 20]
    assert [limits.group.delete.percent, limits.course.delete.percent] == [7, 7], "asked together"
    assert (school / "umstui.toml").stat().st_mode & 0o077 == 0
    first.press("Enter")
    first.until("Open the console on it?")
    first.press("Enter")
    first.until("NEEDS YOU")
    first.press("q")
    with closing(sqlite3.connect(school / "ums.db")) as connection:
        assert connection.execute("SELECT count(*) FROM itslearning_Learners").fetchone() == (0,)


def test_nothing_is_kept_where_somebody_leaves(first: Terminal, school: Path) -> None:
    """Half a file would be found tomorrow and taken for a whole one."""
    first.until("Go on?")
    first.press("Enter")
    first.until("Database")
    first.press("C-c")
    first.until("interrupted")
    assert not (school / "umstui.toml").exists()
    assert not (school / "umstui-state.db").exists()
