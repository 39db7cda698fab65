"""Numbers, days and ages as the console writes them, the same on every machine."""

from __future__ import annotations

import datetime as dt

from sync.model import FilterCell, Progress, RunReport, RunState, RunSummary, Verdict

OPEN = frozenset({RunState.PLANNED, RunState.HELD, RunState.APPROVED})  # can be decided on
MEMORY = "memory"  # the reason of a problem that is about UMS's memory (sync.runs.recollecting)

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip

STATES: dict[str, str] = {
    RunState.PLANNED: "planned",
    RunState.HELD: "held",
    RunState.APPROVED: "approved",
    RunState.APPLYING: "applying",
    RunState.APPLIED: "applied",
    RunState.APPLIED_WITH_FAILURES: "applied, with failures",
    RunState.REJECTED: "rejected",
    RunState.FAILED: "failed",
}

CUT_OFF = "cut off"  # applying, but nobody carries it out any more

VERDICTS: dict[str, str] = {
    Verdict.PASS: "pass",
    Verdict.WARN: "warn",
    Verdict.HOLD: "HELD",
    Verdict.FROZEN: "FROZEN",
}


def state_word(run: RunSummary, cut_off: str) -> str:
    """The state of a run; ``cut_off`` names the run that nobody carries out any more, if any."""
    return CUT_OFF if run.run == cut_off else STATES[run.state]


def number(value: int) -> str:
    """1204 as ``1 204``."""
    return f"{value:,}".replace(",", " ")


def percent(count: int, of: int) -> str:
    """61 of 1004 as ``6.1%``; nothing where there is no whole."""
    return f"{100 * count / of:.1f}%" if of else ""


def plural(value: int, one: str, many: str = "") -> str:
    """``1 change``, ``2 changes``."""
    return f"{number(value)} {one if value == 1 else many or one + 's'}"


def day(value: dt.date) -> str:
    """``Sat 21 Nov 2026``."""
    return f"{_DAYS[value.weekday()]} {value.day:2d} {_MONTHS[value.month - 1]} {value.year}"


def moment(value: dt.datetime) -> str:
    """``Sat 21 Nov 19:40``."""
    month = _MONTHS[value.month - 1]
    return f"{_DAYS[value.weekday()]} {value.day:2d} {month} {value.hour:02d}:{value.minute:02d}"


def clock(value: dt.datetime) -> str:
    """``19:40``."""
    return f"{value.hour:02d}:{value.minute:02d}"


def age(since: dt.datetime, now: dt.datetime) -> str:
    """How long ago, in the coarsest unit that still helps: ``1 h 38 min``."""
    minutes = max(0, int((now - since).total_seconds() // 60))
    hours, rest = divmod(minutes, 60)
    if minutes < 1:
        return "just now"
    if hours < 1:
        return f"{minutes} min ago"
    if hours < 24:
        return f"{hours} h {rest} min ago"
    return f"{plural(hours // 24, 'day')} ago"


def limit_sentence(cell: FilterCell) -> str:
    """``person delete 61 of 1 004 = 6.1%, limit 5%, at Havn Skole``."""
    words = f"{cell.kind} {cell.op} {number(cell.count)}"
    if cell.of:
        words += f" of {number(cell.of)} = {percent(cell.count, cell.of)}"
    if cell.limit:
        words += f", limit {cell.limit}"
    if cell.scope not in {"", "site"}:
        words += f", at {cell.scope}"
    return words


def problem_rows(report: RunReport) -> int:
    """Rows of the source that a person should mend; what UMS's memory has lost is none of them."""
    return sum(problem.count for problem in report.problems if problem.reason != MEMORY)


def step_words(progress: Progress) -> str:
    """``reading rows 3 000 of 12 000``, as far as it is known."""
    if progress.total:
        return f"{progress.step} {number(progress.done)} of {number(progress.total)}"
    return f"{progress.step} {number(progress.done)}" if progress.done else progress.step


def progress_sentence(summary: RunSummary) -> str:
    """``applied 412 of 1 204, 3 failed``."""
    return f"applied {progress_words(summary)}"


def progress_words(summary: RunSummary) -> str:
    """``412 of 1 204, 3 failed``."""
    applied = summary.applied
    total = applied.ok + applied.failed + applied.skipped + applied.pending
    words = f"{number(applied.ok)} of {number(total)}"
    if applied.failed:
        words += f", {number(applied.failed)} failed"
    if applied.skipped:
        words += f", {number(applied.skipped)} skipped"
    return words


def short_progress(summary: RunSummary) -> str:
    """``41%, 3 failed``."""
    failed = summary.applied.failed
    return f"{int(100 * share_done(summary))}%" + (f", {number(failed)} failed" if failed else "")


def share_done(summary: RunSummary) -> float:
    """How much of a run has been sent, from 0 to 1."""
    applied = summary.applied
    done = applied.ok + applied.failed + applied.skipped
    total = done + applied.pending
    return done / total if total else 0.0


def bar(share: float, cells: int) -> str:
    """A bar that reads the same without colour: ``######----``."""
    full = min(cells, max(0, int(share * cells)))
    return "#" * full + "-" * (cells - full)
