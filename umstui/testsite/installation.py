"""The test installation at work: takes a request's bytes, gives the answer's, keeps the log."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from umstui.testsite import envelope, schema, service, writing
from umstui.testsite.context import Context, as_kept
from umstui.testsite.envelope import Envelope, Refused
from umstui.testsite.faults import Faults
from umstui.testsite.protocol import COMBINED_PORT, OPERATIONS
from umstui.testsite.reading import Reading, Unreadable
from umstui.testsite.sites import Site
from umstui.testsite.store import fold, open_state, put_sites, stored_sites
from umstui.testsite.texts import Result

# Batches above this are strongly discouraged (3.5); the log then says so.
ADVISED_BATCH = 50

_HTML_ERROR = (
    b"<!DOCTYPE html><html><head><title>Runtime Error</title></head>"
    b"<body><h1>Server Error in '/WCFServiceLibrary' Application.</h1></body></html>"
)


@dataclass(frozen=True)
class Answer:
    """What goes back over the line; ``cut`` means the connection ends instead, ``never`` that
    nothing comes at all."""

    status: int = 200
    content: bytes = b""
    content_type: str = "text/xml; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    never: bool = False


@dataclass(frozen=True)
class Prepared:
    """A request that was understood: whose it is, its items, and what makes its answer."""

    site: int
    operation: str
    message: str
    items: int
    run: Callable[[Context], Sequence[Result]]
    write: Callable[[Sequence[Result], dt.datetime], bytes]
    note: str = ""


class Installation:
    """All sites of one state file. Everything that writes runs on one thread, one at a time."""

    def __init__(
        self,
        folder: Path,
        sites: Iterable[Site],
        faults: Iterable[str],
        *,
        clock: Callable[[], dt.datetime],
        chance: random.Random,
    ) -> None:
        self.faults = Faults(faults, chance)
        self.clock = clock
        self.state = open_state(folder)
        self.state.create_function("folded", 1, fold, deterministic=True)
        with self.transaction():
            put_sites(self.state, sites, self.now())
        self.sites = stored_sites(self.state)
        self.in_flight = 0

    def close(self) -> None:
        """Closes the state file."""
        self.state.close()

    def now(self) -> str:
        """The time as the state file keeps it."""
        return as_kept(self.clock())

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One request's writes: all of them, or none where it breaks off."""
        self.state.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.state.execute("ROLLBACK")
            raise
        self.state.execute("COMMIT")

    def site_of(self, opened: Envelope) -> tuple[int, Site]:
        """The site that the credentials select; Refused where they are not right."""
        for number, site in self.sites.items():
            if site.user_name == opened.user_name and envelope.same(site.password, opened.password):
                return number, site
        raise Refused("credentials")

    def imses(self, port: str, action: str, content: bytes) -> Prepared:
        """Understands a request to IMS Enterprise Services."""
        opened = envelope.opened(content, self.clock())
        number, site = self.site_of(opened)
        operation = OPERATIONS.get(action)
        if operation is None or port not in {COMBINED_PORT, operation.port}:
            raise Refused("action", action)
        if opened.body.tag != f"{{{operation.namespace}}}{operation.name}Request":
            raise Refused("unreadable", f"The body is no {operation.name}Request.")
        reading = Reading(strict_order=site.strict_order, strict_roles=site.strict_roles)
        try:
            work = service.prepared(operation, opened.body, reading)
        except Unreadable as error:
            raise Refused("unreadable", str(error)) from None
        wrong = schema.value_errors(opened.body, reading)
        if wrong:
            raise Refused("unreadable", wrong[0])
        if site.batch_maximum and work.items > site.batch_maximum:
            raise Refused("busy", f"more than {site.batch_maximum} items in one request")
        bodies: list[str] = []

        def run(context: Context) -> Sequence[Result]:
            results, body = work.run(context)
            bodies.append(body)
            return results

        return Prepared(
            number,
            operation.name,
            opened.message,
            work.items,
            run,
            lambda results, now: writing.answer(operation, opened.message, results, bodies[0], now),
            _note(reading, work.items),
        )

    async def answer(
        self, prepare: Callable[[str, bytes], Prepared], action: str, content: bytes
    ) -> Answer:
        """Answers one request: the faults before, the work in one transaction, the faults after."""
        started = time.perf_counter()
        operation = action.rpartition("/")[2]
        struck = self.faults.before(operation)
        if struck is not None:
            answer = self._trouble(struck)
            self._log(None, operation, http=answer.status, note=f"fault {struck}", since=started)
            return answer
        try:
            prepared = prepare(action, content)
        except Refused as refused:
            answer = Answer(500, writing.fault(refused.fault, refused.detail))
            note = f"{refused.fault}: {refused.detail}".removesuffix(": ")
            self._log(None, operation, http=500, note=note, since=started)
            return answer
        self.in_flight += prepared.items
        try:
            return await self._carry_out(prepared, started)
        finally:
            self.in_flight -= prepared.items

    async def _carry_out(self, prepared: Prepared, started: float) -> Answer:
        site = self.sites[prepared.site]
        in_flight = self.in_flight
        if site.operations_maximum and in_flight > site.operations_maximum:
            answer = self._trouble("503")
            self._log(prepared, http=503, note="too many operations at once", since=started)
            return answer
        # Also without a delay: lets the requests that are waiting be counted as in flight.
        await asyncio.sleep(self.faults.delay(prepared.operation, prepared.items))
        struck = self.faults.after(prepared.operation)
        note = prepared.note
        if struck is not None:
            note = f"fault {struck}; {note}".removesuffix("; ")
        with self.transaction():
            context = Context(self.state, site, prepared.site, self.now())
            results = prepared.run(context)
            self._log(prepared, results=results, note=note, since=started, at_once=in_flight)
        if struck == "short-set" and results:
            results = results[:-1]
        content = prepared.write(results, self.clock())
        if struck == "broken-xml":
            return Answer(200, content[: len(content) // 2])
        if struck in {"drop-after-commit", "html500-after-commit"}:
            return self._trouble(struck)
        return Answer(200, content)

    def _trouble(self, name: str) -> Answer:
        """The answer that a fault stands for."""
        if name == "503":
            seconds = self.faults.number("retry-after", "")
            headers = {"Retry-After": f"{seconds:g}"} if seconds else {}
            return Answer(503, b"Service Unavailable", "text/plain", headers)
        if name.startswith("html500"):
            return Answer(500, _HTML_ERROR, "text/html; charset=utf-8")
        if name == "fault500":
            return Answer(500, writing.fault("internal"))
        if name == "hang":
            return Answer(never=True)
        return Answer(cut=True)

    def _log(
        self,
        prepared: Prepared | str | None,
        operation: str = "",
        *,
        since: float,
        results: Sequence[Result] = (),
        http: int = 200,
        note: str = "",
        at_once: int = 0,
    ) -> None:
        known = prepared if isinstance(prepared, Prepared) else None
        failures = sum(result.failed for result in results)
        warnings = sum(result.severity == "warning" for result in results)
        self.state.execute(
            "INSERT INTO request (site, at, operation, message, items, success, warning, failure, "
            "http, in_flight, milliseconds, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                known.site if known else None,
                self.now(),
                known.operation if known else operation,
                known.message if known else "",
                known.items if known else 0,
                len(results) - failures - warnings,
                warnings,
                failures,
                http,
                at_once,
                round((time.perf_counter() - since) * 1000, 2),
                note,
            ),
        )


def _note(reading: Reading, items: int) -> str:
    notes = []
    if items > ADVISED_BATCH:
        notes.append(f"{items} items, more than the advised {ADVISED_BATCH}")
    if reading.passed_over:
        names = ", ".join(reading.passed_over)
        notes.append(f"elements passed over: {names}")
    return "; ".join(notes)
