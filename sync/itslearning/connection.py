"""The one way to itslearning: HTTPS, a login in every message, patience, and a limit on haste."""

from __future__ import annotations

import datetime as dt
import email.utils
import logging
import random as random_numbers
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from sync.errors import CredentialsRefused, SiteUnreachable
from sync.itslearning import answers, contract
from sync.itslearning.codec import Record
from sync.itslearning.in_flight import InFlight
from sync.itslearning.shapes import ShapedReader
from sync.itslearning.transport import checked_address, http_transport, stop_for_certificate
from sync.settings import Itslearning

logger = logging.getLogger(__name__)
logger.addHandler(logging.NullHandler())  # else Python writes warnings over the console's screen

_LONGEST_WAIT = 60.0  # seconds, unless the site itself asks for more
_LONGEST_RETRY_AFTER = 600.0
_CONNECT_SECONDS = 30.0
_SLOW_PART = 0.25  # an answer that took this part of the time-out says that the site struggles
_HEADERS = {
    "Content-Type": "text/xml; charset=utf-8",
    "Accept-Encoding": "gzip, deflate",
    "User-Agent": "umstui",
}
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError, httpx.PoolTimeout)


class AnswerLost(SiteUnreachable):
    """A message may have been carried out, but no readable answer came back."""


class MessageTooLarge(Exception):
    """The site refused a message for its size; a smaller batch may pass."""


@dataclass(frozen=True)
class _Trouble:
    """Why one attempt did not succeed. ``sent`` is true where the message may have been taken."""

    words: str
    sent: bool
    pause: float = 0.0


@dataclass(frozen=True, repr=False)
class _Question:
    """One message, where it goes and how its answer is read."""

    services: contract.Contract
    operation: contract.Operation
    message: bytes
    url: str
    items: ShapedReader[Any] | None = None


class Connection:
    """One login at one address. Safe to share between threads; they share its limit too.

    Network errors, time-outs, 5xx pages and answers that break off are tried again with growing,
    jittered waits, ``attempts`` times in all; what itslearning answers properly never is.
    """

    def __init__(
        self,
        url: str,
        user_name: str,
        password: str,
        settings: Itslearning,
        *,
        folder: Path = Path(),
        first_wait: float = 1.0,
        sleep: Callable[[float], None] = time.sleep,
        random: Callable[[], float] = random_numbers.random,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``folder`` is where a relative ``ca_bundle`` starts (readings.md 46); ``first_wait`` is
        in seconds. Raises SettingsError for an address or a login that cannot be used."""
        self.url = checked_address(url)
        self.settings = settings
        self.in_flight = InFlight(settings.max_in_flight, clock)
        self._token = contract.user_name_token(user_name, password)
        self._first_wait, self._sleep, self._random, self._clock = first_wait, sleep, random, clock
        self._http = http_transport(self.url, settings, folder)
        seconds = settings.timeout_seconds
        timeout = httpx.Timeout(seconds, connect=min(_CONNECT_SECONDS, seconds))
        self._extensions = {"timeout": timeout.as_dict()}

    def __repr__(self) -> str:
        return f"Connection({self.url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Gives the sockets back."""
        self._http.close()

    @property
    def host(self) -> str:
        """The host name, for messages to people."""
        return urlsplit(self.url).hostname or self.url

    @cached_property
    def _envelope(self) -> contract.Envelope:
        return contract.envelope(self._token)

    def send(
        self,
        name: str,
        body: str,
        *,
        items: ShapedReader[Any] | None = None,
        resend: bool = True,
    ) -> answers.Answer:
        """One mass call of IMS Enterprise Services; ``body`` is the request element as text, and
        ``items`` reads the set that makes up most of the answer.

        ``resend`` is false where the same message may not be sent twice; then a lost answer raises
        AnswerLost at once. Raises SiteUnreachable, CredentialsRefused, MessageTooLarge.
        """
        services = contract.enterprise()
        identifier = uuid.uuid4().hex
        message = self._envelope.around(identifier, body)
        asked = _Question(services, services.operation(name), message, self.url, items)
        return self._exchange(asked, resend)

    def call(
        self,
        name: str,
        request: Record,
        *,
        services: contract.Contract | None = None,
        url: str = "",
        resend: bool = True,
    ) -> answers.Answer:
        """One small call, its message made by zeep. ``url`` and ``services`` name another service
        of the same login (the Organisation API). Raises as ``send`` does."""
        services = services or contract.enterprise()
        operation = services.operation(name)
        message = operation.message(self._token, uuid.uuid4().hex, request)
        return self._exchange(_Question(services, operation, message, url or self.url), resend)

    def wait(self, attempt: int, at_least: float = 0.0) -> None:
        """Waits before the next attempt: twice as long each time, jittered so that many clients
        do not return together."""
        seconds = min(_LONGEST_WAIT, self._first_wait * 2.0**attempt) * (0.5 + self._random() / 2)
        self._sleep(max(seconds, at_least))

    def _exchange(self, asked: _Question, resend: bool) -> answers.Answer:
        sent, operation = False, asked.operation
        trouble = _Trouble("no attempt was made", sent=False)
        for attempt in range(self.settings.attempts):
            if attempt:
                self.wait(attempt - 1, trouble.pause)
            result = self._attempt(asked, resent=sent)
            if isinstance(result, answers.Answer):
                self._refuse_login(result)
                return result
            trouble = result
            sent = sent or trouble.sent
            logger.warning(
                "%s at %s, attempt %d of %d: %s",
                operation.name,
                self.host,
                attempt + 1,
                self.settings.attempts,
                trouble.words,
            )
            if trouble.sent and not resend:
                break
        if sent:
            raise AnswerLost(
                f"itslearning at {self.host} did not answer {operation.name} properly "
                f"({trouble.words}). Wait until the site answers again, then resume the run."
            )
        raise SiteUnreachable(
            f"itslearning at {self.host} cannot be reached ({trouble.words}). Check the URL of the "
            "organization, the network and the proxy, then try again."
        )

    def _attempt(self, asked: _Question, *, resent: bool) -> answers.Answer | _Trouble:
        with self.in_flight.slot() as began:
            try:
                response, content = self._post(asked, began)
            except _NEVER_SENT as error:
                stop_for_certificate(error, self.host)
                self.in_flight.struggling(began)
                return _Trouble(_words(error), sent=False)
            except httpx.RequestError as error:
                self.in_flight.struggling(began)
                return _Trouble(_words(error), sent=True)
            seconds = self._clock() - began
            logger.debug("%s: %d in %.3f s", asked.operation.name, response.status_code, seconds)
            outcome = self._judged(asked, response, content, resent)
            if isinstance(outcome, _Trouble):
                self.in_flight.struggling(began, outcome.pause)
            elif seconds > self.settings.timeout_seconds * _SLOW_PART:
                self.in_flight.struggling(began)
            else:
                self.in_flight.answered()
            return outcome

    def _post(self, asked: _Question, began: float) -> tuple[httpx.Response, bytes]:
        """Posts and reads to the end; the time-out counts for the whole, not for each packet."""
        request = httpx.Request(
            "POST",
            _parsed(asked.url),
            content=asked.message,
            headers={**_HEADERS, "SOAPAction": f'"{asked.operation.action}"'},
            extensions=self._extensions,
        )
        response = self._http.handle_request(request)
        try:
            chunks = []
            for chunk in response.iter_bytes():
                chunks.append(chunk)
                if self._clock() - began > self.settings.timeout_seconds:
                    raise httpx.ReadTimeout("the answer did not end in time")
            return response, b"".join(chunks)
        finally:
            response.close()

    def _judged(
        self, asked: _Question, response: httpx.Response, content: bytes, resent: bool
    ) -> answers.Answer | _Trouble:
        """What a complete HTTP answer means."""
        status = response.status_code
        try:
            return answers.read_answer(
                asked.services,
                asked.operation,
                content,
                asked.items,
                resent=resent,
                faults_only=status != httpx.codes.OK,
            )
        except answers.NotSoap as error:
            words = str(error)
        if status == httpx.codes.OK:
            return _Trouble(words, sent=True)
        if status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
            raise self._refused()
        if status == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
            raise MessageTooLarge
        if status >= 500 or status in _PASSING_STATUS:
            return _Trouble(f"HTTP {status}", sent=True, pause=_retry_after(response))
        raise SiteUnreachable(
            f"{self.host} answers with HTTP {status} where itslearning's services should be. "
            "Check the URL of the organization; it comes from Administration > Manage IMS "
            "Enterprise Web services."
        )

    def _refuse_login(self, answer: answers.Answer) -> None:
        if answer.fault is None:
            return
        if answer.fault.refuses_credentials:
            raise self._refused()
        if answer.fault.unknown_operation:
            raise SiteUnreachable(
                f"{self.host} does not offer the operation that was asked for. Check the URL of "
                "the organization and what is switched on under Administration > Manage IMS "
                "Enterprise Web services."
            )

    def _refused(self) -> CredentialsRefused:
        return CredentialsRefused(
            f"itslearning at {self.host} refuses the user name or the password. Check the login "
            "of the organization: itslearning shows it under Administration > Manage IMS "
            "Enterprise Web services, and gives out the one of the Organisation API itself."
        )


@lru_cache(maxsize=32)
def _parsed(url: str) -> httpx.URL:
    return httpx.URL(url)


_PASSING_STATUS = frozenset({httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_MANY_REQUESTS, 425})


def _words(error: Exception) -> str:
    """An error of the network in words; httpx's own texts name no secret."""
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    return " ".join(str(error).split()) or type(error).__name__


def _retry_after(response: httpx.Response) -> float:
    """Seconds that the site asks to wait, 0 where it asks for none."""
    value = response.headers.get("Retry-After", "").strip()
    if not value:
        return 0.0
    if value.isascii() and value.isdigit():
        return min(float(value), _LONGEST_RETRY_AFTER)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    seconds = (moment - dt.datetime.now(dt.UTC)).total_seconds()
    return min(max(seconds, 0.0), _LONGEST_RETRY_AFTER)
