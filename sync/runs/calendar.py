"""The calendar and the exceptions as verbs: what stands, what a change releases, changing it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sync import guard
from sync.errors import CalendarRefused
from sync.runs.installation import Installation, choose_organization, organizations
from sync.runs.known import Known, known
from sync.runs.ledger import calendar_reader, calendar_writer
from sync.state import audit
from sync.state.calendar import CalendarReader
from sync.windows import KeepException, KeepTarget, Window

_ROLES = "--role is the role of a person or of a membership"


@dataclass(frozen=True, slots=True)
class HeldWindow:
    """A window and how many deletes it holds now."""

    window: Window
    held: int


@dataclass(frozen=True, slots=True)
class Exceptions:
    """All exceptions by their last day, and those that come up for renewal."""

    all: Sequence[KeepException]
    renewals: Sequence[guard.Renewal]


def windows(installation: Installation, org: int | None = None) -> list[HeldWindow]:
    """The calendar by first day, past windows too."""
    with calendar_reader(installation, _org(installation, org)) as calendar:
        held = calendar.held_by_window()
        return [HeldWindow(window, held.get(window.id, 0)) for window in calendar.windows()]


def add_window(installation: Installation, window: Window, org: int | None = None) -> HeldWindow:
    """Enter a window. Raises CalendarRefused with the reason where it cannot be meant."""
    installation.require("approver", to="change the calendar")
    number = _org(installation, org)
    found = known(installation, number) if _is_scoped(window) else Known()
    _check_role(window, found.roles)
    with calendar_writer(installation, number) as calendar:
        window = guard.new_window(
            window,
            today=installation.today,
            schools=found.schools,
            others=calendar.windows(),
        )
        window = replace(window, id=calendar.add_window(window))
    _record(installation, "add window", window_words(window))
    return HeldWindow(window, 0)


def released_by(
    installation: Installation,
    window: int,
    org: int | None = None,
    *,
    begins: dt.date | None = None,
    ends: dt.date | None = None,
) -> list[str]:
    """What removing a window, or giving it other days, would make due when, a sentence each.

    Raises NotFound; CalendarRefused where it cannot have those days.
    """
    with calendar_reader(installation, _org(installation, org)) as calendar:
        return _released(installation, calendar, window, _changed(calendar, window, begins, ends))


def change_window(
    installation: Installation,
    window: int,
    org: int | None = None,
    *,
    begins: dt.date | None = None,
    ends: dt.date | None = None,
) -> list[str]:
    """Shorten or lengthen a window; gives what that makes due when. Raises NotFound,
    CalendarRefused."""
    installation.require("approver", to="change the calendar")
    with calendar_writer(installation, _org(installation, org)) as calendar:
        after = _changed(calendar, window, begins, ends)
        assert after is not None
        guard.new_window(
            replace(after, school=None, spared=()),  # its schools were checked when it was entered
            today=installation.today,
            schools=(),
            others=calendar.windows(),
        )
        released = _released(installation, calendar, window, after)
        calendar.change_window(window, begins=after.begins, ends=after.ends)
    _record(installation, "change window", window_words(after), released)
    return released


def remove_window(installation: Installation, window: int, org: int | None = None) -> list[str]:
    """Remove a window; gives what that makes due when. Raises NotFound."""
    installation.require("approver", to="change the calendar")
    with calendar_writer(installation, _org(installation, org)) as calendar:
        before = calendar.window(window)
        released = _released(installation, calendar, window, None)
        calendar.remove_window(window)
    _record(installation, "remove window", window_words(before), released)
    return released


def exceptions(installation: Installation, org: int | None = None) -> Exceptions:
    """Who and what is kept until when, expired ones too."""
    with calendar_reader(installation, _org(installation, org)) as calendar:
        found = calendar.exceptions()
    return Exceptions(found, guard.renewals(found, installation.today))


def add_exception(
    installation: Installation, exception: KeepException, org: int | None = None
) -> KeepException:
    """Keep a person, a room or a school until a day. Raises CalendarRefused with the reason."""
    installation.require("approver", to="make exceptions")
    number = _org(installation, org)
    found = known(installation, number, key=exception.key)
    keys = {
        KeepTarget.PERSON: found.persons,
        KeepTarget.ROOM: found.places,
        KeepTarget.SCHOOL: found.schools,
    }[exception.target]
    guard.new_exception(exception, today=installation.today, known=keys)
    if exception.key not in keys:  # the spelling that is held
        exception = replace(exception, key=next(iter(keys)))
    with calendar_writer(installation, number) as calendar:
        exception = replace(exception, id=calendar.add_exception(exception))
    _record(installation, "add exception", exception_words(exception))
    return exception


def renew_exception(
    installation: Installation,
    exception: int,
    org: int | None = None,
    *,
    until: dt.date,
    reason: str,
) -> KeepException:
    """Give an exception another last day, with the reason for it. Raises NotFound,
    CalendarRefused."""
    installation.require("approver", to="make exceptions")
    with calendar_writer(installation, _org(installation, org)) as calendar:
        renewed = replace(calendar.exception(exception), until=until, reason=reason.strip())
        # What it keeps was looked up when it was made, and may have left the source since.
        guard.new_exception(renewed, today=installation.today, known=[renewed.key])
        calendar.renew_exception(exception, until=until, reason=renewed.reason)
    _record(installation, "renew exception", exception_words(renewed))
    return renewed


def kept_by(installation: Installation, exception: int, org: int | None = None) -> list[str]:
    """What an exception keeps from being deleted now, a sentence a kind. Raises NotFound."""
    with calendar_reader(installation, _org(installation, org)) as calendar:
        return _kept(calendar, exception)


def remove_exception(
    installation: Installation, exception: int, org: int | None = None
) -> list[str]:
    """Remove an exception; gives what it kept. Raises NotFound."""
    installation.require("approver", to="make exceptions")
    with calendar_writer(installation, _org(installation, org)) as calendar:
        before = calendar.exception(exception)
        released = _kept(calendar, exception)
        calendar.remove_exception(exception)
    _record(installation, "remove exception", exception_words(before), released)
    return released


def calendar_file(installation: Installation, org: int | None = None) -> bytes:
    """The calendar as iCalendar, with reminders five working days before each end."""
    from sync.guard.calendar_file import calendar_file as written  # noqa: PLC0415 (slow to import)

    organization = choose_organization(organizations(installation), org)
    with calendar_reader(installation, organization.id) as calendar:
        return written(
            calendar.windows(),
            calendar.exceptions(),
            now=installation.clock(),
            organization=organization.description,
            org=organization.id,
        )


def window_words(window: Window) -> str:
    """A window in a few words, for lists and the audit."""
    scope = [
        f"{name} {value}"
        for name, value in (
            ("kind", window.kind), ("school", window.school), ("role", window.role),
        )
        if value
    ]  # fmt: skip
    scope += [f"without school {school}" for school in window.spared]
    about = f" ({', '.join(scope)})" if scope else ""
    return f"{window.type} {window.id}: {window.begins} to {window.ends}{about}"


def exception_words(exception: KeepException) -> str:
    """An exception in a few words, for lists and the audit."""
    return (
        f"{exception.target} {exception.key} until {exception.until}: {exception.reason} "
        f"(exception {exception.id})"
    )


def _org(installation: Installation, org: int | None) -> int:
    return choose_organization(organizations(installation), org).id


def _is_scoped(window: Window) -> bool:
    return bool(window.school is not None or window.spared or window.role is not None)


def _check_role(window: Window, roles: Collection[str]) -> None:
    """Refuse a role that nobody has: the window would hold nothing back."""
    if window.role is None or window.role.casefold() in {role.casefold() for role in roles}:
        return
    raise CalendarRefused(
        f"Nobody has the role '{window.role}'; {_ROLES}. Known: {', '.join(sorted(roles))}."
    )


def _changed(
    calendar: CalendarReader, window: int, begins: dt.date | None, ends: dt.date | None
) -> Window | None:
    """The window with its new days; None where it is to be removed."""
    before = calendar.window(window)
    if begins is None and ends is None:
        return None
    return replace(before, begins=begins or before.begins, ends=ends or before.ends)


def _released(
    installation: Installation, calendar: CalendarReader, window: int, after: Window | None
) -> list[str]:
    before = calendar.windows()
    others = [other for other in before if other.id != window]
    found = guard.releases(
        calendar.backlog(),
        before,
        [*others, after] if after is not None else others,
        day=installation.today,
    )
    return [release.words(installation.today) for release in found]


def _kept(calendar: CalendarReader, exception: int) -> list[str]:
    calendar.exception(exception)
    kinds = Counter(row.kind for row in calendar.open_postponed() if row.exception == exception)
    return [
        f"{count:,} {kind} {'delete' if count == 1 else 'deletes'} kept by it: the next plan "
        "holds them again"
        for kind, count in sorted(kinds.items())
    ]


def _record(
    installation: Installation, action: str, words: str, released: Sequence[str] = ()
) -> None:
    reason = "; ".join([words, *released])
    audit.record(
        installation.state, installation.operator, installation.clock(), action, reason=reason
    )
