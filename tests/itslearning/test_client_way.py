"""The way to the site: addresses, TLS, proxy, HTTP answers that are no SOAP."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from sync.errors import CredentialsRefused, SettingsError, SiteUnreachable
from sync.itslearning import Connection, SiteReader, SiteWriter
from sync.itslearning.connection import AnswerLost
from sync.itslearning.transport import is_loopback
from sync.model import Person
from sync.settings import Itslearning
from tests.itslearning.strict_server import StrictServer, Trouble, serving

Connect = Callable[..., Connection]
PERSONS = [Person(f"p{n}", f"p{n}", "A", "B", "Student") for n in range(8)]

# Made for these tests alone, for the address 127.0.0.1, valid until 2126.
CERTIFICATE = Path(__file__).parent / "loopback.pem"


@pytest.mark.parametrize(
    "url",
    [
        "http://enterprise.itslearning.com/x.svc",
        "http://127.0.0.1.example.com/x.svc",
        "ftp://127.0.0.1/x",
        "https:///x",
        "https://user:word@site.example/x",
        "http://[::1",
        "site.example",
        "",
    ],
)
def test_addresses_that_would_leak_the_password_are_refused(url: str) -> None:
    """The password travels in every message: https, or this machine alone."""
    with pytest.raises(SettingsError) as refusal:
        Connection(url, "u", "p", Itslearning())
    assert "word" not in str(refusal.value).replace("password", "")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.1", "::1"])
def test_this_machine_may_be_spoken_to_without_tls(host: str) -> None:
    """The local test site has no certificate."""
    assert is_loopback(host)


def test_settings_that_cannot_work_are_said_when_connecting(tmp_path: Path) -> None:
    """Not in the middle of the night, at the first batch."""
    with pytest.raises(SettingsError, match="ca_bundle"):
        Connection(
            "https://a.example/x", "u", "p", Itslearning(ca_bundle="no.pem"), folder=tmp_path
        )
    with pytest.raises(SettingsError, match="proxy"):
        Connection("https://a.example/x", "u", "p", Itslearning(proxy="nonsense"))
    with pytest.raises(SettingsError, match="password"):
        Connection("https://a.example/x", "u", "", Itslearning())


@pytest.fixture
def tls_server() -> Iterator[StrictServer]:
    """A strict server with a certificate that nobody trusts by itself."""
    with serving(CERTIFICATE) as state:
        yield state


def test_a_certificate_is_verified(
    tls_server: StrictServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else anybody between school and site could read the password; what to trust is a setting,
    never a variable that somebody left in the environment."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    settings = Itslearning(attempts=3)
    with (
        Connection(tls_server.url, "imses", "secret&<word>", settings) as connection,
        pytest.raises(SiteUnreachable, match="ca_bundle"),
    ):
        SiteReader(connection).test()
    assert tls_server.requests == []


def test_the_school_s_own_certificates_are_taken_from_the_settings(
    tls_server: StrictServer,
) -> None:
    """Where the network inspects TLS; the path starts at the settings file (readings.md 46)."""
    settings = Itslearning(attempts=1, ca_bundle=CERTIFICATE.name)
    folder = CERTIFICATE.parent
    login = ("imses", "secret&<word>")
    with Connection(tls_server.url, *login, settings, folder=folder) as connection:
        SiteReader(connection).test()
    other_name = tls_server.url.replace("127.0.0.1", "localhost")
    with (
        Connection(other_name, *login, settings, folder=folder) as connection,
        pytest.raises(SiteUnreachable, match="certificate"),
    ):
        SiteReader(connection).test()
    assert tls_server.operations() == ["readPerson"]


def test_the_proxy_comes_from_the_settings_alone(
    server: StrictServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable left over in a scheduler's environment must not redirect a password."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    login = (server.user_name, server.password)
    with Connection(server.url, *login, Itslearning(attempts=1)) as connection:
        SiteReader(connection).test()
    proxy = server.url.rpartition("/")[0]
    settings = Itslearning(attempts=1, proxy=proxy)
    with Connection("http://localhost:9/nowhere.svc", *login, settings) as connection:
        SiteReader(connection).test()
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("status", "error", "word"),
    [
        (301, SiteUnreachable, "Check the URL"),
        (404, SiteUnreachable, "Check the URL"),
        (405, SiteUnreachable, "HTTP 405"),
        (401, CredentialsRefused, "password"),
        (403, CredentialsRefused, "password"),
    ],
)
def test_http_answers_that_no_waiting_mends(
    server: StrictServer, writer: SiteWriter, status: int, error: type[Exception], word: str
) -> None:
    """Said at once and never followed elsewhere with the password in hand."""
    server.trouble.append(Trouble("status", status=status, lasting=True))
    with pytest.raises(error, match=word):
        writer.create_persons(PERSONS)
    assert len(server.requests) == 1


def test_a_message_too_large_is_sent_in_parts(server: StrictServer, writer: SiteWriter) -> None:
    """A gateway with a size limit must not stop a batch that is allowed."""
    server.trouble.append(Trouble("status", status=413, longer=2800, lasting=True))
    assert all(one.ok for one in writer.create_persons(PERSONS))
    assert len(server.school.persons) == 8
    assert server.operations().count("createPersons") > 1


def test_an_operation_that_the_address_does_not_know(
    server: StrictServer, reader: SiteReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A URL of another service: said as such, not retried."""
    monkeypatch.setattr("tests.itslearning.strict_server.OPERATIONS", {})
    with pytest.raises(SiteUnreachable, match="does not offer"):
        reader.test()
    assert len(server.requests) == 1


def _scripted(connect: Connect, *steps: httpx.Response | type[httpx.TransportError]) -> Connection:
    """A connection whose attempts end as the steps say."""
    connection = connect()
    rest = iter(steps)

    def answer(request: httpx.Request) -> httpx.Response:
        step = next(rest)
        if isinstance(step, httpx.Response):
            return step
        raise step("scripted", request=request)

    connection._http = httpx.MockTransport(answer)  # type: ignore[assignment]
    return connection


def test_a_message_that_may_have_arrived_stays_in_doubt(connect: Connect) -> None:
    """The site goes down after taking the message: nobody may say that nothing was sent."""
    connection = _scripted(connect, httpx.ReadError, httpx.ConnectError, httpx.ConnectError)
    with pytest.raises(AnswerLost):
        connection.send("deletePersons", "<x/>")
    connection = _scripted(connect, *[httpx.ConnectError] * 3)
    with pytest.raises(SiteUnreachable) as error:
        connection.send("deletePersons", "<x/>")
    assert not isinstance(error.value, AnswerLost)


def test_a_document_type_is_no_soap(connect: Connect) -> None:
    """SOAP forbids it, and entities could be made to fill the memory."""
    bomb = (
        '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]>'
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        '<deletePersonsResponse xmlns="http://www.imsglobal.org/services/pms/xsd/'
        'imsPersonManMessSchema_v1p0">&c;</deletePersonsResponse></s:Body></s:Envelope>'
    )
    connection = _scripted(connect, *[httpx.Response(200, text=bomb) for _ in range(3)])
    with pytest.raises(AnswerLost, match="no SOAP"):
        connection.send("deletePersons", "<x/>")


def test_an_answer_that_trickles_is_given_up(server: StrictServer, connect: Connect) -> None:
    """Each packet comes in time, the answer never ends: the run would hang."""
    connection = connect(timeout_seconds=0.5, attempts=2)
    server.trouble.append(Trouble("drip", "createPersons", seconds=20))
    began = time.monotonic()
    assert SiteWriter(connection).create_persons(PERSONS[:1])[0].ok
    assert time.monotonic() - began < 4
