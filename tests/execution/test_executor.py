"""Carrying out: what goes first, what must not follow, what survives; else pupils are lost."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from sync.errors import SiteUnreachable
from sync.execution import Dependencies, Executor, Item
from sync.model import (
    Kind,
    LivePerson,
    Operation,
    Operator,
    Outcome,
    OutcomeStatus,
    Progress,
    RunState,
    Verdict,
    ignore_progress,
)
from sync.settings import Itslearning
from sync.state.database import open_state
from sync.state.journal import Journal
from sync.state.runs import NewRun, StateWriter

NOW = dt.datetime(2026, 8, 10, 6, 0, tzinfo=dt.UTC)
OK = Outcome(OutcomeStatus.OK)


class Site:
    """Answers as told and writes down every call in the order it came."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, list[str]]] = []
        self.refuses: dict[str, str] = {}
        self.codes: dict[str, str] = {}
        self.away_at: str | None = None
        self.live: dict[str, LivePerson] = {}
        self.lock = threading.Lock()
        self.busy = self.most_busy = 0

    @property
    def events(self) -> Any:
        """The timetable answers as the rest does."""
        return self

    def __getattr__(self, name: str) -> Any:
        def call(items: Sequence[Any]) -> list[Outcome]:
            keys = [self.key(item) for item in items]
            with self.lock:
                self.busy += 1
                self.most_busy = max(self.busy, self.most_busy)
                self.calls.append((name, keys))
            threading.Event().wait(0.005)
            with self.lock:
                self.busy -= 1
            if self.away_at in keys:
                raise SiteUnreachable("itslearning does not answer")
            return [self.answer(key) for key in keys]

        return call

    def read_persons(self, keys: Sequence[str]) -> dict[str, LivePerson | None]:
        """The persons that are live now."""
        return {key: self.live.get(key) for key in keys}

    def key(self, item: Any) -> str:
        """What an item is called, whatever its shape."""
        if isinstance(item, tuple):
            return str(item[1])
        return item if isinstance(item, str) else str(item.key)

    def answer(self, key: str) -> Outcome:
        """Refuse what the test refuses."""
        if key in self.refuses:
            return Outcome(OutcomeStatus.FAILED, self.refuses[key], self.codes.get(key, ""))
        return OK


class Bench:
    """One stored run with its journal, carried out against a site."""

    def __init__(self, folder: Path) -> None:
        self.engine: sa.Engine = open_state("sqlite:///state.db", folder)
        self.state = StateWriter(self.engine, Operator("mk", "host"))
        self.site = Site()
        self.progress: list[Progress] = []
        self.run = self.state.store_run(
            NewRun(
                org=1, as_of=dt.date(2026, 8, 10), users_only=False, takes_back=None,
                state=RunState.PLANNED, verdict=Verdict.PASS, fingerprint="", source_digest="",
                settings_digest="", base=None, base_settled=0, counts={}, filter=[], problems=[],
                without_key=None, unapprovable=False, reading={},
            ),
            NOW,
        )  # fmt: skip

    def carry_out(
        self, items: Sequence[Item], *, staying: Sequence[Item] = (), **settings: int
    ) -> bool:
        """Carry the items out; what happened stands in ``site.calls`` and in the journal."""
        self.state.begin(self.run, len(items))
        executor = Executor(
            self.site,
            Journal(self.engine, self.run),
            Itslearning(**settings),
            lambda: NOW,
            Dependencies(staying),
            self.progress.append if not settings.get("quiet") else ignore_progress,
            len(items),
            0,
        )
        return executor.carry_out(items)

    def outcomes(self) -> dict[int, tuple[str, str]]:
        """What did not simply succeed."""
        return {seq: (status, text) for seq, status, text in self.state.outcomes(self.run)}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A run to carry out."""
    return Bench(tmp_path)


def item(seq: int, stage: int, kind: Kind, op: Operation, key: str, **values: Any) -> Item:
    """An item of a plan."""
    person = {"user_name": key, "first_name": "A", "last_name": "B", "role": "Student"}
    after: dict[str, str | None] = {
        Kind.PERSON: person,
        Kind.MEMBERSHIP: {"role": "Learner"},
    }.get(kind, {"title": key, "parent": values.pop("parent", "root"), "type": "Unspecified"})  # type: ignore[assignment]
    given: dict[str, Any] = {
        "depth": 0, "person_key": None, "group_key": None, "before": {}, "after": after, **values
    }  # fmt: skip
    return Item(seq, stage, kind=kind, op=op, key=key, **given)


def person(seq: int, key: str, op: Operation = Operation.CREATE, **values: Any) -> Item:
    """A person to create, or else."""
    return item(seq, 10 if op is Operation.DELETE else 3, Kind.PERSON, op, key, **values)


def membership(seq: int, person_key: str, group_key: str) -> Item:
    """A membership to create."""
    return item(
        seq, 4, Kind.MEMBERSHIP, Operation.CREATE, f"{person_key}@{group_key}",
        person_key=person_key, group_key=group_key,
    )  # fmt: skip


def test_parents_are_settled_before_their_children_are_sent(bench: Bench) -> None:
    items = [
        item(1, 1, Kind.NODE, Operation.CREATE, "top", depth=0),
        item(2, 1, Kind.NODE, Operation.CREATE, "middle", depth=1, parent="top"),
        item(3, 1, Kind.GROUP, Operation.CREATE, "g", depth=2, parent="middle"),
        person(4, "anna01"),
        membership(5, "anna01", "g"),
    ]
    assert bench.carry_out(items)
    assert [keys for _, keys in bench.site.calls] == [
        ["top"], ["middle"], ["g"], ["anna01"], ["anna01@g"],
    ]  # fmt: skip
    assert bench.state.run(bench.run).summary.applied.ok == 5


def test_batches_are_full_and_the_limit_in_flight_is_kept(bench: Bench) -> None:
    items = [person(seq, f"p{seq}") for seq in range(1, 96)]
    bench.carry_out(items, batch_size=10, max_in_flight=3)
    assert sorted(len(keys) for _, keys in bench.site.calls) == [5, *[10] * 9]
    assert bench.site.most_busy <= 3
    assert bench.progress[-1].done == 95


def test_what_hangs_on_a_failed_item_is_skipped_and_says_why(bench: Bench) -> None:
    bench.site.refuses = {"bo02": "user name taken", "node": "no such parent"}
    items = [
        item(1, 1, Kind.NODE, Operation.CREATE, "node", depth=0),
        item(2, 1, Kind.GROUP, Operation.CREATE, "under", depth=1, parent="node"),
        person(3, "anna01"),
        person(4, "bo02"),
        membership(5, "anna01", "fine"),
        membership(6, "bo02", "fine"),
        membership(7, "anna01", "under"),
    ]
    bench.carry_out(items)
    outcomes = bench.outcomes()
    assert {seq: status for seq, (status, _) in outcomes.items()} == {
        1: "failed", 2: "skipped", 4: "failed", 6: "skipped", 7: "skipped",
    }  # fmt: skip
    assert outcomes[6][1] == "person bo02 is missing: user name taken"
    assert "no such parent" in outcomes[7][1]
    applied = bench.state.run(bench.run).summary.applied
    assert (applied.ok, applied.failed, applied.skipped, applied.pending) == (2, 2, 3, 0)


def test_a_group_is_not_deleted_while_something_that_stays_stands_under_it(bench: Bench) -> None:
    """deleteGroup takes all descendants along: a course whose move failed would be lost."""
    bench.site.refuses = {"course": "busy"}
    before = {"parent": "inner"}

    def gone(seq: int, key: str, parent: str, depth: int) -> Item:
        before = {"parent": parent}
        return item(seq, 9, Kind.NODE, Operation.DELETE, key, depth=depth, before=before, after={})

    items = [
        item(1, 5, Kind.COURSE, Operation.MOVE, "course", before=before),
        gone(2, "inner", "outer", -1),
        gone(3, "outer", "root", 0),
        gone(4, "empty", "root", 0),
    ]
    bench.carry_out(items)
    deleted = [key for name, keys in bench.site.calls if name == "delete_groups" for key in keys]
    assert deleted == ["empty"]
    assert "course still stands under it" in bench.outcomes()[2][1]


def test_what_a_person_held_back_keeps_its_parent_alive(bench: Bench) -> None:
    kept = item(9, 9, Kind.GROUP, Operation.DELETE, "g", before={"parent": "node"}, after={})
    gone = item(1, 9, Kind.NODE, Operation.DELETE, "node", before={"parent": "root"}, after={})
    bench.carry_out([gone], staying=[kept])
    assert bench.site.calls == []


def test_the_first_course_from_a_template_goes_alone_and_its_refusal_stops_the_others(
    bench: Bench,
) -> None:
    """No call tells whether a key is a template: one course is risked, not four hundred."""
    bench.site.refuses = {"c1": "not a template"}
    after = {"parent": "root", "type": "Course", "template": "T1", "creator": "boss"}
    good = after | {"template": "T2"}
    items = [
        item(seq, 1, Kind.COURSE, Operation.CREATE, f"c{seq}", after={**after, "title": "x"})
        for seq in range(1, 6)
    ]
    items += [
        item(seq, 1, Kind.COURSE, Operation.CREATE, f"c{seq}", after={**good, "title": "x"})
        for seq in range(6, 9)
    ]
    bench.carry_out(items)
    assert [keys for _, keys in bench.site.calls] == [["c1"], ["c6"], ["c7", "c8"]]
    assert {seq for seq, (status, _) in bench.outcomes().items() if status == "skipped"} == {
        2, 3, 4, 5,
    }  # fmt: skip
    assert "not a template" in bench.outcomes()[3][1]


def test_nobody_who_became_an_administrator_is_deleted(bench: Bench) -> None:
    bench.site.live = {
        "head": LivePerson("head", "head", "H", "H", "Administrator"),
        "anna01": LivePerson("anna01", "anna01", "A", "B", "Student"),
    }
    items = [person(1, "head", Operation.DELETE), person(2, "anna01", Operation.DELETE)]
    bench.carry_out(items)
    assert bench.site.calls == [("delete_persons", ["anna01"])]
    assert "administrator" in bench.outcomes()[1][1]


def test_deleting_what_is_gone_already_is_done(bench: Bench) -> None:
    bench.site.refuses = {"anna01": "no such person"}
    bench.site.codes = {"anna01": "unknownobject"}
    bench.carry_out([person(1, "anna01", Operation.DELETE)])
    assert bench.outcomes() == {}


def test_what_is_only_remembered_is_never_sent(bench: Bench) -> None:
    items = [
        item(1, 9, Kind.COURSE, Operation.FORGET, "c", before={"parent": "archive"}, after={}),
        item(2, 11, Kind.COURSE, Operation.NOTE, "d"),
    ]
    bench.carry_out(items)
    assert bench.site.calls == []
    assert bench.state.run(bench.run).summary.applied.ok == 2


def test_when_the_site_goes_away_what_was_in_flight_is_known_to_be_open(bench: Bench) -> None:
    bench.site.away_at = "p30"
    items = [person(seq, f"p{seq}") for seq in range(1, 61)]
    with pytest.raises(SiteUnreachable):
        bench.carry_out(items, batch_size=5, max_in_flight=1)
    assert bench.state.unsettled_items(bench.run) == [26, 27, 28, 29, 30]
    assert bench.state.run(bench.run).summary.applied.ok == 25


def test_a_key_change_whose_answer_was_lost_is_looked_up_before_it_is_sent_again(
    bench: Bench,
) -> None:
    """new1 has arrived; new2 has not; new3 is somebody else's, so the site has to refuse it."""
    bench.site.live = {
        "new1": LivePerson("new1", "u1", "A", "B", "Student"),
        "old3": LivePerson("old3", "u3", "A", "B", "Student"),
        "new3": LivePerson("new3", "another", "C", "D", "Student"),
    }
    items = [
        item(
            number, 2, Kind.PERSON, Operation.REKEY, f"new{number}", after={}, resent=True,
            before={"user_name": f"u{number}", "key": f"old{number}"},
        )
        for number in (1, 2, 3)
    ]  # fmt: skip
    bench.carry_out(items)
    assert bench.site.calls == [("change_person_identifiers", ["new2", "new3"])]


def test_a_key_change_that_an_earlier_run_lost_sight_of_is_no_failure_for_ever(
    bench: Bench,
) -> None:
    """Its answers were all lost, the run ended, and the next plan wants the same change again."""
    bench.site.live = {"new1": LivePerson("new1", "u1", "A", "B", "Student")}
    bench.site.refuses = {"new1": "no such user", "new2": "no such user"}
    bench.site.codes = {"new1": "unknownobject", "new2": "unknownobject"}
    items = [
        item(
            number, 2, Kind.PERSON, Operation.REKEY, f"new{number}", after={},
            before={"user_name": f"u{number}", "key": f"old{number}"},
        )
        for number in (1, 2)
    ]  # fmt: skip
    bench.carry_out(items)
    assert bench.outcomes() == {2: ("failed", "no such user")}


def test_a_key_that_was_not_given_up_is_not_asked_for(bench: Bench) -> None:
    """a -> b after b -> c failed: sent all the same, the answer would be about another person."""
    bench.site.refuses = {"c": "itslearning has it in its trash"}

    def rekey(seq: int, old: str, new: str, depth: int) -> Item:
        before = {"user_name": new, "key": old}
        return item(
            seq, 2, Kind.PERSON, Operation.REKEY, new, depth=depth, before=before, after=before
        )

    bench.carry_out([rekey(1, "b", "c", 0), rekey(2, "a", "b", 1), rekey(3, "x", "y", 1)])
    assert bench.site.calls == [
        ("change_person_identifiers", ["c"]), ("change_person_identifiers", ["y"]),
    ]  # fmt: skip
    status, words = bench.outcomes()[2]
    assert status == "skipped"
    assert "the key b is still on another one" in words


def test_an_update_sends_only_the_contact_fields_that_changed(bench: Bench) -> None:
    """What is no longer uploaded stays as somebody set it by hand (readings.md 16)."""
    sent: list[Any] = []
    bench.site.update_persons = lambda persons: sent.extend(persons) or [OK] * len(persons)
    record = {"user_name": "a", "first_name": "A", "last_name": "B", "role": "Student"}
    before = record | {"email": "old@x", "phone": "1", "city": None}
    after = record | {"email": "new@x", "phone": "1", "city": ""}
    bench.carry_out([person(1, "a", Operation.UPDATE, before=before, after=after)])
    assert (sent[0].email, sent[0].phone, sent[0].city) == ("new@x", None, "")


def test_a_wish_to_stop_ends_after_the_batches_in_flight(bench: Bench) -> None:
    items = [person(seq, f"p{seq}") for seq in range(1, 101)]
    answer = bench.site.answer

    def ask_to_stop(key: str) -> Outcome:
        if key == "p20":
            bench.state.request_stop(bench.run)
        return answer(key)

    bench.site.answer = ask_to_stop  # type: ignore[method-assign]
    assert not bench.carry_out(items, batch_size=10, max_in_flight=1)
    applied = bench.state.run(bench.run).summary.applied
    assert 20 <= applied.ok <= 40
    assert applied.pending == 100 - applied.ok
    assert bench.state.unsettled_items(bench.run) == [], "what was never sent is in no doubt"
