"""The blocks of Home as lines of parts: plan against limits, facts, last runs, trend of deletes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from urllib.parse import urlsplit

from screens.desk import Session, Site
from screens.marks import KIND_WORDS
from screens.widgets.lines import Lines, Part
from screens.wording import CUT_OFF, VERDICTS, age, day, moment, number, state_word
from sync.model import FilterCell, Kind, Operation, RunReport, RunSummary, Verdict

Labelled = tuple[tuple[str, tuple[Part, ...]], ...]

_ORDER = (Verdict.PASS, Verdict.WARN, Verdict.HOLD, Verdict.FROZEN)
_FAMILIES = {
    "create": (Operation.CREATE, Operation.RESTORE),
    "update": (Operation.UPDATE, Operation.ADOPT, Operation.REKEY),
    "delete": (Operation.DELETE, Operation.FORGET),
    "move": (Operation.MOVE, Operation.ARCHIVE),
}


def plan_title(
    report: RunReport | None, now: dt.datetime, *, unread: bool = False
) -> tuple[Part, ...]:
    """``RUN 12  made 31 min ago by mk``; ``unread``: nobody knows whether there is one."""
    if report is None:
        return (("NEWEST PLAN" if unread else "NO PLAN YET", "strong"),)
    summary = report.summary
    made = f"  {age(summary.made_at, now)} by {summary.made_by}"
    return ((f"RUN {summary.run}", "strong"), (made, "quiet"))


def worst(cells: Sequence[FilterCell], kind: str) -> Verdict:
    """The gravest that the limits say of a kind."""
    levels = [cell.level for cell in cells if cell.kind == kind]
    return max(levels, key=_ORDER.index, default=Verdict.PASS)


def plan_table(report: RunReport | None, *, unread: bool = False) -> Lines:
    """A line per kind: made, changed, taken away, moved, and what the limits say."""
    if report is None and unread:
        return (((" could not be read", "quiet"),),)
    if report is None:
        return (((" n makes one; nothing is written outside.", ""),),)
    return run_table(report.summary, report.filter)


def run_table(run: RunSummary, cells: Sequence[FilterCell] | None = None) -> Lines:
    """The same of a run whose limits need not be known."""
    table: dict[Kind, dict[str, str]] = {}
    for kind in Kind:
        counts = run.counts.get(kind, {})
        sums = {name: sum(counts.get(op, 0) for op in ops) for name, ops in _FAMILIES.items()}
        if any(sums.values()):
            table[kind] = {name: number(n) if n else "-" for name, n in sums.items()}
    if not table:
        return (((" nothing to do: itslearning holds what it should", "good"),),)
    wide = {
        name: 2 + max(4, *(len(numbers[name]) for numbers in table.values())) for name in _FAMILIES
    }
    titles = zip(("+new", "~chg", "-del", ">mov"), wide.values(), strict=True)
    head = f" {'':6}" + "".join(f"{title:>{cells_wide}}" for title, cells_wide in titles)
    lines: list[tuple[Part, ...]] = [((head if cells is None else f"{head}  limits", "quiet"),)]
    for kind, numbers in table.items():
        parts: list[Part] = [(f" {KIND_WORDS[kind]:6}", "")]
        parts += [
            (f"{shown:>{wide[name]}}", "quiet" if shown == "-" else name)
            for name, shown in numbers.items()
        ]
        if cells is not None:
            level = worst(cells, kind)
            tone = "quiet" if level is Verdict.PASS else "attention"
            parts.append((f"  {VERDICTS[level]}", tone))
        lines.append(tuple(parts))
    return tuple(lines)


def facts(
    site: Site | None,
    session: Session,
    report: RunReport | None,
    now: dt.datetime,
    cut_off: str = "",
) -> Labelled:
    """Site, day, role and the time these facts are from."""
    lines: list[tuple[str, tuple[Part, ...]]] = []
    if site is not None:
        lines.append(("site", ((site.name, ""),)))
        lines.append(("", ((_host(site), "quiet"),)))
    if report is not None:
        summary = report.summary
        lines.append(("plan", ((state_word(summary, cut_off), ""),)))
        lines.append(("", ((f"for {day(summary.as_of)}", "quiet"),)))
    role = "may only propose" if session.proposes else session.read_only or session.no_apply
    role = role or "may decide and apply"
    lines.append(("role", ((f"{session.who}: {role}", ""),)))
    lines.append(("seen", ((f"{moment(now)} on {session.host}", ""),)))
    return tuple(lines)


def _host(site: Site) -> str:
    return urlsplit(site.url).netloc or f"organization {site.org}"


def last_runs(
    runs: Sequence[RunSummary], most: int, cut_off: str = "", *, unread: bool = False
) -> Lines:
    """The newest runs, one a line; ``cut_off`` is the one that nobody carries out any more."""
    if not runs:
        return (((" could not be read" if unread else " none yet", "quiet"),),)
    lines: list[tuple[Part, ...]] = [
        ((f" {'run':<14} {'made':<16} {'ok':>6} {'fail':>5} {'skip':>5}  state", "quiet"),)
    ]
    for run in runs[:most]:
        applied = run.applied
        sent = applied.ok or applied.failed or applied.skipped
        numbers = [
            number(n) if sent else "-" for n in (applied.ok, applied.failed, applied.skipped)
        ]
        word = state_word(run, cut_off)
        alarming = run.applied.failed or word in {"held", "failed", CUT_OFF}
        lines.append((
            (f" {run.run:<14} {moment(run.made_at):<16} ", ""),
            (f"{numbers[0]:>6} {numbers[1]:>5} {numbers[2]:>5}  ", ""),
            (word, "attention" if alarming else ""),
        ))  # fmt: skip
    return tuple(lines)


def trend(report: RunReport | None, runs: Sequence[RunSummary]) -> Lines:
    """Person deletes of the last runs as bars, the open plan beside its limit."""
    lines: list[tuple[Part, ...]] = [((" person deletes a run, | limit", "quiet"),)]
    shown = list(runs[:6])
    most = max((run.counts.get("person", {}).get("delete", 0) for run in shown), default=0)
    cell = next(
        (c for c in (report.filter if report else ()) if (c.kind, c.op, c.scope)
         == ("person", "delete", "site")), None,
    )  # fmt: skip
    allowed = _allowed(cell)
    whole = max(most, allowed, 1)
    for run in shown:
        deletes = run.counts.get("person", {}).get("delete", 0)
        filled = round(20 * deletes / whole)
        bar = "#" * filled + " " * (20 - filled)
        if allowed:
            at = min(19, round(20 * allowed / whole))
            bar = bar[:at] + "|" + bar[at + 1 :]
        over = bool(allowed) and deletes > allowed
        lines.append((
            (f" {run.run:>6} ", "quiet"),
            (bar, "attention" if over else "delete"),
            (f" {number(deletes)}", ""),
        ))  # fmt: skip
    return tuple(lines) if shown else ()


def _allowed(cell: FilterCell | None) -> int:
    """How many deletes the limit lets through, as far as its words say it."""
    if cell is None:
        return 0
    allowed = []
    for word in cell.limit.replace("or", " ").split():
        if word.endswith("%") and word[:-1].replace(".", "", 1).isdigit():
            allowed.append(int(float(word[:-1]) * cell.of / 100))
        elif word.isdigit():
            allowed.append(int(word))
    return min(allowed, default=0)
