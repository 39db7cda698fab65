"""What every page shares: frame, keys, ways back, and how it asks the desk."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import ClassVar, Concatenate, ParamSpec, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.css.query import NoMatches
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, Static
from textual.worker import Worker

from screens import actions, twins
from screens.actions import Situation
from screens.bindings import bindings
from screens.hall import Hall
from screens.widgets.frame import Footer, Heading, Question, Status
from screens.widgets.tones import COMPONENTS
from screens.wording import step_words
from sync.errors import UmstuiError
from sync.model import Progress, ProgressListener

SMALLEST = (80, 20)
# The sizes at which the layout changes (console.md 5.4), as classes on the page.
WIDTHS = ((0, "-tiny"), (SMALLEST[0], "-narrow"), (100, "-middle"), (160, "-wide"))
HEIGHTS = ((0, "-short"), (SMALLEST[1], "-low"), (30, "-high"))
PREVIEW = "2 Preview"  # the screen that is about a run itself

SomePage = TypeVar("SomePage", bound="Page")
Arguments = ParamSpec("Arguments")


def in_background(
    group: str,
) -> Callable[
    [Callable[Concatenate[SomePage, Arguments], Coroutine[None, None, None]]],
    Callable[Concatenate[SomePage, Arguments], Worker[None]],
]:
    """A method of a page that waits for the desk: a worker, of which one a group is at work."""

    def decorate(
        method: Callable[Concatenate[SomePage, Arguments], Coroutine[None, None, None]],
    ) -> Callable[Concatenate[SomePage, Arguments], Worker[None]]:
        @wraps(method)
        def start(
            page: SomePage, /, *args: Arguments.args, **kwargs: Arguments.kwargs
        ) -> Worker[None]:
            async def guarded() -> None:
                with page.telling():
                    await method(page, *args, **kwargs)

            return page.run_worker(guarded, name=method.__name__, group=group, exclusive=True)

        return start

    return decorate


def _at(cells: int, classes: Iterable[tuple[int, str]]) -> str:
    """The class of a size."""
    return max(found for found in classes if found[0] <= cells)[1]


class Page(Screen[None]):
    """A full, opaque screen. Pages of a digit lie on one another; ``esc`` takes the top one off."""

    BINDINGS = bindings("everywhere")
    COMPONENT_CLASSES: ClassVar[set[str]] = COMPONENTS  # for all widgets on it
    PLACE: ClassVar[str] = ""  # whose actions of the table are within reach
    TITLE_WORDS: ClassVar[str] = ""
    HELP_WORDS: ClassVar[str] = ""  # what the help screen says above the keys
    FULL: ClassVar[str] = ""  # the text that enter opens to its end, over the whole page
    ESCAPE_TO_MINIMIZE = False
    SHOWS_TROUBLE: ClassVar[bool] = False  # whether its body says why nothing can be shown
    _troubled = False
    _answering = False  # a key is being carried out
    _passing = False  # what the status line says only answers the key before
    _coloured: Mapping[str, str]  # what its widgets were styled with
    ready = False  # its widgets stand; before and after that nothing can be shown on it

    def compose(self) -> ComposeResult:
        """Heading, body, question, status and footer; one line instead where there is no room."""
        # Textual gives the classes of a size when all stands, and would style all of it again.
        wide, high = self.app.size
        self.add_class(_at(wide, WIDTHS), _at(high, HEIGHTS), update=False)
        self._coloured = self.console_app.colours
        yield Heading(id="heading")
        with Vertical(id="body"):
            yield from self.body()
        question = Question()
        question.display = False
        yield question
        yield Status(id="status")
        yield Footer(id="footer")
        yield Static("", id="too-small", markup=False)

    def body(self) -> Iterable[Widget]:
        """The widgets between heading and status."""
        return ()

    # What the frame shows -------------------------------------------------------------------
    @property
    def console_app(self) -> Hall:
        """The application, as pages know it."""
        app: Hall = self.app  # type: ignore[assignment]
        return app

    def on_mount(self) -> None:
        """Show the frame."""
        self.ready = True
        for line in self.query(Input):
            line.cursor_blink = False  # over SSH it would send while nobody types
        self.refresh_frame()

    def on_unmount(self) -> None:
        """Its widgets are gone; nothing is shown on it any more."""
        self.ready = False

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Show the page, and what changed while another one was in front. Textual would style all
        of it each time, and twice the first time: only other colours ask for that."""
        event.refresh_styles = self._coloured is not self.console_app.colours
        self._coloured = self.console_app.colours
        self.take_news()

    def on_screen_suspend(self) -> None:
        """What was said is old when one comes back; an error is not, until it is mended."""
        if self.ready and self.query_one(Status).tone != "error":
            self.say("")

    def on_key(self) -> None:
        """What was said to the key before is over."""
        if self._passing:
            self.say("")

    def take_news(self) -> None:
        """Draw what has changed; say why nothing can be shown, where the body does not."""
        self.refresh_frame()
        self.runs_changed()
        trouble = "" if self.SHOWS_TROUBLE else self.console_app.trouble
        if trouble or self._troubled:
            self.say(f"{trouble} ctrl-r tries again." if trouble else "", "error" * bool(trouble))
        self._troubled = bool(trouble)

    def on_resize(self) -> None:
        """Say what size is needed where the terminal is smaller."""
        columns, lines = self.app.size
        self.query_one("#too-small", Static).update(
            f"umstui needs {SMALLEST[0]} columns and {SMALLEST[1]} lines; "
            f"this terminal has {columns} x {lines}."
        )
        self.refresh_frame()

    def title_words(self) -> str:
        """What stands after the program's name in the heading."""
        return self.TITLE_WORDS

    def run_words(self, run: str) -> str:
        """A run in the heading, under the screen of the digit that led to it."""
        first = self.app.screen_stack[0]
        digit = first.TITLE_WORDS if isinstance(first, Page) else ""
        return f"{digit} run {run}" if digit == PREVIEW else f"{digit} > run {run}"

    def situation(self) -> Situation:
        """What a person could see now; pages add their run and rows."""
        return Situation(
            read_only=self.console_app.desk.session.read_only,
            no_apply=self.console_app.desk.session.no_apply,
            proposes=self.console_app.desk.session.proposes,
            no_change=self.console_app.desk.session.no_change,
            asking=self.query_one(Question).open,
            planning=self.console_app.planning,
            applying=self.console_app.applying.run if self.console_app.applying else "",
            typing=isinstance(self.focused, Input),
            depth=len(self.app.screen_stack),
        )

    def on_question_will_not_do(self, event: Question.WillNotDo) -> None:
        """The question stays open; the line below it says why."""
        self.say(event.why_not, "error")

    def on_descendant_focus(self) -> None:
        """A line to type in has other keys than a list."""
        self.refresh_frame()

    def on_descendant_blur(self) -> None:
        """The list has the keys again."""
        self.refresh_frame()

    def refresh_frame(self) -> None:
        """Draw heading and footer anew, from the situation."""
        if not self.ready:
            return
        app = self.console_app
        session = app.desk.session
        heading = self.query_one(Heading)
        parts = ["umstui", self.title_words()]
        if app.site is not None:
            parts.append(app.site.name)
        heading.left = " | ".join(part for part in parts if part)
        heading.badge = session.badge
        heading.running = app.running_words()
        room = max(SMALLEST[0], self.app.size.width) - 2
        self.query_one(Footer).items = tuple(actions.footer(self.PLACE, self.situation(), room))

    def say(self, words: str, tone: str = "") -> None:
        """One line about what happens; ``tone`` is empty, good or error. What is said to a key at
        once stands until the next one, other news until there is newer."""
        if not self.query(Status):
            return
        self._passing = self._answering
        status = self.query_one(Status)
        status.say(words, tone)
        if tone == "error":
            # The lines of what is said while a page is being laid out are counted after that.
            self.call_after_refresh(status.refresh, layout=True)

    @contextmanager
    def hearing(self, words: str) -> Iterator[ProgressListener]:
        """While something long is under way: its progress, which may come from a thread, goes to
        the status line, twice a second at most; ``words`` stand there until the first of it."""
        said = words

        def hear(progress: Progress) -> None:
            nonlocal said
            said = step_words(progress)

        self.say(said)
        ticker = self.set_interval(0.5, lambda: self.say(said))
        try:
            yield hear
        finally:
            ticker.stop()

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Errors that a person can act on become the status line.

        What comes when the page has been taken off finds no widgets; it is let go.
        """
        try:
            yield
        except UmstuiError as error:
            self.say(str(error), "error")
        except OSError as error:
            self.say(f"{error.strerror or type(error).__name__}: {error.filename or ''}", "error")
        except NoMatches:
            if all(self.query(selector) for selector in ("Heading", "#body", "Footer")):
                raise

    # What the console tells a page ------------------------------------------------------------
    def runs_changed(self) -> None:
        """The page comes to the front, or the runs of the organization are not what they were."""

    def process_ended(self, run: str, code: int, words: str) -> None:
        """The apply of a run, started from here, has ended with this exit code and last word."""

    # What keys do -----------------------------------------------------------------------------
    def action_do(self, action_id: str) -> None:
        """Carry out an action of the table, or say why it is off."""
        self._answering = True
        try:
            self._act(action_id)
        finally:
            self._answering = False

    def _act(self, action_id: str) -> None:
        action = actions.find(self.PLACE, action_id)
        now = self.situation()
        if now.asking and action_id not in {"back", "quit"}:
            self.say("answer the question first, or esc")
            return
        if why_not := action.possible(now):
            self.say(f"{action.key} {action.label}: {why_not}")
            return
        if action_id.startswith("go_"):
            self.console_app.go(action_id.removeprefix("go_"))
            return
        method: Callable[[], object] = getattr(self, f"do_{action_id}")
        method()

    def do_help(self) -> None:
        """The keys and words of this page."""
        self.console_app.show_help(self)

    def do_palette(self) -> None:
        """Find an action by its words."""
        self.console_app.show_palette(self)

    def do_twin(self) -> None:
        """The command line for what is on screen."""
        self.console_app.show_twins(self.twins())

    def twins(self) -> list[tuple[str, str]]:
        """(what it does, the command), the first being what is on screen."""
        return [("opens the console; this page has no command", twins.command(self.console_app))]

    def do_refresh(self) -> None:
        """Read everything on this page again."""
        self.console_app.read_runs()

    def do_organization(self) -> None:
        """Choose another organization."""
        self.console_app.show_organizations()

    @property
    def in_full(self) -> bool:
        """Whether one thing is open to its end, over the list it stands in."""
        return self.has_class("-full")

    def open_in_full(self) -> None:
        """The thing under the cursor to its end; the arrows scroll it, esc goes back."""
        if self.situation().row:
            self.query_one(f"#{self.FULL}").focus()
            self.add_class("-full")

    def do_pane(self) -> None:
        """The keys go to the next list or text."""
        self.focus_next()

    def do_pane_before(self) -> None:
        """The keys go to the list or text before."""
        self.focus_previous()

    def ask_where(self, *, person: str = "", room: str = "") -> None:
        """Open the diagnosis of a person, a room, or one in the other."""
        from screens.diagnose import DiagnosePage  # noqa: PLC0415 (pages show one another)

        self.app.push_screen(DiagnosePage(person, room))

    def do_back(self) -> None:
        """Close the question, or the thing that is open in full, else take this page off."""
        question = self.query_one(Question)
        if question.open:
            question.cancel()
        elif self.in_full:
            self.remove_class("-full")
            self.query_one("WindowedList").focus()
        elif len(self.app.screen_stack) > 1:
            self.app.pop_screen()
        else:
            self.say("This is the first step; q leaves the console.")

    def do_quit(self) -> None:
        """Leave the console."""
        self.console_app.leave()
