"""LIKE once more, as plain backtracking over signs, to hold the translation against."""

from __future__ import annotations

ALPHABET = "abcdefghijklmnopqrstuvwxyzæøå"


def like(value: str, pattern: str, escape: str = "") -> bool:
    """Whether the value is LIKE the pattern; letters of ALPHABET and digits only, any case."""
    return _matches(value.lower(), _parts(pattern.lower(), escape.lower()))


def _parts(pattern: str, escape: str) -> list[tuple[str, object]] | None:
    parts: list[tuple[str, object]] = []
    rest = pattern
    while rest:
        sign, rest = rest[0], rest[1:]
        if escape and sign == escape:
            if not rest:
                return None
            parts.append(("sign", rest[0]))
            rest = rest[1:]
        elif sign in "%_":
            parts.append((sign, None))
        elif sign == "[":
            inside, closed, rest = rest.partition("]")
            if not closed:
                return None
            parts.append(("set", inside))
        else:
            parts.append(("sign", sign))
    return parts


def _matches(value: str, parts: list[tuple[str, object]] | None) -> bool:
    if parts is None:
        return False
    if not parts:
        return not value
    (kind, what), rest = parts[0], parts[1:]
    if kind == "%":
        return any(_matches(value[index:], rest) for index in range(len(value) + 1))
    if not value:
        return False
    fits = kind == "_" or (kind == "sign" and value[0] == what)
    if kind == "set":
        fits = _member(value[0], str(what))
    return fits and _matches(value[1:], rest)


def _member(sign: str, inside: str) -> bool:
    if inside.startswith("^"):
        return not _member(sign, inside[1:])
    while inside:
        if len(inside) >= 3 and inside[1] == "-":
            if _between(sign, inside[0], inside[2]):
                return True
            inside = inside[3:]
        else:
            if sign == inside[0]:
                return True
            inside = inside[1:]
    return False


def _between(sign: str, first: str, last: str) -> bool:
    order = "0123456789" + ALPHABET
    return sign in order and order.index(first) <= order.index(sign) <= order.index(last)
