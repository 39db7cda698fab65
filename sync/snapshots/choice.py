"""A filter over changes as a SQL predicate, used for pages, decisions and exports alike."""

from __future__ import annotations

from sync.model import ChangeFilter

# Each by itself: what a million rows say alike is folded once, and it is not put together first.
_LOOKED_INTO = ("label", "key", "school", "reason", "message")


def folded(column: str) -> str:
    """SQL that folds a text for looking things up: no case, no accents, ø æ å spelt out. A text
    without such letters is only put in lower case, which takes a third of the time."""
    return (
        f"CASE WHEN strlen({column}) = length({column}) THEN lower({column}) ELSE "
        f"strip_accents(replace(replace(replace(replace(lower({column}), 'ø', 'oe'), 'æ', 'ae'), "
        "'å', 'aa'), 'ß', 'ss')) END"
    )


def fold(text: str) -> str:
    """The same folding for a word that is looked for; accents are taken off by the database."""
    lowered = text.lower()
    for letter, spelt in (("ø", "oe"), ("æ", "ae"), ("å", "aa"), ("ß", "ss")):
        lowered = lowered.replace(letter, spelt)
    return lowered


def predicate(choice: ChangeFilter) -> tuple[str, list[object]]:
    """A predicate over ``change`` and its positional parameters.

    Every word must occur in name, key, school, reason or message, a word with ``!`` before it in
    none of them. A school is looked for in the same folded way, anywhere in the name.
    """
    parts: list[str] = []
    parameters: list[object] = []
    for column, values in (
        ("kind", choice.kinds),
        ("op", choice.operations),
        ("status", choice.statuses),
    ):
        if values:
            parts.append(f"{column} IN ({', '.join('?' * len(values))})")
            parameters.extend(sorted(values))
    if choice.school:
        parts.append(f"contains({folded('school')}, strip_accents(?))")
        parameters.append(fold(choice.school))
    occurs = " OR ".join(f"contains({folded(column)}, strip_accents(?))" for column in _LOOKED_INTO)
    for word in choice.words:
        excluded = word.startswith("!") and len(word) > 1
        parts.append(f"{'NOT ' if excluded else ''}({occurs})")
        parameters.extend([fold(word[1:] if excluded else word)] * len(_LOOKED_INTO))
    if choice.seqs:
        parts.append("seq IN (SELECT unnest(?::BIGINT[]))")
        parameters.append(sorted(choice.seqs))
    return " AND ".join(parts) or "true", parameters
