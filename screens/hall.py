"""The console as its pages know it; the console itself stands above them and knows them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from textual.screen import Screen

from screens.desk import ApplyProcess, Site
from screens.opened_plan import PlanAhead
from screens.twins import Standing, Twin
from sync.model import RunSummary


class Hall(Standing, Protocol):
    """What is looked at, what is under way, and what a page may ask for."""

    @property
    def runs(self) -> Sequence[RunSummary] | None:
        """Its runs, newest first; None until they have been read."""

    @property
    def applying(self) -> RunSummary | None:
        """The run that is being carried out, here or elsewhere."""

    @property
    def cut_off(self) -> str:
        """The run that was begun and that nobody is carrying out any more; empty where none is."""

    @property
    def planning(self) -> bool:
        """Whether a plan is being made from here."""

    @property
    def trouble(self) -> str:
        """Why nothing can be shown at all; empty where something can."""

    @property
    def ahead(self) -> PlanAhead:
        """The run file that was opened before anybody asked for it."""

    @property
    def colours(self) -> Mapping[str, str]:
        """The colours by meaning; another object where they have changed."""

    def running_words(self) -> str:
        """What is under way, for the heading."""

    def choose_site(self, site: Site) -> None:
        """Look at this organization from now on."""

    def read_runs(self) -> None:
        """Look at the runs again now."""

    def tell(self, words: str, tone: str = "") -> None:
        """One line on the page in front."""

    def go(self, place: str) -> None:
        """Show the screen of a digit."""

    def filter_preview(self, words: str) -> None:
        """Show these rows on the preview, once it is in front."""

    def show_help(self, page: Screen[None]) -> None:
        """Lay the keys and words of a page on it."""

    def show_palette(self, page: Screen[None]) -> None:
        """Lay the actions of a page on it, to be found by their words."""

    def show_twins(self, twins: Sequence[Twin]) -> None:
        """Lay the commands for what is on screen on it."""

    def show_organizations(self) -> None:
        """Let an organization be chosen."""

    def make_plan(self, *, live: bool = False) -> object:
        """Plan for today; ``live`` compares with what itslearning holds now."""

    def started(self, run: str, process: ApplyProcess) -> None:
        """A run is being carried out from here."""

    def leave(self) -> None:
        """Leave the console, with a second key press while something is under way."""
