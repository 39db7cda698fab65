"""Delivery: the report arrives, the password stays secret, and no run fails for a mail."""

from __future__ import annotations

import datetime as dt
import email
import socket
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from sync.errors import SettingsError
from sync.report import MailLogin, StatusReport, deliver, mail_login
from sync.settings import Mail
from tests.report.mail_server import mail_server, trusting_context

NOW = dt.datetime(2026, 8, 10, 6, 0, tzinfo=dt.UTC)
REPORT = StatusReport("12", "umstui: HELD: Ærø", "Text på dansk\n", "<p>Text på dansk</p>")
MAIL = Mail(smtp="smtp://mail", sender="umstui@school.example", to=["it@school.example"])


def _login(
    port: int, *, implicit: bool = False, user: str = "", host: str = "127.0.0.1"
) -> MailLogin:
    return MailLogin(host, port, implicit, user, "s3cret" if user else "")


def _parsed(letter: str) -> EmailMessage:
    message = email.message_from_string(letter, policy=default)
    assert isinstance(message, EmailMessage)
    return message


@pytest.mark.parametrize(
    "options", [{}, {"starttls": True}, {"implicit": True}, {"farewell": "500 what?"}]
)
def test_a_report_arrives_as_text_and_html(tmp_path: Path, options: dict[str, Any]) -> None:
    """Plain inside the house, by STARTTLS, by TLS from the first byte: the same letter."""
    with mail_server(**options) as server:
        login = _login(server.server_address[1], implicit=bool(options.get("implicit")))
        done = deliver(REPORT, MAIL, login, folder=tmp_path, now=NOW, context=trusting_context())
    assert (done.sent, done.waiting, done.error) == (1, 0, "")
    assert server.letters[0].isascii()
    message = _parsed(server.letters[0])
    assert message["Subject"] == REPORT.subject
    assert message["To"] == "it@school.example"
    for kind, content in (("plain", REPORT.text), ("html", REPORT.html)):
        part = message.get_body((kind,))
        assert part is not None
        assert part.get_content().strip() == content.strip()
    clear = " ".join(server.heard)
    assert ("rcpt" in clear.lower()) == (not options.keys() & {"starttls", "implicit"})


def test_login_goes_by_tls_with_the_right_name_and_password(tmp_path: Path) -> None:
    """A relay outside the house wants to know who sends."""
    with mail_server(starttls=True, login=("it", "s3cret")) as server:
        login = _login(server.server_address[1], user="it")
        done = deliver(REPORT, MAIL, login, folder=tmp_path, now=NOW, context=trusting_context())
    assert done.sent == 1
    assert server.logins == ["it/s3cret"]
    assert "s3cret" not in " ".join(server.heard)


def test_a_password_never_goes_in_the_clear(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that offers no TLS gets no login, whatever umstui.toml says."""
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *a, **k: real("127.0.0.1", *a, **k))
    with mail_server(login=("it", "s3cret")) as server:
        login = _login(server.server_address[1], user="it", host="mail.school.example")
        done = deliver(REPORT, MAIL, login, folder=tmp_path, now=NOW)
    assert (done.sent, done.waiting) == (0, 1)
    assert "TLS" in done.error
    assert not server.logins
    assert not server.letters


def test_a_certificate_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    """Somebody in between must not read the report, nor the password."""
    with mail_server(starttls=True, login=("it", "s3cret")) as server:
        login = _login(server.server_address[1], user="it")
        done = deliver(REPORT, MAIL, login, folder=tmp_path, now=NOW)
    assert done.waiting == 1
    assert "TLS" in done.error
    assert not server.logins


def test_a_wrong_password_is_named_without_being_shown(tmp_path: Path) -> None:
    """The error tells whose login was refused, and nothing else."""
    with mail_server(starttls=True, login=("it", "other")) as server:
        login = _login(server.server_address[1], user="it")
        done = deliver(REPORT, MAIL, login, folder=tmp_path, now=NOW, context=trusting_context())
    assert "refused the login of it" in done.error
    assert "s3cret" not in done.error + repr(login)


def test_a_mail_that_could_not_go_waits_and_goes_with_the_next(tmp_path: Path) -> None:
    """A mail server that is down on Sunday loses no report."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        closed = _login(taken.getsockname()[1])
        first = deliver(REPORT, MAIL, closed, folder=tmp_path, now=NOW)
    assert (first.sent, first.waiting) == (0, 1)
    assert "The report waits" in first.error
    second = StatusReport("13", "umstui: applied", "b", "<p>b</p>")
    with mail_server() as server:
        done = deliver(
            second,
            MAIL,
            _login(server.server_address[1]),
            folder=tmp_path,
            now=NOW + dt.timedelta(days=1),
        )
    assert (done.sent, done.waiting, done.error) == (2, 0, "")
    assert [_parsed(letter)["Subject"] for letter in server.letters] == [
        REPORT.subject,
        second.subject,
    ]


def test_one_letter_that_is_refused_does_not_stop_the_next(tmp_path: Path) -> None:
    """A reader who has left must not keep the others' reports back."""
    gone = Mail(smtp="smtp://mail", sender="a@b.example", to=["gone@school.example"])
    with mail_server(refuses="gone@") as server:
        login = _login(server.server_address[1])
        first = deliver(REPORT, gone, login, folder=tmp_path, now=NOW)
        done = deliver(REPORT, MAIL, login, folder=tmp_path, now=NOW + dt.timedelta(days=1))
    assert "refused every recipient" in first.error
    assert (done.sent, done.waiting) == (1, 1)


def test_the_outbox_keeps_the_newest_reports(tmp_path: Path) -> None:
    """A mail server that is gone for good must not fill the disk."""
    outbox = tmp_path / "outbox"
    outbox.mkdir()
    for number in range(60):
        (outbox / f"20260101T0000{number:02}000000-{number}.eml").write_text("Subject: old\n\n")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        done = deliver(REPORT, MAIL, _login(taken.getsockname()[1]), folder=tmp_path, now=NOW)
    assert done.waiting == 50
    assert max(p.name for p in outbox.iterdir()).endswith("-12.eml")


def test_without_mail_the_report_is_a_file(tmp_path: Path) -> None:
    """Where no mail is set the report can still be read."""
    done = deliver(REPORT, Mail(), None, folder=tmp_path / "reports", now=NOW)
    assert done.file is not None
    assert done.file.read_text(encoding="utf-8").startswith("umstui: HELD: Ærø\n\nText på dansk")
    assert done.file.with_suffix(".html").exists()


def test_a_folder_that_cannot_be_written_is_said_and_fails_nothing(tmp_path: Path) -> None:
    """A full disk under the report must not turn a good run into a failed one."""
    (tmp_path / "reports").write_text("a file where the folder should be")
    done = deliver(REPORT, Mail(), None, folder=tmp_path / "reports", now=NOW)
    assert "could not be written" in done.error


class _Keyring:
    def get_password(self, service: str, name: str) -> str | None:
        return "from keyring" if (service, name) == ("umstui", "smtp-password") else None


@pytest.mark.parametrize(
    ("url", "environment", "login"),
    [
        ("smtp://host", {}, MailLogin("host", 25, False)),
        ("smtp://host:587", {}, MailLogin("host", 587, False)),
        ("smtps://it%40school@host", {}, MailLogin("host", 465, True, "it@school", "from keyring")),
        (
            "smtps://it@host:4650",
            {"UMSTUI_SMTP_PASSWORD": "given"},
            MailLogin("host", 4650, True, "it", "given"),
        ),
    ],
)
def test_where_mail_goes_and_who_sends_it(
    url: str, environment: dict[str, str], login: MailLogin
) -> None:
    """The environment comes before the keyring, as for every other secret."""
    assert mail_login(Mail(smtp=url), environment, _Keyring()) == login


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("mail.school.example:25", "must look like"),
        ("http://host", "must look like"),
        ("smtp://", "must look like"),
        ("smtp://host:99999", "port"),
        ("smtp://it:s3cret@host", "holds a password"),
    ],
)
def test_a_mail_address_that_cannot_be_meant_is_refused(url: str, reason: str) -> None:
    """A password in umstui.toml is refused, and not repeated in the refusal."""
    with pytest.raises(SettingsError, match=reason) as refused:
        mail_login(Mail(smtp=url), {}, None)
    assert "s3cret" not in str(refused.value)
