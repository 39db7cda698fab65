"""How a batch is sent: which call of itslearning's carries which operation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sync.execution.items import Item, event_of, group_of, membership_of, person_of
from sync.model import (
    Event,
    Group,
    Kind,
    LiveMembership,
    LivePerson,
    Membership,
    Operation,
    Outcome,
    OutcomeStatus,
    Person,
)
from sync.settings import Itslearning

_DONE = Outcome(OutcomeStatus.OK)


class Events(Protocol):
    """The writes of the timetable."""

    def create_events(self, batch: Sequence[Event], /) -> list[Outcome]: ...
    def update_events(self, batch: Sequence[Event], /) -> list[Outcome]: ...
    def delete_events(self, keys: Sequence[str], /) -> list[Outcome]: ...


class Site(Protocol):
    """The writes and the one read that carrying out needs; answers stand in order of input."""

    @property
    def events(self) -> Events: ...

    def read_persons(self, batch: Sequence[str], /) -> dict[str, LivePerson | None]: ...
    def create_persons(self, batch: Sequence[Person], /) -> list[Outcome]: ...
    def update_persons(self, batch: Sequence[Person], /) -> list[Outcome]: ...
    def delete_persons(self, batch: Sequence[str], /) -> list[Outcome]: ...
    def change_person_identifiers(self, batch: Sequence[tuple[str, str]], /) -> list[Outcome]: ...
    def adopt(self, batch: Sequence[tuple[str, str]], /) -> list[Outcome]: ...
    def read_memberships(self, batch: Sequence[str], /) -> dict[str, LiveMembership | None]: ...
    def create_groups(self, batch: Sequence[Group], /) -> list[Outcome]: ...
    def update_groups(self, batch: Sequence[Group], /) -> list[Outcome]: ...
    def delete_groups(self, batch: Sequence[str], /) -> list[Outcome]: ...
    def create_memberships(self, batch: Sequence[Membership], /) -> list[Outcome]: ...
    def update_memberships(self, batch: Sequence[Membership], /) -> list[Outcome]: ...
    def delete_memberships(self, batch: Sequence[str], /) -> list[Outcome]: ...
    def change_membership_identifiers(
        self, batch: Sequence[tuple[str, str]], /
    ) -> list[Outcome]: ...


def send(  # noqa: PLR0911, PLR0912 (one line a call, a table in all but name)
    site: Site, items: Sequence[Item], settings: Itslearning
) -> list[Outcome]:
    """Send items of one kind and operation in one call and give their outcomes in order."""
    match items[0].kind, items[0].op:
        case _, Operation.NOTE | Operation.FORGET:
            return [_DONE] * len(items)
        case Kind.PERSON, Operation.DELETE:
            return _delete_persons(site, items)
        case Kind.PERSON, Operation.ADOPT:
            return _rekey(site, items, adopt=True)
        case Kind.PERSON, Operation.REKEY:
            return _rekey(site, items, adopt=False)
        case Kind.PERSON, Operation.UPDATE:
            return site.update_persons([person_of(item) for item in items])
        case Kind.PERSON, _:
            return site.create_persons([person_of(item) for item in items])
        case Kind.MEMBERSHIP, Operation.DELETE:
            return _gone(site.delete_memberships([item.key for item in items]))
        case Kind.MEMBERSHIP, Operation.UPDATE:
            return site.update_memberships([membership_of(item) for item in items])
        case Kind.MEMBERSHIP, Operation.REKEY:
            return _rekey_memberships(site, items)
        case Kind.MEMBERSHIP, _:
            return site.create_memberships([membership_of(item) for item in items])
        case Kind.EVENT, Operation.DELETE:
            return _gone(site.events.delete_events([item.key for item in items]))
        case Kind.EVENT, Operation.UPDATE:
            return site.events.update_events([event_of(item) for item in items])
        case Kind.EVENT, _:
            return site.events.create_events([event_of(item) for item in items])
        case _, Operation.DELETE:
            return _gone(site.delete_groups([item.key for item in items]))
        case _, Operation.CREATE | Operation.RESTORE:
            fields = settings.language_field, settings.category_field
            return site.create_groups([group_of(item, *fields) for item in items])
        case _:
            return site.update_groups([group_of(item) for item in items])


def _gone(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """A delete of what is no longer there has reached its end (imses-protocol.md 9, 15)."""
    return [_DONE if outcome.unknown_object else outcome for outcome in outcomes]


def _delete_persons(site: Site, items: Sequence[Item]) -> list[Outcome]:
    # Somebody may have become an administrator since the plan was made (rules.md 8).
    live = site.read_persons([item.key for item in items])
    spared = {item.key for item in items if (person := live.get(item.key)) and person.administrator}
    sent = [item.key for item in items if item.key not in spared]
    answers = dict(zip(sent, _gone(site.delete_persons(sent)) if sent else [], strict=True))
    refusal = Outcome(OutcomeStatus.FAILED, "is an administrator at itslearning and never touched")
    return [answers.get(item.key, refusal) for item in items]


def _rekey(site: Site, items: Sequence[Item], *, adopt: bool) -> list[Outcome]:
    """Give persons their new key, then bring their fields in step.

    A key change that was sent before is looked up first: sent twice it would fail on the old key
    (imses-protocol.md 9, 15).
    """
    done = _rekeyed(site, [item for item in items if item.resent])
    open_items = [item for item in items if item.key not in done]
    answers: dict[str, Outcome] = {item.key: _DONE for item in items}
    if open_items:
        if adopt:
            pairs = [(item.before.get("user_name") or "", item.key) for item in open_items]
            outcomes = site.adopt(pairs)
        else:
            pairs = [(item.before.get("key") or "", item.key) for item in open_items]
            outcomes = site.change_person_identifiers(pairs)
        answers.update(zip((item.key for item in open_items), outcomes, strict=True))
        # An earlier run may have ended without knowing that its change arrived.
        missing = [item for item in open_items if answers[item.key].unknown_object]
        answers.update(dict.fromkeys(_rekeyed(site, [] if adopt else missing), _DONE))
    changed = [
        item
        for item in items
        if answers[item.key].ok
        and any(item.after.get(n) != item.before.get(n) for n in item.after if n != "key")
    ]
    if changed:
        outcomes = site.update_persons([person_of(item) for item in changed])
        answers.update(zip((item.key for item in changed), outcomes, strict=True))
    return [answers[item.key] for item in items]


def _rekeyed(site: Site, items: Sequence[Item]) -> set[str]:
    """The new keys of the items whose person has it by now: the old key is gone, and who has the
    new one goes by the same user name, where it is known."""
    if not items:
        return set()
    live = site.read_persons([key for item in items for key in (item.key, _old_key(item)) if key])
    return {
        item.key
        for item in items
        if (person := live.get(item.key)) is not None
        and (not _old_key(item) or live.get(_old_key(item)) is None)
        and person.user_name.casefold() in (_user_names(item) or {person.user_name.casefold()})
    }


def _user_names(item: Item) -> set[str]:
    names = {(fields.get("user_name") or "").casefold() for fields in (item.before, item.after)}
    return names - {""}


def _old_key(item: Item) -> str:
    return item.before.get("key") or ""


def _rekey_memberships(site: Site, items: Sequence[Item]) -> list[Outcome]:
    """Give memberships their new key, looking first after those that were sent before."""
    resent = [item.before.get("key") or "" for item in items if item.resent]
    left = site.read_memberships(resent) if resent else {}
    open_items = [i for i in items if not i.resent or left.get(i.before.get("key") or "")]
    pairs = [(item.before.get("key") or "", item.key) for item in open_items]
    outcomes = site.change_membership_identifiers(pairs) if pairs else []
    answers = dict(zip((item.seq for item in open_items), outcomes, strict=True))
    return [answers.get(item.seq, _DONE) for item in items]
