"""Without these an installation with other names could not be read, or would be misread."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import Engine

from sync.errors import SchemaMismatch, SettingsError
from sync.settings import Ums
from sync.ums import tables
from sync.ums.mapping import Mapping, inspect, split_name
from tests.ums.databases import SCHEMA, UmsDatabase


def test_the_contracts_own_names_need_no_mapping(engine: Engine, mapping: Mapping) -> None:
    schema = inspect(engine, mapping)
    assert schema.missing == ()
    schema.require(*tables.ALL_TABLES)


def test_every_name_of_the_contract_is_known() -> None:
    """A column forgotten here would be a feature that silently never works."""
    for name, body in re.findall(r"CREATE TABLE (\w+)\s*\((.*?)\);", SCHEMA, re.DOTALL):
        table = next(table for table in tables.ALL_TABLES if table.name == name)
        known = {column.name for column in table.columns} | {"Password"}
        known |= {"OrganizationAPIClientSecret", *tables.NEVER_READ}
        assert set(re.findall(r"(\w+) (?:INT|NVARCHAR|BIT|DATETIME2)\b", body)) <= known


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ({"tables": {"Student": "Elever"}}, "did you mean 'Students'"),
        ({"columns": {"Students.StudieNo": "Nr"}}, "did you mean 'Students.StudieNr'"),
        ({"columns": {"StudieNr": "Nr"}}, "not a name this program knows"),
    ],
)
def test_a_slip_in_a_logical_name_is_refused(names: dict[str, dict[str, str]], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        Mapping.of(Ums(url="sqlite://", **names))


@pytest.mark.parametrize(
    "columns",
    [
        {"Students.StudieNr": "CPR"},
        {"Students.ExtraField1": "birthday"},
        {"Students.CPR": "PersonNr", "Students.ExtraField1": "personnr"},
        {"itslearningOrganizationSettings.Description": "Password"},
        {"itslearningOrganizationSettings.Username": "OrganizationAPIClientSecret"},
    ],
)
def test_what_is_never_shown_has_no_other_name(columns: dict[str, str]) -> None:
    """A person's number as a user name would stand on every screen and in every file."""
    with pytest.raises(SettingsError, match="never shown or kept"):
        Mapping(columns=columns)


def test_what_is_never_shown_may_have_another_name_in_the_database() -> None:
    mapping = Mapping(columns={"Students.CPR": "PersonNr", "Students.BirthDay": "Born"})
    assert mapping.column("Students", "CPR") == "PersonNr"


def test_physical_names_are_used_whatever_their_case(database: UmsDatabase, engine: Engine) -> None:
    database.execute("CREATE TABLE Elever (BRUGER NVARCHAR(64), kode INT)")
    mapping = Mapping({"Students": "elever"}, {"Students.StudieNr": "bruger"})
    schema = inspect(engine, mapping, [tables.STUDENTS])
    assert schema.has(tables.STUDENTS, "StudieNr")
    assert schema.column(tables.STUDENTS, "StudieNr").name == "BRUGER"
    assert not schema.has(tables.STUDENTS, "Fornavne")


def test_what_is_missing_is_named_with_the_line_that_mends_it(
    database: UmsDatabase, engine: Engine, mapping: Mapping
) -> None:
    database.execute("ALTER TABLE Students DROP COLUMN Efternavn")
    database.execute("ALTER TABLE Students DROP COLUMN Skolekode")
    database.execute("DROP TABLE itslearning_Groups")
    schema = inspect(engine, mapping)
    told = [str(item) for item in schema.missing]
    assert [item.required for item in schema.missing] == [True, False, True]
    assert 'write "Students.Efternavn" = "…" under [ums.columns]' in told[0]
    assert "this is off: limits and views per school" in told[1]
    assert 'itslearning_Groups = "…" under [ums.tables]' in told[2]
    with pytest.raises(SchemaMismatch, match=r"Efternavn.*not there"):
        schema.require(tables.STUDENTS)
    with pytest.raises(SchemaMismatch, match="itslearning_Groups"):
        schema.require(*tables.MEMORY_TABLES)
    schema.require(tables.LEARNERS)


@pytest.mark.parametrize(
    ("physical", "parts"),
    [
        ("Students", ("", "Students")),
        ("dbo.Students", ("dbo", "Students")),
        ("[dbo].[Students]", ("dbo", "Students")),
    ],
)
def test_a_table_may_stand_in_a_schema(physical: str, parts: tuple[str, str]) -> None:
    assert split_name(physical) == parts
