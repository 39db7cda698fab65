"""Without these a secret could be shown, or the wrong one sent to a site."""

from __future__ import annotations

import pytest
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringLocked
from sqlalchemy import Engine

from sync.errors import NotFound
from sync.ums.mapping import Mapping
from sync.ums.organizations import Organization, Secrets, on_one_site, organizations, secrets_of
from tests.ums.databases import ORGANIZATION, UmsDatabase


class FilledKeyring:
    def __init__(self, **secrets: str) -> None:
        self.secrets = {name.replace("_", "-"): secret for name, secret in secrets.items()}

    def get_password(self, service_name: str, username: str) -> str | None:
        assert service_name == "umstui"
        return self.secrets.get(username)


class LockedKeyring:
    def get_password(self, service_name: str, username: str) -> str | None:
        raise KeyringLocked(service_name, username)


def test_organizations_come_in_order_and_without_secrets(
    database: UmsDatabase, engine: Engine, mapping: Mapping
) -> None:
    database.insert(
        "itslearningOrganizationSettings",
        {**ORGANIZATION, "ID": 3, "InstallationID": 7, "UseTestInstallation": 1},
        {**ORGANIZATION, "ID": 2, "OrganizationAPIClientID": "api"},
    )
    found = organizations(engine, mapping)
    assert [item.id for item in found] == [1, 2, 3]
    assert (found[2].installation_id, found[2].test_installation) == (7, True)
    assert (found[1].api_client_id, found[1].test_installation) == ("api", False)
    assert "row-secret" not in repr(found)


@pytest.mark.parametrize(
    ("environment", "keyring", "password"),
    [
        ({"UMSTUI_ORG_1_PASSWORD": "env"}, FilledKeyring(org_1_password="ring"), "env"),
        ({"UMSTUI_ORG_1_PASSWORD": ""}, FilledKeyring(org_1_password="ring"), "ring"),
        ({"UMSTUI_ORG_11_PASSWORD": "env"}, FilledKeyring(org_11_password="x"), "row-secret"),
        ({}, NoKeyring(), "row-secret"),
        ({}, LockedKeyring(), "row-secret"),
        ({}, None, "row-secret"),
    ],
)
def test_environment_then_keyring_then_row(
    engine: Engine,
    mapping: Mapping,
    environment: dict[str, str],
    keyring: FilledKeyring | None,
    password: str,
) -> None:
    assert secrets_of(engine, mapping, 1, environment, keyring).password == password


def test_each_secret_is_looked_for_by_itself(
    database: UmsDatabase, engine: Engine, mapping: Mapping
) -> None:
    database.execute(
        "UPDATE itslearningOrganizationSettings SET OrganizationAPIClientSecret = 'row-api'"
    )
    found = secrets_of(engine, mapping, 1, {"UMSTUI_ORG_1_PASSWORD": "env"}, None)
    assert found == Secrets("env", "row-api")
    ring = FilledKeyring(org_1_api_secret="ring-api")
    assert secrets_of(engine, mapping, 1, {}, ring) == Secrets("row-secret", "ring-api")


def test_a_database_without_secret_columns_has_none(
    database: UmsDatabase, engine: Engine, mapping: Mapping
) -> None:
    database.execute("ALTER TABLE itslearningOrganizationSettings DROP COLUMN Password")
    assert secrets_of(engine, mapping, 1, {}, None) == Secrets("", "")


def test_an_organization_that_is_not_there(engine: Engine, mapping: Mapping) -> None:
    with pytest.raises(NotFound, match="no organization 9"):
        secrets_of(engine, mapping, 9, {}, None)


def test_a_secret_shows_nothing_of_itself() -> None:
    shown = f"{Secrets('pw', 'api')!r} {Secrets('pw', 'api')}"
    assert "pw" not in shown
    assert "api" not in shown


def organization(number: int, url: str, user: str, installation: int | None) -> Organization:
    return Organization(number, "", url, user, "root", "", "", False, installation)


@pytest.mark.parametrize(
    ("url", "user", "installation", "one"),
    [
        ("https://Site.example/soap/", "w", None, True),
        ("https://site.example/soap", "w", 1, True),
        ("https://site.example/soap", "w", 2, False),
        ("https://site.example/soap", "U", 2, True),
        ("https://other.example/soap", "w", 1, True),
        ("https://other.example/soap", "u", None, False),
    ],
)
def test_which_organizations_write_to_one_site(
    url: str, user: str, installation: int | None, one: bool
) -> None:
    """Else a person whom both have would be deleted by the first that lets go."""
    first = organization(1, "https://site.example/soap", "u", 1)
    assert on_one_site(first, organization(2, url, user, installation)) is one
