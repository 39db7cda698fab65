"""A filter over changes as a SQL predicate, used for pages, decisions and exports alike."""

from __future__ import annotations

from sync.model import ChangeFilter


def folded(column: str) -> str:
    """SQL that folds a text for looking things up: no case, no accents, ø æ å spelt out."""
    return (
        f"strip_accents(replace(replace(replace(replace(lower({column}), 'ø', 'oe'), 'æ', 'ae'), "
        "'å', 'aa'), 'ß', 'ss'))"
    )


def fold(text: str) -> str:
    """The same folding for a word that is looked for; accents are taken off by the database."""
    lowered = text.lower()
    for letter, spelt in (("ø", "oe"), ("æ", "ae"), ("å", "aa"), ("ß", "ss")):
        lowered = lowered.replace(letter, spelt)
    return lowered


def predicate(choice: ChangeFilter) -> tuple[str, list[object]]:
    """A predicate over ``change`` and its positional parameters.

    Words must all occur in name, key, school, reason or message; a word with ``!`` before it must
    not. A school is looked for in the same folded way, anywhere in the name.
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
    text = folded("concat_ws(' ', label, key, school, reason, message)")
    for word in choice.words:
        excluded = word.startswith("!") and len(word) > 1
        parts.append(f"{'NOT ' if excluded else ''}contains({text}, strip_accents(?))")
        parameters.append(fold(word[1:] if excluded else word))
    if choice.seqs:
        parts.append("seq IN (SELECT unnest(?::BIGINT[]))")
        parameters.append(sorted(choice.seqs))
    return " AND ".join(parts) or "true", parameters
