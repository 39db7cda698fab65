"""A desk without a database: runs in memory that answer, decide and apply as the real ones do."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from screens.desk import Session, Site
from sync.errors import NotFound, Refused, UmstuiError
from sync.model import (
    Applied,
    ChangeFilter,
    ChangeStatus,
    CheckLine,
    Progress,
    ProgressListener,
    RunReport,
    RunState,
    RunSummary,
    Verdict,
)
from sync.runs import History, HistoryEntry, Proposal
from sync.settings import Mail, Settings, Ums
from sync.state.decisions import Decision
from tests.screens.double_calendar import DoubleCalendar
from tests.screens.double_cleanup import DoubleCleanup
from tests.screens.double_people import DoublePeople
from tests.screens.double_runs import (  # noqa: F401 (the tests take both from here)
    FIRST,
    LAST,
    NOW,
    SCHOOLS,
    TRASH,
    StoredRun,
    a_plan,
    a_run,
    change,
    chosen_by,
    counts_of,
    fold,
    person,
)
from tests.screens.double_setup import DoubleSetup


@dataclass
class DoubleProcess:
    """The apply that was started."""

    desk: DoubleDesk
    run: str
    code: int | None = None
    words: str = ""

    def ended(self) -> int | None:
        return self.code

    def said(self) -> str:
        return self.words


@dataclass
class DoubleDesk:
    """Answers as the real verbs do; ``written`` lists every call that stores or sends something."""

    runs: list[StoredRun] = field(default_factory=list)
    session: Session = field(
        default_factory=lambda: Session(who="mk", host="ums-01", version="0.1.0")
    )
    site_list: Sequence[Site] = (Site(1, "Fjordby (prod)", "https://fjordby.itslearning.com"),)
    written: list[tuple[object, ...]] = field(default_factory=list)
    error: UmstuiError | None = None
    refusal: tuple[int, str] | None = None  # how a started apply ends at once
    batch: int = 40  # items that a look at a running run finds done
    broken_off: bool = False  # the process that carried a run out is gone
    automatic: bool = True  # False: a running run only moves by advance()
    planned: StoredRun | None = None  # what a plan makes
    plan_gate: threading.Event | None = None
    process: DoubleProcess | None = None
    compared: list[tuple[str, str]] = field(default_factory=list)
    proposed: list[Proposal] = field(default_factory=list)
    settings: Settings = field(
        default_factory=lambda: Settings(
            ums=Ums(
                url="mssql+pyodbc://umstui:S3cret@sql.fjordby.example/UMS?driver=FreeTDS&PWD=Other",
                columns={"Students.StudieNr": "StudentNumber"},
            ),
            mail=Mail(smtp="smtp://post:Hush@mail.fjordby.example:25", to=["it@fjordby.example"]),
        )
    )

    def __post_init__(self) -> None:
        self.calendar = DoubleCalendar(self.written)
        self.cleanup = DoubleCleanup(self.written)
        self.people = DoublePeople(self.written)
        self.setup = DoubleSetup(self.written, self.settings)

    def now(self) -> dt.datetime:
        return NOW

    def sites(self) -> Sequence[Site]:
        self._fail()
        return self.site_list

    def undo(self, run: str) -> RunReport:
        self.written.append(("undo", run))
        self._fail()
        name = str(int(self.runs[0].summary.run) + 1)
        made = a_run(name, a_plan(held=False, delete=3), made_at=NOW)
        made.summary = replace(made.summary, takes_back=run)
        self.runs.insert(0, made)
        return self.report(made.summary.run)

    def compare(self, one: str, other: str) -> StoredRun:
        self._fail()
        self.compared.append((one, other))
        return StoredRun(self.stored(other).summary, a_plan(held=False, delete=2))

    def drift(self, org: int, progress: ProgressListener) -> StoredRun:
        self._fail()
        progress(Progress("reading groups at itslearning", 50, 100))
        return StoredRun(self.runs[0].summary, a_plan(held=False, delete=2)[:5])

    def history(self, org: int, key: str) -> History:
        self._fail()
        entries = [
            HistoryEntry(stored.summary, row, None)
            for stored in self.runs
            for row in stored.changes
            if row.key == key
        ]
        return History(entries, ["The run file run-000300.duckdb is cut off"])

    def export(self, run: str, file: str) -> int:
        self.written.append(("export", run, file))
        self._fail()
        return len(self.stored(run).changes)

    def plan(self, org: int, progress: ProgressListener, *, live: bool = False) -> RunReport:
        self.written.append(("plan live", org) if live else ("plan", org))
        progress(Progress("reading Students", 412, 1204))
        if self.plan_gate is not None:
            self.plan_gate.wait(10)
        self._fail()
        made = self.planned or a_run(
            str(int(self.runs[0].summary.run) + 1 if self.runs else 1),
            a_plan(held=False, delete=3),
            made_at=NOW,
        )  # fmt: skip
        self.runs.insert(0, made)
        return self.report(made.summary.run)

    def list_runs(self, org: int) -> Sequence[RunSummary]:
        self._fail()
        if self.automatic:
            self.advance()
        return [stored.summary for stored in self.runs]

    def advance(self) -> None:
        """Let a running run do one batch."""
        for stored in self.runs:
            if stored.summary.state is not RunState.APPLYING:
                continue
            applied = stored.summary.applied
            ok = min(self.batch, applied.pending)
            failed = 1 if applied.failed < 3 and ok > 1 else 0
            applied = Applied(
                applied.ok + ok - failed, applied.failed + failed, applied.skipped,
                applied.pending - ok,
            )  # fmt: skip
            state = RunState.APPLYING
            if not applied.pending:
                state = RunState.APPLIED_WITH_FAILURES if applied.failed else RunState.APPLIED
                stored.changes[:] = [
                    replace(row, status=ChangeStatus.OK) if row.status == "planned" else row
                    for row in stored.changes
                ]
                if self.process is not None:
                    self.process.code = 4 if applied.failed else 0
            stored.summary = replace(stored.summary, applied=applied, state=state)

    def stored(self, run: str) -> StoredRun:
        for stored in self.runs:
            if stored.summary.run == run:
                return stored
        raise NotFound(f"There is no run {run}.")

    def report(self, run: str) -> RunReport:
        self._fail()
        stored = self.stored(run)
        return RunReport(stored.summary, stored.filter, stored.problems)

    def open_plan(self, run: str) -> StoredRun:
        self._fail()
        return self.stored(run)

    def approve(self, run: str, reason: str, choice: ChangeFilter) -> RunReport:
        self.written.append(("approve", run, reason, choice))
        return self._decide(run, choice, ChangeStatus.PLANNED, f"approved: {reason} (mk)")

    def reject(
        self, run: str, reason: str, choice: ChangeFilter, until: dt.date | None
    ) -> RunReport:
        self.written.append(("reject", run, reason, choice, until))
        if until is not None:
            words = f"waits until {until}: {reason} (mk)"
            return self._decide(run, choice, ChangeStatus.POSTPONED, words)
        return self._decide(run, choice, ChangeStatus.SKIPPED, f"rejected: {reason} (mk)")

    def proposals(self, run: str) -> Sequence[Proposal]:
        return list(self.proposed)

    def take_over(self, run: str, proposal: int) -> RunReport:
        place = next(i for i, found in enumerate(self.proposed) if found.number == proposal)
        found = self.proposed[place]
        self.written.append(("take over", run, proposal))
        self.proposed[place] = replace(found, taken=True)
        return self._decide(run, found.decision.choice, ChangeStatus.PLANNED, "approved: as told")

    def _decide(
        self, run: str, choice: ChangeFilter, status: ChangeStatus, message: str
    ) -> RunReport:
        stored = self.stored(run)
        if not stored.count(choice):
            raise NotFound(f"No change of run {run} matches.")
        stored.changes[:] = [
            replace(row, status=status, message=message) if chosen_by(choice, row) else row
            for row in stored.changes
        ]
        state = stored.summary.state
        if status is ChangeStatus.PLANNED and state is RunState.HELD:
            state = RunState.APPROVED
        elif status is ChangeStatus.SKIPPED and choice == ChangeFilter():
            state = RunState.REJECTED
        going = [row for row in stored.changes if row.status == "planned"]
        stored.summary = replace(
            stored.summary, state=state, counts=counts_of(going),
            applied=Applied(pending=len(going)),
        )  # fmt: skip
        return self.report(run)

    def confirmation(self, report: RunReport) -> str | None:
        return report.summary.typed or None

    def start_apply(self, run: str, confirm: str | None) -> DoubleProcess:
        self.written.append(("apply", run, confirm))
        self._fail()
        self.process = DoubleProcess(self, run)
        if self.refusal is not None:
            self.process.code, self.process.words = self.refusal
            return self.process
        stored = self.stored(run)
        stored.summary = replace(stored.summary, state=RunState.APPLYING)
        return self.process

    def carried_out(self, run: str) -> bool:
        return not self.broken_off

    def stop(self, run: str) -> None:
        self.written.append(("stop", run))
        if self.stored(run).summary.state is not RunState.APPLYING:
            raise Refused(f"Run {run} is not being carried out.")

    def check(self, org: int | None) -> Iterator[CheckLine]:
        yield CheckLine("ok", "umstui.toml", "read")
        if self.error is not None:  # what cannot be reached is a line of the check
            yield CheckLine("error", "UMS database", str(self.error))
            return
        yield CheckLine("ok", "UMS database", "reachable, 41 tables and columns are there")
        yield CheckLine(
            "warning", "template 7", "its course template UMSTmpl_9 is not shown by the site"
        )
        yield CheckLine("error", "criterion", "SQLCriteria of setting 3 holds a second statement; "
                   "give one predicate over Students")  # fmt: skip

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error


def a_history() -> list[StoredRun]:
    """Older runs below the newest one."""
    runs = []
    for back, (run, state, ok, failed, deletes) in enumerate(
        (
            ("313", RunState.APPLIED, 137, 0, 3),
            ("312", RunState.APPLIED_WITH_FAILURES, 136, 9, 5),
            ("311", RunState.REJECTED, 0, 0, 55),
            ("310", RunState.APPLIED, 186, 0, 6),
        ),
        start=1,
    ):
        changes = a_plan(create=9 + back, update=20, delete=deletes, members=90, held=False)
        runs.append(
            a_run(
                run, changes, state, applied=Applied(ok, failed, 0, 0),
                made_at=NOW - dt.timedelta(days=back, hours=-2), made_by="task",
            )
        )  # fmt: skip
    return runs


def a_held_desk() -> DoubleDesk:
    """A desk whose newest run is held, above a short history."""
    held = a_run("314", a_plan(), RunState.HELD, verdict=Verdict.HOLD)
    return DoubleDesk([held, *a_history()])


def a_ready_desk() -> DoubleDesk:
    """A desk whose newest run can be applied."""
    ready = a_run("314", a_plan(held=False, delete=7))
    return DoubleDesk([ready, *a_history()])


def a_desk_with_proposals() -> DoubleDesk:
    """Two proposals, one of which has been taken over."""
    desk = a_held_desk()
    choice = ChangeFilter(kinds=frozenset({"person"}), operations=frozenset({"delete"}))
    desk.proposed = [
        Proposal(number, Decision("approve", choice, 61, None, reason, "kim", NOW, True, number),
                 taken)
        for number, reason, taken in ((4, "class 9 left early", True), (7, "they moved", False))
    ]  # fmt: skip
    return desk
