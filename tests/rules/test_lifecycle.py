"""rules.md 14 and 16: archived, empty, deleted or forgotten."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.rules.small_school import SmallSchool, day

END = day("30-06-2027")
ONE = dt.timedelta(days=1)


def lasting(method: str = "Finished", **settings: object) -> SmallSchool:
    """A room 1a that ends on END, held, with a learner and a teacher wanted beyond that."""
    school = SmallSchool(settings={"RemoveLearnerMethod": method, **settings})
    school.row("anna01", "1a")
    school.row("anna01", "2a", SlutDato="")
    school.teacher("tea", "1a")
    school.teacher("tea", "2a", SlutDato="")
    school.sync(day("01-06-2027"))
    return school


def test_a_room_is_archived_the_day_after_its_end() -> None:
    school = lasting()
    assert school.sync(END) == []
    done = school.sync(END + ONE)
    assert ("course", "archive", "UMSCourse_1a") in done
    room = school.places()["UMSCourse_1a"]
    assert (room["parent_key"], room["archived"]) == ("UMSCoursesArchive", END + ONE)
    assert (room["ended"], room["empty_since"]) == (END, END + ONE)
    assert school.members("UMSCourse_1a") == {"tea": "Instructor"}
    assert school.sync(END + 2 * ONE) == []
    assert school.places()["UMSCourse_1a"]["archived"] == END + ONE


@pytest.mark.parametrize(("ending", "op"), [("Auto", "delete"), ("manual", "forget")])
def test_an_empty_room_goes_after_its_days(ending: str, op: str) -> None:
    """readings.md 29: on the first run with day - WhenEmpty >= DeleteDaysAfterEnd, alone."""
    school = lasting(DeleteSites=ending)
    school.sync(END + 3 * ONE)
    assert school.sync(END + 32 * ONE) == []
    school.wanted(END + 33 * ONE)
    assert school.leaving() == {"UMSCourse_1a": op}
    assert "UMSCourse_1a" not in school.places()
    assert school.members("UMSCourse_1a") == {}
    assert school.sync(END + 40 * ONE) == [("course", op, "UMSCourse_1a")]
    assert school.sync(END + 41 * ONE) == []


def test_zero_days_delete_at_once_without_archiving_first() -> None:
    school = lasting(DeleteDaysAfterEnd=0)
    done = school.sync(END + ONE)
    assert [item for item in done if item[0] == "course"] == [("course", "delete", "UMSCourse_1a")]
    assert not [key for kind, _, key in done if kind == "membership" and "UMSCourse_1a" in key]


def test_a_room_with_learners_is_never_empty() -> None:
    school = lasting("DeletedInAD")
    school.sync(END + ONE)
    school.sync(END + 400 * ONE)
    assert school.members("UMSCourse_1a") == {"anna01": "Learner", "tea": "Instructor"}
    assert school.places()["UMSCourse_1a"]["empty_since"] is None


def test_a_learner_who_comes_back_stops_the_count() -> None:
    school = lasting("DeletedInAD")
    school.change("UPDATE student SET SlutDato = '01-06-2027' WHERE row_number = 1")
    school.sync(END + ONE)
    assert school.places()["UMSCourse_1a"]["empty_since"] is not None
    school.change("UPDATE student SET SlutDato = '30-06-2027' WHERE row_number = 1")
    school.sync(END + 20 * ONE)
    assert school.places()["UMSCourse_1a"]["empty_since"] is None
    school.change("UPDATE student SET SlutDato = '01-06-2027' WHERE row_number = 1")
    school.sync(END + 40 * ONE)
    assert school.places()["UMSCourse_1a"]["empty_since"] == END + 40 * ONE


def test_an_empty_room_that_runs_is_not_counted() -> None:
    school = SmallSchool()
    school.teacher("tea", "1a", SlutDato="")
    school.sync()
    school.sync(day("01-09-2030"))
    room = school.places()["UMSCourse_1a"]
    assert (room["empty_since"], room["archived"], room["ended"]) == (None, None, None)


def test_a_room_that_runs_again_leaves_the_archive() -> None:
    """readings.md 6: that is no un-archiving."""
    school = lasting()
    school.sync(END + ONE)
    school.change("UPDATE student SET SlutDato = '31-07-2027' WHERE row_number = 1")
    done = school.sync(END + 5 * ONE)
    assert ("course", "move", "UMSCourse_1a") in done
    room = school.places()["UMSCourse_1a"]
    assert (room["parent_key"], room["archived"], room["empty_since"]) == ("UMSCourses", None, None)


def test_rows_that_vanish_end_the_room_the_day_before() -> None:
    """readings.md 2: title and setting are remembered, only SQLGroups teachers stay."""
    school = SmallSchool(settings={"SQLGroups": "Eng%"})
    school.row("anna01", "1a", ActivityDisplayName="Klasse 1a")
    school.teacher("tea", "1a")
    school.teacher("eng", "English", SlutDato="")
    school.sync()
    school.change("DELETE FROM student WHERE AktivitetsID = '1a'")
    planned = day("01-10-2026")
    done = school.sync(planned)
    assert ("course", "archive", "UMSCourse_1a") in done
    assert ("group", "delete", "UMSGroups_1a") in done
    room = school.places()["UMSCourse_1a"]
    assert (room["title"], room["ended"]) == ("Klasse 1a", planned - ONE)
    assert (room["archived"], room["empty_since"]) == (planned, planned)
    assert school.members("UMSCourse_1a") == {"eng": "Instructor"}
    assert school.sync(planned + ONE) == []
    assert school.places()["UMSCourse_1a"]["ended"] == planned - ONE
    assert school.sync(planned + 30 * ONE) == [("course", "delete", "UMSCourse_1a")]


def test_rows_that_vanish_after_the_end_do_not_move_it() -> None:
    school = lasting()
    school.sync(END + ONE)
    school.change("DELETE FROM student WHERE AktivitetsID = '1a'")
    school.sync(END + 10 * ONE)
    room = school.places()["UMSCourse_1a"]
    assert (room["ended"], room["empty_since"]) == (END, END + ONE)


def test_rows_that_come_back_bring_the_room_back() -> None:
    school = SmallSchool()
    school.row("anna01", "1a")
    school.sync()
    school.change("CREATE TABLE away AS FROM student; DELETE FROM student")
    school.sync(day("01-10-2026"))
    school.change("INSERT INTO student FROM away")
    done = school.sync(day("05-10-2026"))
    assert ("course", "move", "UMSCourse_1a") in done
    assert school.places()["UMSCourse_1a"]["ended"] == END


def test_a_vanished_room_of_a_setting_that_is_gone_is_never_deleted() -> None:
    """Nobody can say any more whether it should be."""
    school = SmallSchool()
    school.row("anna01", "1a")
    school.sync()
    school.change("DELETE FROM student; DELETE FROM template; DELETE FROM itslearning_setting")
    school.sync(day("01-10-2026"))
    school.sync(day("01-10-2028"))
    assert school.places()["UMSCourse_1a"]["parent_key"] == "UMSCoursesArchive"


def test_what_has_ended_and_is_not_held_is_never_created() -> None:
    school = SmallSchool(settings={"RemoveLearnerMethod": "DeletedInAD"})
    school.row("anna01", "1a")
    school.row("anna01", "2a", SlutDato="")
    school.wanted(END + ONE)
    assert set(school.places("course")) == {"UMSCourse_2a"}
    school.wanted(END)
    assert set(school.places("course")) == {"UMSCourse_1a", "UMSCourse_2a"}


def test_a_forgotten_room_is_made_again_only_when_it_runs() -> None:
    """readings.md 29."""
    school = lasting(DeleteSites="Manual", DeleteDaysAfterEnd=0)
    assert ("course", "forget", "UMSCourse_1a") in school.sync(END + ONE)
    assert school.sync(END + 2 * ONE) == []
    school.change("UPDATE student SET SlutDato = '31-12-2027' WHERE row_number = 1")
    assert ("course", "create", "UMSCourse_1a") in school.sync(END + 3 * ONE)


def test_an_earlier_day_does_not_delete() -> None:
    """A plan --as-of an earlier day must not run the count backwards."""
    school = lasting()
    school.sync(END + 20 * ONE)
    assert school.sync(END + 10 * ONE) == []
    assert school.places()["UMSCourse_1a"]["empty_since"] == END + 20 * ONE
