"""The clean-up by keyboard: nothing goes before all of it was shown and the name was typed."""

from __future__ import annotations

import datetime as dt

from screens.desk import Session
from sync.errors import Refused
from sync.procedure import BackupEntry
from tests.screens.double import a_ready_desk
from tests.screens.double_cleanup import BACKUP, TABLES
from tests.screens.driving import press, sentence_on, settle, type_words, until, words_on


async def test_every_number_stands_there_before_a_row_goes(console) -> None:
    """A clean-up whose size nobody saw is how a whole school is lost."""
    desk = a_ready_desk()
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "5")
        shown = await until(pilot, "itslearningTemplateGroups")
        for table, rows in TABLES.items():
            lines = [line.rstrip() for line in shown.splitlines() if table in line.split()]
            assert lines[0].endswith(str(rows))
        assert "2 orphans that nobody will delete any more" in sentence_on(app)
        await press(pilot, "enter")
        assert "1 609 rows deleted" in sentence_on(app)
        await type_words(pilot, "ums")
        await press(pilot, "enter")
        assert desk.written == []
        await press(pilot, "enter")
        await type_words(pilot, "UMS")
        await press(pilot, "enter")
        assert desk.written == [("clean", 1, "UMS", 1609)]
        assert BACKUP in sentence_on(app)
        assert "[x] empty UMS's memory" in sentence_on(app)
        assert "[>] change all sync keys" in sentence_on(app)


async def test_a_refusal_leads_back_with_its_words(console) -> None:
    desk = a_ready_desk()
    desk.cleanup.refusal = Refused("itslearning_Learners had 912 rows and has 913 now")
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "5")
        await until(pilot, "itslearningTemplateGroups")
        await press(pilot, "enter")
        await type_words(pilot, "UMS")
        await press(pilot, "enter")
        assert "has 913 now" in sentence_on(app)
        assert app.screen.PLACE == "cleanup"


async def test_what_was_in_the_way_is_looked_at_again_when_a_run_was_decided_on(console) -> None:
    """Whoever rejects the run that stands in the way, and comes back, must be let on."""
    desk = a_ready_desk()
    desk.cleanup.obstacles = ["run 314 is planned and could still be carried out"]
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "5")
        await until(pilot, "in the way: run 314")
        await press(pilot, "2", "R")
        await type_words(pilot, "wrong delivery")
        await press(pilot, "enter")
        desk.cleanup.obstacles = []
        await until(pilot, "REJECTED")
        await press(pilot, "5")
        await until(pilot, "itslearningTemplateGroups")
        assert "in the way" not in sentence_on(app)


async def test_what_is_in_the_way_is_said_instead_of_asked(console) -> None:
    desk = a_ready_desk()
    desk.cleanup.obstacles = ["run 314 is planned and could still be carried out"]
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "5")
        await until(pilot, "in the way")
        await press(pilot, "enter")
        assert app.screen.PLACE == "cleanup"
        assert "not now: run 314" in sentence_on(app)


async def test_steps_are_taken_up_where_they_were_left(console) -> None:
    """The cursor stands on what comes next, whoever did the last step."""
    desk = a_ready_desk()
    desk.cleanup.done = 1
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "5")
        await until(pilot, "[x] empty UMS's memory")
        await press(pilot, "L")
        assert "731 persons re-keyed" in sentence_on(app)
        assert "file import" in sentence_on(app)
        assert "[b]Victor" in words_on(app)
        await press(pilot, "enter")
        assert desk.written == [("plan rekey", 1)]
        await press(pilot, "j", "enter")
        assert "first: users only" in sentence_on(app)
        await press(pilot, "k", "enter", "enter")
        assert desk.written == [("plan rekey", 1), ("plan users", 1), ("plan users", 1)]


async def test_the_step_that_only_lists_is_not_a_plan_as_a_command(console) -> None:
    """A command copied from a list must not make a plan instead."""
    app = console(a_ready_desk())
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "5")
        await until(pilot, "users without sync key")
        await press(pilot, "G", "c")
        assert "umstui cleanup steps" in words_on(app)
        assert "umstui plan" not in words_on(app)


async def test_an_installation_of_ums_own_program_gets_its_commands(console) -> None:
    app = console(a_ready_desk())
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "5", "v")
        assert words_on(app).count("itslearning.exe usersonly") >= 2
        assert "ChangeAllPersonIdentifiersToUserName" in words_on(app)


async def test_a_backup_is_put_back_after_its_number_was_typed(console) -> None:
    desk = a_ready_desk()
    desk.cleanup.kept = [
        BackupEntry("ums-org1-old.jsonl.gz", 1, "2026-01-02T03:04:05", "ea", dt.date(2026, 4, 2),
                    True),
    ]  # fmt: skip
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "5", "b")
        assert "DUE 2026-04-02" in sentence_on(app)
        await press(pilot, "enter")
        assert "deleted, after a backup of it" in sentence_on(app)
        await type_words(pilot, "restore 1609")
        await press(pilot, "enter")
        assert desk.written == [("restore", "ums-org1-old.jsonl.gz", True)]
        assert app.screen.PLACE == "cleanup"


async def test_support_looks_and_changes_nothing(console) -> None:
    desk = a_ready_desk()
    why = "this session is read-only"
    desk.session = Session("support", "ums-01", "0.1.0", read_only=why, no_apply=why)
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "5")
        await until(pilot, "itslearningTemplateGroups")
        await press(pilot, "enter")
        assert why in sentence_on(app)
        assert app.screen.PLACE == "cleanup"
        assert desk.written == []


async def test_what_is_done_about_orphans_is_a_run(console) -> None:
    """Nothing is deleted from a list: a plan is stored, and looked at like any other."""
    desk = a_ready_desk()
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "5", "o")
        assert "1 orphan found" in sentence_on(app)
        await press(pilot, "p")
        assert "[b]8X" in words_on(app)
        await press(pilot, "space", "j", "space", "D")
        assert desk.written == [
            ("plan orphans", ("UMSCourse_9Z 2019", "UMSGroups_8X"), False),
        ]  # fmt: skip
