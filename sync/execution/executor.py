"""Carrying out a plan: stage after stage, batch after batch, each written down before it goes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import groupby

from sync.errors import UmstuiError
from sync.execution.dependencies import Dependencies
from sync.execution.items import Item
from sync.execution.sending import Site, send
from sync.model import Kind, Operation, Outcome, Progress, ProgressListener
from sync.settings import Itslearning
from sync.state.journal import Batch, Journal

# What is only remembered needs no answer and may go in large batches; adoptions must, because they
# work on whole pages of persons, which shift with every person that is adopted.
_MANY_AT_ONCE = 5000
_MANY = frozenset({Operation.NOTE, Operation.FORGET, Operation.ADOPT})


@dataclass(frozen=True, slots=True)
class _Flight:
    batch: Batch
    items: Sequence[Item]


class Executor:
    """Carries out the items of one run. One object carries out one run once."""

    def __init__(
        self,
        site: Site,
        journal: Journal,
        settings: Itslearning,
        clock: Callable[[], dt.datetime],
        dependencies: Dependencies,
        progress: ProgressListener,
        total: int,
        done: int,
    ) -> None:
        self._site = site
        self._journal = journal
        self._settings = settings
        self._clock = clock
        self._dependencies = dependencies
        self._progress = progress
        self._total = total
        self._done = done
        self._number = journal.next_number()
        self._flights: dict[Future[list[Outcome]], _Flight] = {}
        self._landed: list[Batch] = []
        self._skipped: list[tuple[int, str]] = []
        self._stop = False
        self._proven: dict[tuple[str, str], str] = {}

    def carry_out(self, items: Iterable[Item]) -> bool:
        """Send all items, given in the order of the plan. Returns False where it was asked to stop.

        Raises SiteUnreachable or CredentialsRefused after what was in flight has been written
        down; the run can then go on later.
        """
        with ThreadPoolExecutor(self._settings.max_in_flight, "umstui-send") as pool:
            try:
                for _, group in groupby(items, key=lambda item: (item.stage, item.depth)):
                    self._carry_out_group(pool, group)
                    if self._stop:
                        break
            finally:
                self._land(everything=True)
                self._turn([])
        if self._stop:
            # All that was sent has landed; what the wish to stop kept back was never sent.
            self._journal.forget_unsettled()
        return not self._stop

    def _carry_out_group(self, pool: ThreadPoolExecutor, items: Iterable[Item]) -> None:
        for batch_items in self._batches(items):
            if self._stop:
                return
            self._launch(pool, batch_items)
        self._land(everything=True)

    def _batches(self, items: Iterable[Item]) -> Iterator[list[Item]]:
        """Items of one call each, at most a batch full, in order."""
        waiting: dict[tuple[Kind, Operation], list[Item]] = {}
        for item in items:
            if self._skip_where_hopeless(item):
                continue
            if self._needs_trial(item):
                yield [item]
                self._land(everything=True)
                continue
            call = (Kind.GROUP if item.is_place else item.kind, item.op)
            batch = waiting.setdefault(call, [])
            batch.append(item)
            size = _MANY_AT_ONCE if item.op in _MANY else self._settings.batch_size
            if len(batch) >= size:
                yield waiting.pop(call)
        for batch in waiting.values():
            # What a trial or an earlier batch of this group taught in the meantime counts.
            hopeful = [item for item in batch if not self._skip_where_hopeless(item)]
            if hopeful:
                yield hopeful

    def _needs_trial(self, item: Item) -> bool:
        """True for the first course from a template: no call tells whether it is one, so one
        course is made before the others follow (readings.md 3)."""
        template = _template(item)
        return template is not None and template not in self._proven

    def _skip_where_hopeless(self, item: Item) -> bool:
        obstacle = self._dependencies.obstacle(item)
        template = _template(item)
        if not obstacle and template is not None:
            obstacle = self._proven.get(template, "")
        if obstacle:
            self._skipped.append((item.seq, obstacle))
            self._dependencies.missing(item, obstacle)
            self._done += 1
        return bool(obstacle)

    def _launch(self, pool: ThreadPoolExecutor, items: Sequence[Item]) -> None:
        self._land(everything=False)
        batch = Batch(self._number, items[0].stage, [item.seq for item in items])
        self._number += 1
        self._turn([batch])
        if self._stop:
            # Written down but not sent: it is taken back at the end.
            return
        future = pool.submit(send, self._site, items, self._settings)
        self._flights[future] = _Flight(batch, items)

    def _land(self, *, everything: bool) -> None:
        """Take in answers until there is room for a batch, or until all are in."""
        failure: UmstuiError | None = None
        room = 0 if everything else self._settings.max_in_flight - 1
        while len(self._flights) > room:
            finished, _ = wait(self._flights, return_when=FIRST_COMPLETED)
            for future in finished:
                flight = self._flights.pop(future)
                error = future.exception()
                if isinstance(error, UmstuiError):
                    failure = failure or error
                    room = 0
                elif error is not None:
                    raise error
                else:
                    self._take_in(flight, future.result())
        if failure is not None:
            raise failure

    def _take_in(self, flight: _Flight, outcomes: Sequence[Outcome]) -> None:
        flight.batch.outcomes = outcomes
        self._landed.append(flight.batch)
        for item, outcome in zip(flight.items, outcomes, strict=True):
            template = _template(item)
            if template is not None and template not in self._proven:
                self._proven[template] = (
                    ""
                    if outcome.ok
                    else f"template {template[0]} was refused for {item.key}: {outcome.message}"
                )
            if not outcome.ok:
                self._dependencies.missing(item, outcome.message)
        self._done += len(flight.items)
        title = f"stage {flight.batch.stage}"
        self._progress(Progress(title, self._done, self._total))

    def _turn(self, begun: list[Batch]) -> None:
        landed, self._landed = self._landed, []
        skipped, self._skipped = self._skipped, []
        if skipped:
            begun = [Batch(self._number, 0, [seq for seq, _ in skipped], settled=True), *begun]
            self._number += 1
        if self._journal.turn(self._clock(), begun=begun, settled=landed, skipped=skipped):
            self._stop = True


def _template(item: Item) -> tuple[str, str] | None:
    if item.is_place and item.creates and item.after.get("template"):
        return str(item.after["template"]), str(item.after.get("creator") or "")
    return None
