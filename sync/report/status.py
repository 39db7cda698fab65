"""The status report as text and HTML (itslearning-operations.md 2.4): one after every run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from sync.model import Change, FilterCell, Kind, RunReport, RunState, Verdict

FAILURES_SHOWN = 50

_STATES = {
    RunState.PLANNED: "planned, not applied yet",
    RunState.HELD: "HELD by the filter",
    RunState.APPROVED: "approved, not applied yet",
    RunState.APPLYING: "being applied",
    RunState.APPLIED: "applied",
    RunState.APPLIED_WITH_FAILURES: "applied WITH FAILURES",
    RunState.REJECTED: "rejected",
    RunState.FAILED: "FAILED",
}


@dataclass(frozen=True, slots=True)
class Postponed:
    """How many deletes of a kind wait until a day."""

    due: dt.date
    kind: str
    count: int


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What a report is made of. ``before`` and ``after`` count what is held, by kind.

    ``failures`` may be the first of many, ``failed`` counts all of them. ``parts`` are the options
    of `umstui approve RUN` for deciding in parts. ``error`` is why a run failed.
    """

    run: RunReport
    organization: str
    before: Mapping[str, int]
    after: Mapping[str, int]
    failures: Sequence[Change] = ()
    failed: int = 0
    postponed: Sequence[Postponed] = ()
    reasons: Sequence[str] = ()
    parts: Sequence[str] = ()
    unapprovable: bool = False
    frozen_until: dt.date | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class StatusReport:
    """A finished report. The subject is one line that says the state."""

    run: str
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class _Section:
    title: str
    head: tuple[str, ...] = ()
    rows: list[tuple[str, ...]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


def status_report(facts: RunFacts) -> StatusReport:
    """Make the report of a run in whatever state it is, held, frozen and failed ones too."""
    summary = facts.run.summary
    state = _state(facts)
    subject = _one_line(f"umstui: {state}: {facts.organization}, run {summary.run}")
    opening = [
        f"Run {summary.run} of {facts.organization} for {summary.as_of}: {state}.",
        f"Made by {summary.made_by} on {summary.made_at:%Y-%m-%d %H:%M}."
        + (" Users only." if summary.users_only else ""),
    ]
    sections = [
        _Section("What to do next", lines=_next_steps(facts)),
        _Section("Why", lines=[facts.error] if facts.error else list(facts.reasons)),
        _counts(facts),
        _filter(facts.run.filter),
        _failures(facts),
        _postponed(facts.postponed),
        _problems(facts),
    ]
    sections = [section for section in sections if section.rows or section.lines]
    return StatusReport(
        run=summary.run,
        subject=subject,
        text=_text(opening, sections),
        html=_html(subject, opening, sections),
    )


def _state(facts: RunFacts) -> str:
    frozen = facts.run.summary.verdict is Verdict.FROZEN
    if frozen and facts.run.summary.state in {RunState.PLANNED, RunState.HELD, RunState.APPROVED}:
        until = f" until {facts.frozen_until}" if facts.frozen_until else ""
        return f"FROZEN{until}, nothing sent"
    if facts.run.summary.state is RunState.APPLYING and facts.error:
        return "CUT OFF"
    return _STATES[facts.run.summary.state]


def _next_steps(facts: RunFacts) -> list[str]:
    summary = facts.run.summary
    run, state = summary.run, summary.state
    of = f" --org {summary.org}" if summary.org else ""
    look = f"Look at it: umstui runs show {run}"
    if summary.verdict is Verdict.FROZEN and state in {
        RunState.PLANNED,
        RunState.HELD,
        RunState.APPROVED,
    }:
        steps = [f"Nothing. After the freeze: umstui sync{of}"]
    elif state is RunState.HELD and facts.unapprovable:
        steps = [
            "Mend the source; this hold cannot be approved.",
            f"Then plan again: umstui plan{of}",
        ]
    elif state is RunState.HELD:
        steps = [
            look,
            f"Approve all of it: umstui approve {run} --reason TEXT",
            *(f"Or a part: umstui approve {run} {part} --reason TEXT" for part in facts.parts),
            f"Or put it off: umstui reject {run} --reason TEXT",
        ]
    elif state in {RunState.PLANNED, RunState.APPROVED}:
        confirm = f' --confirm "{summary.typed}"' if summary.typed else ""
        steps = [look, f"Carry it out: umstui apply {run}{confirm}"]
    elif state is RunState.APPLYING and facts.error:
        confirm = f' --confirm "{summary.typed}"' if summary.typed else ""
        steps = [f"Go on with it: umstui apply {run}{confirm}", f"Or start anew: umstui sync{of}"]
    elif state is RunState.APPLYING:
        steps = [f"Follow it: umstui runs show {run} --follow"]
    elif state is RunState.APPLIED_WITH_FAILURES:
        steps = [
            f"See what failed: umstui runs show {run}",
            f"When it is mended, plan again: umstui plan{of}",
        ]
    elif state is RunState.FAILED:
        steps = ["Find out why: umstui check", f"Then again: umstui sync{of}"]
    else:
        steps = ["Nothing."]
    return steps


def _counts(facts: RunFacts) -> _Section:
    section = _Section("Counts", ("kind", "held before", "held after", "changes"))
    for kind in Kind:
        operations = facts.run.summary.counts.get(kind, {})
        changes = ", ".join(f"{op} {n:,}" for op, n in operations.items() if n)
        before, after = facts.before.get(kind, 0), facts.after.get(kind, 0)
        if before or after or changes:
            section.rows.append((kind.value, f"{before:,}", f"{after:,}", changes or "none"))
    return section


def _filter(cells: Sequence[FilterCell]) -> _Section:
    section = _Section(
        "Filter (umstui's own limits)", ("level", "what", "where", "count", "of", "limit")
    )
    for cell in cells:
        section.rows.append(
            (
                cell.level.value,
                f"{cell.kind} {cell.op}",
                cell.scope,
                f"{cell.count:,}",
                f"{cell.of:,}",
                cell.limit,
            )
        )
    return section


def _failures(facts: RunFacts) -> _Section:
    section = _Section(f"Failures ({max(facts.failed, len(facts.failures)):,})", ("what", "why"))
    for change in facts.failures[:FAILURES_SHOWN]:
        section.rows.append((f"{change.op} {change.kind} {change.key}", change.message))
    rest = facts.failed - len(section.rows)
    if section.rows and rest > 0:
        section.lines.append(
            f"and {rest:,} more: umstui runs export {facts.run.summary.run} --format csv -o FILE"
        )
    return section


def _postponed(postponed: Iterable[Postponed]) -> _Section:
    section = _Section("Postponed on purpose", ("falls due", "kind", "deletes"))
    for item in sorted(postponed, key=lambda p: (p.due, p.kind)):
        section.rows.append((item.due.isoformat(), item.kind, f"{item.count:,}"))
    if section.rows:
        section.lines.append("What falls due when: umstui calendar forecast")
    return section


def _problems(facts: RunFacts) -> _Section:
    section = _Section("Problems in the source", ("reason", "items"))
    found: dict[str, int] = {}
    for problem in facts.run.problems:
        found[problem.reason] = found.get(problem.reason, 0) + problem.count
    section.rows.extend((reason, f"{count:,}") for reason, count in sorted(found.items()))
    if facts.run.without_key:
        section.lines.append(f"Users without a sync key: {len(facts.run.without_key):,}")
    return section


def _text(opening: Sequence[str], sections: Sequence[_Section]) -> str:
    lines = [*opening]
    for section in sections:
        lines += ["", section.title, "-" * len(section.title)]
        if section.rows:
            table = [section.head, *section.rows]
            widths = [max(map(len, column)) for column in zip(*table, strict=True)]
            for row in table:
                cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
                lines.append("  ".join(cells).rstrip())
        lines += section.lines
    return "\n".join(lines) + "\n"


def _html(subject: str, opening: Sequence[str], sections: Sequence[_Section]) -> str:
    parts = [
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">',
        f"<title>{escape(subject)}</title></head><body>",
        *(f"<p>{escape(line)}</p>" for line in opening),
    ]
    for section in sections:
        parts.append(f"<h2>{escape(section.title)}</h2>")
        if section.rows:
            parts.append('<table border="1" cellpadding="4" cellspacing="0">')
            parts.append(_html_row("th", section.head))
            parts += [_html_row("td", row) for row in section.rows]
            parts.append("</table>")
        parts += [f"<p>{escape(line)}</p>" for line in section.lines]
    parts.append("</body></html>")
    return "\n".join(parts) + "\n"


def _html_row(tag: str, cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"


def _one_line(text: str) -> str:
    return " ".join(text.split())
