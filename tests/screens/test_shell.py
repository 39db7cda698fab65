"""The shell around the screens: digits, ways back, help, palette, twins, sizes, trouble."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from screens.actions import ACTIONS
from screens.help import HelpPage
from screens.home import HomePage
from screens.organization import OrganizationPage
from screens.palette import PalettePage
from screens.places import PLACES
from screens.preview import PreviewPage
from screens.runs import RunsPage
from screens.settings import SettingsPage
from screens.twin import TwinPage
from screens.widgets.windowed_list import WindowedList
from sync.errors import DatabaseUnreachable
from tests.screens.double import DoubleDesk, Site, a_held_desk, a_ready_desk
from tests.screens.driving import press, sentence_on, settle, type_words, until, words_on


async def test_digits_lead_to_the_screens_and_each_is_found_as_it_was_left(console) -> None:
    """Looking something up on another screen must not cost the filter and the cursor."""
    app = console(a_held_desk())
    async with app.run_test() as pilot:
        await press(pilot, "2", "slash")
        await type_words(pilot, "kind:person")
        await press(pilot, "enter", "j", "j", "space")
        for digit, page in (("1", HomePage), ("6", RunsPage), ("8", SettingsPage)):
            await press(pilot, digit)
            assert isinstance(app.screen, page)
        await press(pilot, "2")
        assert isinstance(app.screen, PreviewPage)
        assert app.screen.query_one("#filter", Input).value == "kind:person"
        changes = app.screen.query_one(WindowedList)
        assert (changes.cursor, len(changes.marked), changes.count) == (3, 1, 112)


async def test_other_colours_reach_the_pages_that_lay_behind(console) -> None:
    """Black words on a black page cannot be read."""
    app = console(a_held_desk())
    async with app.run_test() as pilot:
        await press(pilot, "2", "1")
        before = app.screen.styles.background
        app.theme = "ansi-light"
        await settle(pilot)
        assert (chosen := app.screen.styles.background) != before
        await press(pilot, "2")
        assert app.screen.styles.background == chosen
        assert app.screen.query_one(WindowedList).styles.color is not None


async def test_an_answer_to_one_key_is_gone_with_the_next(console) -> None:
    """What is said of one row, still there under another, would be believed of that one."""
    app = console(a_ready_desk())
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "5", "j", "enter")
        assert "first: empty UMS's memory" in sentence_on(app)
        await press(pilot, "k")
        assert "first: empty" not in sentence_on(app)


async def test_news_is_old_when_one_comes_back(console) -> None:
    """A run that "has been planned" an hour ago may be applied by now."""
    app = console(a_ready_desk())
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "n")
        await until(pilot, "has been planned")
        await press(pilot, "j")
        assert "has been planned" in sentence_on(app)
        await press(pilot, "6", "1")
        assert "has been planned" not in sentence_on(app)


async def test_a_run_is_named_under_the_screen_that_led_to_it(console) -> None:
    """esc leads back there, and nowhere else."""
    app = console(a_ready_desk())
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "6", "enter")
        await until(pilot, "6 Runs > run 314")
        await press(pilot, "v")
        await until(pilot, "6 Runs > run 314 > limits")
        await press(pilot, "2", "v")
        await until(pilot, "2 Preview run 314 > limits")


@pytest.mark.parametrize("digit", ["9", "0"])
async def test_the_digit_of_a_screen_that_is_not_there_does_nothing(console, digit: str) -> None:
    """No empty placeholder is ever shown."""
    app = console(a_held_desk())
    async with app.run_test() as pilot:
        await press(pilot, digit)
        assert isinstance(app.screen, HomePage)


@pytest.mark.parametrize("place", [place.digit for place in PLACES])
async def test_esc_never_leaves_the_console(console, place: str) -> None:
    """Pressing esc once too often must not throw one out."""
    app = console(a_held_desk())
    async with app.run_test() as pilot:
        await press(pilot, place, "question_mark")
        assert isinstance(app.screen, HelpPage)
        await press(pilot, *["escape"] * 5)
        assert app.is_running
        assert not isinstance(app.screen, HelpPage)
        assert "q leaves the console" in words_on(app)


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_q_leaves_at_once_where_nothing_is_under_way(console, key: str) -> None:
    """Nothing asks without need."""
    app = console(a_held_desk())
    async with app.run_test() as pilot:
        await settle(pilot)
        app.simulate_key(key)
        await pilot.pause(0.1)
    assert app.return_value == 0


async def test_help_lists_every_key_of_the_page_and_why_one_is_off(console) -> None:
    """What the table holds can be read by somebody who has never seen the program."""
    app = console(a_held_desk())
    async with app.run_test(size=(100, 120)) as pilot:
        await press(pilot, "2", "question_mark")
        shown = " ".join(words_on(app).split())
        for action in ACTIONS:
            if action.where in {"preview", "list", "everywhere"}:
                assert action.sentence in shown, action.id
        assert "off: the filter holds it" in shown


async def test_the_palette_finds_by_words_and_acts(console) -> None:
    """Who does not know the key types what he wants."""
    app = console(a_held_desk())
    async with app.run_test() as pilot:
        await press(pilot, "2", "colon")
        assert isinstance(app.screen, PalettePage)
        await type_words(pilot, "past runs")
        await press(pilot, "enter")
        assert isinstance(app.screen, RunsPage)
        await press(pilot, "2", "ctrl+p")
        await type_words(pilot, "limits")
        await press(pilot, "enter")
        assert "> limits" in words_on(app)


async def test_the_palette_moves_by_arrows_and_tells_what_is_off(console) -> None:
    """An action that is off stays in its place, with the reason."""
    desk = a_held_desk()
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "2", "colon")
        await type_words(pilot, "carries")
        assert "off: the filter holds it: approve what should go" in sentence_on(app)
        await press(pilot, "enter")
        assert isinstance(app.screen, PreviewPage)
        assert "the filter holds it" in words_on(app)
        await press(pilot, "colon", "down", "down", "up")
        assert app.screen.query_one(WindowedList).cursor == 1


async def test_c_shows_and_copies_the_command_for_what_is_on_screen(console) -> None:
    """What one does by hand today is a script tomorrow, and readable to a screen reader."""
    app = console(a_ready_desk())
    async with app.run_test(size=(120, 30)) as pilot:
        await press(pilot, "2", "slash")
        await type_words(pilot, 'kind:person op:- school:"Havn Skole"')
        await press(pilot, "enter", "c")
        assert isinstance(app.screen, TwinPage)
        shown = words_on(app)
        assert "umstui runs show 314" in shown
        assert 'umstui approve 314 --reason why --kind person --op delete --school "Havn' in shown
        assert 'umstui apply 314 --confirm "delete 78"' in shown
        chosen = '--kind person --op delete --school "Havn Skole"'
        assert app.clipboard == f"umstui runs changes 314 {chosen}"
        await press(pilot, "G", "y")
        assert app.clipboard == 'umstui apply 314 --confirm "delete 78"'


async def test_commands_go_to_a_file_where_the_terminal_keeps_no_clipboard(
    console, tmp_path: Path
) -> None:
    """tmux drops the clipboard by default; the file is the other way."""
    app = console(a_ready_desk())
    path = tmp_path / "commands.txt"
    async with app.run_test(size=(160, 30)) as pilot:
        await press(pilot, "2", "c", "Y")
        await type_words(pilot, str(path))
        await press(pilot, "enter")
        await until(pilot, "Written to")
        assert 'umstui apply 314 --confirm "delete 78"' in path.read_text(encoding="utf-8")
        before = path.read_text(encoding="utf-8")
        await press(pilot, "Y")
        await type_words(pilot, str(path))
        await press(pilot, "enter")
        await until(pilot, "could not be written")
        assert path.read_text(encoding="utf-8") == before


async def test_twins_name_the_file_and_the_organization_the_console_runs_on(console) -> None:
    """A command without them would act on another site."""
    desk = a_ready_desk()
    desk.session = type(desk.session)("mk", "ums-01", "0.1.0", config="/etc/um s.toml")
    desk.site_list = (*desk.site_list, Site(2, "Havn"))
    app = console(desk, 1)
    async with app.run_test(size=(120, 30)) as pilot:
        await press(pilot, "6", "c")
        assert 'umstui runs list --org 1 --config "/etc/um s.toml"' in words_on(app)


async def test_several_organizations_are_chosen_from(console) -> None:
    """Nobody decides for the wrong school because it came first."""
    desk = a_ready_desk()
    desk.site_list = (*desk.site_list, Site(2, "Havn", "https://havn.itslearning.com"))
    app = console(desk)
    async with app.run_test() as pilot:
        await settle(pilot)
        assert isinstance(app.screen, OrganizationPage)
        await press(pilot, "j", "enter")
        assert app.site == desk.site_list[1]
        assert "1 Home | Havn" in words_on(app)
        await press(pilot, "O")
        assert isinstance(app.screen, OrganizationPage)


@pytest.mark.parametrize("digit", ["1", "2", "6"])
async def test_no_page_keeps_what_is_another_organizations(console, digit) -> None:
    """Under the name of one school stood the plan of another, with the keys to approve it."""
    desk = a_ready_desk()
    desk.site_list = (*desk.site_list, Site(2, "Havn", "https://havn.itslearning.com"))
    listed = desk.list_runs
    desk.list_runs = lambda org: listed(org) if org == 1 else []
    app = console(desk, 1)
    async with app.run_test() as pilot:
        for key in ("2", "6", digit):
            await press(pilot, key)
        await press(pilot, "O", "j", "enter")
        await until(pilot, "1 Home | Havn")
        await press(pilot, "6")
        await until(pilot, "No run yet")
        await press(pilot, "2")
        await until(pilot, "There is no run yet")
        assert app.screen.report is None


async def test_an_organization_that_is_not_there_is_told(console) -> None:
    """--org 7 must not quietly become --org 1."""
    app = console(a_ready_desk(), 7)
    async with app.run_test() as pilot:
        await until(pilot, "There is no organization 7")


async def test_a_database_that_does_not_answer_is_told_and_tried_again(console) -> None:
    """The sentence says what to do, on every screen, and ctrl-r goes on once it is done."""
    desk = a_held_desk()
    desk.error = DatabaseUnreachable("The UMS database did not answer; check [ums] url.")
    app = console(desk)
    async with app.run_test() as pilot:
        await settle(pilot)
        shown = words_on(app)
        assert "! The UMS database did not answer; check [ums] url." in shown
        assert "none yet" not in shown  # nobody knows
        assert "NO PLAN YET" not in shown
        await press(pilot, "2")
        assert "check [ums] url" in words_on(app)
        assert "ctrl-r tries again" in words_on(app)
        desk.error = None
        await press(pilot, "ctrl+r")
        await until(pilot, "HELD")


async def test_no_organization_at_all_says_where_to_begin(console) -> None:
    """An empty table is a set-up that is not finished."""
    app = console(DoubleDesk(site_list=()))
    async with app.run_test() as pilot:
        await press(pilot, "2")
        assert "itslearningOrganizationSettings is empty" in sentence_on(app)


@pytest.mark.parametrize("size", [(79, 24), (80, 19), (40, 10)])
async def test_a_terminal_that_is_too_small_says_what_is_needed(console, size) -> None:
    """Half a screen would hide the number that is about to be confirmed."""
    app = console(a_held_desk())
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        shown = " ".join(words_on(app).split())
        assert shown == (
            f"umstui needs 80 columns and 20 lines; this terminal has {size[0]} x {size[1]}."
        )
        await pilot.resize_terminal(80, 24)
        await settle(pilot)
        assert "NEEDS YOU" in words_on(app)


async def test_over_ssh_the_terminals_own_colours_are_used(
    console, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They cost half the bytes, and the user's palette decides."""
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22")
    app = console(a_held_desk())
    async with app.run_test() as pilot:
        await settle(pilot)
        assert app.theme == "ansi-dark"


async def test_home_leads_to_what_waits(console) -> None:
    """enter on the held run shows the rows that are held."""
    app = console(a_held_desk())
    async with app.run_test() as pilot:
        await settle(pilot)
        await press(pilot, "enter")
        assert isinstance(app.screen, PreviewPage)
        await until(pilot, "1 of 61 shown")
        assert "status:held" in words_on(app)


async def test_runs_opens_the_changes_of_a_past_run_and_comes_back(console) -> None:
    """Who did that, when: the run of last week is three keys away."""
    app = console(a_held_desk())
    async with app.run_test() as pilot:
        await press(pilot, "6", "j", "enter")
        assert isinstance(app.screen, PreviewPage)
        assert "6 Runs > run 313" in words_on(app)
        await press(pilot, "a")
        assert "only an open plan can be decided on" in words_on(app)
        await press(pilot, "escape")
        assert isinstance(app.screen, RunsPage)
        assert app.screen.query_one(WindowedList).cursor == 1


async def test_the_check_shows_a_line_for_each_thing_and_the_cursor_the_whole_of_it(
    console,
) -> None:
    """What is wrong stands there with what to do."""
    app = console(a_held_desk())
    async with app.run_test() as pilot:
        await press(pilot, "8", "K")
        shown = await until(pilot, "2 not ok")
        assert "template 7" in shown
        await press(pilot, "tab", "G")
        assert "give one predicate over Students" in sentence_on(app)


async def test_everything_can_be_checked_where_the_database_does_not_answer(console) -> None:
    """The check is what says what is wrong; it is needed most where nothing can be shown."""
    desk = a_held_desk()
    desk.error = DatabaseUnreachable("The UMS database did not answer; check [ums] url.")
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "8", "K")
        await until(pilot, "1 not ok")
        assert "UMS database" in words_on(app)


async def test_no_password_stands_on_the_settings_screen(console) -> None:
    """Support looks at this screen together with strangers."""
    app = console(a_held_desk())
    async with app.run_test(size=(200, 80)) as pilot:
        await press(pilot, "8")
        shown = words_on(app)
        assert "umstui:***@sql.fjordby.example" in shown
        for secret in ("S3cret", "Other", "Hush"):
            assert secret not in shown


async def test_an_error_that_nobody_expected_is_told_by_its_kind_and_the_console_stays(
    console, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A traceback with the values of its variables would show a connection string to everybody."""
    desk = a_held_desk()

    def broken(org: int) -> list[object]:
        password = "Hush"
        raise RuntimeError(f"login {password} failed for {org}")

    monkeypatch.setattr(desk, "list_runs", broken)
    app = console(desk)
    async with app.run_test() as pilot:
        shown = await until(pilot, "unexpected error (RuntimeError")
        assert "Hush" not in shown
        await press(pilot, "4")
        assert app.is_running


async def test_an_error_inside_a_page_ends_the_console_without_the_values_of_its_variables(
    console, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Names and passwords would stand in the terminal's history, and in what is sent to support."""
    app = console(a_held_desk())

    def broken() -> None:
        password = "Hush"
        raise RuntimeError(f"refused {password}")

    async def run_into_it() -> None:
        async with app.run_test() as pilot:
            await until(pilot, "1 Home")
            app.call_later(broken)
            await pilot.pause()

    with pytest.raises(RuntimeError):
        await run_into_it()
    app._print_error_renderables()
    said = capsys.readouterr().err
    assert "unexpected error (RuntimeError)" in said
    assert "Hush" not in said
