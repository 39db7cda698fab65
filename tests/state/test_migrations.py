"""A new release finds the decisions, journals and audit of the old one, or says why it cannot."""

from __future__ import annotations

import datetime as dt
import sqlite3
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from sync.errors import StateUnusable
from sync.model import Operator
from sync.state import audit, migrating
from sync.state.database import open_state
from sync.state.schema import AUDIT, METADATA

NOW = dt.datetime(2026, 8, 10, 6, 0, tzinfo=dt.UTC)
OPERATOR = Operator("mk", "school-server", "10.0.0.7")
FOLDER = Path(migrating.__file__).parent / "migrations"
STEPS = migrating.known_versions()


def made_by(version: str, folder: Path) -> Path:
    """A state database as an umstui of that version left it."""
    file = folder / "state.db"
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    engine = sa.create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
    engine.dispose()
    return file


def version_in(file: Path) -> str:
    connection = sqlite3.connect(file)
    try:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])
    finally:
        connection.close()


def test_steps_are_numbered_one_after_the_other_and_the_newest_is_what_we_write() -> None:
    """Two steps with one number would let half of the schools skip one of them."""
    assert [f"{number:04}" for number in range(1, len(STEPS) + 1)] == STEPS
    assert STEPS[-1] == migrating.VERSION
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    assert ScriptDirectory.from_config(config).get_heads() == [migrating.VERSION]


def test_the_steps_make_the_very_tables_that_the_program_works_with(tmp_path: Path) -> None:
    """A column that stands in schema.py alone would be missing in every database but the tests'."""
    engine = open_state("sqlite:///state.db", tmp_path)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    assert version_in(tmp_path / "state.db") == migrating.VERSION


@pytest.mark.parametrize("version", STEPS)
def test_what_was_decided_under_an_older_version_is_there_under_this_one(
    version: str, tmp_path: Path
) -> None:
    file = made_by(version, tmp_path)
    old = sa.create_engine(f"sqlite:///{file}")
    audit.record(old, OPERATOR, NOW, "approve", run=7, count=57, reason="class 9 left")
    old.dispose()
    engine = open_state("sqlite:///state.db", tmp_path)
    assert version_in(file) == migrating.VERSION
    (entry,) = audit.entries(engine)
    assert (entry.run, entry.count, entry.reason) == (7, 57, "class 9 left")
    assert audit.first_broken([entry]) is None


def test_a_newer_state_is_named_and_not_touched(tmp_path: Path) -> None:
    file = made_by("head", tmp_path)
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(StateUnusable, match=r"version 9999.*newer umstui.*nothing was changed"):
        open_state("sqlite:///state.db", tmp_path)
    assert version_in(file) == "9999"


def test_a_console_that_was_open_while_a_colleague_upgraded_writes_no_more(tmp_path: Path) -> None:
    engine = open_state("sqlite:///state.db", tmp_path)
    audit.record(engine, OPERATOR, NOW, "plan")
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StateUnusable, match="newer umstui"):
        audit.record(engine, OPERATOR, NOW, "approve")
    with engine.connect().execution_options(umstui_read_only=True) as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(AUDIT)).scalar() == 1
    with engine.connect().execution_options(umstui_migrating=True) as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = :v"), {"v": STEPS[-1]})
        connection.commit()
    audit.record(engine, OPERATOR, NOW, "approve")  # the refusal left no lock behind


def test_a_backup_that_is_put_back_under_an_open_console_is_seen(tmp_path: Path) -> None:
    engine = open_state("sqlite:///state.db", tmp_path)
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM alembic_version"))
    with pytest.raises(StateUnusable, match="Start umstui again"):
        audit.record(engine, OPERATOR, NOW, "approve")


def test_a_step_that_breaks_off_leaves_the_old_shape_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Power lost, or the disk full, between two tables: the next start begins again."""
    real = migrating._upgrade

    def breaks_off(connection: sa.Connection) -> None:
        real(connection)
        raise sa.exc.OperationalError("CREATE TABLE", {}, Exception("database or disk is full"))

    monkeypatch.setattr(migrating, "_upgrade", breaks_off)
    with pytest.raises(StateUnusable, match="disk is full"):
        open_state("sqlite:///state.db", tmp_path)
    monkeypatch.setattr(migrating, "_upgrade", real)
    with sqlite3.connect(tmp_path / "state.db") as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    connection.close()
    assert audit.entries(open_state("sqlite:///state.db", tmp_path)) == []


def test_sessions_that_start_together_on_a_new_place_make_it_once(tmp_path: Path) -> None:
    errors: list[Exception] = []

    def start() -> None:
        try:
            audit.record(open_state("sqlite:///state.db", tmp_path), OPERATOR, NOW, "plan")
        except Exception as error:  # noqa: BLE001 (any of them is a failure here)
            errors.append(error)

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    trail = audit.entries(open_state("sqlite:///state.db", tmp_path))
    assert len(trail) == 6
    assert audit.first_broken(trail) is None
