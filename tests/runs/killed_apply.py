"""`apply` in a process of its own that dies at its n-th touch of anything that it writes to.

Run as: python -m tests.runs.killed_apply FOLDER RUN CONFIRM POINT BATCH
It exits with 137 where it was killed; where it came to its end before that point it exits with 0
and prints how many points there were. What it writes to: the journal, the runs, claim and audit of
the state database, the ledger, UMS's memory, and the site.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sync.state.audit
from sync.execution import executor
from sync.model import Operator
from sync.runs import Installation, apply, applying
from sync.settings import Filter, Itslearning, Settings, Ums
from sync.state.journal import Journal
from sync.state.runs import StateWriter

KILLED = 137
_touches = 0


def mortal(call: Callable[..., Any], last: int) -> Callable[..., Any]:
    """The call, but the process dies just before or just after the touch of that number."""

    def dying(*values: Any, **named: Any) -> Any:
        global _touches  # noqa: PLW0603
        _touches += 1
        if _touches == last:
            os._exit(KILLED)
        result = call(*values, **named)
        _touches += 1
        if _touches == last:
            os._exit(KILLED)
        return result

    return dying


def main() -> None:
    """Carry the run out, as far as it lives."""
    folder, run, confirm, point, batch = sys.argv[1:]
    last = int(point)
    Journal.turn = mortal(Journal.turn, last)  # type: ignore[method-assign]
    StateWriter.begin = mortal(StateWriter.begin, last)  # type: ignore[method-assign]
    StateWriter.end = mortal(StateWriter.end, last)  # type: ignore[method-assign]
    Journal.forget_unsettled = mortal(Journal.forget_unsettled, last)  # type: ignore[method-assign]
    executor.send = mortal(executor.send, last)
    sync.state.audit.record = mortal(sync.state.audit.record, last)
    applying.enter_arrived = mortal(applying.enter_arrived, last)
    applying.write_memory = mortal(applying.write_memory, last)
    settings = Settings(
        ums=Ums(url="sqlite:///ums.db"),
        itslearning=Itslearning(batch_size=int(batch), max_in_flight=2, attempts=1),
        filter=Filter(),
        folder=Path(folder),
    )
    now = dt.datetime(2026, 11, 21, 6, 0, tzinfo=dt.UTC)
    installation = Installation(settings, Operator("mk", "school-server"), lambda: now)
    apply(installation, run, confirm=confirm or None)
    print(_touches)  # noqa: T201


if __name__ == "__main__":
    main()
