"""Changing the settings in the UMS database, and secrets in the keyring: each is audited."""

from __future__ import annotations

from collections.abc import Mapping

import keyring
from keyring.errors import KeyringError

from sync.errors import NotFound, Refused, SettingsError
from sync.runs.installation import Installation, choose_organization
from sync.runs.ums_settings import NEEDED, TABLES, SettingRow
from sync.state import audit
from sync.ums import tables
from sync.ums.organizations import KEYRING_SERVICE, organizations
from sync.ums.settings_writer import GROWING, add_setting, remove_setting, write_setting
from sync.ums.tables import Table

SECRETS = ("password", "api-secret")

_BY_NAME = {table.name: table for table in TABLES}


def change_setting(installation: Installation, row: SettingRow, values: Mapping[str, str]) -> None:
    """Write changed values of a row into the UMS database, and into the audit trail.

    ``row`` is as it was read. Raises Refused where it is not so any more or where rooms would be
    published before they exist (rules.md 12), NotAllowed, NotFound.
    """
    installation.require("approver", to="change settings")
    changed = {name: text for name, text in values.items() if row.values.get(name, "") != text}
    if not changed:
        raise Refused("Nothing was changed.")
    after = {**row.values, **values}
    if row.table == tables.ITSLEARNING_SETTINGS.name:
        publishing, create = after["StartPublishingDaysBefore"], after["CreateDaysBefore"]
        if int(publishing or 0) >= int(create or 0):
            raise Refused(
                f"StartPublishingDaysBefore ({publishing}) has to be lower than CreateDaysBefore "
                f"({create}): a room must exist before learners join it."
            )
    source = installation.source(read_only=False)
    try:
        write_setting(
            source, installation.mapping, _BY_NAME[row.table], row.number,
            before={name: row.values.get(name, "") for name in changed}, after=changed,
        )  # fmt: skip
    finally:
        source.dispose()
    words = [f"{name}: {row.values.get(name, '') or '(empty)'} -> {text or '(empty)'}"
             for name, text in changed.items()]  # fmt: skip
    _record(installation, "change setting", f"{row.table} {row.number}: {'; '.join(words)}")


def add_sub_account(installation: Installation, row: SettingRow, org: int | None = None) -> int:
    """Store a new sub account with the values of ``row``, and give its ID; audited.

    Raises Refused where it names no column of Students, NotAllowed.
    """
    installation.require("approver", to="change settings")
    table = _growing(row)
    values = {name: text for name, text in row.values.items() if text}
    for name in NEEDED:
        if not values.get(name):
            raise Refused(f"{name} is needed; nothing was added.")
    source = installation.source(read_only=False)
    try:
        organization = choose_organization(organizations(source, installation.mapping), org)
        number = add_setting(source, installation.mapping, table, organization.id, values)
    finally:
        source.dispose()
    _record(installation, "add setting", f"{table.name} {number}: {_listed(values)}")
    return number


def remove_sub_account(installation: Installation, row: SettingRow) -> None:
    """Take a sub account out; its values stand in the audit trail.

    ``row`` is as it was read. Raises Refused where it is not so any more or where others stand
    under it, NotAllowed, NotFound.
    """
    installation.require("approver", to="change settings")
    table = _growing(row)
    source = installation.source(read_only=False)
    try:
        remove_setting(source, installation.mapping, table, row.number, before=row.values)
    finally:
        source.dispose()
    values = {name: text for name, text in row.values.items() if text}
    _record(installation, "remove setting", f"{table.name} {row.number}: {_listed(values)}")


def _growing(row: SettingRow) -> Table:
    table = _BY_NAME[row.table]
    if table not in GROWING:
        raise Refused(f"Rows of {row.table} are added and taken out in UMS itself, not here.")
    return table


def _listed(values: Mapping[str, str]) -> str:
    return "; ".join(f"{name}: {text}" for name, text in values.items())


def store_secret(installation: Installation, org: int, which: str, secret: str) -> None:
    """Put an organization's ``password`` or ``api-secret`` into the operating system's keyring.

    The secret goes nowhere else; the audit trail says only that one was stored. Raises
    SettingsError where this machine has no keyring.
    """
    installation.require("approver", to="store a secret")
    if which not in SECRETS:
        raise NotFound(f"There is no secret '{which}'; there are {' and '.join(SECRETS)}.")
    if not secret:
        raise Refused("An empty secret is not stored.")
    variable = f"UMSTUI_ORG_{org}_{which.upper().replace('-', '_')}"
    try:
        keyring.set_password(KEYRING_SERVICE, f"org-{org}-{which}", secret)
    except (KeyringError, OSError, RuntimeError) as error:
        raise SettingsError(
            f"This machine's keyring takes no secret ({type(error).__name__}). Set {variable} in "
            "the environment of the scheduler and of those who work here."
        ) from None
    _record(installation, "store secret", f"{which} of organization {org} in the keyring")


def _record(installation: Installation, action: str, words: str) -> None:
    audit.record(
        installation.state, installation.operator, installation.clock(), action, reason=words
    )
