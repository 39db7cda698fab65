"""Bad days, in figures: `python -m benchmarks.faults [PERSONS]`.

Sends the same persons to a test site once for each kind of trouble: how long it took, what each
item ended in, how far the requests in flight were cut back, and whether they came back.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sync.errors import UmstuiError
from sync.itslearning import Connection, SiteWriter
from sync.model import Outcome, Person
from sync.settings import Itslearning
from umstui.testsite import Site, start

BATCH, IN_FLIGHT, TIMEOUT = 50, 8, 3.0
CASES = (
    (),
    ("503:0.1",),
    ("503:next5", "retry-after:2"),
    ("html500:0.1",),
    ("html500-after-commit:0.1",),
    ("fault500:0.1",),
    ("drop-before:0.1",),
    ("drop-after-commit:0.1",),
    ("broken-xml:0.1",),
    ("short-set:0.1",),
    ("hang:next2",),
    ("latency:1000",),
)


class Watched(Connection):
    """Remembers how low its limit fell."""

    lowest = IN_FLIGHT

    def wait(self, attempt: int, at_least: float = 0.0) -> None:
        """Look before each wait: that is when the limit has just been cut."""
        self.lowest = min(self.lowest, self.in_flight.limit)
        super().wait(attempt, at_least)


def measured(faults: tuple[str, ...], many: int) -> None:
    """One kind of trouble."""
    persons = [Person(f"p{n:06}", f"p{n:06}", f"Sofie {n}", "Holm", "Student") for n in range(many)]
    batches = [persons[at : at + BATCH] for at in range(0, many, BATCH)]
    settings = Itslearning(batch_size=BATCH, max_in_flight=IN_FLIGHT, timeout_seconds=TIMEOUT)
    with (
        tempfile.TemporaryDirectory() as folder,
        start(Path(folder), sites=[Site("u", "p", "root")]) as site,
        Watched(site.url, "u", "p", settings) as connection,
        ThreadPoolExecutor(IN_FLIGHT) as pool,
    ):
        site.set_faults(*faults)
        writer = SiteWriter(connection)

        def send(batch: list[Person]) -> list[Outcome] | str:
            try:
                return writer.create_persons(batch)
            except UmstuiError as error:
                return type(error).__name__

        began = time.perf_counter()
        answers = list(pool.map(send, batches))
        seconds = time.perf_counter() - began
        ended: Counter[str] = Counter()
        for answer, batch in zip(answers, batches, strict=True):
            if isinstance(answer, str):
                ended[answer] += len(batch)
            else:
                ended.update(outcome.status.value for outcome in answer)
        keys = [row["key"] for row in site.persons() if str(row["key"]).startswith("p0")]
        words = ", ".join(f"{number} {name}" for name, number in ended.items())
        print(
            f"{' '.join(faults) or 'no fault':32} {seconds:6.2f} s  {words}; in flight "
            f"{connection.lowest} at the lowest, {connection.in_flight.limit} at the end; "
            f"at the site {len(keys)}, twice {len(keys) - len(set(keys))}"
        )


def main() -> None:
    """All kinds of trouble, one after the other."""
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    for faults in CASES:
        measured(faults, many)


if __name__ == "__main__":
    main()
