"""Text measured in terminal cells. Names come from other people: nothing in them may act."""

from __future__ import annotations

import unicodedata

from rich.cells import cell_len, set_cell_size

# Controls, format characters (bidi overrides, zero-width), separators, surrogates, private use.
_HIDDEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"})


def visible(text: str) -> str:
    """The text with every character that acts instead of showing spelt out, as <U+202E>."""
    if text.isprintable():
        return text
    return "".join(
        f"<U+{ord(character):04X}>" if unicodedata.category(character) in _HIDDEN else character
        for character in text
    )


def width(text: str) -> int:
    """How many cells the text takes."""
    return len(text) if text.isascii() else cell_len(text)


def fit(text: str, cells: int, *, right: bool = False) -> str:
    """The text in exactly ``cells`` cells: padded, or cut with an ellipsis."""
    if cells <= 0:
        return ""
    text = visible(text)
    taken = width(text)
    if taken > cells:
        text = set_cell_size(text, cells - 1).rstrip() + "…"
        taken = width(text)
    padding = " " * (cells - taken)
    return padding + text if right else text + padding


def spread(left: str, right: str, cells: int) -> str:
    """``left`` and ``right`` at the two ends of a line; ``left`` gives way."""
    right = fit(right, min(width(right), cells))
    return fit(left, cells - width(right)) + right
