"""Leaving the console never waits for a query, and never breaks off in the middle of one."""

from __future__ import annotations

import subprocess
import sys

_LEAVES = """
import asyncio, sys, duckdb
from screens.lane import in_thread, wait_for_lanes

def search():
    connection = duckdb.connect()
    while True:
        connection.execute("SELECT count(*) FROM range(1000)").fetchall()

async def console():
    try:
        await asyncio.wait_for(in_thread(search), 0.5)
    except TimeoutError:
        pass

asyncio.run(console())
wait_for_lanes(0.1, 7)
print("left")
sys.exit(7)
"""


def test_who_leaves_during_a_search_gets_the_shell_back_and_no_abort() -> None:
    """Python would tear the thread out of the database, which ends the program with a dump of its
    memory, people's names in it, and with an exit code that nobody knows."""
    left = subprocess.run(
        [sys.executable, "-c", _LEAVES], capture_output=True, text=True, timeout=60, check=False
    )
    assert (left.returncode, left.stdout, left.stderr) == (7, "left\n", "")
