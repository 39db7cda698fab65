"""The audit trail as people read it, and the proof that it is whole."""

from __future__ import annotations

from sync.runs.installation import Installation
from sync.state.audit import AuditEntry, entries, first_broken, record


def audit_trail(installation: Installation) -> list[AuditEntry]:
    """Every entry, oldest first."""
    return entries(installation.state)


def verify_audit(installation: Installation) -> tuple[int, AuditEntry | None]:
    """How many entries there are, and the first that does not follow from the one before it; None
    where the trail is whole. Entries cut off at the end leave no trace in the trail itself: compare
    its length and last hash with a copy kept elsewhere."""
    trail = entries(installation.state)
    return len(trail), first_broken(trail)


def note_settings_file(installation: Installation, words: str) -> None:
    """Record that umstui.toml is changed from the console, before it is. Raises NotAllowed."""
    installation.require("approver", to="change settings")
    record(
        installation.state,
        installation.operator,
        installation.clock(),
        "change umstui.toml",
        reason=words,
    )


def note_export(installation: Installation, run: str, form: str, count: int) -> None:
    """Record that names leave the program in a file, before they do. Raises NotAllowed in a
    read-only session: no names leave without an entry."""
    installation.may_write(to="take names out of the program, which the audit trail must record")
    record(
        installation.state,
        installation.operator,
        installation.clock(),
        "export",
        run=int(run),
        count=count,
        reason=form,
    )
