"""Bringing a report to its readers: by mail, or into a file where no mail is set.

A mail that cannot be sent waits in the outbox, a folder of .eml files, and goes with the next
report. Nothing here ever makes a run fail.
"""

from __future__ import annotations

import datetime as dt
import smtplib
import ssl
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP, default
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from sync.errors import SettingsError
from sync.report.status import StatusReport
from sync.settings import Mail

PASSWORD_VARIABLE = "UMSTUI_SMTP_PASSWORD"  # noqa: S105 (the name, not a password)
SERVICE, PASSWORD_NAME = "umstui", "smtp-password"  # in the operating system's keyring
OUTBOX = "outbox"
OUTBOX_KEEPS = 50  # so many reports wait at most, the newest ones
_SECONDS = 30
# What the server, or the address, says of one letter and not of the next.
_OF_ONE_LETTER = (
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPSenderRefused,
    smtplib.SMTPDataError,
    UnicodeError,
)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Keyring(Protocol):
    """The part of the keyring module that is needed."""

    def get_password(self, service: str, name: str, /) -> str | None:
        """The secret kept under that name."""


@dataclass(frozen=True, slots=True)
class MailLogin:
    """Where and how mail is handed over. The password is shown by nothing."""

    host: str
    port: int
    implicit_tls: bool
    user: str = ""
    password: str = ""

    def __repr__(self) -> str:
        """Name the server only."""
        return f"MailLogin({self.host}:{self.port})"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a report: how many mails went, how many wait, the file, and why not sent."""

    sent: int = 0
    waiting: int = 0
    file: Path | None = None
    error: str = ""


def mail_login(
    settings: Mail, environment: Mapping[str, str], keyring: Keyring | None
) -> MailLogin:
    """Read ``[mail] smtp``: smtp://[user@]host[:port] (25) or smtps://[user@]host[:port] (465).

    The password of the user comes from UMSTUI_SMTP_PASSWORD, else from the keyring. SettingsError
    where the URL cannot be meant or holds a password itself.
    """
    parts = urlsplit(settings.smtp)
    try:
        port = parts.port
    except ValueError as error:
        raise SettingsError("The port in [mail] smtp is no number up to 65535.") from error
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise SettingsError("[mail] smtp must look like smtp://host:25 or smtps://user@host:465.")
    if parts.password is not None:
        raise SettingsError(
            "[mail] smtp holds a password. Take it out of umstui.toml and put it into the "
            f"environment variable {PASSWORD_VARIABLE} or the keyring."
        )
    user = unquote(parts.username or "")
    password = ""
    if user:
        password = environment.get(PASSWORD_VARIABLE, "")
        if not password and keyring is not None:
            password = keyring.get_password(SERVICE, PASSWORD_NAME) or ""
    implicit = parts.scheme == "smtps"
    return MailLogin(parts.hostname, port or (465 if implicit else 25), implicit, user, password)


def deliver(
    report: StatusReport,
    settings: Mail,
    login: MailLogin | None,
    *,
    folder: Path,
    now: dt.datetime,
    context: ssl.SSLContext | None = None,
) -> Delivery:
    """Send a report, with those that wait in the outbox first; write it to ``folder`` without mail.

    ``login`` is None where no mail is set. ``now`` is aware. ``context`` replaces the system's TLS
    certificates. Never raises for what a mail server or a disk does: ``error`` says it.
    """
    try:
        if login is None or not settings.to:
            return Delivery(file=_write(report, folder))
        waiting = folder / OUTBOX
        waiting.mkdir(parents=True, exist_ok=True)
        name = f"{now.astimezone(dt.UTC):%Y%m%dT%H%M%S%f}-{_file_name(report.run)}.eml"
        (waiting / name).write_bytes(_message(report, settings, now).as_bytes(policy=SMTP))
        return _send_all(waiting, login, context or ssl.create_default_context())
    except OSError as error:
        return Delivery(error=f"The report could not be written: {error.strerror or error}")
    except ValueError as error:
        return Delivery(error=f"[mail] from or to in umstui.toml cannot be used: {error}")


def _send_all(waiting: Path, login: MailLogin, context: ssl.SSLContext) -> Delivery:
    letters = sorted(waiting.glob("*.eml"))
    for oldest in letters[:-OUTBOX_KEEPS]:
        oldest.unlink()
    letters = letters[-OUTBOX_KEEPS:]
    sent, refused = 0, ""
    try:
        with closing(_connect(login, context)) as server:
            for letter in letters:
                message = BytesParser(policy=default).parsebytes(letter.read_bytes())
                try:
                    server.send_message(message)
                except _OF_ONE_LETTER as error:
                    refused = _mail_error(error, login)
                    continue
                sent += 1
                letter.unlink()
            with suppress(OSError, smtplib.SMTPException):  # all that counts has been said
                server.quit()
    except (OSError, smtplib.SMTPException) as error:
        return Delivery(sent, len(letters) - sent, error=_mail_error(error, login))
    return Delivery(sent, len(letters) - sent, error=refused)


def _connect(login: MailLogin, context: ssl.SSLContext) -> smtplib.SMTP:
    if login.implicit_tls:
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            login.host, login.port, timeout=_SECONDS, context=context
        )
    else:
        server = smtplib.SMTP(login.host, login.port, timeout=_SECONDS)
    try:
        server.ehlo()
        if not login.implicit_tls:
            if server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
            elif login.user and login.host not in _LOOPBACK:
                # A password never goes over the wire in the clear.
                raise smtplib.SMTPNotSupportedError("no TLS")
        if login.user:
            server.login(login.user, login.password)
    except BaseException:
        with suppress(OSError, smtplib.SMTPException):
            server.close()
        raise
    return server


def _mail_error(error: Exception, login: MailLogin) -> str:
    where = f"{login.host}:{login.port}"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        why = f"refused the login of {login.user}"
    elif isinstance(error, smtplib.SMTPNotSupportedError):
        why = "offers no TLS or no login, so no password was sent"
    elif isinstance(error, ssl.SSLError):
        why = f"has no valid TLS: {error.reason or 'certificate refused'}"
    elif isinstance(error, smtplib.SMTPResponseException):
        why = f"answered with {error.smtp_code}"
    elif isinstance(error, smtplib.SMTPRecipientsRefused):
        why = "refused every recipient"
    else:
        why = f"could not be used ({type(error).__name__})"
    return f"The mail server {where} {why}. The report waits and goes with the next one."


def _message(report: StatusReport, settings: Mail, now: dt.datetime) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["Subject"] = report.subject
    message["From"] = settings.sender or "umstui@localhost"
    message["To"] = ", ".join(settings.to)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain="umstui.localhost")
    message["Auto-Submitted"] = "auto-generated"
    # Quoted-printable, since not every mail server takes eight bits.
    message.set_content(report.text, cte="quoted-printable")
    message.add_alternative(report.html, subtype="html", cte="quoted-printable")
    return message


def _write(report: StatusReport, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    text = folder / f"report-{_file_name(report.run)}.txt"
    text.write_text(f"{report.subject}\n\n{report.text}", encoding="utf-8")
    text.with_suffix(".html").write_text(report.html, encoding="utf-8")
    return text


def _file_name(run: str) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in run)
