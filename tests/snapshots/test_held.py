"""Held is rebuilt from run files and journals; were it wrong, people would be lost or doubled."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from random import Random

import duckdb
import pytest

from sync.snapshots.attached import AttachedRuns
from sync.snapshots.filling import HELD_TABLES, Header
from sync.snapshots.held import apply_outcome, load_held
from sync.snapshots.held_of import load_held_of
from sync.snapshots.run_file import RunFiles, open_run_file, read_header, seal
from sync.snapshots.workspace import open_workspace, small_workspace

Row = tuple[object, ...]


def header(run: int, base: int | None = None, steps: int = 0) -> Header:
    """A run file's header."""
    return Header(run, 1, dt.date(2026, 8, 10), "2026-08-10T06:00:00", "f", base, steps)


def change(workspace: duckdb.DuckDBPyConnection, seq: int, **values: object) -> None:
    """Add a change to the workspace; before, after and memory are given as dictionaries."""
    row = {"stage": 1, "depth": 0, "label": "x", "school": "", **values}
    for name in ("before", "after", "memory"):
        if name in row:
            row[name] = json.dumps(row[name])
    names = ", ".join(row)
    marks = ", ".join("?" * len(row))
    workspace.execute(
        f"INSERT INTO change (seq, {names}) VALUES (?, {marks})", [seq, *row.values()]
    )


def person(seq: int, op: str, key: str, name: str, before: str | None = None) -> dict[str, object]:
    """A person change; names stand for the whole record."""
    record = {"user_name": key, "first_name": name, "last_name": "Holm", "role": "Student"}
    values: dict[str, object] = {"kind": "person", "op": op, "key": key, "person_key": key}
    if op != "create":
        values["before"] = record | {"first_name": before or name}
    if op != "delete":
        values |= {"after": record, "memory": {"school": "280051", "administrative_id": None}}
    return values


def held(workspace: duckdb.DuckDBPyConnection, table: str) -> list[Row]:
    """All rows of a held table, in a fixed order."""
    return workspace.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall()


def test_what_arrived_is_held_and_what_failed_is_not(tmp_path: Path) -> None:
    with open_workspace() as workspace:
        change(workspace, 1, **person(1, "create", "anna01", "Anna"))
        change(workspace, 2, **person(2, "create", "bo02", "Bo"))
        change(workspace, 3, **person(3, "create", "carl03", "Carl"))
        seal(workspace, RunFiles(tmp_path), header(1))
    with open_workspace() as workspace:
        load_held(workspace, RunFiles(tmp_path), 1)
        assert held(workspace, "held_person") == []
        done = apply_outcome(workspace, RunFiles(tmp_path), 1, [[1, 2]], [2])
        assert [row[0] for row in held(workspace, "held_person")] == ["anna01"]
        assert done == [{"kind": "person", "op": "create", "school": "", "count": 1}]


def test_memberships_go_with_a_deleted_person_and_a_deleted_course(tmp_path: Path) -> None:
    with open_workspace() as workspace:
        for key in ("anna01", "bo02"):
            workspace.execute("INSERT INTO held_person (key, user_name) VALUES (?, ?)", [key, key])
            for group in ("c1", "c2"):
                workspace.execute(
                    "INSERT INTO held_membership VALUES (?, ?, 'Learner', '')", [key, group]
                )
        for group in ("c1", "c2"):
            workspace.execute(
                "INSERT INTO held_group (kind, key, title) VALUES ('course', ?, ?)", [group, group]
            )
        change(workspace, 1, **person(1, "delete", "anna01", "Anna"))
        change(workspace, 2, kind="course", op="delete", key="c2", before={"title": "c2"})
        seal(workspace, RunFiles(tmp_path), header(1))
    with open_workspace() as workspace:
        load_held(workspace, RunFiles(tmp_path), 1)
        apply_outcome(workspace, RunFiles(tmp_path), 1, [[1, 2]], [])
        assert held(workspace, "held_membership") == [("bo02", "c1", "Learner", "")]
        assert [row[0] for row in held(workspace, "held_trash")] == ["anna01"]
        assert [row[1] for row in held(workspace, "held_group")] == ["c1"]


class School:
    """Persons, who are renamed, leave and get other keys, and the rooms they are in, at random."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.people: dict[str, str] = {}
        self.members: set[tuple[str, str]] = set()
        self.settled: list[int] = []
        self.failed: list[int] = []

    def plan(self, workspace: duckdb.DuckDBPyConnection, run: int) -> None:
        """Make changes, of which some arrive, some fail and some are not sent."""
        random = self.random
        became: list[tuple[str, str, str]] = []
        for key in random.sample([f"p{number}" for number in range(30)], 12):
            seq = len(became) + 1
            if key not in self.people:
                became.append(("create", key, f"n{run}"))
                change(workspace, seq, **person(seq, "create", key, f"n{run}"))
            elif random.random() < 0.2:
                became.append(("delete", key, ""))
                change(workspace, seq, **person(seq, "delete", key, self.people[key]))
            elif random.random() < 0.2:
                new = f"{key}-{run}"
                became.append(("rekey", key, new))
                values = person(seq, "rekey", new, self.people[key])
                values["before"] |= {"key": key}  # type: ignore[operator]
                values["after"] |= {"key": new}  # type: ignore[operator]
                change(workspace, seq, **values)
            else:
                became.append(("update", key, f"n{run}"))
                change(workspace, seq, **person(seq, "update", key, f"n{run}", self.people[key]))
            room = f"c{random.randrange(4)}"
            if became[-1][0] == "update":
                op = "delete" if (key, room) in self.members else "create"
                became.append((op + " membership", key, room))
                change(workspace, len(became), **in_room(op, key, room))
        workspace.execute(
            "INSERT INTO goes_along SELECT c.seq, m.person_key, m.group_key, m.role FROM change c "
            "JOIN held_membership m ON m.person_key = c.key "
            "WHERE c.kind = 'person' AND c.op = 'delete'"
        )
        every = range(1, len(became) + 1)
        sent = len(became) if random.random() < 0.5 else random.randint(0, len(became))
        self.settled = sorted(random.sample(every, sent))
        # On a quiet day all that was sent arrives, and the header of the next file says so.
        quiet = random.random() < 0.5
        self.failed = [n for n in self.settled if not quiet and random.random() < 0.2]
        for seq, (op, key, value) in enumerate(became, 1):
            if seq in self.settled and seq not in self.failed:
                self._arrive(op, key, value)

    def _arrive(self, op: str, key: str, value: str) -> None:
        if op == "create membership":
            self.members.add((key, value))
        elif op == "delete membership":
            self.members.discard((key, value))
        elif op == "rekey":
            self.people[value] = self.people.pop(key)
            self.members = {(value if p == key else p, room) for p, room in self.members}
        elif op == "delete":
            del self.people[key]
            self.members = {(p, room) for p, room in self.members if p != key}
        else:
            self.people[key] = value


def _ways_of_saying_what_arrived(folder: Path) -> set[str]:
    """Where the files of a folder say which changes of their base had arrived: never in both."""
    ways = set()
    for path in folder.glob("run-*.duckdb"):
        run = int(path.stem.removeprefix("run-"))
        with open_run_file(RunFiles(folder), run) as file:
            tables = file.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        in_header = read_header(RunFiles(folder), run).arrived is not None
        in_table = ("arrived_before",) in tables
        assert not (in_header and in_table), f"{path.name} says twice what had arrived"
        ways |= {"header"} if in_header else {"table"} if in_table else set()
    return ways


def in_room(op: str, key: str, room: str) -> dict[str, object]:
    """A membership change."""
    record = {"person": key, "group": room, "role": "Learner"}
    values: dict[str, object] = {
        "kind": "membership", "op": op, "key": f"{key}@{room}", "person_key": key,
        "group_key": room,
    }  # fmt: skip
    if op == "create":
        return values | {"after": record, "memory": {"school": ""}}
    return values | {"before": record}


@pytest.mark.parametrize("seed", range(3))
def test_a_chain_of_differences_says_the_same_as_whole_copies(tmp_path: Path, seed: int) -> None:
    """A year of runs: each file holds only what differs, yet every day comes back as it was."""
    school = School(seed)
    truth: list[dict[str, list[Row]]] = []
    for run in range(1, 15):
        with open_workspace() as workspace:
            if run > 1:
                load_held(workspace, RunFiles(tmp_path), run - 1)
                apply_outcome(
                    workspace, RunFiles(tmp_path), run - 1, [school.settled], school.failed
                )
            truth.append({table.name: held(workspace, table.name) for table in HELD_TABLES})
            assert {row[0]: row[2] for row in truth[-1]["held_person"]} == school.people
            assert {row[:2] for row in truth[-1]["held_membership"]} == school.members
            school.plan(workspace, run)
            keyframe = run in {1, 9}
            seal(workspace, RunFiles(tmp_path), header(run, None if keyframe else run - 1, run % 9))
    for run, expected in enumerate(truth, start=1):
        with open_workspace() as workspace:
            load_held(workspace, RunFiles(tmp_path), run)
            for table in HELD_TABLES:
                assert held(workspace, table.name) == expected[table.name], (run, table.name)
    assert truth[-1]["held_membership"], "the year ended with nobody in a room: nothing tested"
    assert _ways_of_saying_what_arrived(tmp_path) == {"header", "table"}


def membership(op: str, key: str, group: str) -> dict[str, object]:
    """A membership change."""
    ends = {"person": key, "group": group, "role": "Learner"}
    side = "before" if op == "delete" else "after"
    return {
        "kind": "membership", "op": op, "key": f"{key}@{group}", "school": "280051",
        "person_key": key, "group_key": group, side: ends, "memory": {"school": "280051"},
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_one_person_looked_up_in_a_chain_is_held_as_in_a_whole_rebuilding(  # noqa: PLR0912
    tmp_path: Path, seed: int
) -> None:
    """A diagnosis looks for one person in every file since the keyframe instead of rebuilding all:
    what it overlooked would be answered wrongly to whoever asks."""
    random = Random(seed)
    keys = [f"{letter}nna{number}" for number in range(6) for letter in "aA"]
    groups = [f"UMSCourse_{number}" for number in range(4)]
    settled: list[int] = []
    failed: list[int] = []
    runs = 6
    for run in range(1, runs + 1):
        with open_workspace() as workspace:
            if run > 1:
                load_held(workspace, RunFiles(tmp_path), run - 1)
                apply_outcome(workspace, RunFiles(tmp_path), run - 1, [settled], failed)
            people = {str(row[0]) for row in held(workspace, "held_person")}
            places = {str(row[1]) for row in held(workspace, "held_group")}
            links = {(str(row[0]), str(row[1])) for row in held(workspace, "held_membership")}
            seq = 0
            for group in random.sample(groups, 3):
                seq += 1
                op, title = ("update", f"t{run}") if group in places else ("create", "t")
                after = {"title": title, "parent": "UMSCourses", "type": "Course"}
                change(workspace, seq, kind="course", op=op, key=group, group_key="UMSCourses",
                       after=after, memory={"school": "280051", "depth": 1})  # fmt: skip
            for key in random.sample(keys, 5):
                other = key.swapcase()[0] + key[1:]
                seq += 1
                if key in people:
                    op = random.choice(["update", "delete"])
                    change(workspace, seq, **person(seq, op, key, f"n{run}"))
                    if op == "delete":
                        workspace.execute(
                            "INSERT INTO goes_along SELECT ?, person_key, group_key, role "
                            "FROM held_membership WHERE person_key = ?", [seq, key],
                        )  # fmt: skip
                        continue
                elif other in people:
                    continue
                else:
                    change(workspace, seq, **person(seq, "create", key, f"n{run}"))
                for group in random.sample(groups, 2):
                    seq += 1
                    op = "delete" if (key, group) in links else "create"
                    change(workspace, seq, **membership(op, key, group))
            seqs = [row[0] for row in workspace.execute("SELECT seq FROM change").fetchall()]
            settled = sorted(random.sample(seqs, random.randint(len(seqs) // 2, len(seqs))))
            failed = [number for number in settled if random.random() < 0.1]
            if run % 2:  # all arrives, and the header of the next file says so
                settled, failed = seqs, []
            seal(workspace, RunFiles(tmp_path), header(run, None if run == 1 else run - 1, run - 1))
    with open_workspace() as whole:
        load_held(whole, RunFiles(tmp_path), runs)
        apply_outcome(whole, RunFiles(tmp_path), runs, [settled], failed)
        links_of: set[str] = set()
        for key in sorted({one.lower() for one in keys}):
            with small_workspace() as small:
                load_held_of(
                    AttachedRuns(small, RunFiles(tmp_path)), runs, person=key.upper(),
                    arrived=lambda seqs: set(seqs) & set(settled) - set(failed),
                )  # fmt: skip
                for table, column in (
                    ("held_person", "key"), ("held_trash", "key"), ("held_membership", "person_key")
                ):  # fmt: skip
                    mine = f"SELECT * FROM {table} WHERE lower({column}) = ? ORDER BY ALL"
                    expected = whole.execute(mine, [key]).fetchall()
                    assert held(small, table) == expected, (key, table)
                    links_of |= {key for _ in expected}
                titles = "SELECT key, title FROM held_group WHERE key IN (FROM mine) ORDER BY ALL"
                said = small.execute("SELECT DISTINCT group_key FROM held_membership").fetchall()
                for connection in (small, whole):
                    connection.execute("CREATE OR REPLACE TEMP TABLE mine (key VARCHAR)")
                    if said:
                        connection.executemany("INSERT INTO mine VALUES (?)", said)
                assert small.execute(titles).fetchall() == whole.execute(titles).fetchall(), key
        for group in groups:
            with small_workspace() as small:
                load_held_of(
                    AttachedRuns(small, RunFiles(tmp_path)), runs, room=group,
                    arrived=lambda seqs: set(seqs) & set(settled) - set(failed),
                )  # fmt: skip
                members = "SELECT * FROM held_membership WHERE group_key = ? ORDER BY ALL"
                assert held(small, "held_membership") == whole.execute(members, [group]).fetchall()
    assert _ways_of_saying_what_arrived(tmp_path) == {"header", "table"}
    assert len(links_of) > 2, "hardly anybody was ever held: nothing tested"


# The format before kept before, after and memory of a change in columns of their own.
_FORMAT_3 = """
CREATE TABLE change_row AS SELECT 1 AS seq, 1 AS stage, 0 AS depth, 'person' AS kind,
  'update' AS op, 'anna01' AS key, 'Anna Holm' AS label, '' AS school, 'anna01' AS person_key,
  NULL AS group_key, '{"first_name":"Ann"}' AS before, '{"first_name":"Anna"}' AS after,
  '{"school":""}' AS memory, '' AS reason, 'planned' AS status, '' AS message, false AS compact,
  'update' AS inverse_op, '' AS loss
UNION ALL SELECT 2, 4, 0, 'membership', 'create', NULL, 'Anna Holm in 3b', '', 'anna01', 'c1', NULL,
  'Learner', NULL, '', 'planned', '', true, 'delete', '';
CREATE TABLE goes_along (seq BIGINT, person_key VARCHAR, group_key VARCHAR, role VARCHAR);
CREATE TABLE problem (reason VARCHAR, key VARCHAR, count BIGINT, detail VARCHAR);
"""
_VIEWS_3 = """
CREATE VIEW change AS SELECT seq, stage, depth, kind, op,
  CASE WHEN compact THEN person_key || '@' || group_key ELSE key END AS key, label, school,
  person_key, group_key, before, CASE WHEN compact THEN json_object('person', person_key, 'group',
    group_key, 'role', after)::VARCHAR ELSE after END AS after, memory, reason, status, message
FROM change_row;
CREATE VIEW header AS SELECT 3 AS format, {run} AS run, 1 AS org, DATE '2026-08-10' AS as_of,
  '2026-08-10T06:00:00' AS made_at, 'f' AS fingerprint, {base} AS base, {steps} AS steps,
  {arrived} AS first_arrived, {arrived} + 1 AS last_arrived;
"""


def test_files_of_the_format_before_are_read_and_built_on(tmp_path: Path) -> None:
    """An update of the program must not cost what is known of itslearning."""
    for run, base in ((1, "NULL::INTEGER"), (2, "1")):
        with duckdb.connect(str(RunFiles(tmp_path).path(run))) as file:
            file.execute(_FORMAT_3)
            arrived = "NULL::INTEGER" if run == 1 else "1"
            file.execute(_VIEWS_3.format(run=run, base=base, steps=run - 1, arrived=arrived))
            with open_workspace() as workspace:
                for table in HELD_TABLES:
                    ddl = workspace.execute(
                        "SELECT sql FROM duckdb_tables() WHERE table_name = ?", [table.name]
                    ).fetchall()[0][0]
                    file.execute(ddl.replace("CREATE TEMP TABLE", "CREATE TABLE"))
                    file.execute(f"ALTER TABLE {table.name} ADD COLUMN gone BOOLEAN DEFAULT false")
            if run == 1:
                file.execute("INSERT INTO held_person (key, first_name) VALUES ('anna01', 'Ann')")
            else:
                file.execute("CREATE TABLE arrived_before AS SELECT 1 AS first, 2 AS last")
    with open_workspace() as workspace:
        load_held(workspace, RunFiles(tmp_path), 2)
        assert [row[2] for row in held(workspace, "held_person")] == ["Anna"]
        assert held(workspace, "held_membership") == [("anna01", "c1", "Learner", "")]
        apply_outcome(workspace, RunFiles(tmp_path), 2, [[]], [])
        seal(workspace, RunFiles(tmp_path), header(3, 2, 2))
        expected = [held(workspace, table.name) for table in HELD_TABLES]
    with open_workspace() as workspace:
        load_held(workspace, RunFiles(tmp_path), 3)
        assert [held(workspace, table.name) for table in HELD_TABLES] == expected
