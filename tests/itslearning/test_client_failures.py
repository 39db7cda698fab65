"""Everything that can go wrong on the way, and the known end that each item comes to."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from sync.errors import CredentialsRefused, SiteFault, SiteUnreachable
from sync.itslearning import Connection, SiteReader, SiteWriter
from sync.itslearning.in_flight import InFlight
from sync.model import Group, Membership, OutcomeStatus, Person
from sync.settings import Itslearning
from tests.itslearning.strict_server import StrictServer, Trouble

Connect = Callable[..., Connection]
PERSONS = [Person(f"p{n}", f"p{n}", "A", "B", "Student") for n in range(8)]
KEYS = [person.key for person in PERSONS]


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble("before"),
        Trouble("after"),
        Trouble("throttled"),
        Trouble("page"),
        Trouble("page", carried_out=True),
        Trouble("broken"),
        Trouble("crash"),
    ],
    ids=lambda trouble: trouble.kind,
)
def test_writes_survive_one_failure_of_any_kind(
    server: StrictServer, writer: SiteWriter, trouble: Trouble
) -> None:
    """Creates, updates and deletes are resent until their answer arrives; a delete that had been
    carried out the first time is not reported as failed."""
    server.trouble.append(trouble)
    assert all(one.ok for one in writer.create_persons(PERSONS))
    server.trouble.append(trouble)
    assert all(one.ok for one in writer.update_persons(PERSONS))
    server.trouble.append(trouble)
    assert all(one.ok for one in writer.delete_persons(KEYS))
    assert server.trouble == []


@pytest.mark.parametrize(
    "kind", ["before", "after", "throttled", "page", "broken", "crash", "short", "strange"]
)
def test_key_changes_are_looked_up_before_they_are_sent_again(
    server: StrictServer, writer: SiteWriter, kind: str
) -> None:
    """A second sending of a change that had arrived would fail on the old key."""
    writer.create_persons(PERSONS)
    server.trouble.append(Trouble(kind, "changePersonsIdentifier"))
    pairs = [(key, f"new-{key}") for key in KEYS]
    assert all(one.ok for one in writer.change_person_identifiers(pairs))
    assert {person.key for person in server.school.persons} == {f"new-{key}" for key in KEYS}


def test_a_status_failure_is_never_sent_again(server: StrictServer, writer: SiteWriter) -> None:
    """It would fail the same way, and hide the reason behind waiting."""
    assert not writer.delete_persons(["nobody"])[0].ok
    assert server.operations() == ["deletePersons"]


def test_a_set_of_the_wrong_length_is_looked_up(server: StrictServer, writer: SiteWriter) -> None:
    """Statuses belong to items by their order only: one missing makes all of them doubtful."""
    server.trouble.append(Trouble("short", "createPersons"))
    outcomes = writer.create_persons(PERSONS)
    assert all(one.ok for one in outcomes)
    assert server.operations() == ["createPersons", "readPersons"]


def test_what_a_second_look_does_not_settle_is_unknown(
    server: StrictServer, writer: SiteWriter
) -> None:
    """Unknown is planned again; a guess would be believed."""
    server.trouble.append(Trouble("page", "createPersons", lasting=True))
    outcomes = writer.create_persons(PERSONS[:2])
    assert [one.status for one in outcomes] == [OutcomeStatus.UNKNOWN] * 2
    assert "HTTP 500" in outcomes[0].message


def test_a_short_set_of_reads_is_read_one_by_one(
    server: StrictServer, writer: SiteWriter, reader: SiteReader
) -> None:
    """The answer names no keys: a wrong count would give people each other's data."""
    writer.create_persons(PERSONS)
    server.trouble.append(Trouble("short", "readPersons"))
    found = reader.read_persons(["x", *KEYS])
    assert {key: found[key].user_name for key in KEYS if found[key]} == {key: key for key in KEYS}  # type: ignore[union-attr]
    assert found["x"] is None


@pytest.mark.parametrize("kind", ["poison", "crash"])
def test_a_fault_is_narrowed_down_to_the_guilty_item(
    server: StrictServer, writer: SiteWriter, kind: str
) -> None:
    """One item that the site cannot take must not keep forty-nine others away."""
    server.trouble.append(Trouble(kind, "createPersons", about="p5", lasting=True))
    outcomes = writer.create_persons(PERSONS)
    assert [one.ok for one in outcomes] == [key != "p5" for key in KEYS]
    assert outcomes[5].status is OutcomeStatus.FAILED
    assert "invented" in outcomes[5].message
    assert len(server.school.persons) == 7


def test_a_fault_narrows_down_key_changes(server: StrictServer, writer: SiteWriter) -> None:
    """As above, for the one write that is not sent twice."""
    writer.create_persons(PERSONS)
    server.trouble.append(Trouble("poison", "changePersonsIdentifier", about="p2", lasting=True))
    outcomes = writer.change_person_identifiers([(key, f"n-{key}") for key in KEYS])
    assert [one.ok for one in outcomes] == [key != "p2" for key in KEYS]


def test_a_key_change_onto_a_taken_key_fails_also_after_a_lost_answer(
    server: StrictServer, writer: SiteWriter
) -> None:
    """Both keys exist: resending for ever would not help."""
    writer.create_persons(PERSONS[:2])
    server.trouble.append(Trouble("before", "changePersonsIdentifier"))
    (outcome,) = writer.change_person_identifiers([("p0", "p1")])
    assert outcome.status is OutcomeStatus.FAILED
    assert "already" in outcome.message
    assert server.operations().count("changePersonsIdentifier") == 1


def test_key_changes_that_cannot_be_told_apart_are_not_sent(
    server: StrictServer, writer: SiteWriter
) -> None:
    """Chains inside one batch depend on an order that nobody promises."""
    outcomes = writer.change_person_identifiers(
        [("a", "b"), ("b", "c"), ("d", "d"), ("e", "f" * 65)]
    )
    assert [one.code for one in outcomes[1:]] == ["not-sent"] * 3


def test_a_slow_answer_ends_in_a_resend_and_less_haste(
    server: StrictServer, connect: Connect
) -> None:
    """A time-out must neither hang the run nor lose the batch."""
    connection = connect(timeout_seconds=0.4, max_in_flight=8)
    server.trouble.append(Trouble("slow", "createPersons", seconds=0.8))
    began = time.monotonic()
    assert all(one.ok for one in SiteWriter(connection).create_persons(PERSONS))
    assert time.monotonic() - began < 3
    assert connection.in_flight.limit < 8


def test_retry_after_is_obeyed_by_all_threads(server: StrictServer, connect: Connect) -> None:
    """A site that asks for a pause gets one, from every thread."""
    connection = connect()
    server.trouble.append(Trouble("throttled", seconds=1))
    began = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(SiteWriter(connection).create_persons, PERSONS[:1])
        time.sleep(0.2)
        second = SiteWriter(connection).create_persons(PERSONS[1:2])
        assert time.monotonic() - began >= 0.95
        assert second[0].ok
        assert first.result()[0].ok


def test_the_limit_backs_off_and_recovers() -> None:
    """Requests in flight are halved once per round of trouble and grow back with answers."""
    now = [0.0]
    flight = InFlight(8, lambda: now[0])
    flight.struggling(0.0)
    assert flight.limit == 4
    now[0] = 1.0
    flight.struggling(-1.0)  # sent before the cut: says nothing new
    assert flight.limit == 4
    flight.struggling(0.5)
    assert flight.limit == 2
    for _ in range(40):
        flight.answered()
    assert flight.limit == 8
    for began in range(2, 9):
        now[0] = float(began)
        flight.struggling(float(began))
    assert flight.limit == 1


def test_never_more_requests_at_once_than_allowed(server: StrictServer, connect: Connect) -> None:
    """The site asks for few operations under way (imses-protocol.md 3.5)."""
    writer = SiteWriter(connect(max_in_flight=3))
    server.trouble.extend(Trouble("slow", seconds=0.05) for _ in range(10))
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda n: writer.create_persons([PERSONS[n % 8]]), range(10)))
    assert server.most_at_once <= 3


def test_wrong_credentials_are_said_at_once(server: StrictServer, connect: Connect) -> None:
    """Trying five times could lock the account."""
    connection = connect(password="wrong")
    with pytest.raises(CredentialsRefused, match="password"):
        SiteReader(connection).test()
    with pytest.raises(CredentialsRefused):
        SiteWriter(connection).create_persons(PERSONS)
    assert len(server.requests) == 2


def test_the_right_credentials_pass(server: StrictServer, reader: SiteReader) -> None:
    """Also with characters that XML escapes, and on a site without any person."""
    reader.test()
    assert server.operations() == ["readPerson"]


def test_a_site_that_is_not_there(connect: Connect) -> None:
    """All attempts, then one sentence that says what to check."""
    connection = Connection(
        "http://127.0.0.1:9/x.svc", "u", "p", Itslearning(attempts=3), first_wait=0.001
    )
    with connection, pytest.raises(SiteUnreachable, match="Check the URL"):
        SiteWriter(connection).create_persons(PERSONS)


def test_a_site_that_throttles_for_ever_is_unreachable(
    server: StrictServer, connect: Connect
) -> None:
    """The run stops and can be resumed, instead of marking every item unknown."""
    server.trouble.append(Trouble("throttled", lasting=True))
    connection = connect(attempts=3)
    with pytest.raises(SiteUnreachable, match="503"):
        SiteWriter(connection).create_persons(PERSONS)
    assert connection.in_flight.limit == 1


def test_a_fault_while_reading_is_an_error_not_an_empty_list(
    server: StrictServer, reader: SiteReader
) -> None:
    """An empty answer would be taken for a group without members."""
    server.trouble.append(Trouble("poison", "readMembershipsForGroup"))
    with pytest.raises(SiteFault, match="parsed"):
        reader.read_memberships_of_group("root")


def test_waits_grow_and_are_jittered(server: StrictServer) -> None:
    """A thousand clients that return together would bring a recovering site down again."""
    waits: list[float] = []
    connection = Connection(
        "http://127.0.0.1:9/x.svc",
        "u",
        "p",
        Itslearning(attempts=6),
        sleep=waits.append,
        random=iter([0.0, 1.0, 0.0, 1.0, 0.5]).__next__,
    )
    with connection, pytest.raises(SiteUnreachable):
        SiteReader(connection).test()
    assert waits == [0.5, 2.0, 2.0, 8.0, 12.0]


def test_the_password_never_shows(
    server: StrictServer, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in a log at DEBUG, not in a repr, not in an error."""
    caplog.set_level(logging.DEBUG)
    connection = connect(attempts=2)
    SiteReader(connection).test()
    SiteWriter(connection).create_persons(PERSONS)
    server.trouble.append(Trouble("page", lasting=True))
    with pytest.raises(SiteUnreachable) as error:
        SiteReader(connection).read_all_persons().__next__()
    envelope = connection._envelope.around("x", "")
    assert b"secret" in envelope
    logging.getLogger("zeep.transports").debug("HTTP Post to %s:\n%s", "x", envelope.decode())
    shown = f"{caplog.text} {connection!r} {error.value} {connection._envelope!r}"
    assert "secret" not in shown
    assert "Password" in caplog.text


def test_many_threads_share_one_connection(server: StrictServer, connect: Connect) -> None:
    """The executor calls from several threads; outcomes must not be mixed up."""
    writer = SiteWriter(connect(max_in_flight=4))
    lock = threading.Lock()
    results: dict[int, list[bool]] = {}

    def run(number: int) -> None:
        batch = [Person(f"k{number}-{n}", f"k{number}-{n}", "A", "B", "Staff") for n in range(5)]
        batch.append(Person("x" * 65, "x", "A", "B", "Staff"))
        outcomes = [one.ok for one in writer.create_persons(batch)]
        with lock:
            results[number] = outcomes

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(run, range(20)))
    assert set(map(tuple, results.values())) == {(True,) * 5 + (False,)}
    assert len(server.school.persons) == 100


def test_groups_and_memberships_survive_lost_answers(
    server: StrictServer, writer: SiteWriter
) -> None:
    """The same rules hold for every kind."""
    writer.create_persons(PERSONS[:1])
    for batch, call in (
        ([Group("g", "G", "root")], writer.create_groups),
        ([Membership("m", "p0", "g", "Learner")], writer.create_memberships),
        (["m"], writer.delete_memberships),
        (["g"], writer.delete_groups),
    ):
        server.trouble.append(Trouble("after"))
        assert call(batch)[0].ok  # type: ignore[operator]
        server.trouble.append(Trouble("short"))
        assert call(batch)[0].ok or "delete" in call.__name__  # type: ignore[operator]
