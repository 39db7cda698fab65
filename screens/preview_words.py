"""What the preview says about a run, as parts of lines. Facts in, words out, no widgets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from screens.desk import Tally
from screens.explain import differences, effect, standing, way_back
from screens.marks import KIND_WORDS, MARKS, family, mark
from screens.widgets.lines import Part
from screens.wording import (
    OPEN,
    STATES,
    age,
    clock,
    day,
    limit_sentence,
    number,
    plural,
    progress_words,
)
from sync.model import (
    Change,
    ChangeFilter,
    FilterCell,
    Kind,
    Operation,
    RunReport,
    RunState,
    RunSummary,
    Verdict,
)

_WORST_FIRST = (Verdict.FROZEN, Verdict.HOLD, Verdict.WARN, Verdict.PASS)


def stale(summary: RunSummary, runs: Sequence[RunSummary], today: dt.date) -> str:
    """Why an open plan no longer speaks of today; empty where it does."""
    if summary.state not in OPEN:
        return ""
    newer = [run for run in runs if run.made_at > summary.made_at]
    if newer:
        return f"run {newer[0].run} is newer"
    if summary.as_of < today:
        return f"made for {day(summary.as_of)}; n plans anew"
    return ""


def state_line(
    report: RunReport, why_stale: str, now: dt.datetime, held: int = 0
) -> tuple[Part, ...]:
    """State, day and age of the run, and whether it is stale; ``held`` are the changes of an
    approved run that the filter still keeps."""
    summary = report.summary
    tone = {
        RunState.HELD: "attention",
        RunState.FAILED: "attention",
        RunState.APPLIED_WITH_FAILURES: "attention",
        RunState.APPLIED: "good",
        RunState.APPROVED: "good",
    }.get(summary.state, "strong")
    if summary.state in {RunState.APPLYING, RunState.APPLIED_WITH_FAILURES}:
        # Numbers of failed and skipped leave no room for who made it; 6 Runs has that.
        word = "APPLIED" if summary.state is RunState.APPLIED_WITH_FAILURES else "APPLYING"
        return (
            (f" {word} ", tone),
            (f" {progress_words(summary)}", "strong"),
            (f", for {day(summary.as_of)}", ""),
        )
    word = STATES[summary.state].upper()
    if summary.verdict is Verdict.FROZEN:
        tone, word = "attention", "FROZEN"
    parts: list[Part] = [(f" {word} ", tone), (f" {plural(summary.changes, 'change')}", "")]
    waiting = sum(found.get("postpone", 0) for found in summary.counts.values())
    if summary.state is RunState.APPROVED and held:
        parts.append((f", {number(held)} still held,", "attention"))
    elif waiting:
        parts.append((f", {number(waiting)} more wait,", ""))  # the list below has them too
    parts.append((f" for {day(summary.as_of)}", ""))
    if summary.users_only:
        parts.append((", users only", ""))
    if summary.takes_back:
        parts.append((f", takes back {summary.takes_back}", ""))
    # There is no room for both.
    made = "" if held or waiting else f", {age(summary.made_at, now)}"
    if why_stale:
        parts.append((f"  STALE: {why_stale}", "attention"))
    else:
        parts.append((f", made {clock(summary.made_at)} by {summary.made_by}{made}", "quiet"))
    return tuple(parts)


def limit_lines(cells: Sequence[FilterCell], most: int) -> list[tuple[Part, ...]]:
    """The limits that are reached, worst first, in at most ``most`` lines."""
    reached = sorted(
        (cell for cell in cells if cell.level is not Verdict.PASS),
        key=lambda cell: _WORST_FIRST.index(cell.level),
    )
    if not reached:
        return [((" within all limits", "good"), ("; v shows them", "quiet"))]
    lines: list[tuple[Part, ...]] = []
    for cell in reached[:most]:
        held = cell.level is not Verdict.WARN
        mark_words = " ! HELD  " if held else " ! warn  "
        parts: list[Part] = [(mark_words, "attention"), (limit_sentence(cell), "strong")]
        if cell.reason and not cell.of:  # a limit's own words say all of it again
            parts.append((f". {cell.reason}", "quiet"))
        lines.append(tuple(parts))
    rest = len(reached) - most
    if rest > 0:
        first = lines[-1]
        lines[-1] = (first[0], (f"+{rest} (v)  ", "attention"), *first[1:])
    return lines


def kind_line(tally: Tally, choice: ChangeFilter) -> tuple[Part, ...]:
    """Kinds with their numbers over the whole plan; brackets show what is chosen."""
    numbers = {
        kind: sum(n for op, n in tally.get(kind, {}).items() if op != Operation.NOTE)
        for kind in Kind
    }
    items = [("all", sum(numbers.values()), not choice.kinds, "")]
    items += [(KIND_WORDS[kind], n, kind in choice.kinds, "") for kind, n in numbers.items() if n]
    return _choices(" kind ", items)


def operation_line(tally: Tally, choice: ChangeFilter) -> tuple[Part, ...]:
    """Operations of the chosen kinds with mark and number."""
    numbers: dict[str, int] = dict.fromkeys(MARKS, 0)
    for kind, operations in tally.items():
        if choice.kinds and kind not in choice.kinds:
            continue
        for op, n in operations.items():
            if op != Operation.NOTE:
                numbers[op] = numbers.get(op, 0) + n
    items = [("all", sum(numbers.values()), not choice.operations, "")]
    items += [
        (f"{mark(op)} {op}", n, op in choice.operations, family(op))
        for op, n in numbers.items()
        if n
    ]
    return _choices(" op   ", items)


def _choices(label: str, items: list[tuple[str, int, bool, str]]) -> tuple[Part, ...]:
    parts: list[Part] = [(label, "quiet")]
    for words, n, chosen, tone in items:
        shown = f"{words} {number(n)}"
        if chosen:
            parts.append((f"[{shown}]", "strong"))
        else:
            parts.append((f" {shown} ", tone))
    return tuple(parts)


def kinds_of(tally: Tally) -> list[str]:
    """The kinds that ``,`` and ``.`` step through; empty text stands for all."""
    return ["", *(kind for kind in Kind if sum(tally.get(kind, {}).values()))]


def operations_of(tally: Tally, choice: ChangeFilter) -> list[str]:
    """The operations that the arrows step through, for the chosen kinds."""
    found = {
        op
        for kind, operations in tally.items()
        if not choice.kinds or kind in choice.kinds
        for op, n in operations.items()
        if n and op != Operation.NOTE
    }
    return ["", *(op for op in MARKS if op in found)]


def detail_facts(change: Change, run: str) -> tuple[tuple[str, tuple[Part, ...]], ...]:
    """What, why, what differs, what it does, the way back: always in this order."""
    tone = family(change.op)
    fields: list[Part] = []
    for name, old, new in differences(change):
        if fields:
            fields.append(("   ", ""))
        fields.append((f"{name} ", "quiet"))
        if change.op in {Operation.CREATE, Operation.RESTORE}:
            fields.append((new, ""))
        elif change.op is Operation.DELETE:
            fields.append((old, ""))
        else:
            fields += [(old, ""), (" -> ", "quiet"), (new, "strong")]
    facts: list[tuple[str, tuple[Part, ...]]] = [
        (
            f"{mark(change.op)} {change.op}",
            ((f"{change.kind} ", tone), (change.label, "strong"), (f"  {change.key}", "quiet")),
        ),
        ("why", ((change.reason or "no reason was recorded", ""),)),
    ]
    if fields:
        facts.append(("fields", tuple(fields)))
    alarming = change.status in {"held", "failed"}
    facts += [
        ("stands", ((standing(change), "attention" if alarming else ""),)),
        ("effect", ((effect(change), ""),)),
        ("undo", ((way_back(change, run), ""),)),
    ]
    if change.school:
        facts.append(("school", ((change.school, ""),)))
    return tuple(facts)
