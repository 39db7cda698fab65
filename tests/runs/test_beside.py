"""What is held is recalled while UMS is read: a plan that is broken off must end at once, not when
the other half of it happens to be ready, and say what broke it."""

from __future__ import annotations

import threading
import time

import duckdb
import pytest

from sync.runs.beside import beside
from sync.snapshots.workspace import another_connection, open_workspace

FOR_EVER = "SELECT count(*) FROM range(10_000_000) a, range(10_000_000) b WHERE hash(a, b) = 1"


def test_work_goes_on_beside_and_gives_what_it_found() -> None:
    with open_workspace() as workspace:
        read = threading.Event()

        def work() -> object:
            read.wait(10)
            return workspace.execute("SELECT count(*) FROM problem").fetchall()

        with beside(workspace, work) as found:
            with another_connection(workspace) as other:
                other.execute("INSERT INTO problem VALUES ('date', 's1', 1, '')")
            read.set()
            assert found.result() == [(1,)]


def test_what_breaks_off_takes_the_work_with_it() -> None:
    begun = time.monotonic()
    with open_workspace() as workspace:

        def work() -> None:
            workspace.execute(FOR_EVER)

        with pytest.raises(KeyboardInterrupt), beside(workspace, work):
            raise KeyboardInterrupt
    assert time.monotonic() - begun < 10


def test_what_goes_wrong_in_the_work_keeps_its_type() -> None:
    with open_workspace() as workspace:

        def work() -> None:
            workspace.execute("SELECT * FROM nowhere")

        with beside(workspace, work) as found, pytest.raises(duckdb.CatalogException):
            found.result()
