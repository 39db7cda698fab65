"""What the command line says: the JSON of cli.md, and the same for people at 80 columns.

Data goes to standard output, talk to standard error. Names from the data are shown as text: what
would steer a terminal is made visible.
"""

from __future__ import annotations

import json
import shutil
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import click

from sync.model import (
    Change,
    FilterCell,
    Kind,
    Problem,
    RunReport,
    RunState,
    RunSummary,
    Verdict,
)
from sync.shell import quoted

# What the JSON of a run counts, zeros included (cli.md). Other operations appear when they occur.
_PLACE = ("create", "update", "move", "delete", "postpone")
COUNTED: dict[Kind, tuple[str, ...]] = {
    Kind.PERSON: ("create", "update", "delete", "adopt", "restore", "postpone"),
    Kind.NODE: _PLACE,
    Kind.GROUP: _PLACE,
    Kind.COURSE: (*_PLACE, "archive", "forget"),
    Kind.MEMBERSHIP: ("create", "update", "delete", "postpone"),
    Kind.EVENT: ("create", "update", "delete", "postpone"),
}

PLURAL: dict[str, str] = {
    "person": "persons",
    "node": "nodes",
    "group": "groups",
    "course": "courses",
    "membership": "memberships",
    "event": "events",
}


# --- JSON ----------------------------------------------------------------------------------------


def write_json(value: Mapping[str, Any]) -> None:
    """One JSON object, on one line, to standard output."""
    click.echo(json.dumps(value, ensure_ascii=False))


def all_counts(found: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    """Numbers by kind and operation with the zeros that scripts rely on."""
    counts = {}
    for kind, operations in COUNTED.items():
        numbers = found.get(kind, {})
        always = {operation: numbers.get(operation, 0) for operation in operations}
        counts[kind.value] = {**always, **{op: n for op, n in numbers.items() if n}}
    return counts


def summary_object(summary: RunSummary) -> dict[str, Any]:
    """A run as `runs list --json` shows it."""
    return {
        "run": summary.run,
        "org": summary.org,
        "as_of": summary.as_of.isoformat(),
        "state": summary.state.value,
        "verdict": summary.verdict.value,
        "fingerprint": summary.fingerprint,
        "counts": all_counts(summary.counts),
        "applied": {
            "ok": summary.applied.ok,
            "failed": summary.applied.failed,
            "skipped": summary.applied.skipped,
            "pending": summary.applied.pending,
        },
    }


def report_object(report: RunReport) -> dict[str, Any]:
    """The JSON of `plan`, `sync`, `apply` and `runs show`."""
    written = summary_object(report.summary)
    applied = written.pop("applied")
    written["filter"] = [
        {
            "kind": cell.kind,
            "op": cell.op,
            "scope": cell.scope,
            "count": cell.count,
            "of": cell.of,
            "limit": cell.limit,
            "level": cell.level.value,
            "reason": cell.reason,
        }
        for cell in report.filter
    ]
    written["problems"] = [
        {"reason": problem.reason, "key": problem.key, "count": problem.count}
        for problem in report.problems
    ]
    written["applied"] = applied
    if report.without_key is not None:
        written["without_key"] = list(report.without_key)
    return written


def change_object(change: Change) -> dict[str, Any]:
    """One line of `runs export --format jsonl`."""
    return {
        "seq": change.seq,
        "kind": change.kind.value,
        "op": change.op.value,
        "key": change.key,
        "label": change.label,
        "school": change.school,
        "changes": {name: list(pair) for name, pair in change.fields.items()},
        "reason": change.reason,
        "status": change.status.value,
        "message": change.message,
    }


# --- for people ----------------------------------------------------------------------------------


# imses-protocol.md 6.1: a read that stores something; said wherever a person asks for it.
LIVE_READING = (
    "Reading itslearning itself; memberships made there by hand get a key of its own by it."
)

PROSE = 80  # columns of a paragraph where no width is known


def say(text: str = "", *, indent: int = 0, hang: int = 0) -> None:
    """A paragraph on standard output, broken at the terminal's width."""
    from screens.cells import visible  # it brings rich, which no help needs

    click.echo(
        textwrap.fill(
            visible(text),
            width=_columns() or PROSE,
            initial_indent=" " * indent,
            subsequent_indent=" " * (indent + hang),
            break_on_hyphens=False,
            break_long_words=False,
        )
    )


def remark(text: str, *, quiet: bool = False) -> None:
    """Something that is no result, on standard error; --quiet leaves it out."""
    from screens.cells import visible  # it brings rich, which no help needs

    if not quiet:
        click.echo(visible(text), err=True)


def table(titles: Sequence[str], rows: Sequence[Sequence[str]], *, right: frozenset[int]) -> None:
    """Columns as wide as what stands in them; the last takes what is left and no more. Nothing is
    cut for a file or another program."""
    from screens.cells import fit, visible, width  # it brings rich, which no help needs

    columns = _columns()
    shown = [[visible(cell) for cell in row] for row in rows]
    widths = [max(width(line[n]) for line in [titles, *shown]) for n in range(len(titles))]
    for line in [titles, *shown]:
        cells = [
            fit(cell, taken, right=n in right)
            for n, (cell, taken) in enumerate(zip(line, widths, strict=True))
        ]
        text = "  ".join(cells).rstrip()
        click.echo(text if columns is None else fit(text, min(width(text), columns)))


def write_report(report: RunReport, *, brief: bool = False) -> None:
    """A run, its counts, what the filter says; unless ``brief`` also what is to be looked at in
    the source."""
    summary = report.summary
    state = summary.state.replace("_", " ")
    say(
        f"Run {summary.run} for {summary.as_of}, organization {summary.org}: {state}"
        f"{_verdict_words(summary)}"
    )
    write_counts(summary.counts, nothing="Nothing to do: itslearning holds what UMS wants.")
    if summary.applied != type(summary.applied)():
        done = summary.applied
        say(
            f"Applied: {done.ok} ok, {done.failed} failed, {done.skipped} skipped, "
            f"{done.pending} pending."
        )
    _write_filter(report.filter)
    if brief:
        return
    _write_losses(report)
    _write_problems(report.problems)
    if report.without_key:
        say(f"Without key at itslearning: {', '.join(report.without_key)}", hang=2)


def write_change(change: Change) -> None:
    """One change in a line or two: what, whom, and field by field from what to what."""
    fields = ", ".join(
        f"{name} {'-' if old is None else old} -> {'-' if new is None else new}"
        for name, (old, new) in change.fields.items()
    )
    named = change.label if change.label and change.label != change.key else ""
    text = " ".join(word for word in (change.op, change.kind, change.key, named) if word)
    if change.along:
        text += f" (and {change.along} memberships with it)"
    says_fields = change.before is not None and change.after is not None and fields
    say(f"{text}: {fields}" if says_fields else text, indent=2, hang=4)


def write_runs(runs: Sequence[RunSummary]) -> None:
    """The list of runs, newest first."""
    if not runs:
        say("No runs yet. `umstui plan` makes the first.")
        return
    rows = [
        [
            run.run,
            run.as_of.isoformat(),
            run.state.replace("_", " "),
            run.verdict.value,
            str(run.changes),
            f"{run.made_at.astimezone():%Y-%m-%d %H:%M}",
            run.made_by,
        ]
        for run in runs
    ]
    titles = ["run", "for", "state", "filter", "changes", "made", "by"]
    table(titles, rows, right=frozenset({4}))


def counted(kind: str, number: int) -> str:
    """ "1 person", "2 persons"."""
    return f"{number} {kind if number == 1 else PLURAL.get(kind, kind)}"


def next_step(report: RunReport, config: str = "") -> str:
    """The command that a person would type next, or nothing. ``config`` is the file that was named
    on the command line, and has to be named again."""
    summary = report.summary
    run = summary.run
    tail = f" --config {quoted(config)}" if config else ""
    if summary.state is RunState.HELD:
        return (
            f"The filter holds this run. Look at it with `umstui runs show {run}{tail}`, then "
            f'`umstui approve {run} --reason "..."{tail}` or '
            f'`umstui reject {run} --reason "..."{tail}`.'
        )
    if summary.verdict is Verdict.FROZEN:
        return "A freeze covers this day: nothing can be applied until it ends."
    if summary.state in {RunState.PLANNED, RunState.APPROVED} and summary.changes:
        confirm = f' --confirm "{summary.typed}"' if summary.typed else ""
        return f"Carry it out with `umstui apply {run}{confirm}{tail}`."
    if summary.state is RunState.APPLYING:
        return (
            f"Follow it with `umstui runs show {run} --follow{tail}`; where it was stopped or cut "
            f"off, `umstui apply {run}{tail}` goes on with it."
        )
    if summary.state is RunState.APPLIED_WITH_FAILURES:
        return (
            f"See what failed with `umstui runs export {run} --format jsonl -o -{tail}`."
            if summary.applied.failed or summary.applied.skipped
            else f"It was given up before its end: plan what is left with `umstui plan{tail}`."
        )
    return ""


def _columns() -> int | None:
    """Columns to write in, by COLUMNS or the terminal; None where neither says."""
    said = shutil.get_terminal_size((0, 0)).columns
    return max(40, said) if said else None


def _verdict_words(summary: RunSummary) -> str:
    words = {
        Verdict.PASS: "; within all limits.",
        Verdict.WARN: "; near a limit.",
        Verdict.HOLD: "; above a limit.",
        Verdict.FROZEN: "; frozen.",
    }
    return words[summary.verdict]


def write_counts(counts: Mapping[str, Mapping[str, int]], *, nothing: str) -> None:
    """A line a kind that something happens to, or the words for nothing."""
    written = False
    for kind in COUNTED:
        found = {op: n for op, n in counts.get(kind, {}).items() if n}
        if found:
            written = True
            words = ", ".join(f"{number} {operation}" for operation, number in found.items())
            say(f"{PLURAL[kind]:<12} {words}", indent=2, hang=13)
    if not written:
        say(nothing, indent=2)


def _write_filter(cells: Sequence[FilterCell]) -> None:
    loud = [cell for cell in cells if cell.level is not Verdict.PASS]
    if loud:
        say("Filter:")
    for cell in loud:
        scope = "the whole site" if cell.scope == "site" else cell.scope
        say(
            f"{cell.level.value}: {cell.kind} {cell.op}, {scope}: {cell.count} of {cell.of}, "
            f"limit {cell.limit}. {cell.reason}",
            indent=2,
            hang=2,
        )


def _write_losses(report: RunReport) -> None:
    if report.losses:
        say(f"`umstui undo {report.summary.run}` would take it back, but:")
    for loss in report.losses:
        say(f"{counted(loss.kind, loss.count)}: {loss.words}", indent=2, hang=2)


def _write_problems(problems: Sequence[Problem], most: int = 10) -> None:
    if problems:
        say("To look at in UMS:")
    for problem in problems[:most]:
        times = f" ({problem.count} rows)" if problem.count > 1 else ""
        detail = f": {problem.detail}" if problem.detail else ""
        say(f"{problem.reason} {problem.key}{times}{detail}", indent=2, hang=2)
    if len(problems) > most:
        say(f"and {len(problems) - most} more; `--json` lists them all.", indent=2)
