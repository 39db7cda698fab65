"""Connections to an organization's site, made only when something is to be asked or sent."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import keyring

from sync.errors import CredentialsRefused
from sync.runs.installation import Installation
from sync.ums.organizations import Organization, Secrets, secrets_of

if TYPE_CHECKING:
    from sync.itslearning import Connection, SiteReader
    from sync.runs.sending_site import SendingSite


def secrets(installation: Installation, organization: Organization) -> Secrets:
    """The organization's secrets: environment, keyring, then its row (cli.md)."""
    engine = installation.source()
    try:
        return secrets_of(engine, installation.mapping, organization.id, os.environ, keyring)
    finally:
        engine.dispose()


def connect(installation: Installation, organization: Organization) -> Connection:
    """A connection to the organization's site. Raises CredentialsRefused without a password."""
    from sync.itslearning import Connection  # noqa: PLC0415 (SOAP takes 30 MB and 0.2 s)

    found = secrets(installation, organization)
    if not found.password:
        raise CredentialsRefused(
            f"Organization {organization.id} has no password for itslearning: set "
            f"UMSTUI_ORG_{organization.id}_PASSWORD, or put it into the keyring or its row in UMS."
        )
    return Connection(
        organization.url,
        organization.username,
        found.password,
        installation.settings.itslearning,
        folder=installation.settings.folder,
    )


def connect_api(installation: Installation, organization: Organization) -> Connection:
    """A connection to the Organisation API, which has a login of its own (imses-protocol.md 8)."""
    from sync.itslearning import Connection  # noqa: PLC0415 (SOAP takes 30 MB and 0.2 s)

    found = secrets(installation, organization)
    if not found.api_secret or not organization.api_url:
        raise CredentialsRefused(
            f"Organization {organization.id} has an Organisation API client but no secret or no "
            f"OrganizationAPIURL: set UMSTUI_ORG_{organization.id}_API_SECRET and the URL in UMS, "
            "or empty OrganizationAPIClientID to leave the timetable out."
        )
    return Connection(
        organization.api_url,
        organization.api_client_id,
        found.api_secret,
        installation.settings.itslearning,
        folder=installation.settings.folder,
    )


def load_ahead() -> None:
    """Load what asking a site takes, as a thread may while databases work: half a second."""
    from sync.itslearning import SiteReader  # noqa: F401, PLC0415
    from sync.itslearning.contract import enterprise  # noqa: PLC0415

    enterprise()


@contextmanager
def reading_site(installation: Installation, organization: Organization) -> Iterator[SiteReader]:
    """A reader of the organization's site; it has no call that writes."""
    from sync.itslearning import SiteReader  # noqa: PLC0415 (SOAP takes 30 MB and 0.2 s)

    with connect(installation, organization) as connection:
        yield SiteReader(connection)


@contextmanager
def sending_site(installation: Installation, organization: Organization) -> Iterator[SendingSite]:
    """The one object that writes to the organization's site."""
    from sync.itslearning import EventWriter  # noqa: PLC0415
    from sync.runs.sending_site import SendingSite  # noqa: PLC0415

    installation.may_write(to="write to itslearning")
    with ExitStack() as stack:
        connection = stack.enter_context(connect(installation, organization))
        events = None
        if organization.api_client_id:
            events = EventWriter(stack.enter_context(connect_api(installation, organization)))
        yield SendingSite(connection, events)


def in_parts(keys: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Keys in parts of at most ``size``."""
    for start in range(0, len(keys), size):
        yield keys[start : start + size]
