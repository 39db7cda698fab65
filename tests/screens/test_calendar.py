"""The calendar: nobody changes when deletes happen without having read what that releases."""

from __future__ import annotations

import datetime as dt

import pytest

from screens import calendar_words as words
from screens.calendar import CalendarPage
from screens.confirm import ConfirmPage
from screens.form import FormPage
from screens.widgets.windowed_list import WindowedList
from sync.windows import KeepException, KeepTarget, Window, WindowType
from tests.screens.double import a_held_desk
from tests.screens.driving import press, sentence_on, settle, type_words, until, words_on

DELAY, FREEZE = WindowType.DELAY_DELETE, WindowType.FREEZE


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def test_every_day_of_a_window_has_its_mark_and_the_day_after_is_due() -> None:
    """Off by one here and a school's persons go a day early."""
    window = Window(DELAY, _day("2027-06-21"), _day("2027-08-13"))
    marks = words.day_marks([window], [], _day("2027-06-01"), _day("2027-08-31"))
    assert marks[_day("2027-06-21")] == marks[_day("2027-08-13")] == "="
    assert marks[_day("2027-08-14")] == "!"
    assert _day("2027-06-20") not in marks
    assert _day("2027-08-15") not in marks
    assert sum(mark == "=" for mark in marks.values()) == 54


def test_the_stronger_mark_wins_and_a_part_is_told_from_the_whole() -> None:
    """A freeze inside a delay delete must be seen; one school's window is not everybody's."""
    first, last = _day("2027-06-01"), _day("2027-08-31")
    whole = Window(DELAY, first, last)
    freeze = Window(FREEZE, _day("2027-07-05"), _day("2027-07-30"))
    part = Window(DELAY, first, last, school="Havn")
    keep = KeepException(KeepTarget.PERSON, "a", _day("2027-07-06"), "r")
    marks = words.day_marks([whole, freeze, part], [keep], first, last)
    assert (marks[_day("2027-07-04")], marks[_day("2027-07-05")]) == ("=", "#")
    assert marks[_day("2027-07-06")] == "#"
    assert words.day_marks([part], [], first, last)[first] == "-"


@pytest.mark.parametrize("month", [f"20{year}-{month:02d}-01" for year in (24, 27)
                                   for month in range(1, 13)])  # fmt: skip
def test_a_month_shows_each_of_its_days_once_under_its_weekday(month: str) -> None:
    """A day in the wrong column is read as the wrong weekday."""
    first = _day(month)
    lines = ["".join(part for part, _ in line) for line in words.months(first, 1, {}, first)]
    assert len(lines) == 8
    assert {len(line.rstrip()) <= 26 for line in lines} == {True}
    days = []
    for line in lines[2:]:
        for column in range(7):
            cell = line[4 + column * 3 : 6 + column * 3].strip()
            if cell:
                days.append(int(cell))
                assert dt.date(first.year, first.month, int(cell)).weekday() == column
    last = (words.month_after(first, 1) - dt.timedelta(days=1)).day
    assert days == list(range(1, last + 1))


async def test_the_calendar_shows_windows_bars_and_what_falls_due(console) -> None:
    """From the first day of a window one sees the day on which its deletes would be held."""
    app = console(a_held_desk())
    async with app.run_test() as pilot:
        await press(pilot, "4")
        shown = words_on(app)
        assert "November 2026" in shown
        assert "January 2027" in shown
        assert "21#22#23#24#25#26#27" in shown
        assert "falls due" in shown
        assert "1 to renew or let end" in shown
        await press(pilot, "f")
        shown = await until(pilot, "would be HELD")
        assert "214 of   1 004 = 21.3%" in shown
        assert "decide by school: Fjordby Skole 120, Havn Skole 94" in shown
        await press(pilot, "l")
        assert "February 2027" in words_on(app)
        await press(pilot, "h", "h")
        assert "October 2026" in words_on(app)


async def test_what_a_window_is_about_stands_whole_below_a_list_that_cuts_it(console) -> None:
    """A window of one school is read as one of all where only its kind has room."""
    app = console(a_held_desk())
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "4")
        assert "kind membership, school Havn Skole" not in words_on(app)
        await press(pilot, "g", "j", "j", "j")
        assert "kind membership, school Havn Skole" in words_on(app)


async def test_removing_a_window_says_first_what_it_releases_and_one_enter_keeps_it(
    console,
) -> None:
    """Two stray keys must not make 312 deletes fall due tonight."""
    desk = a_held_desk()
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "4")
        _stand_on(app, "w2")
        await press(pilot, "D")
        assert "312 membership deletes fall due now" in words_on(app)
        assert "umstui calendar remove 2" in words_on(app)
        await press(pilot, "enter")
        assert isinstance(app.screen, CalendarPage)
        assert desk.written == []
        await press(pilot, "D", "j", "enter")
        await until(pilot, "was removed")
        assert desk.written == [("remove window", 2)]
        assert isinstance(app.screen, CalendarPage)


async def test_a_window_is_entered_line_by_line_and_asked_about_before_it_counts(console) -> None:
    """What will wait until when is said before the window is entered."""
    desk = a_held_desk()
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "4", "n")
        await press(pilot, "enter")
        await type_words(pilot, "2027-06-21")
        await press(pilot, "enter")
        await type_words(pilot, "31.2.27")
        assert "is no day" in words_on(app)
        await type_words(pilot, "2027-08-13")
        await until(pilot, "From Mon 21 Jun 2027 to Fri 13 Aug 2027, 54 days")
        await press(pilot, "enter", "enter")
        await type_words(pilot, "Havn Skole")
        await press(pilot, "enter", "enter", "enter")
        assert isinstance(app.screen, ConfirmPage)
        assert '--school "Havn Skole"' in words_on(app)
        assert "Only for: school Havn Skole." in words_on(app)
        assert desk.written == []
        await press(pilot, "j", "enter")
        await settle(pilot)
        window = Window(DELAY, _day("2027-06-21"), _day("2027-08-13"), school="Havn Skole")
        assert desk.written == [("add window", window)]
        assert "is in the calendar" in words_on(app)


async def test_keys_that_were_typed_ahead_land_in_the_lines_they_are_meant_for(console) -> None:
    """On a slow line a whole form arrives at once."""
    app = console(a_held_desk())
    async with app.run_test() as pilot:
        await press(pilot, "4", "n")
        for key in ("enter", *"10", "enter", *"20", "enter", "enter", "enter", "enter", "enter"):
            app.simulate_key(key)
        await settle(pilot)
        assert isinstance(app.screen, ConfirmPage)
        assert "From Tue  1 Dec 2026 to Fri 11 Dec 2026, 11 days" in words_on(app)


async def test_a_window_that_is_refused_comes_back_with_what_was_typed(console) -> None:
    """A school that nobody belongs to would hold nothing back."""
    desk = a_held_desk()
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "4", "n", "enter")
        await type_words(pilot, "10")
        await press(pilot, "enter")
        await type_words(pilot, "20")
        await press(pilot, "enter", "enter")
        await type_words(pilot, "Nowhere")
        await press(pilot, "enter", "enter", "enter", "j", "enter")
        assert isinstance(app.screen, FormPage)
        assert "No person or room belongs to a school 'Nowhere'" in sentence_on(app)
        assert app.screen.values["school"] == "Nowhere"
        assert desk.written == []
        await press(pilot, "escape")
        assert isinstance(app.screen, CalendarPage)


async def test_shortening_a_window_says_what_falls_due_while_one_types(console) -> None:
    """The number stands there before enter is pressed."""
    desk = a_held_desk()
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "4")
        _stand_on(app, "w2")
        await press(pilot, "enter", "down")
        await type_words(pilot, "2026-11-22")
        await until(pilot, "312 membership deletes fall due now")
        await press(pilot, "enter", "j", "enter")
        await settle(pilot)
        assert desk.written == [("change window", 2, _day("2026-11-09"), _day("2026-11-22"))]


async def test_an_exception_is_made_renewed_and_ended(console) -> None:
    """Whoever is kept is kept for a reason and not for ever."""
    desk = a_held_desk()
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "4", "x", "enter")
        await type_words(pilot, "fj1")
        await press(pilot, "enter")
        await type_words(pilot, "30")
        await press(pilot, "enter", "enter")
        assert isinstance(app.screen, FormPage)
        assert "because: it is needed" in words_on(app)
        await type_words(pilot, "exam")
        await press(pilot, "enter", "j", "enter")
        await settle(pilot)
        keep = KeepException(KeepTarget.PERSON, "fj1", _day("2026-12-21"), "exam")
        assert desk.written == [("add exception", keep)]
        _stand_on(app, "e1")
        await press(pilot, "enter", "enter", "enter", "j", "enter")
        await settle(pilot)
        assert desk.written[-1] == ("renew exception", 1, _day("2026-11-30"), "exam in January")
        _stand_on(app, "e1")
        await press(pilot, "D", "j", "enter")
        await settle(pilot)
        assert desk.written[-1] == ("remove exception", 1)


async def test_teachers_are_told_in_their_language(console) -> None:
    """Half-changed classes are the main complaint; the answer is ready to be sent."""
    app = console(a_held_desk())
    async with app.run_test() as pilot:
        await press(pilot, "4")
        _stand_on(app, "w2")
        await press(pilot, "t")
        assert "fjernes ingen fra rum og grupper" in sentence_on(app)
        assert "8. januar 2027" in sentence_on(app)
        await press(pilot, "full_stop", "full_stop", "full_stop")
        assert "9 January 2027 the old memberships go" in sentence_on(app)


async def test_the_calendar_is_written_to_a_file_that_is_not_overwritten(console, tmp_path) -> None:
    """Planners get the days into their own calendars."""
    file = tmp_path / "umstui.ics"
    app = console(a_held_desk())
    async with app.run_test() as pilot:
        for _ in range(2):
            await press(pilot, "4", "e")
            await type_words(pilot, str(file))
            await press(pilot, "enter")
            await settle(pilot)
        assert file.read_bytes().startswith(b"BEGIN:VCALENDAR")
        await until(pilot, "could not be written")


async def test_who_may_not_change_the_calendar_reads_why(console) -> None:
    """A viewer sees all of it and changes nothing."""
    desk = a_held_desk()
    desk.session = type(desk.session)("kim", "ums-01", "0.1.0", role="viewer",
                                      no_change="kim is a viewer")  # fmt: skip
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "4")
        for key in ("n", "x", "D", "enter"):
            await press(pilot, key)
            assert isinstance(app.screen, CalendarPage)
            assert "kim is a viewer" in words_on(app)


def _stand_on(app, key: str) -> None:
    """Put the cursor on an entry."""
    listed = app.screen.query_one(WindowedList)
    keys = [listed.row(place).key for place in range(listed.count)]
    listed.move_to(keys.index(key))
