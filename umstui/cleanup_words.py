"""The clean-up and what follows it, in words for people."""

from __future__ import annotations

from collections.abc import Sequence

from sync.procedure import (
    PARALLEL_IMPORT,
    BackupEntry,
    Cleaned,
    CleanupPreview,
    Orphan,
    Procedure,
    RekeyPreview,
    RestorePreview,
)
from umstui.output import say, table

_SHOWN = 20


def write_preview(found: CleanupPreview) -> None:
    """Rows, flags, orphans-to-be, and what stands in the way."""
    scope = (
        "all organizations" if found.organization is None else f"organization {found.organization}"
    )
    say(f"A clean-up of {found.confirm}, {scope}, would delete {found.rows} rows, in this order:")
    many = len(found.organizations) > 1
    titles = ["table", *(str(one.id) for one in found.organizations if many), "rows"]
    rows = [
        [name, *(str(one.tables[name]) for one in found.organizations if many), str(number)]
        for name, number in found.tables.items()
    ]
    table(titles, rows, right=frozenset(range(1, len(titles))))
    flags = ", ".join(f"{name} {value}" for name, value in found.flags.items())
    say(f"and set to 0: {flags}. Nothing at itslearning is touched.")
    orphans = found.orphans
    known = len(found.forgotten) - len(orphans)
    if known:
        say(f"{known} more are forgotten by UMS but known here, and looked after as before.")
    if found.unknown:
        say(f"It cannot be said what nobody would delete any more: {found.unknown}")
    say(f"Orphans, which nobody will delete any more: {len(orphans) or 'none'}")
    for item in orphans[:_SHOWN]:
        say(f"{item.kind} {item.key} {item.label}", indent=2, hang=4)
    if len(orphans) > _SHOWN:
        say(f"and {len(orphans) - _SHOWN} more; --json lists them all", indent=2)
    if found.follow_up is not None:
        follow = found.follow_up
        say(
            f"Afterwards: {follow.rekey.persons} persons re-keyed, {follow.adopted} adopted, "
            f"{follow.created} created, {len(follow.rekey.obstacles)} conflicts, "
            f"{len(follow.without_key)} users without key stay so."
        )
    for words in (*found.obstacles, *found.calendar):
        say(f"In the way: {words}")
    if not (found.obstacles or found.calendar):
        everything = " --all-organizations" if found.organization is None else ""
        say(
            f"To do it: umstui cleanup run --confirm {found.confirm} --rows {found.rows}"
            f"{everything}"
        )


def write_cleaned(done: Cleaned) -> None:
    """What was deleted, where the backup is, and what comes next."""
    say(f"{sum(done.tables.values())} rows were deleted and the four flags set to 0.")
    say(
        f"Backup: {done.backup}; it holds names, remove it after {done.remove_after}. "
        f"`umstui cleanup restore {done.backup}` puts everything back."
    )
    say("Next: `umstui rekey --to username preview`; `umstui cleanup steps` says what follows.")


def write_restore(found: RestorePreview, *, restored: bool) -> None:
    """What came back, or would."""
    what = "were put back" if restored else "would be put back"
    say(
        f"{sum(found.tables.values())} rows {what} from {found.backup}, made {found.made_at} by "
        f"{found.made_by}:"
    )
    rows = [[name, str(n), str(found.now[name])] for name, n in found.tables.items()]
    table(["table", "in backup", "before"], rows, right=frozenset({1, 2}))
    if restored:
        return
    if any(found.now.values()):
        say("What UMS remembers by now is in the way; --replace deletes it, after a backup of it.")
    for words in found.obstacles:
        say(f"In the way: {words}")


def write_backups(found: Sequence[BackupEntry]) -> None:
    """The backups, newest first."""
    if not found:
        say("There are no backups of UMS's memory.")
        return
    rows = [
        [
            entry.name,
            "all" if entry.organization is None else str(entry.organization),
            entry.made_at.replace("T", " ")[:16],
            entry.made_by,
            ("due since " if entry.due else "") + str(entry.remove_after or "cannot be read"),
        ]
        for entry in found
    ]
    table(["backup", "org", "made", "by", "remove after"], rows, right=frozenset({1}))


def write_rekey(found: RekeyPreview, proposed_by: str | None = None) -> None:
    """Who would get which key, who cannot, and what to mind."""
    key = "their user name as sync key" if proposed_by is None else "the sync key that UMS has now"
    say(f"{found.persons} persons would get {key}.")
    for old, new, name in found.sample:
        say(f"{old} -> {new} {name}", indent=2, hang=4)
    if found.persons > len(found.sample):
        say(f"and {found.persons - len(found.sample)} more", indent=2)
    if found.memberships:
        say(f"The keys of {found.memberships} memberships follow.")
    if proposed_by is None:
        say(
            f"{found.unchanged} have it already; {found.case_only} differ in case only and stay; "
            f"{found.without_key} have no key and are adopted by users-only where they are ours."
        )
    for item in found.obstacles[:_SHOWN]:
        say(f"{item.reason}: {item.key} {item.detail}", indent=2, hang=4)
    if len(found.obstacles) > _SHOWN:
        say(f"and {len(found.obstacles) - _SHOWN} more; --json lists them all", indent=2)
    if found.strangers:
        say(
            f"{found.strangers} of them are known neither here nor in Students: another system "
            "made them."
        )
    if found.persons:
        say(PARALLEL_IMPORT)
        what = "--to username" if proposed_by is None else f"--from-run {proposed_by}"
        say(f"To do it: umstui rekey {what} run --confirm {found.confirm}")


_NEXT = {
    "cleanup": "umstui cleanup preview",
    "rekey": "umstui rekey --to username preview",
    "users-only": "umstui sync --users-only",
    "users-only-again": "umstui sync --users-only",
}


def write_procedure(found: Procedure) -> None:
    """A line a step, what to type for the next one, and the users without key at the end."""
    marks = {"done": "[x]", "next": "[>]", "open": "[~]", "later": "[ ]"}
    for number, step in enumerate(found.steps, start=1):
        when = f"{step.when.astimezone():%Y-%m-%d %H:%M} " if step.when else ""
        who = f"by {step.who}. " if step.who else ""
        said = f"{when}{who}{step.words}".strip()
        say(f"{marks[step.state]} {number} {step.title}" + (f": {said}" if said else ""), hang=6)
    if (coming := found.next) is not None:
        command = f"umstui runs show {coming.run}" if coming.run else _NEXT[coming.id]
        say(f"Next: `{command}`")
    if found.without_key:
        say(f"Without key at itslearning: {', '.join(found.without_key)}", hang=2)


def write_orphans(found: Sequence[Orphan]) -> None:
    """The orphans, by key."""
    if not found:
        say("No orphans were found.")
        return
    rows = [[orphan.key, orphan.title, orphan.kind, orphan.found] for orphan in found]
    table(["key", "title", "kind", "known from"], rows, right=frozenset())
    say("`umstui cleanup orphans adopt KEY` takes one up again, `delete KEY` plans its delete.")
