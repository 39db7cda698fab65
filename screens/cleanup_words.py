"""The clean-up in words: each step with its numbers, and what is asked before it happens."""

from __future__ import annotations

from collections.abc import Sequence

from screens.widgets.lines import Lines, Part
from screens.wording import number, plural
from sync.procedure import (
    PARALLEL_IMPORT,
    CleanupPreview,
    FollowUp,
    Procedure,
    RestorePreview,
    Step,
)

MARKS = {"done": "[x]", "next": "[>]", "open": "[~]", "later": "[ ]"}
STATES = {"done": "done", "next": "comes next", "open": "waits", "later": "later"}

_HOW = {
    "cleanup": "Takes away what UMS remembers of itslearning, after a backup. Nothing at "
    "itslearning is touched, and what this program knows stays known.",
    "rekey": "Changes the sync key of everybody at itslearning to the user name. The run that does "
    "it holds the map of old and new keys, and is undone like any other.",
    "users-only": "A plan of persons alone: adopts who has no key, creates who is missing.",
    "users-only-again": "Once more: what is still without a sync key now stays so until somebody "
    "looks at it.",
    "report": "Users at itslearning without a sync key, which no sync will ever touch.",
}


def of_step(step: Step, shown: CleanupPreview | None, procedure: Procedure, *, busy: str) -> Lines:
    """What is known of the step under the cursor."""
    lines: list[tuple[Part, ...]] = [((_HOW[step.id], ""),)]
    if step.words:
        lines.append((("done: " if step.state == "done" else "now: ", "quiet"), (step.words, "")))
    if busy:
        lines.append(((busy, "quiet"),))
    elif shown is None:
        pass
    elif step.id == "cleanup":
        lines += of_memory(shown)
    elif step.id == "rekey":
        lines += _of_rekey(shown.follow_up)
    elif step.id in {"users-only", "users-only-again"}:
        lines += _of_users(shown.follow_up)
    if step.id == "report" and procedure.without_key is not None:
        names = ", ".join(procedure.without_key)
        lines.append(((names or "Nobody: everybody has a key.", "" if names else "good"),))
    return tuple(lines)


def of_memory(shown: CleanupPreview) -> list[tuple[Part, ...]]:
    """The seven tables, the flags, what is forgotten, what stands in the way."""
    lines: list[tuple[Part, ...]] = [
        (("! in the way: ", "attention"), (words, ""))
        for words in (*shown.obstacles, *shown.calendar)
    ]
    for place, (table, rows) in enumerate(shown.tables.items(), start=1):
        lines.append(((f"{place} {table:<32}", ""), (f"{number(rows):>9}", "strong")))
    flags = "  ".join(f"{name.removesuffix('Created')} {n}" for name, n in shown.flags.items())
    lines.append((("flags, set to 0: ", "quiet"), (flags, "")))
    orphans = shown.orphans
    known = len(shown.forgotten) - len(orphans)
    words = f"{plural(len(orphans), 'orphan')} that nobody will delete any more"
    if shown.unknown:
        words = f"orphans are not known: {shown.unknown}"
    lines.append(
        ((words, "attention" if orphans else ""),
         (f"; {number(known)} forgotten by UMS but known here" if known else "", "quiet"))
    )  # fmt: skip
    lines += [(("  ", ""), (f"{item.kind} {item.key} {item.label}", "")) for item in orphans[:5]]
    return lines


def _of_rekey(follow: FollowUp | None) -> list[tuple[Part, ...]]:
    if follow is None:
        return [(("L reads the persons at itslearning and says who would be re-keyed.", "quiet"),)]
    rekey = follow.rekey
    words = (
        f", with {plural(rekey.memberships, 'membership')}; {number(rekey.unchanged)} have it "
        f"already, {number(rekey.case_only)} differ in case only and stay"
    )
    lines: list[tuple[Part, ...]] = [
        ((f"{plural(rekey.persons, 'person')} re-keyed", "strong"),
         (words, "")),
    ]  # fmt: skip
    lines += [((f"  {old} -> {new} ", ""), (name, "quiet")) for old, new, name in rekey.sample[:3]]
    if rekey.obstacles:
        words = plural(len(rekey.obstacles), "person keeps its key", "persons keep their key")
        lines.append(((words, "attention"), (": see the problems of the run", "")))
    if rekey.strangers:
        words = f"{number(rekey.strangers)} of them were made by another system"
        lines.append(((words, "attention"),))
    if rekey.persons:
        lines.append(((f"! {PARALLEL_IMPORT}", "attention"),))
    return lines


def _of_users(follow: FollowUp | None) -> list[tuple[Part, ...]]:
    if follow is None:
        return [(("L reads the persons at itslearning and says who would be adopted.", "quiet"),)]
    return [
        ((f"{number(follow.adopted)} adopted, {number(follow.created)} created", "strong"),
         (f", {number(len(follow.without_key))} stay without key", "")),
    ]  # fmt: skip


_SAFE = (
    "Everything is written to a backup first, which is read again before a row goes. All of it "
    "happens in one transaction, or nothing does."
)


def before_cleaning(shown: CleanupPreview) -> Lines:
    """What is read before the name of the database is typed."""
    head: tuple[Part, ...] = (
        (f"CLEAN UP {shown.confirm}: {plural(shown.rows, 'row')} deleted, four flags set to 0",
         "attention"),
    )  # fmt: skip
    return (
        head,
        *of_memory(shown),
        ((_SAFE, ""),),
        (("Stop UMS's own jobs first: a row that comes meanwhile stops the clean-up.", "quiet"),),
    )  # fmt: skip


def before_restoring(shown: RestorePreview) -> Lines:
    """What is read before a backup is put back."""
    rows = sum(shown.tables.values())
    lines: list[tuple[Part, ...]] = [
        ((f"RESTORE {shown.backup}: {plural(rows, 'row')} put back", "attention"),),
        ((f"made {shown.made_at.replace('T', ' ')[:16]} by {shown.made_by}", "quiet"),),
        ((f"{'table':<34}{'backup':>9}{'now':>9}", "quiet"),),
    ]
    lines += [
        ((f"{table:<34}", ""), (f"{number(n):>9}{number(shown.now[table]):>9}", "strong"))
        for table, n in shown.tables.items()
    ]
    if any(shown.now.values()):
        lines.append((("What UMS remembers now is deleted, after a backup of it.", "attention"),))
    lines += [(("! in the way: ", "attention"), (words, "")) for words in shown.obstacles]
    return tuple(lines)


def steps_word(steps: Sequence[Step]) -> str:
    """``2 of 5 done``."""
    return f"{sum(step.state == 'done' for step in steps)} of {len(steps)} done"
