"""Held is rebuilt from run files and journals; were it wrong, people would be lost or doubled."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from random import Random

import duckdb
import pytest

from sync.errors import RunFileDamaged
from sync.snapshots.attached import AttachedRuns
from sync.snapshots.filling import HELD_TABLES, Header
from sync.snapshots.held import apply_outcome, load_held
from sync.snapshots.held_of import load_held_of
from sync.snapshots.run_file import open_run_file, run_path, seal
from sync.snapshots.workspace import open_workspace, small_workspace

Row = tuple[object, ...]


def header(run: int, base: int | None, steps: int = 0) -> Header:
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
        seal(workspace, tmp_path, header(1, None))
    with open_workspace() as workspace:
        load_held(workspace, tmp_path, 1)
        assert held(workspace, "held_person") == []
        done = apply_outcome(workspace, tmp_path, 1, [[1, 2]], [2])
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
        seal(workspace, tmp_path, header(1, None))
    with open_workspace() as workspace:
        load_held(workspace, tmp_path, 1)
        apply_outcome(workspace, tmp_path, 1, [[1, 2]], [])
        assert held(workspace, "held_membership") == [("bo02", "c1", "Learner", "")]
        assert [row[0] for row in held(workspace, "held_trash")] == ["anna01"]
        assert [row[1] for row in held(workspace, "held_group")] == ["c1"]


@pytest.mark.parametrize("seed", range(5))
def test_a_chain_of_differences_says_the_same_as_whole_copies(tmp_path: Path, seed: int) -> None:
    """A year of runs: each file holds only what differs, yet every day comes back as it was."""
    random = Random(seed)
    truth: list[dict[str, list[Row]]] = []
    people: dict[str, str] = {}
    settled: list[int] = []
    failed: list[int] = []
    for run in range(1, 9):
        with open_workspace() as workspace:
            if run > 1:
                load_held(workspace, tmp_path, run - 1)
                apply_outcome(workspace, tmp_path, run - 1, [settled], failed)
            truth.append({table.name: held(workspace, table.name) for table in HELD_TABLES})
            seq = 0
            for key in random.sample([f"p{number}" for number in range(30)], 12):
                seq += 1
                if key not in people:
                    change(workspace, seq, **person(seq, "create", key, f"n{run}"))
                elif random.random() < 0.4:
                    change(workspace, seq, **person(seq, "delete", key, people[key]))
                else:
                    change(workspace, seq, **person(seq, "update", key, f"n{run}", people[key]))
            settled = sorted(random.sample(range(1, seq + 1), random.randint(0, seq)))
            failed = [number for number in settled if random.random() < 0.2]
            for number, op, key in workspace.execute("SELECT seq, op, key FROM change").fetchall():
                if number in settled and number not in failed:
                    people.pop(key, None)
                    if op != "delete":
                        people[key] = f"n{run}"
            keyframe = run in {1, 5}
            base = None if keyframe else run - 1
            seal(workspace, tmp_path, header(run, base, 0 if keyframe else run))
    for run, expected in enumerate(truth, start=1):
        with open_workspace() as workspace:
            load_held(workspace, tmp_path, run)
            for table in HELD_TABLES:
                assert held(workspace, table.name) == expected[table.name], (run, table.name)
    assert {row[0] for row in truth[-1]["held_person"]}, (
        "the year ended with nobody: nothing tested"
    )


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
                load_held(workspace, tmp_path, run - 1)
                apply_outcome(workspace, tmp_path, run - 1, [settled], failed)
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
            seal(workspace, tmp_path, header(run, None if run == 1 else run - 1, run - 1))
    with open_workspace() as whole:
        load_held(whole, tmp_path, runs)
        apply_outcome(whole, tmp_path, runs, [settled], failed)
        links_of: set[str] = set()
        for key in sorted({one.lower() for one in keys}):
            with small_workspace() as small:
                load_held_of(
                    AttachedRuns(small, tmp_path), runs, person=key.upper(),
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
                    AttachedRuns(small, tmp_path), runs, room=group,
                    arrived=lambda seqs: set(seqs) & set(settled) - set(failed),
                )  # fmt: skip
                members = "SELECT * FROM held_membership WHERE group_key = ? ORDER BY ALL"
                assert held(small, "held_membership") == whole.execute(members, [group]).fetchall()
    assert len(links_of) > 2, "hardly anybody was ever held: nothing tested"


def test_a_run_file_is_never_written_again(tmp_path: Path) -> None:
    with open_workspace() as workspace:
        seal(workspace, tmp_path, header(1, None))
    connection = open_run_file(tmp_path, 1)
    with pytest.raises(duckdb.Error, match="read-only"):
        connection.execute("DELETE FROM change_row")
    connection.close()
    assert list(tmp_path.glob("*.part")) == []


@pytest.mark.parametrize("content", [b"", b"not a database", None])
def test_a_damaged_or_missing_file_is_named_with_what_to_do(
    tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        run_path(tmp_path, 7).write_bytes(content)
    with pytest.raises(RunFileDamaged, match=r"run-000007\.duckdb.*umstui plan"):
        open_run_file(tmp_path, 7)


def test_a_renamed_file_is_not_taken_for_another_run(tmp_path: Path) -> None:
    with open_workspace() as workspace:
        path = seal(workspace, tmp_path, header(1, None))
    path.rename(run_path(tmp_path, 2))
    with pytest.raises(RunFileDamaged, match="run 1, not 2"):
        open_run_file(tmp_path, 2)


def test_a_folder_that_cannot_be_written_is_said_plainly(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with open_workspace() as workspace, pytest.raises(RunFileDamaged, match="plan again"):
        seal(workspace, blocked, header(1, None))
