"""What a limit says of a number (itslearning-operations.md 2.3); umstui's own defaults."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from sync.errors import SettingsError
from sync.model import Kind, Operation, Verdict
from sync.settings import Filter, Limit, Limits

# What each operation counts as. A restore and an adoption bring a person into what is held, as a
# create does. A move and an archive change where something stands and take nothing from anybody;
# what a room loses with them are memberships, which have a limit of their own. A forgotten room is
# lost to every later run, so it counts as deleted.
COUNTS_AS: Mapping[str, str] = {
    Operation.CREATE: "create",
    Operation.RESTORE: "create",
    Operation.ADOPT: "create",
    Operation.UPDATE: "update",
    Operation.REKEY: "rekey",
    Operation.MOVE: "update",
    Operation.ARCHIVE: "update",
    Operation.DELETE: "delete",
    Operation.FORGET: "delete",
}
OPERATIONS = ("create", "update", "delete", "rekey")
NORMAL = "normal"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a limit says: how many it allows (None: any number), the words for it, the level."""

    level: Verdict
    limit: str
    allowed: Fraction | None


def judge(count: int, of: int, limit: Limit, settings: Filter, *, factor: float = 1) -> Judgement:
    """Judge ``count`` changes against ``limit``, with ``of`` objects held before the run.

    It trips above the limit, passes when equal, and warns from ``warn_percent`` of it. Under the
    minimum population a percentage says nothing, an absolute cap stands in for it.
    """
    allowed: list[Fraction] = []
    words: list[str] = []
    if limit.percent is not None:
        if of < settings.minimum_population:
            allowed.append(Fraction(settings.minimum_cap))
            words.append(str(settings.minimum_cap))
        else:
            allowed.append(_exact(limit.percent) * of / 100)
            words.append(f"{limit.percent:g}%")
    if limit.count is not None:
        allowed.append(Fraction(limit.count))
        words.append(str(limit.count))
    if not allowed:
        return Judgement(Verdict.PASS, "", None)
    most = min(allowed) * _exact(factor)
    level = Verdict.PASS
    if count > most:
        level = Verdict.HOLD
    elif count > 0 and count * 100 >= _exact(settings.warn_percent) * most:
        level = Verdict.WARN
    return Judgement(level, " or ".join(dict.fromkeys(words)), most)


def limits_on(settings: Filter, day: dt.date) -> tuple[str, dict[tuple[str, str], Limit]]:
    """The profile of the day and its limits, by kind and operation.

    Of several profiles the one that began last counts. What a profile leaves open stays as it is
    normally: a profile can raise a limit, it cannot switch one off.
    """
    profile = max(
        (p for p in settings.profile if p.begins <= day <= p.ends),
        key=lambda p: p.begins,
        default=None,
    )
    limits: dict[tuple[str, str], Limit] = {}
    for kind in Kind:
        normal: Limits = getattr(settings, kind)
        special: Limits = getattr(profile, kind) if profile else Limits()
        for operation in OPERATIONS:
            chosen: Limit = getattr(special, operation)
            if chosen == Limit():
                chosen = getattr(normal, operation)
            limits[kind, operation] = chosen
    return (profile.name if profile else NORMAL), limits


def check_filter(settings: Filter) -> None:
    """Refuse profiles that cannot be meant, with SettingsError and the reason."""
    names: set[str] = {NORMAL}
    for profile in settings.profile:
        if profile.ends < profile.begins:
            raise SettingsError(
                f"The filter profile '{profile.name}' ends on {profile.ends}, before it begins on "
                f"{profile.begins}. Mend its from and to in umstui.toml."
            )
        if profile.name in names:
            raise SettingsError(
                f"Two filter profiles are called '{profile.name}' ('{NORMAL}' is taken). "
                "Give one of them another name in umstui.toml."
            )
        names.add(profile.name)


def _exact(number: float) -> Fraction:
    # 0.07 in umstui.toml means seven hundredths, not the nearest binary fraction.
    return Fraction(repr(number))
