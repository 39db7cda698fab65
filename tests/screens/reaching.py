"""Every page there is, and how the tests bring each to the front."""

from __future__ import annotations

import datetime as dt
import pkgutil
from collections.abc import Callable
from importlib import import_module

import screens
from screens.apply import ApplyPage
from screens.audit import AuditPage
from screens.backups import BackupsPage
from screens.confirm import Confirmation, ConfirmPage
from screens.differences import DifferencesPage, drift_of
from screens.form import Field, Form, FormPage
from screens.help import HelpPage
from screens.history import HistoryPage
from screens.limits import LimitsPage
from screens.log import LogPage
from screens.organization import OrganizationPage
from screens.orphans import OrphansPage
from screens.page import Page
from screens.palette import PalettePage
from screens.places import PLACES
from screens.proposals import ProposalsPage
from screens.teachers import TeachersPage
from screens.twin import TwinPage
from screens.ums_settings import UmsSettingsPage
from sync.windows import Window, WindowType
from tests.screens.double import DoubleDesk
from tests.screens.driving import settle


def page_classes() -> dict[str, type[Page]]:
    """All pages of the package, by the place the action table knows them under."""
    for module in pkgutil.walk_packages(screens.__path__, "screens."):
        import_module(module.name)
    found: dict[str, type[Page]] = {}
    waiting = list(Page.__subclasses__())
    while waiting:
        page = waiting.pop()
        waiting += page.__subclasses__()
        if page.__module__.startswith("screens.") and page.PLACE:
            found.setdefault(page.PLACE, page)
    return found


def _confirmation(desk: DoubleDesk) -> Page:
    async def carry_out() -> str:
        desk.written.append(("carried out",))
        return "done"

    lines = [((" 312 deletes fall due", ""),)]
    return ConfirmPage(Confirmation("a question", lines, "do it", carry_out))


def _form(desk: DoubleDesk) -> Page:
    async def done(values: object) -> None:
        """A form asks the next page; it stores nothing itself."""

    return FormPage(Form("a form", (Field("one", "one"), Field("two", "two")), done))


_WINDOW = Window(WindowType.DELAY_DELETE, dt.date(2026, 11, 9), dt.date(2027, 1, 8), id=2)

# Pages that no digit leads to: how each is made on top of the page in front.
ON_TOP: dict[str, Callable[[Page, DoubleDesk], Page]] = {
    "backups": lambda page, desk: BackupsPage(lambda: None),
    "apply": lambda page, desk: ApplyPage(desk.report("314")),
    "confirm": lambda page, desk: _confirmation(desk),
    "differences": lambda page, desk: DifferencesPage(drift_of(1)),
    "history": lambda page, desk: HistoryPage("FJ-1", "Anna Holm"),
    "form": lambda page, desk: _form(desk),
    "help": lambda page, desk: HelpPage(page),
    "limits": lambda page, desk: LimitsPage(desk.report("314"), lambda _: None),
    "audit": lambda page, desk: AuditPage(),
    "log": lambda page, desk: LogPage(),
    "ums_settings": lambda page, desk: UmsSettingsPage(),
    "organization": lambda page, desk: OrganizationPage(),
    "orphans": lambda page, desk: OrphansPage(),
    "palette": lambda page, desk: PalettePage(page),
    "proposals": lambda page, desk: ProposalsPage(desk.report("314"), lambda: None),
    "teachers": lambda page, desk: TeachersPage(_WINDOW),
    "twin": lambda page, desk: TwinPage([("lists the runs", "umstui runs list")]),
}


async def stand_on(app, pilot, where: str, desk: DoubleDesk) -> None:
    """Bring the page to the front, unless it is there."""
    if where == app.screen.PLACE:
        return
    while len(app.screen_stack) > 1:
        app.pop_screen()
        await settle(pilot)
    if where in {place.id for place in PLACES}:
        app.go(where)
    else:
        app.push_screen(ON_TOP[where](app.screen, desk))
    await settle(pilot)
