"""The itslearning connections of the UMS database, and where their secrets come from."""

from __future__ import annotations

from collections.abc import Mapping as Variables
from dataclasses import dataclass
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy import Engine

from sync.errors import NotFound
from sync.ums.database import reachable
from sync.ums.mapping import Mapping, inspect
from sync.ums.tables import API_SECRET, ORGANIZATION_SETTINGS, PASSWORD

KEYRING_SERVICE = "umstui"


class Keyring(Protocol):
    """The one call of the operating system's secret store that is needed."""

    def get_password(self, service_name: str, username: str) -> str | None:
        """The stored secret, or None."""


@dataclass(frozen=True, slots=True)
class Organization:
    """A row of itslearningOrganizationSettings without its secrets (ums.md 2.3)."""

    id: int
    description: str
    url: str
    username: str
    source_organization: str
    api_client_id: str
    api_url: str
    test_installation: bool
    installation_id: int | None


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """The secrets of one organization; empty where none was found anywhere."""

    password: str
    api_secret: str

    def __repr__(self) -> str:
        """Shows nothing: a repr ends up in tracebacks and logs."""
        return "Secrets(…)"


def on_one_site(one: Organization, other: Organization) -> bool:
    """True where two organizations write to one installation of itslearning (ums.md 2.3).

    Their InstallationIDs say so where both have one; else one URL is taken for one site, because
    many sites answer at the same address and only a delete too few can be mended. One user name at
    one URL is one site whatever the numbers say.
    """
    same_address = _address(one.url) == _address(other.url)
    if one.installation_id is None or other.installation_id is None:
        return same_address
    same_login = one.username.casefold() == other.username.casefold()
    return one.installation_id == other.installation_id or (same_address and same_login)


def organizations(engine: Engine, mapping: Mapping) -> list[Organization]:
    """All organizations in the order of their ID; SchemaMismatch, DatabaseUnreachable."""
    schema = inspect(engine, mapping, [ORGANIZATION_SETTINGS])
    schema.require(ORGANIZATION_SETTINGS)
    columns = [column.name for column in schema.columns(ORGANIZATION_SETTINGS)]
    query = sa.select(
        *(schema.column(ORGANIZATION_SETTINGS, name).label(name) for name in columns)
    ).order_by(schema.column(ORGANIZATION_SETTINGS, "ID"))
    with reachable(engine), engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
    return [
        Organization(
            id=int(row["ID"]),
            description=_text(row.get("Description")),
            url=_text(row["URL"]),
            username=_text(row["Username"]),
            source_organization=_text(row["SourceOrganization"]),
            api_client_id=_text(row.get("OrganizationAPIClientID")),
            api_url=_text(row.get("OrganizationAPIURL")),
            test_installation=bool(row.get("UseTestInstallation")),
            installation_id=_number(row.get("InstallationID")),
        )
        for row in rows
    ]


def secrets_of(
    engine: Engine,
    mapping: Mapping,
    organization_id: int,
    environment: Variables[str, str],
    keyring: Keyring | None,
) -> Secrets:
    """The secrets of one organization: environment, then keyring, then its row (cli.md).

    Each is looked for by itself; a machine without a keyring is no error. The row is only read
    for what the other two did not have. Raises NotFound where there is no such organization.
    """
    found = {
        which: environment.get(f"UMSTUI_ORG_{organization_id}_{which}")
        or _from_keyring(keyring, f"org-{organization_id}-{which.lower().replace('_', '-')}")
        for which in ("PASSWORD", "API_SECRET")
    }
    columns = {"PASSWORD": PASSWORD.name, "API_SECRET": API_SECRET.name}
    lacking = {which: columns[which] for which, secret in found.items() if not secret}
    if lacking:
        found.update(_from_row(engine, mapping, organization_id, lacking))
    return Secrets(found["PASSWORD"] or "", found["API_SECRET"] or "")


def _from_keyring(keyring: Keyring | None, name: str) -> str | None:
    if keyring is None:
        return None
    from keyring.errors import KeyringError  # noqa: PLC0415 (a start without secrets is quicker)

    try:
        return keyring.get_password(KEYRING_SERVICE, name)
    except (KeyringError, OSError, RuntimeError):  # no back end, locked, no session bus
        return None


def _from_row(
    engine: Engine, mapping: Mapping, organization_id: int, wanted: Variables[str, str]
) -> dict[str, str]:
    schema = inspect(engine, mapping, [ORGANIZATION_SETTINGS])
    schema.require(ORGANIZATION_SETTINGS)
    present = {
        which: schema.column(ORGANIZATION_SETTINGS, column)
        for which, column in wanted.items()
        if schema.has(ORGANIZATION_SETTINGS, column)
    }
    identity = schema.column(ORGANIZATION_SETTINGS, "ID")
    query = sa.select(identity, *present.values()).where(identity == organization_id)
    with reachable(engine), engine.connect() as connection:
        row = connection.execute(query).first()
    if row is None:
        raise NotFound(f"The UMS database has no organization {organization_id}.")
    return {which: str(secret or "") for which, secret in zip(present, row[1:], strict=True)}


def _address(url: str) -> str:
    return url.strip(" /").casefold()


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


def _number(value: object) -> int | None:
    return None if value is None else int(str(value))
