"""The settings of UMS: tried out before they count, never written over somebody else's change."""

from __future__ import annotations

from dataclasses import replace

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

from sync import runs
from sync.errors import CriteriaRefused, NotAllowed, Refused, SettingsError
from sync.runs import SettingRow, SettingsReader
from sync.settings import Operators
from tests.runs.synced_school import School

GROUPS = "itslearningSubAccountSettings"
COURSES = "itslearningSubAccountCoursesSettings"
SETTINGS = "itslearningSettings"


class MemoryKeyring(KeyringBackend):
    """A keyring that forgets."""

    priority = 1.0

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        raise PasswordDeleteError


def _row(reader: SettingsReader, table: str) -> SettingRow:
    return next(row for row in reader.rows() if row.table == table)


def test_every_table_of_the_organization_is_shown_and_no_secret(synced: School) -> None:
    """What makes the rooms must be in sight; the password must not."""
    with runs.open_settings(synced.installation()) as reader:
        rows = reader.rows()
    assert {row.table for row in rows} >= {
        "itslearningOrganizationSettings", "Templates", SETTINGS, "itslearningSiteSettings",
        "itslearningCohortSettings", GROUPS, COURSES,
    }  # fmt: skip
    assert not [
        row for row in rows for name in row.values if "Password" in name or "Secret" in name
    ]


def test_a_criterion_is_counted_as_it_is_typed(synced: School) -> None:
    """A criterion that takes nobody deletes everybody; the number is seen before it is stored."""
    with runs.open_settings(synced.installation()) as reader:
        taken, of = reader.taken("UserTypes_ID = 1")
        assert 0 < taken < of
        assert reader.taken("UserTypes_ID = 7")[0] == 0
        with pytest.raises(CriteriaRefused):
            reader.taken("1=1; DROP TABLE Students")
        row = _row(reader, GROUPS)
        assert reader.why_not(row, "SQLCriteria", "Nothing = 1")
        assert "no column of Students" in reader.why_not(row, "DatabaseField", "CPR")
        setting = _row(reader, SETTINGS)
        assert "Auto, Manual" in reader.why_not(setting, "DeleteSites", "auto")
        assert reader.why_not(setting, "CreateDaysBefore", "two") == "a whole number"
        assert reader.why_not(setting, "CreateDaysBefore", "21") == ""


def test_the_hierarchy_shows_what_a_change_would_make_and_nothing_is_changed(
    synced: School,
) -> None:
    """Nodes that would come, go and be filled differently are seen before anything is stored."""
    with runs.open_settings(synced.installation()) as reader:
        row = next(r for r in reader.rows() if r.table == COURSES and not r.values["Parent_ID"])
        before = reader.hierarchy(row, {"DatabaseField": row.values["DatabaseField"]})
        assert before
        assert sum(node.count for node in before) > 0
        nobody = reader.hierarchy(row, {"SQLCriteria": "UserTypes_ID = 7"})
        assert len(nobody) < len(before)
        assert sum(node.count for node in nobody) == sum(node.count for node in before)
        again = reader.hierarchy(row, {"DatabaseField": row.values["DatabaseField"]})
    assert again == before


def test_sub_accounts_are_added_moved_and_taken_out(synced: School) -> None:
    """A hierarchy is built here, level by level, and each step is seen before and audited after."""
    installation = synced.installation()
    with runs.open_settings(installation) as reader:
        top = next(row for row in reader.tops() if row.table == GROUPS)
        first = next(r for r in reader.rows() if r.table == GROUPS and not r.values["Parent_ID"])
        before = reader.hierarchy(first, {})
        values = {"Parent_ID": str(first.number), "Description": "By type",
                  "DatabaseField": "UserTypes_ID", "SQLCriteria": ""}  # fmt: skip
        new = replace(top, values=values)
        with_it = reader.hierarchy(new, values)
        assert with_it != before
        assert reader.hierarchy(first, {}) == before, "looking stored something"
        assert reader.why_not(new, "DatabaseField", "") == "it is needed"
        assert "cannot stand under" in reader.why_not(first, "Parent_ID", str(first.number))
    number = runs.add_sub_account(installation, new)
    stored = f"SELECT Parent_ID, Description, DatabaseField FROM {GROUPS} WHERE ID = {number}"
    assert synced.rows(stored) == [(first.number, "By type", "UserTypes_ID")]
    entry = runs.audit_trail(installation)[-1]
    assert (entry.action, "DatabaseField: UserTypes_ID" in entry.reason) == ("add setting", True)

    with runs.open_settings(installation) as reader:
        row = next(r for r in reader.rows() if r.table == GROUPS and r.number == number)
        parent = next(r for r in reader.rows() if r.table == GROUPS and r.number == first.number)
        assert reader.hierarchy(row, {}) == with_it
        assert reader.hierarchy(row, None) == before
        assert str(number) in reader.why_not_remove(parent)
        assert reader.why_not(parent, "Parent_ID", str(number)), "it would stand under itself"
        assert first.number in reader.parents(row)
    with pytest.raises(Refused, match=f"{number} stand under {first.number}"):
        runs.remove_sub_account(installation, parent)
    runs.change_setting(installation, row, {"Parent_ID": ""})
    assert synced.rows(stored) == [(None, "By type", "UserTypes_ID")]
    with pytest.raises(Refused, match="changed meanwhile"):
        runs.remove_sub_account(installation, row)
    runs.remove_sub_account(installation, replace(row, values={**row.values, "Parent_ID": ""}))
    assert synced.rows(stored) == []
    assert "Description: By type" in runs.audit_trail(installation)[-1].reason


def test_where_the_server_counts_sub_accounts_itself_it_does(synced: School) -> None:
    """SQL Server refuses an ID for a column that it fills itself."""
    synced.sql(f"ALTER TABLE {GROUPS} RENAME TO kept")
    synced.sql(
        f"CREATE TABLE {GROUPS} (ID INTEGER PRIMARY KEY, OrganizationSettings_ID INT, "
        "Parent_ID INT, Description TEXT, DatabaseField TEXT, SQLCriteria TEXT)"
    )
    synced.sql(f"INSERT INTO {GROUPS} SELECT ID, OrganizationSettings_ID, Parent_ID, Description, "
               "DatabaseField, SQLCriteria FROM kept")  # fmt: skip
    synced.sql(f"CREATE TRIGGER counts BEFORE INSERT ON {GROUPS} WHEN NEW.ID > 0 BEGIN SELECT "
               "RAISE(ABORT, 'Der kan ikke angives en værdi (544)'); END")  # fmt: skip
    installation = synced.installation()
    with runs.open_settings(installation) as reader:
        top = next(row for row in reader.tops() if row.table == GROUPS)
    number = runs.add_sub_account(installation, replace(top, values={"DatabaseField": "School"}))
    assert synced.rows(f"SELECT DatabaseField FROM {GROUPS} WHERE ID = {number}") == [("School",)]


def test_only_sub_accounts_come_and_go_here(synced: School) -> None:
    """A template that was taken out would take all its rooms with it."""
    installation = synced.installation()
    with runs.open_settings(installation) as reader:
        row = _row(reader, "Templates")
        top = reader.tops()[0]
    with pytest.raises(Refused, match="in UMS itself"):
        runs.remove_sub_account(installation, row)
    with pytest.raises(Refused, match="DatabaseField is needed"):
        runs.add_sub_account(installation, top)


def test_a_change_is_written_audited_and_seen_by_the_next_plan(synced: School) -> None:
    """Who changed which setting from what to what stands in the trail."""
    installation = synced.installation()
    with runs.open_settings(installation) as reader:
        row = _row(reader, SETTINGS)
    runs.change_setting(installation, row, {"CreateDaysBefore": "21"})
    assert synced.rows(f"SELECT CreateDaysBefore FROM {SETTINGS} WHERE ID = {row.number}") == [
        (21,)
    ]
    entry = runs.audit_trail(installation)[-1]
    was = row.values["CreateDaysBefore"]
    assert entry.action == "change setting"
    assert f"{SETTINGS} {row.number}: CreateDaysBefore: {was} -> 21" in entry.reason


def test_what_somebody_else_changed_meanwhile_is_not_written_over(synced: School) -> None:
    """The administrator of UMS works on the same rows with another program."""
    installation = synced.installation()
    with runs.open_settings(installation) as reader:
        row = _row(reader, SETTINGS)
    synced.sql(f"UPDATE {SETTINGS} SET CreateDaysBefore = 99 WHERE ID = ?", row.number)
    with pytest.raises(Refused, match="changed meanwhile"):
        runs.change_setting(installation, row, {"CreateDaysBefore": "21"})
    assert synced.rows(f"SELECT CreateDaysBefore FROM {SETTINGS} WHERE ID = {row.number}") == [
        (99,)
    ]


def test_rooms_may_not_be_published_before_they_exist(synced: School) -> None:
    """Rule 12: learners would join a room that is not there."""
    installation = synced.installation()
    with runs.open_settings(installation) as reader:
        row = _row(reader, SETTINGS)
    with pytest.raises(Refused, match="lower than CreateDaysBefore"):
        runs.change_setting(installation, row, {"CreateDaysBefore": "1"})
    with pytest.raises(Refused, match="Nothing was changed"):
        runs.change_setting(installation, row, dict(row.values))
    fixed = replace(row, number=9999)
    with pytest.raises(Exception, match="no row 9999"):
        runs.change_setting(installation, fixed, {"CreateDaysBefore": "21"})


def test_viewers_and_read_only_sessions_change_nothing(synced: School) -> None:
    """Looking is for everybody, changing for approvers."""
    with runs.open_settings(synced.installation(read_only=True)) as reader:
        row = _row(reader, SETTINGS)
    operators = Operators(viewers=["kim"], approvers=["mk"])
    for installation in (
        synced.installation(read_only=True),
        synced.installation(operators=operators, operator="kim"),
    ):
        with pytest.raises(NotAllowed):
            runs.change_setting(installation, row, {"CreateDaysBefore": "21"})
        with pytest.raises(NotAllowed):
            runs.store_secret(installation, 1, "password", "hush")
        with pytest.raises(NotAllowed):
            runs.add_sub_account(installation, replace(row, table=GROUPS))
        with pytest.raises(NotAllowed):
            runs.remove_sub_account(installation, replace(row, table=GROUPS))


def test_a_secret_goes_into_the_keyring_and_nowhere_else(
    synced: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trail says that one was stored; the next run uses it; nothing ever shows it."""
    kept = MemoryKeyring()
    monkeypatch.setattr(keyring, "set_password", kept.set_password)
    installation = synced.installation()
    runs.store_secret(installation, 1, "password", "Pa55-hush")
    assert kept.kept == {("umstui", "org-1-password"): "Pa55-hush"}
    assert "hush" not in "".join(entry.reason for entry in runs.audit_trail(installation))

    def no_keyring(*_: str) -> None:
        raise RuntimeError("Pa55-hush")

    monkeypatch.setattr(keyring, "set_password", no_keyring)
    with pytest.raises(SettingsError, match="UMSTUI_ORG_1_PASSWORD") as told:
        runs.store_secret(installation, 1, "password", "Pa55-hush")
    assert "hush" not in str(told.value)
    assert told.value.__cause__ is None


def test_the_site_says_what_it_has_of_a_template(synced: School) -> None:
    """A template key that is no course makes rooms fail one by one, at night."""
    installation = synced.installation()
    with runs.open_settings(installation) as reader:
        row = _row(reader, "itslearningSiteSettings")
    key, creator = row.values["Template"], row.values["CourseCreator"]
    assert "is there" in runs.template_on_site(installation, key, creator)
    assert "does not show" in runs.template_on_site(installation, "UMSCourse_none", creator)
    assert "no user at itslearning" in runs.template_on_site(installation, key, "nobody")
    assert "without a template" in runs.template_on_site(installation, "", "")
