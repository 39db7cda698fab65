"""What a change does at itslearning and how it can be taken back, in a sentence each."""

from __future__ import annotations

from screens.wording import plural
from sync.model import Change, ChangeStatus, Kind, Operation

_EFFECTS: dict[str, str] = {
    Operation.ADOPT: "the account there gets our key and what UMS says; its work stays",
    Operation.RESTORE: "the account comes back from itslearning's trash under the same key",
    Operation.REKEY: "the account keeps everything and is known by another key",
    Operation.MOVE: "it stands under another parent; members and contents stay",
    Operation.ARCHIVE: "the room moves under UMS Courses archive; members and contents stay",
    Operation.FORGET: "nothing happens at itslearning; umstui no longer looks after it",
    Operation.NOTE: "nothing is sent; umstui remembers it for a later run",
}

_CREATED: dict[str, str] = {
    Kind.PERSON: "a new account, with user name and role",
    Kind.NODE: "a new place in the hierarchy",
    Kind.GROUP: "a new group, empty until its members are sent",
    Kind.COURSE: "a new room, empty until its members are sent",
    Kind.MEMBERSHIP: "the person sees the room or group from then on",
    Kind.EVENT: "a new entry in the room's calendar",
}

_DELETED: dict[str, str] = {
    Kind.PERSON: "the account goes to itslearning's trash; the person cannot log in and leaves "
    "all rooms",
    Kind.NODE: "the place leaves the hierarchy; nothing stands in it any more",
    Kind.GROUP: "the group and its memberships go",
    Kind.COURSE: "the room's group goes, which takes its members out of the room",
    Kind.MEMBERSHIP: "the person leaves the room or group; handed-in work stays there",
    Kind.EVENT: "the entry leaves the room's calendar",
}


def effect(change: Change) -> str:
    """What happens at itslearning when the change is carried out."""
    if change.op is Operation.CREATE:
        return _CREATED[change.kind]
    if change.op is Operation.DELETE:
        along = f"; {plural(change.along, 'membership')} go along" if change.along else ""
        return _DELETED[change.kind] + along
    if change.op is Operation.UPDATE:
        fields = ", ".join(name for name, _, _ in differences(change)) or "nothing visible"
        return f"itslearning shows the new {fields}"
    return _EFFECTS[change.op]


def asked_about(change: Change) -> dict[str, str]:
    """Whom and what a diagnosis of the change is about."""
    if change.kind is Kind.MEMBERSHIP:
        ends = change.after or change.before or {}
        return {"person": ends.get("person") or "", "room": ends.get("group") or ""}
    return {"person" if change.kind is Kind.PERSON else "room": change.key}


def way_back(change: Change, run: str) -> str:
    """How the change can be taken back once it has been carried out."""
    undo = f"umstui undo {run}"
    if change.op in {Operation.NOTE, Operation.FORGET}:
        return "nothing was sent, nothing needs taking back"
    if change.loss:
        return f"{undo}, but: {change.loss}"
    return undo


def standing(change: Change) -> str:
    """Where the change stands, with what itslearning or a person said about it."""
    words = {
        ChangeStatus.PLANNED: "planned",
        ChangeStatus.HELD: "HELD by the filter; it is not sent until someone approves it",
        ChangeStatus.POSTPONED: "waits; this run does not send it",
        ChangeStatus.OK: "carried out",
        ChangeStatus.FAILED: "FAILED",
        ChangeStatus.SKIPPED: "skipped, not sent",
    }[change.status]
    return f"{words}: {change.message}" if change.message else words


# Fields that say how a row is filed rather than what a person would see.
_INTERNAL = {"kept", "depth", "setting_id", "ums_template_id"}


def differences(change: Change) -> list[tuple[str, str, str]]:
    """(field, old, new) of an update; of anything else the fields it has."""
    shown = []
    for name, (old, new) in change.fields.items():
        if name in _INTERNAL:
            continue
        shown.append((name.replace("_", " "), _value(old), _value(new)))
    return shown


def _value(text: str | None) -> str:
    if text is None:
        return "-"
    return text or "(empty)"
