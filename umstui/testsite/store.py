"""The state of the test installation: one SQLite file, one writer, a transaction a request."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from sync.errors import StateUnusable
from umstui.testsite.sites import Site

FILE_NAME = "testsite.db"
VERSION = 1

# Folded columns hold a value as it is compared: without case and trailing blanks, as the
# usual SQL Server collations do (imses-protocol.md 10.12). Their values come from fold().
_SCHEMA = """
CREATE TABLE site (
  id INTEGER PRIMARY KEY, user_name TEXT NOT NULL UNIQUE, password TEXT NOT NULL,
  root_key TEXT NOT NULL, switches TEXT NOT NULL);
CREATE TABLE person (
  id INTEGER PRIMARY KEY, site INTEGER NOT NULL,
  key TEXT, key_folded TEXT, user_name TEXT NOT NULL, user_folded TEXT NOT NULL,
  first TEXT NOT NULL, last TEXT NOT NULL, prefix TEXT NOT NULL DEFAULT '',
  nick TEXT NOT NULL DEFAULT '', email TEXT NOT NULL DEFAULT '', profile TEXT NOT NULL,
  phone TEXT NOT NULL DEFAULT '', mobile TEXT NOT NULL DEFAULT '',
  street1 TEXT NOT NULL DEFAULT '', street2 TEXT NOT NULL DEFAULT '',
  postcode TEXT NOT NULL DEFAULT '', locality TEXT NOT NULL DEFAULT '',
  gender TEXT NOT NULL DEFAULT '', birthday TEXT NOT NULL DEFAULT '',
  extension TEXT NOT NULL DEFAULT '{}', password_sent INTEGER NOT NULL DEFAULT 0,
  external INTEGER NOT NULL DEFAULT 0, key_generated INTEGER NOT NULL DEFAULT 0,
  home INTEGER, created TEXT NOT NULL, changed TEXT NOT NULL, trashed TEXT);
CREATE UNIQUE INDEX person_key ON person (site, key_folded) WHERE key_folded IS NOT NULL;
CREATE INDEX person_user_name ON person (site, user_folded);
CREATE INDEX person_active ON person (site, trashed);
CREATE TABLE relationship (
  parent INTEGER NOT NULL, child INTEGER NOT NULL, label TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (parent, child)) WITHOUT ROWID;
CREATE INDEX relationship_child ON relationship (child);
CREATE TABLE hierarchy (
  id INTEGER PRIMARY KEY, site INTEGER NOT NULL, key TEXT, key_folded TEXT,
  parent INTEGER, type TEXT NOT NULL, title TEXT NOT NULL,
  long_text TEXT NOT NULL DEFAULT '', full_text TEXT NOT NULL DEFAULT '',
  extension TEXT NOT NULL DEFAULT '{}', created TEXT NOT NULL, changed TEXT NOT NULL);
CREATE UNIQUE INDEX hierarchy_key ON hierarchy (site, key_folded) WHERE key_folded IS NOT NULL;
CREATE INDEX hierarchy_parent ON hierarchy (parent);
CREATE TABLE course (
  id INTEGER PRIMARY KEY, site INTEGER NOT NULL, key TEXT, key_folded TEXT, hierarchy INTEGER,
  title TEXT NOT NULL, code TEXT NOT NULL DEFAULT '', credits TEXT NOT NULL DEFAULT '',
  template INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'synchronised',
  content TEXT NOT NULL DEFAULT '', copied_from TEXT, owner TEXT,
  terms TEXT NOT NULL DEFAULT '{}', created TEXT NOT NULL, detached TEXT);
CREATE INDEX course_hierarchy ON course (hierarchy);
CREATE INDEX course_key ON course (site, key_folded);
CREATE TABLE membership (
  id INTEGER PRIMARY KEY, site INTEGER NOT NULL, key TEXT, key_folded TEXT,
  person INTEGER NOT NULL, hierarchy INTEGER NOT NULL, role TEXT NOT NULL);
CREATE UNIQUE INDEX membership_key ON membership (site, key_folded)
  WHERE key_folded IS NOT NULL;
CREATE UNIQUE INDEX membership_pair ON membership (person, hierarchy);
CREATE INDEX membership_hierarchy ON membership (hierarchy);
CREATE TABLE event (
  id INTEGER PRIMARY KEY, site INTEGER NOT NULL, key TEXT, key_folded TEXT,
  starts TEXT NOT NULL, ends TEXT NOT NULL, title TEXT NOT NULL DEFAULT '',
  description TEXT NOT NULL DEFAULT '', creator INTEGER NOT NULL, course INTEGER,
  hierarchy INTEGER, has_content INTEGER NOT NULL DEFAULT 0, locked INTEGER NOT NULL DEFAULT 0,
  deletable INTEGER NOT NULL DEFAULT 0, changed TEXT NOT NULL);
CREATE UNIQUE INDEX event_key ON event (site, key_folded) WHERE key_folded IS NOT NULL;
CREATE TABLE message (
  id INTEGER PRIMARY KEY, site INTEGER NOT NULL, type TEXT NOT NULL, status TEXT NOT NULL,
  details TEXT NOT NULL DEFAULT '[]', at TEXT NOT NULL);
CREATE TABLE request (
  id INTEGER PRIMARY KEY, site INTEGER, at TEXT NOT NULL, operation TEXT NOT NULL,
  message TEXT NOT NULL DEFAULT '', items INTEGER NOT NULL DEFAULT 0,
  success INTEGER NOT NULL DEFAULT 0, warning INTEGER NOT NULL DEFAULT 0,
  failure INTEGER NOT NULL DEFAULT 0, http INTEGER NOT NULL DEFAULT 200,
  in_flight INTEGER NOT NULL DEFAULT 0, milliseconds REAL NOT NULL DEFAULT 0,
  note TEXT NOT NULL DEFAULT '');
CREATE INDEX request_site ON request (site);
"""


def fold(text: str, *, capitals_matter: bool = False) -> str:
    """A key or user name as it is compared: without trailing blanks and, as a rule, case."""
    return text.rstrip() if capitals_matter else text.rstrip().lower()


def open_state(folder: Path) -> sqlite3.Connection:
    """The state file in ``folder``, made when it is not there.

    Raises StateUnusable for a file that is none of ours, or of another version.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE_NAME
    connection = sqlite3.connect(
        path, timeout=30, isolation_level=None, check_same_thread=False, cached_statements=512
    )
    connection.row_factory = sqlite3.Row
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        # A test site may lose its last moment to a power cut; it must not wait for the disk.
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA cache_size=-65536")
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.execute("BEGIN IMMEDIATE")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if version != VERSION and tables:
            connection.execute("ROLLBACK")
            connection.close()
            raise StateUnusable(
                f"{path} is not the state of a test site of this version. Choose another folder."
            )
        if not tables:
            for statement in _SCHEMA.split(";"):
                if statement.strip():
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version={VERSION}")
        connection.execute("COMMIT")
    except sqlite3.DatabaseError as error:
        connection.close()
        raise StateUnusable(f"{path} cannot be used as a test site: {error}.") from error
    return connection


def stored_sites(connection: sqlite3.Connection) -> dict[int, Site]:
    """The sites of the state file by their number."""
    rows = connection.execute(
        "SELECT id, user_name, password, root_key, switches FROM site ORDER BY id"
    )
    return {row[0]: Site.stored(row[1], row[2], row[3], row[4]) for row in rows}


def _fold_again(connection: sqlite3.Connection, site: Site, number: int) -> None:
    """Compares the keys that a site holds as it does from now on."""
    for table in ("person", "membership"):
        rows = connection.execute(
            f"SELECT id, key FROM {table} WHERE site = ? AND key IS NOT NULL", (number,)
        ).fetchall()
        connection.executemany(
            f"UPDATE {table} SET key_folded = ? WHERE id = ?",
            [(fold(key, capitals_matter=site.capitals_matter), row) for row, key in rows],
        )


def put_sites(connection: sqlite3.Connection, sites: Iterable[Site], now: str) -> None:
    """Brings the given sites into the state file.

    A new one gets its root; one that is there under the same user name takes password and
    switches anew and keeps everything it holds.
    """
    for site in sites:
        row = connection.execute(
            "SELECT id, root_key, switches FROM site WHERE user_name = ?", (site.user_name,)
        ).fetchone()
        if row is not None:
            connection.execute(
                "UPDATE site SET password = ?, root_key = ?, switches = ? WHERE id = ?",
                (site.password, site.root_key, site.switches(), row["id"]),
            )
            if site.capitals_matter != json.loads(row["switches"]).get("capitals_matter", False):
                _fold_again(connection, site, row["id"])
            connection.execute(
                "UPDATE hierarchy SET key = ?, key_folded = ?, title = ? "
                "WHERE site = ? AND type = 'Site'",
                (site.root_key, fold(site.root_key), site.title, row["id"]),
            )
            continue
        added = connection.execute(
            "INSERT INTO site (user_name, password, root_key, switches) VALUES (?, ?, ?, ?)",
            (site.user_name, site.password, site.root_key, site.switches()),
        )
        connection.execute(
            "INSERT INTO hierarchy (site, key, key_folded, type, title, created, changed) "
            "VALUES (?, ?, ?, 'Site', ?, ?, ?)",
            (added.lastrowid, site.root_key, fold(site.root_key), site.title, now, now),
        )
