"""Trouble on demand: what a real site, or the line to it, does on a bad day.

A fault is written NAME[@OPERATION]:VALUE. The value of what happens or does not is a rate from
0 to 1, or ``nextN`` for exactly the next N requests; the value of the others is a number.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass

from sync.errors import SettingsError

# What happens before anything is stored, and what happens after it was.
BEFORE = {
    "503": "HTTP 503 before anything is stored",
    "html500": "an HTML error page with HTTP 500 before anything is stored",
    "fault500": "a SOAP fault before anything is stored",
    "drop-before": "the connection is cut before anything is stored",
    "hang": "no answer ever comes, and nothing is stored",
}
AFTER = {
    "drop-after-commit": "everything is stored, then the connection is cut",
    "html500-after-commit": "everything is stored, then an HTML error page with HTTP 500 comes",
    "broken-xml": "everything is stored, the answer is cut in the middle",
    "short-set": "everything is stored, the statusInfoSet lacks its last entry",
}
NUMBERS = {
    "latency": "milliseconds before every answer",
    "slow-item": "milliseconds for every object of a request",
    "slow-group-read": "milliseconds before readPersonsForGroup and readMembershipsForGroup answer",
    "retry-after": "seconds named in the Retry-After header of every 503",
}

_SPEC = re.compile(r"(?P<name>[a-z0-9-]+)(@(?P<operation>[A-Za-z]+))?:(?P<value>[a-z0-9.]+)")


@dataclass
class Fault:
    """One fault in force."""

    name: str
    operation: str | None
    rate: float = 0.0
    remaining: int | None = None  # of nextN
    number: float = 0.0

    def __str__(self) -> str:
        where = f"@{self.operation}" if self.operation else ""
        if self.name in NUMBERS:
            return f"{self.name}{where}:{self.number:g}"
        if self.remaining is not None:
            return f"{self.name}{where}:next{self.remaining}"
        return f"{self.name}{where}:{self.rate:g}"


def parsed(spec: str) -> Fault:
    """The fault a person wrote; SettingsError says which ones there are."""
    found = _SPEC.fullmatch(spec.strip())
    names = (*BEFORE, *AFTER, *NUMBERS)
    if found is None or found["name"] not in names:
        raise SettingsError(
            f"{spec!r} is no fault. Write NAME:VALUE or NAME@OPERATION:VALUE, for example "
            f"503:0.05, 503@createPersons:next2 or latency:200; NAME is one of {', '.join(names)}."
        )
    fault = Fault(found["name"], found["operation"])
    value = found["value"]
    counted = re.fullmatch(r"next(\d+)", value)
    try:
        if counted is not None and fault.name not in NUMBERS:
            fault.remaining = int(counted[1])
        elif fault.name in NUMBERS:
            fault.number = float(value)
        else:
            fault.rate = float(value)
            if fault.rate > 1:
                raise ValueError(value)
    except ValueError:
        raise SettingsError(
            f"{spec!r}: the value must be "
            + ("a number." if fault.name in NUMBERS else "a rate from 0 to 1, or nextN.")
        ) from None
    return fault


class Faults:
    """The faults in force; which request they hit comes from ``chance``."""

    def __init__(self, specs: Iterable[str], chance: random.Random) -> None:
        self._chance = chance
        self.in_force: list[Fault] = []
        self.replace(specs)

    def replace(self, specs: Iterable[str]) -> None:
        """Puts these faults in the place of those in force; none of them where one is wrong."""
        self.in_force = [parsed(spec) for spec in specs if spec.strip()]

    def described(self) -> list[str]:
        """The faults in force as a person would write them."""
        return [str(fault) for fault in self.in_force]

    def _strikes(self, names: dict[str, str], operation: str) -> str | None:
        for fault in self.in_force:
            if fault.name not in names or fault.operation not in {None, operation}:
                continue
            if fault.remaining is None:
                if self._chance.random() < fault.rate:
                    return fault.name
            elif fault.remaining > 0:
                fault.remaining -= 1
                return fault.name
        return None

    def before(self, operation: str) -> str | None:
        """The fault that hits this request before anything is stored, if any."""
        return self._strikes(BEFORE, operation)

    def after(self, operation: str) -> str | None:
        """The fault that hits this request after everything was stored, if any."""
        return self._strikes(AFTER, operation)

    def number(self, name: str, operation: str) -> float:
        """The sum of the numbers in force under that name for the operation."""
        return sum(
            fault.number
            for fault in self.in_force
            if fault.name == name and fault.operation in {None, operation}
        )

    def delay(self, operation: str, items: int) -> float:
        """Seconds that a request with so many items takes longer."""
        milliseconds = self.number("latency", operation)
        milliseconds += items * self.number("slow-item", operation)
        if operation in {"readPersonsForGroup", "readMembershipsForGroup"}:
            milliseconds += self.number("slow-group-read", operation)
        return milliseconds / 1000
