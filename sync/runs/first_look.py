"""Before there is an umstui.toml: is the database what it should be, does the site answer?"""

from __future__ import annotations

from sync.errors import UmstuiError
from sync.model import CheckLine
from sync.runs.installation import Installation
from sync.runs.site import reading_site, secrets
from sync.ums import tables
from sync.ums.mapping import Missing, inspect, physical_columns
from sync.ums.organizations import Organization


def missing_names(installation: Installation) -> tuple[Missing, ...]:
    """Tables and columns that the database lacks under their mapped names, required ones first.
    Raises DatabaseUnreachable."""
    source = installation.source()
    try:
        missing = inspect(source, installation.mapping).missing
    finally:
        source.dispose()
    return tuple(sorted(missing, key=lambda one: not one.required))


def columns_there(installation: Installation, table: str) -> list[str]:
    """The columns that a table of the database has, by their own names; none where it is not
    there."""
    found = next(known for known in tables.ALL_TABLES if known.name == table)
    source = installation.source()
    try:
        with source.connect() as connection:
            return physical_columns(connection, installation.mapping, found)
    finally:
        source.dispose()


def has_password(installation: Installation, organization: Organization) -> bool:
    """Whether a password for the site is found anywhere (cli.md)."""
    return bool(secrets(installation, organization).password)


def reach_site(installation: Installation, organization: Organization) -> CheckLine:
    """Ask the site for an answer; nothing is written there."""
    subject = f"organization {organization.id}"
    try:
        with reading_site(installation, organization) as reader:
            reader.test()
    except UmstuiError as error:
        return CheckLine("error", subject, str(error))
    words = f"{organization.url} answers as {organization.username}"
    return CheckLine("ok", subject, words)
