"""`umstui cleanup` and `umstui rekey`: what scripts read, and what has to be typed."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from sync.errors import NotConfirmed, Refused
from sync.procedure import (
    Cleaned,
    CleanupPreview,
    Forgotten,
    OrganizationMemory,
    Orphan,
    Procedure,
    RekeyObstacle,
    RekeyPreview,
    RestorePreview,
    Step,
)
from tests.program.conftest import CommandLine, Verbs

TABLES = {
    "itslearning_Learners": 4, "itslearning_Teachers": 1, "itslearning_Sites": 2,
    "itslearning_SubAccount_Courses": 1, "itslearning_Groups": 1, "itslearning_SubAccount": 1,
    "itslearningTemplateGroups": 1,
}  # fmt: skip
FLAGS = {"UMSCoursesCreated": 1, "UMSTemplateGroupsCreated": 0}


def preview(**values: object) -> CleanupPreview:
    """What the verb gives."""
    given = {
        "confirm": "ums", "organization": 1, "tables": TABLES, "flags": FLAGS,
        "organizations": [OrganizationMemory(1, "Fjordby", TABLES, FLAGS)],
        "forgotten": [Forgotten("person", "left19", "Bo\x1b[31m", False),
                      Forgotten("person", "known", "Ea", True)],
        "obstacles": (), "calendar": (), "backups": (), **values,
    }  # fmt: skip
    return CleanupPreview(**given)  # type: ignore[arg-type]


def test_the_preview_is_the_object_of_the_contract(umstui: CommandLine, verbs: Verbs) -> None:
    """Scripts compare the rows and take the name to type from it."""
    verbs.answer("preview_cleanup", preview())
    shown = json.loads(umstui("cleanup", "preview", "--json").out)
    assert {name: shown[name] for name in ("tables", "flags", "orphans", "confirm")} == {
        "tables": TABLES, "flags": FLAGS, "orphans": 1, "confirm": "ums",
    }  # fmt: skip
    assert list(shown["tables"]) == list(TABLES)


def test_people_see_rows_orphans_and_the_command(umstui: CommandLine, verbs: Verbs) -> None:
    verbs.answer("preview_cleanup", preview())
    shown = umstui("cleanup", "preview").out
    assert "itslearningTemplateGroups" in shown
    assert "Bo<U+001B>[31m" in shown  # a name from the data never steers the terminal
    assert "umstui cleanup run --confirm ums --rows 11" in shown
    verbs.answer("preview_cleanup", preview(obstacles=["run 3 is planned"]))
    shown = umstui("cleanup", "preview").out
    assert "In the way: run 3 is planned" in shown
    assert "cleanup run" not in shown


def test_run_gives_the_backup_and_takes_all_only_when_told(
    umstui: CommandLine, verbs: Verbs
) -> None:
    """The published recipe has no WHERE: nobody may get all organizations by leaving something
    out."""
    done = Cleaned("b.jsonl.gz", TABLES, dict.fromkeys(FLAGS, 0), dt.date(2027, 2, 22))
    verbs.answer("run_cleanup", done)
    shown = json.loads(umstui("cleanup", "run", "--confirm", "ums", "--rows", "11", "--json").out)
    assert (shown["backup"], shown["tables"], shown["flags"]) == (
        "b.jsonl.gz", TABLES, dict.fromkeys(FLAGS, 0),
    )  # fmt: skip
    asked = verbs.asked["run_cleanup"][1]
    assert asked == {
        "confirm": "ums", "everything": False, "despite_calendar": False, "expected_rows": 11,
    }  # fmt: skip
    umstui("cleanup", "run", "--confirm", "ums", "--all-organizations", "--despite-calendar")
    asked = verbs.asked["run_cleanup"][1]
    assert (asked["everything"], asked["despite_calendar"]) == (True, True)


@pytest.mark.parametrize("error", [NotConfirmed("Type the name"), Refused("Not now")])
def test_a_refusal_leaves_with_6(umstui: CommandLine, verbs: Verbs, error: Exception) -> None:
    verbs.answer("run_cleanup", error)
    ended = umstui("cleanup", "run")
    assert (ended.code, str(error) in ended.err) == (6, True)
    verbs.answer("run_rekey", error)
    assert umstui("rekey", "--to", "username", "run").code == 6


def test_restore_previews_and_replaces_only_when_told(umstui: CommandLine, verbs: Verbs) -> None:
    found = RestorePreview("b", 1, "2026-11-24T07:00:00", "mk", TABLES, {1: FLAGS}, TABLES, ())
    verbs.answer("preview_restore", found)
    shown = umstui("cleanup", "restore", "b", "--preview").out
    assert "would be put back" in shown
    assert "--replace" in shown
    verbs.answer("restore_cleanup", found)
    assert json.loads(umstui("cleanup", "restore", "b", "--json").out)["tables"] == TABLES
    assert verbs.asked["restore_cleanup"][1] == {"replace": False, "despite_calendar": False}


def test_steps_say_who_did_what_and_print_the_vendors_commands(
    umstui: CommandLine, verbs: Verbs
) -> None:
    at = dt.datetime(2026, 11, 24, 7, tzinfo=dt.UTC)
    steps = [Step("cleanup", "empty UMS's memory", "done", "mk", at, "11 rows"),
             Step("rekey", "change all sync keys", "next")]  # fmt: skip
    verbs.answer("procedure", Procedure(steps, ["manual01"]))
    shown = umstui("cleanup", "steps").out
    assert "[x] 1 empty UMS's memory" in shown
    assert "by mk" in shown
    assert "[>] 2 change all sync keys" in shown
    assert "Next: `umstui rekey --to username preview`" in shown
    assert "manual01" in shown
    assert umstui("cleanup", "steps", "--vendor").out.splitlines() == [
        "itslearning.exe ChangeAllPersonIdentifiersToUserName",
        "itslearning.exe usersonly",
        "itslearning.exe usersonly",
    ]


def test_the_rekey_preview_warns_of_a_parallel_import(umstui: CommandLine, verbs: Verbs) -> None:
    """Whoever sends old keys afterwards makes a whole school a second time."""
    obstacles = [RekeyObstacle("key-taken", "P-7", "the key bo is already on Bo Dahl")]
    found = RekeyPreview("ums", 3, 12, 90, 1, 2, 1, obstacles, [("P-1", "ida", "Ida")])
    verbs.answer("preview_rekey", found)
    shown = " ".join(umstui("rekey", "--to", "username", "preview").out.split())
    assert "P-1 -> ida" in shown
    assert "key-taken: P-7" in shown
    assert "file import" in shown
    assert "umstui rekey --to username run --confirm ums" in shown
    as_json = json.loads(umstui("rekey", "--to", "username", "preview", "--json").out)
    assert (as_json["persons"], as_json["confirm"], len(as_json["conflicts"])) == (3, "ums", 1)


def test_orphans_are_listed_and_named_one_by_one(umstui: CommandLine, verbs: Verbs) -> None:
    verbs.answer("find_orphans", [Orphan("UMSCourse_9Z", "9Z", "course", "UMSCourses", "a backup")])
    assert "UMSCourse_9Z" in umstui("cleanup", "orphans", "list").out
    assert umstui("cleanup", "orphans", "delete").code == 2
