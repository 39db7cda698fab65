"""The console: screens on digits, one site at a time, and an eye on the run under way."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path, PurePath
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import App
from textual.screen import Screen

from screens.desk import ApplyProcess, Desk, Site
from screens.lane import in_thread
from screens.opened_plan import PlanAhead
from screens.page import HEIGHTS, WIDTHS, Page
from screens.places import PLACES, Place
from screens.themes import OWN, STYLE_DEFAULTS
from screens.twins import Twin
from screens.wording import plural, short_progress, step_words
from sync.errors import UmstuiError
from sync.model import Progress, RunState, RunSummary

_log = logging.getLogger(__name__)
_AT_REST = 0.3  # seconds after the runs are there, when the page in front stands


def _styles() -> list[str | PurePath]:
    """The styles of all pages, what every page has first: one that came with its page would have
    those of the whole program parsed again when it is first shown."""
    folder = Path(__file__).parent
    shared = [folder / "page.tcss", *sorted(folder.glob("widgets/*.tcss"))]
    return [*shared, *sorted({*folder.glob("*.tcss")}.difference(shared))]


def _maker(made_by: str) -> Callable[[], Screen[None]]:
    """A function that imports a page's class when it is first shown."""

    def make() -> Screen[None]:
        module, _, name = made_by.partition(":")
        page: Screen[None] = getattr(import_module(module), name)()
        return page

    return make


class Console(App[int], inherit_bindings=False):
    """The application over a desk. ``pace`` is the seconds between two looks at a running run."""

    TITLE = "umstui"
    ENABLE_COMMAND_PALETTE = False
    MODES: ClassVar[dict[str, str | Callable[[], Screen[None]]]] = {
        place.id: _maker(place.made_by) for place in PLACES
    }
    DEFAULT_MODE = "home"

    def __init__(
        self, desk: Desk, org: int | None = None, *, pace: float = 0.7, idle_pace: float = 20.0
    ) -> None:
        super().__init__(css_path=_styles())
        self.HORIZONTAL_BREAKPOINTS = list(WIDTHS)
        self.VERTICAL_BREAKPOINTS = list(HEIGHTS)
        self.desk = desk
        self.pace = pace
        self.idle_pace = idle_pace
        self.sites: Sequence[Site] = ()
        self.site: Site | None = None
        self.runs: Sequence[RunSummary] | None = None  # None until they have been read
        self.looking = False  # a look at the runs is under way or has been asked for
        self.applying: RunSummary | None = None
        self.cut_off = ""  # the run that was begun and that nobody carries out any more
        self.ahead = PlanAhead()
        self.trouble = ""  # why nothing can be shown at all
        self.planning = False
        self.plan_words = ""
        self.process: ApplyProcess | None = None
        self.process_run = ""
        self._asked_org = org
        self._leaving = False
        self._woken = asyncio.Event()
        self.register_theme(OWN)
        self.colours = self._chosen_colours()
        self.stylesheet.set_variables(self.colours)

    def _fatal_error(self) -> None:
        """End the console by an unexpected error, told by its kind.

        Textual would print its traceback with the values of the variables, which are people's, and
        has no switch for it.
        """
        error = getattr(self._exception, "error", self._exception)  # what a worker failed with
        kind = type(error).__name__
        if error is not None:
            _log.critical("unexpected error", exc_info=(type(error), error, error.__traceback__))
        self.bell()
        self.panic(
            Text(
                f"umstui: unexpected error ({kind}). Nothing that was decided is lost, and a run "
                "under way goes on; the log says where it happened: umstui log."
            )
        )

    def refresh_css(self, animate: bool = True) -> None:
        """Style everything anew where colours have changed. Textual asks for it whenever a page is
        shown first, twice, and would parse every style of the program again."""
        colours = self.get_css_variables()
        if colours != self.colours:
            self.colours = colours
            super().refresh_css(animate)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Colours by meaning for the themes that do not bring them: the terminal's own 16."""
        return STYLE_DEFAULTS

    def _chosen_colours(self) -> dict[str, str]:
        """The colours for the terminal, by meaning. They are chosen before anything is styled: with
        other ones all styles would be read and laid on again."""
        if "TEXTUAL_THEME" not in os.environ:
            self.theme = "ansi-dark" if "SSH_CONNECTION" in os.environ else OWN.name
        return self.get_css_variables()

    def on_mount(self) -> None:
        """Begin to look."""
        self.begin()

    def on_unmount(self) -> None:
        """Give back what nobody asked for."""
        self.ahead.drop()

    # Site and runs -----------------------------------------------------------------------------
    @work(exclusive=True, group="begin")
    async def begin(self) -> None:
        """Find the site to look at, then its runs."""
        try:
            self.sites = await in_thread(self.desk.sites)
        except UmstuiError as error:
            self._nothing_to_show(str(error))
            return
        self.trouble = ""
        known = {site.org: site for site in self.sites}
        if self._asked_org is not None and self._asked_org not in known:
            self.tell(f"There is no organization {self._asked_org} in the database.", "error")
        if self._asked_org in known:
            self.choose_site(known[self._asked_org])
        elif len(self.sites) == 1:
            self.choose_site(self.sites[0])
        elif self.sites:
            self.show_organizations()
        else:
            self._nothing_to_show(
                "The UMS database has no organization: itslearningOrganizationSettings is empty. "
                "Set up a connection to itslearning in UMS first."
            )

    def _nothing_to_show(self, words: str) -> None:
        self.trouble, self.runs = words, ()
        self.tell(words, "error")
        self.spread_news()

    def choose_site(self, site: Site) -> None:
        """Look at this organization from now on."""
        another = self.site is not None and self.site.org != site.org
        self.site = site
        self.runs = None
        self.applying, self.cut_off = None, ""
        if another:
            self.begin_pages_anew()
        self.spread_news()
        self.watch_runs()

    @work(exclusive=True, group="pages")
    async def begin_pages_anew(self) -> None:
        """No page may show, compare or decide what is another organization's."""
        standing = self.current_mode
        for place in PLACES:
            if place.id != standing:
                await self._make_anew(place)
        passing = "runs" if standing == "home" else "home"
        await self.switch_mode(passing)
        await self._make_anew(next(place for place in PLACES if place.id == standing))
        if passing != "home":
            await self.switch_mode("home")

    async def _make_anew(self, place: Place) -> None:
        await self.remove_mode(place.id)
        self.add_mode(place.id, _maker(place.made_by))

    def read_runs(self) -> None:
        """Look again now, rather than at the next turn."""
        if self.site is None:
            self.begin()
        else:
            self.looking = True
        self._woken.set()

    @work(exclusive=True, group="watch")
    async def watch_runs(self) -> None:
        """Look at the runs: often while one is being carried out, else seldom."""
        while self.site is not None:
            self.looking = True
            self._woken.clear()
            await self._look(self.site)
            self.looking = self._woken.is_set()
            quick = self.applying is not None or self.process is not None
            try:
                await asyncio.wait_for(self._woken.wait(), self.pace if quick else self.idle_pace)
            except TimeoutError:
                continue

    async def _look(self, site: Site) -> None:
        try:
            runs, begun = await self._listed(site)
            goes_on = begun is not None and await in_thread(self.desk.carried_out, begun.run)
            if not goes_on and begun is not None:  # or it has ended since the list was read
                runs, begun = await self._listed(site)
        except UmstuiError as error:
            if self.runs:
                self.tell(str(error), "error")
            else:
                self._nothing_to_show(str(error))
            return
        self.trouble = ""
        if self.runs is None and runs:
            self.set_timer(_AT_REST, partial(self.look_ahead, runs[0].run))
        applying = begun if goes_on else None
        ended = self.process if self.process and self.process.ended() is not None else None
        nobody = not goes_on and self.process is ended  # or ours has not come so far
        cut_off = begun.run if begun is not None and nobody else ""
        changed = ended is not None or runs != self.runs or cut_off != self.cut_off
        self.runs, self.applying, self.cut_off = runs, applying, cut_off
        if ended is not None:
            self._process_ended(ended)
        if changed:
            self.spread_news()

    @work(exclusive=True, group="ahead")
    async def look_ahead(self, run: str) -> None:
        """Make ready what is mostly asked for next, the newest run on its page."""
        if self.current_mode != "preview":
            self.ahead.begin(self.desk, run)
            await in_thread(import_module, "screens.preview")

    async def _listed(self, site: Site) -> tuple[Sequence[RunSummary], RunSummary | None]:
        """The runs, and the one of them that was begun and has no end."""
        runs = await in_thread(self.desk.list_runs, site.org)
        return runs, next((run for run in runs if run.state is RunState.APPLYING), None)

    def _process_ended(self, process: ApplyProcess) -> None:
        self.process = None
        code = process.ended()
        run = next((one for one in self.runs or () if one.run == self.process_run), None)
        if code == 0:
            self.tell(f"Run {self.process_run} has been applied.", "good")
        elif run is not None and run.state is RunState.APPLIED_WITH_FAILURES:
            failed = plural(run.applied.failed, "item")
            self.tell(f"{failed} failed; 2 and / status:failed show them, and why.", "error")
        else:
            words = process.said() or f"umstui apply ended with exit code {code}."
            self.tell(words, "error")
        for page in self._pages():
            page.process_ended(self.process_run, code or 0, process.said())

    def _pages(self) -> list[Page]:
        """The pages of the stack in front, the top one last."""
        return [page for page in self.screen_stack if isinstance(page, Page) and page.ready]

    def spread_news(self) -> None:
        """Let the pages in front draw what has changed; the others do when they are shown."""
        for page in self._pages():
            with page.telling():
                page.take_news()

    def tell(self, words: str, tone: str = "") -> None:
        """One line on the page in front."""
        if isinstance(self.screen, Page):
            self.screen.say(words, tone)

    def running_words(self) -> str:
        """What is under way, for the heading; empty where nothing is."""
        if self.applying is not None:
            return f"APPLYING {self.applying.run} {short_progress(self.applying)}"
        if self.process is not None:
            known = {run.run: run for run in self.runs or ()}.get(self.process_run)
            begun = known is not None and (known.applied.ok or known.applied.failed)
            return f"APPLYING {self.process_run} {'ending' if begun else 'starting'}"
        return "PLANNING" if self.planning else ""

    # What pages ask of the console ------------------------------------------------------------
    def go(self, place: str) -> None:
        """Show a screen; it is as it was left."""
        self.switch_mode(place)

    def show_help(self, page: Screen[None]) -> None:
        """Lay the keys and words of a page on it."""
        from screens.help import HelpPage  # noqa: PLC0415

        if isinstance(page, Page):
            self.push_screen(HelpPage(page))

    def show_palette(self, page: Screen[None]) -> None:
        """Lay the actions of a page on it, to be found by their words."""
        from screens.palette import PalettePage  # noqa: PLC0415

        if isinstance(page, Page):
            self.push_screen(PalettePage(page))

    def show_twins(self, twins: Sequence[Twin]) -> None:
        """Lay the commands for what is on screen on it."""
        from screens.twin import TwinPage  # noqa: PLC0415

        self.push_screen(TwinPage(list(twins)))

    def show_organizations(self) -> None:
        """Let an organization be chosen."""
        from screens.organization import OrganizationPage  # noqa: PLC0415

        self.push_screen(OrganizationPage())

    def filter_preview(self, words: str) -> None:
        """Show these rows on the preview, once it is in front."""
        from screens.preview import PreviewPage  # noqa: PLC0415

        def set_filter() -> None:
            if isinstance(self.screen, PreviewPage):
                self.screen.set_filter(words)

        self.call_after_refresh(set_filter)

    def started(self, run: str, process: ApplyProcess) -> None:
        """A run is being carried out from here."""
        self.process, self.process_run = process, run
        self.spread_news()
        self.read_runs()

    @work(exclusive=True, group="plan")
    async def make_plan(self, *, live: bool = False) -> None:
        """Plan for today in a thread; the status line of the page in front says how far it is.
        ``live`` compares with what itslearning holds now."""
        if self.site is None or self.planning:
            return
        self.planning, self.plan_words = True, "planning: started"
        self.tell(self.plan_words)
        self.spread_news()
        ticker = self.set_interval(0.5, lambda: self.tell(self.plan_words))
        try:
            report = await in_thread(self.desk.plan, self.site.org, self._plan_progress, live=live)
            words, tone = f"Run {report.summary.run} has been planned.", "good"
        except UmstuiError as error:
            words, tone = str(error), "error"
        finally:
            self.planning = False
            ticker.stop()
        self.tell(words, tone)
        self.read_runs()
        self.spread_news()

    def _plan_progress(self, progress: Progress) -> None:
        """Called in the planning thread; a plain store, drawn at most twice a second."""
        self.plan_words = f"planning: {step_words(progress)}"

    def leave(self) -> None:
        """Leave at once; ask a second key press while something is under way."""
        if (self.planning or self.process is not None) and not self._leaving:
            self._leaving = True
            self.tell(
                "The plan is not finished and will not be kept. q again leaves."
                if self.planning
                else f"Run {self.process_run} goes on without you. q again leaves."
            )
            return
        self.exit(0)

    async def action_quit(self) -> None:
        """Textual's own way out leads through the same door."""
        self.leave()
