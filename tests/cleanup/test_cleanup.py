"""Clean-up, backup and restore of UMS's memory: all of it, or nothing and said why."""

from __future__ import annotations

import gzip
import os
import re
import sqlite3
import stat
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from sync.cleanup import (
    back_up_memory,
    backup_files,
    count_memory,
    empty_memory,
    read_backup,
    restore_memory,
)
from sync.errors import (
    BackupUnusable,
    DatabaseUnreachable,
    NotFound,
    Refused,
    SchemaMismatch,
    UmstuiError,
)
from sync.ums import tables
from sync.ums.mapping import Mapping
from tests.cleanup.conftest import FLAGS, MAKER, person
from tests.tds.server import Fault
from tests.ums.databases import ServedDatabase, UmsDatabase

NAMES = [table.name for table in tables.MEMORY_TABLES]
WHOLE = dict(zip(NAMES, (9, 2, 4, 2, 2, 2, 2), strict=True))
FIRST = dict(zip(NAMES, (4, 1, 2, 1, 1, 1, 1), strict=True))


def content(database: UmsDatabase, where: str = "1 = 1") -> dict[str, list[tuple[object, ...]]]:
    """Every row of the seven tables and the flags, as the database itself gives them."""
    found = {n: database.rows(f"SELECT * FROM {n} WHERE {where} ORDER BY ID") for n in NAMES}
    found["flags"] = database.rows(
        f"SELECT ID, {', '.join(FLAGS)} FROM itslearningOrganizationSettings ORDER BY ID"
    )
    return found


def test_counts_are_by_table_and_organization_in_the_documented_order(writable: Engine) -> None:
    """Without them a person would not see whose memory goes."""
    counts = count_memory(writable, Mapping())
    assert list(counts.rows) == NAMES
    assert (counts.of(None), counts.of(1)) == (WHOLE, FIRST)
    assert counts.flags_of(None) == dict.fromkeys(FLAGS, 2)
    assert counts.flags_of(2) == dict.fromkeys(FLAGS, 1)


def test_one_organization_is_emptied_and_the_other_keeps_everything(
    filled: UmsDatabase, writable: Engine, backups: Path
) -> None:
    """The published recipe has no WHERE: it would wipe every school that shares the database."""
    others = content(filled, "OrganizationSettings_ID = 2")
    emptied = empty_memory(writable, Mapping(), 1, backups, MAKER, expected=FIRST)
    assert emptied.tables == FIRST
    after = content(filled, "OrganizationSettings_ID = 2")
    assert {n: after[n] for n in NAMES} == {n: others[n] for n in NAMES}
    assert after["flags"] == [(1, 0, 0, 0, 0), (2, 1, 1, 1, 1)]
    assert not any(content(filled, "OrganizationSettings_ID = 1")[n] for n in NAMES)


def test_all_organizations_and_back_again(
    filled: UmsDatabase, writable: Engine, backups: Path
) -> None:
    """A restore that lost an identity value or a fraction of a second would be another memory."""
    before = content(filled)
    emptied = empty_memory(writable, Mapping(), None, backups, MAKER)
    assert emptied.tables == WHOLE
    assert not any(content(filled)[n] for n in NAMES)
    restore_memory(writable, Mapping(), emptied.backup, replace=False)
    assert content(filled) == before


def test_deletes_go_in_the_documented_order_in_one_transaction(
    writable: Engine, backups: Path
) -> None:
    seen: list[str] = []
    sa.event.listen(writable, "before_cursor_execute", lambda *a: seen.append(a[2]))
    sa.event.listen(writable, "commit", lambda _: seen.append("COMMIT"))
    empty_memory(writable, Mapping(), 1, backups, MAKER)
    steps = [text for text in seen if text.startswith(("DELETE", "UPDATE", "COMMIT"))]
    assert [name in text for name, text in zip(NAMES, steps, strict=False)] == [True] * 7
    assert steps[7].startswith("UPDATE")
    assert steps[8:] == ["COMMIT"]
    if writable.dialect.name == "mssql":
        begun = seen.index(next(text for text in seen if text.startswith("SET XACT_ABORT ON")))
        assert begun < seen.index(steps[0])


def test_columns_of_the_installations_own_come_back_too(
    filled: UmsDatabase, writable: Engine, backups: Path
) -> None:
    filled.execute("ALTER TABLE itslearning_Learners ADD COLUMN Lokal VARCHAR")
    filled.execute("UPDATE itslearning_Learners SET Lokal = 'æ' || UserName")
    before = content(filled)
    emptied = empty_memory(writable, Mapping(), None, backups, MAKER)
    restore_memory(writable, Mapping(), emptied.backup, replace=False)
    assert content(filled) == before


def test_a_backup_is_for_its_owner_alone_and_says_until_when(
    writable: Engine, backups: Path
) -> None:
    """It holds names and mail addresses of pupils."""
    backup = back_up_memory(writable, Mapping(), None, backups, MAKER)
    if os.name == "posix":  # Windows keeps rights in lists of its own
        assert stat.S_IMODE(backup.path.stat().st_mode) == 0o600
        assert stat.S_IMODE(backups.stat().st_mode) == 0o700
    assert backup.header.remove_after.isoformat() == "2027-02-22"
    assert read_backup(backup.path).footer.rows == WHOLE
    assert backup_files(backups) == [backup.path]


def test_a_row_that_came_after_the_preview_stops_it(
    filled: UmsDatabase, writable: Engine, backups: Path
) -> None:
    before = content(filled)
    with pytest.raises(Refused, match="itslearning_Learners had 3 rows and has 4 now"):
        empty_memory(
            writable, Mapping(), 1, backups, MAKER, expected={**FIRST, "itslearning_Learners": 3}
        )
    assert content(filled) == before
    assert backup_files(backups) == []


def test_a_foreign_key_in_the_way_stops_it(
    filled: UmsDatabase, writable: Engine, backups: Path
) -> None:
    """Somebody's own table refers to rooms; half a clean-up would be worse than none."""
    if isinstance(filled, ServedDatabase):  # DuckDB cannot add a constraint to a filled table
        filled.server.fail(
            Fault(r"^DELETE.*Groups", number=547, message="The DELETE statement conflicted with "
                  "the REFERENCE constraint.")
        )  # fmt: skip
    else:
        filled.execute("CREATE TABLE Own (Room INTEGER REFERENCES itslearning_Groups (ID))")
        filled.execute("INSERT INTO Own SELECT min(ID) FROM itslearning_Groups")
    before = content(filled)
    with pytest.raises(DatabaseUnreachable, match=r"foreign key.*Nothing was changed"):
        empty_memory(writable, Mapping(), 1, backups, MAKER)
    assert content(filled) == before
    assert backup_files(backups) == []


RENAMED = (
    "DROP TABLE itslearning_SubAccount",
    "ALTER TABLE itslearning_SubAccount RENAME TO Noder",
    "ALTER TABLE itslearning_Groups RENAME COLUMN SyncKey TO Noegle",
)


@pytest.mark.parametrize("change", RENAMED)
def test_a_table_or_column_that_is_missing_or_renamed_stops_it(
    filled: UmsDatabase, writable: Engine, backups: Path, change: str
) -> None:
    """Names are never guessed."""
    filled.execute(change)
    before = filled.rows("SELECT count(*) FROM itslearning_Learners")
    with pytest.raises(SchemaMismatch, match=r"itslearning_(SubAccount|Groups)"):
        empty_memory(writable, Mapping(), 1, backups, MAKER)
    assert filled.rows("SELECT count(*) FROM itslearning_Learners") == before


@pytest.mark.parametrize("at", ["^DELETE.*Sites", "^UPDATE", r"count\("])
def test_a_connection_that_is_lost_changes_nothing(
    filled: UmsDatabase, writable: Engine, backups: Path, at: str
) -> None:
    """The line to the server breaks in the middle: half of the memory must not be gone."""
    before = content(filled)
    if isinstance(filled, ServedDatabase):
        filled.server.fail(Fault(at, rows=0))
    else:

        def break_off(*arguments: object) -> None:
            if re.search(at, str(arguments[2])):
                raise sqlite3.OperationalError("disk I/O error")

        sa.event.listen(writable, "before_cursor_execute", break_off)
    with pytest.raises(DatabaseUnreachable, match="Nothing was changed"):
        empty_memory(writable, Mapping(), 1, backups, MAKER)
    assert content(filled) == before
    assert backup_files(backups) == []


def altered(path: Path, old: bytes, new: bytes) -> None:
    """Change a backup as an editor would."""
    text = gzip.decompress(path.read_bytes())
    assert old in text
    path.write_bytes(gzip.compress(text.replace(old, new, 1)))


def test_an_altered_or_cut_off_backup_is_refused(
    filled: UmsDatabase, writable: Engine, backups: Path
) -> None:
    backup = empty_memory(writable, Mapping(), 1, backups, MAKER).backup
    whole = backup.path.read_bytes()
    altered(backup.path, b'"p11"', b'"p99"')
    with pytest.raises(BackupUnusable, match="altered"):
        read_backup(backup.path)
    backup.path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BackupUnusable, match="cut off"):
        read_backup(backup.path)
    backup.path.write_bytes(b"something else")
    with pytest.raises(BackupUnusable, match="no backup"):
        read_backup(backup.path)
    with pytest.raises(BackupUnusable, match="There is no backup"):
        read_backup(backups / "nothing.jsonl.gz")


def test_a_restore_never_overwrites_unasked(
    filled: UmsDatabase, writable: Engine, backups: Path
) -> None:
    """UMS may have remembered new things since; they would be lost without a word."""
    before = content(filled)
    backup = empty_memory(writable, Mapping(), 1, backups, MAKER).backup
    filled.insert("itslearning_Teachers", person(1, "new"))
    now = content(filled)
    with pytest.raises(Refused, match="1 rows in itslearning_Teachers"):
        restore_memory(writable, Mapping(), backup, replace=False)
    assert content(filled) == now
    restore_memory(writable, Mapping(), backup, replace=True)
    assert content(filled) == before


def test_a_restore_that_does_not_fit_changes_nothing(
    filled: UmsDatabase, writable: Engine, backups: Path
) -> None:
    backup = empty_memory(writable, Mapping(), 1, backups, MAKER).backup
    now = content(filled)
    for change, back, error in (
        ("ALTER TABLE itslearning_Sites RENAME COLUMN WhenEmpty TO Tom",
         "ALTER TABLE itslearning_Sites RENAME COLUMN Tom TO WhenEmpty", SchemaMismatch),
        ("UPDATE itslearningOrganizationSettings SET ID = 7 WHERE ID = 1",
         "UPDATE itslearningOrganizationSettings SET ID = 1 WHERE ID = 7", NotFound),
    ):  # fmt: skip
        filled.execute(change)
        with pytest.raises(error):
            restore_memory(writable, Mapping(), backup, replace=False)
        filled.execute(back)
        assert content(filled) == now


def test_a_disk_that_is_full_stops_it(
    filled: UmsDatabase, writable: Engine, tmp_path: Path
) -> None:
    """No backup, no clean-up."""
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    before = content(filled)
    with pytest.raises(BackupUnusable, match="could not be written"):
        empty_memory(writable, Mapping(), 1, tmp_path / "file" / "backups", MAKER)
    assert content(filled) == before


def test_a_trigger_that_puts_rows_back_stops_it(
    filled: UmsDatabase, writable: Engine, backups: Path
) -> None:
    if writable.dialect.name == "mssql":
        name = "UMSGroupsCreated"
        filled.server.fail(Fault(f"^UPDATE.*{name}", number=547))  # type: ignore[attr-defined]
    else:
        filled.execute(
            "CREATE TRIGGER again AFTER DELETE ON itslearningTemplateGroups BEGIN "
            "INSERT INTO itslearning_SubAccount (OrganizationSettings_ID, SyncKey, Title) "
            "VALUES (1, 'x', 'x'); END"
        )
    before = content(filled)
    with pytest.raises(UmstuiError, match="Nothing was changed"):
        empty_memory(writable, Mapping(), 1, backups, MAKER)
    assert content(filled) == before


def test_other_names_of_tables_and_columns_are_followed(
    filled: UmsDatabase, writable: Engine, backups: Path
) -> None:
    """Names differ from one installation to the next; the mapping says how."""
    filled.execute("ALTER TABLE itslearning_Learners RENAME TO Laerlinge")
    filled.execute("ALTER TABLE Laerlinge RENAME COLUMN SyncKey TO Noegle")
    filled.execute("ALTER TABLE Laerlinge RENAME COLUMN OrganizationSettings_ID TO Organisation")
    mapping = Mapping(
        {"itslearning_Learners": "Laerlinge"},
        {
            "itslearning_Learners.SyncKey": "Noegle",
            "itslearning_Learners.OrganizationSettings_ID": "Organisation",
        },
    )
    before = filled.rows("SELECT * FROM Laerlinge ORDER BY ID")
    emptied = empty_memory(writable, mapping, 1, backups, MAKER)
    assert emptied.tables == FIRST
    assert len(filled.rows("SELECT * FROM Laerlinge")) == len(before) - 4
    restore_memory(writable, mapping, emptied.backup, replace=False)
    assert filled.rows("SELECT * FROM Laerlinge ORDER BY ID") == before
