"""Profiles of limits: other limits between two days, entered in words and stored in umstui.toml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from screens.confirm import Confirmation, ConfirmPage
from screens.form import Field, Form, FormPage, Values
from screens.form_checks import day_check, needed, read_day
from screens.lane import in_thread
from screens.page import Page
from screens.settings_words import limit_words
from screens.setup_desk import LimitProfile
from screens.widgets.lines import Part
from screens.wording import day, plural
from sync.errors import Refused, UmstuiError
from sync.settings import Filter, Limit

Lines = list[tuple[Part, ...]]

KINDS = ("person", "node", "group", "course", "membership", "event")
OPERATIONS = ("create", "update", "delete", "rekey")
_HINT = "delete 30%, update 90% or 400; empty: as usual"
_ANEW = ((" It counts when the console is opened anew, and from the next plan on.", ""),)


def read_limits(text: str) -> dict[str, Limit]:
    """``delete 30%, update 90% or 400`` as limits by operation. ValueError says what will not
    do."""
    found: dict[str, Limit] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        operation, _, amounts = part.partition(" ")
        if operation not in OPERATIONS:
            raise ValueError(f"'{operation}' is none of {', '.join(OPERATIONS)}")
        if operation in found:
            raise ValueError(f"{operation} stands there twice; join with or: {operation} 5% or 12")
        count = percent = None
        for amount in (amount.strip() for amount in amounts.split(" or ")):
            figure = amount.removesuffix("%").strip()
            if not figure.replace(".", "", 1).isdecimal():
                raise ValueError(
                    f"{operation} needs an amount: {operation} 30%, or 12, or 5% or 12"
                )
            if amount.endswith("%"):
                percent = float(figure)
            elif figure.isdecimal():
                count = int(figure)
            else:
                raise ValueError(f"{amount} is no whole number")
        if percent is not None and percent > 100:
            raise ValueError("a percentage is 100 at most")
        found[operation] = Limit(count, percent)
    return found


def limits_in_words(limits: Mapping[str, Limit]) -> str:
    """What ``read_limits`` reads."""
    return ", ".join(f"{operation} {limit_words(limit)}" for operation, limit in limits.items())


def _limits_check(text: str) -> str:
    try:
        read_limits(text)
    except ValueError as error:
        return str(error)
    return ""


def edit(page: Page, old: LimitProfile | None) -> None:
    """Change a profile, or enter a new one."""
    setup = page.console_app.desk.setup
    today = page.console_app.desk.now().date()
    title = f"8 Settings > profile {old.name}" if old else "8 Settings > new profile"
    fields = [
        Field("name", "name", old.name if old else "", "such as: end of year", needed),
        Field("from", "from", str(old.begins) if old else "", "first day: 2027-06-21",
              day_check(today, past=True)),
        Field("to", "to", str(old.ends) if old else "", "last day, included: 2027-08-13",
              day_check(today, past=old is not None)),
        *(
            Field(kind, kind, limits_in_words(old.limits.get(kind, {})) if old else "", _HINT,
                  _limits_check)
            for kind in KINDS
        ),
    ]  # fmt: skip

    def profile(values: Values) -> LimitProfile:
        begins, ends = read_day(values["from"], today), read_day(values["to"], today)
        if begins is None or ends is None:
            raise Refused("a profile has a first and a last day")
        return LimitProfile(
            values["name"], begins, ends,
            {kind: limits for kind in KINDS if (limits := read_limits(values[kind]))},
        )  # fmt: skip

    async def tried(values: Values) -> Lines:
        new = profile(values)
        await in_thread(setup.change_profile, old, new, store=False)
        return list(_lines(new, (await in_thread(setup.stored_settings)).filter))

    async def meaning(values: Values) -> Lines:
        try:
            return await tried(values)
        except UmstuiError as error:
            return [((f" {error}", "attention"),)]

    async def done(values: Values) -> None:
        new = profile(values)
        if new == old:
            page.app.pop_screen()
            page.console_app.tell("Nothing was changed.")
            return
        if not new.limits:
            raise Refused("A profile without a limit changes nothing; give it one.")
        lines = await tried(values)
        _ask(page, old, new, lines, "store it in umstui.toml", 2)

    page.app.push_screen(FormPage(Form(title, fields, done, meaning)))


def remove(page: Page, old: LimitProfile) -> None:
    """Take a profile out."""
    lines: Lines = [((f" {name} {words}", "delete"),) for name, words in _named(old)]
    _ask(page, old, None, lines, "take it out of umstui.toml", 1)


def _ask(
    page: Page, old: LimitProfile | None, new: LimitProfile | None, lines: Lines,
    verb: str, closes: int,
) -> None:  # fmt: skip
    setup = page.console_app.desk.setup
    shown = new or old
    assert shown is not None

    async def carry_out() -> str:
        await in_thread(setup.change_profile, old, new, store=True)
        return "umstui.toml was changed; it counts when the console is opened anew."

    way_back = (
        "D on its line takes it out again" if old is None
        else "n enters it again; what it was stands in the audit trail (H)" if new is None
        else "enter on its line; what it was stands in the audit trail (H)"
    )  # fmt: skip
    head = ((f" {shown.name}, {day(shown.begins)} to {day(shown.ends)}", "attention"),)
    page.app.push_screen(
        ConfirmPage(
            Confirmation(
                f"8 Settings > profile {shown.name}?",
                [(("", ""),), head, *lines, (("", ""),), _ANEW,
                 ((f" The way back: {way_back}.", ""),)],
                verb, carry_out, closes=closes,
            )
        )
    )  # fmt: skip


def _named(profile: LimitProfile) -> Iterator[tuple[str, str]]:
    for kind, limits in profile.limits.items():
        for operation, limit in limits.items():
            yield f"{kind} {operation}", limit_words(limit)


def _lines(profile: LimitProfile, usual: Filter) -> Iterator[tuple[Part, ...]]:
    """How long it counts, and each limit beside the usual one."""
    days = (profile.ends - profile.begins).days + 1
    yield ((f" {plural(days, 'day')}: {day(profile.begins)} to {day(profile.ends)}", ""),)
    for kind, limits in profile.limits.items():
        for operation, limit in limits.items():
            normal = limit_words(getattr(getattr(usual, kind), operation))
            yield ((f" {kind} {operation}: {normal} -> {limit_words(limit)}", "update"),)
    others = [
        other.name
        for other in usual.profile
        if other.name != profile.name
        and other.begins <= profile.ends
        and profile.begins <= other.ends
    ]
    if others:
        yield ((
            f" It overlaps {', '.join(others)}: on days of both, the one that began last counts.",
            "attention",
        ),)  # fmt: skip
    if not profile.limits:
        yield ((" It names no limit yet.", "attention"),)
