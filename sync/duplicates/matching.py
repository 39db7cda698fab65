"""What accounts are compared by, and in which blocks they meet.

One of a pair is always *loose*: made by hand, in the trash, or with a key that UMS does not want.
Two persons that UMS wants at the same time are two persons, whatever their names
(itslearning-operations.md 4.6); facts.sql looks for what speaks against that.
"""

from __future__ import annotations

from sync.duplicates.linkage import Field, Level

_NAMED = (
    "l.given IS NOT NULL AND r.given IS NOT NULL AND l.family IS NOT NULL AND r.family IS NOT NULL"
)


def _alike(column: str, likeness: float) -> str:
    left, right = f"l.{column}", f"r.{column}"
    return (
        f"jaro_winkler_similarity({left}, {right}) >= {likeness} "
        f"OR (length({left}) > 3 AND levenshtein({left}, {right}) <= 2 "
        f"AND damerau_levenshtein({left}, {right}) <= 1)"
    )


def _numbered(longer: str, shorter: str) -> str:
    """A user name was taken, so a number went behind it."""
    longer, shorter = f"{longer}.user_name", f"{shorter}.user_name"
    return (
        f"(length({shorter}) > 3 AND starts_with({longer}, {shorter}) AND regexp_full_match("
        f"substr({longer}, length({shorter}) + 1), '[-_.]?\\d{{1,2}}'))"
    )


_OTHER_ORDER = "l.whole = r.whole"

FIELDS: tuple[Field, ...] = (
    Field("given", _NAMED, (
        Level("equal", "l.given = r.given", 0.72, by="given"),
        Level("order", _OTHER_ORDER, 0.03),
        Level("part", "list_has_any(l.givens, r.givens)", 0.12, by="given_first"),
        Level("called", "list_contains(r.givens, l.nick) OR list_contains(l.givens, r.nick) "
                        "OR l.nick = r.nick", 0.02),
        Level("alike", _alike("given_first", 0.9), 0.07),
        Level("short", "starts_with(l.given_first, r.given_first) "
                       "OR starts_with(r.given_first, l.given_first)", 0.03),
    )),
    Field("family", _NAMED, (
        Level("equal", "l.family = r.family", 0.72, by="family"),
        Level("order", _OTHER_ORDER, 0.03),
        Level("part", "list_has_any(l.families, r.tokens) AND list_has_any(r.families, l.tokens)",
              0.12, by="family_last"),
        Level("alike", _alike("family_last", 0.92), 0.07),
    )),
    Field("user", "l.user_name <> '' AND r.user_name <> ''", (
        Level("equal", "l.user_name = r.user_name", 0.2, by="user_name"),
        Level("stem", f"length(l.user_stem) > 4 AND l.user_stem = r.user_stem "
                      f"OR {_numbered('l', 'r')} OR {_numbered('r', 'l')}", 0.2, by="user_stem"),
    )),
    Field("mail", "len(l.mails) > 0 AND len(r.mails) > 0", (
        Level("equal", "list_has_any(l.mails, r.mails)", 0.5),
        Level("box", "list_has_any(l.mailboxes, r.mailboxes)", 0.1),
    )),
    Field("birth", "l.birth IS NOT NULL AND r.birth IS NOT NULL", (
        Level("equal", "l.birth = r.birth", 0.97, by="birth"),
    )),
    Field("school", "l.school IS NOT NULL AND r.school IS NOT NULL", (
        Level("class", "l.class = r.class", 0.5, by="class"),
        Level("equal", "l.school = r.school", 0.35, by="school"),
    )),
)  # fmt: skip

# The first given name, or what somebody is called by, beside any other name.
_MET_BY_NAME = (
    "list_distinct(flatten(list_transform([given_first, nick], "
    "lambda own: list_transform(list_filter(tokens, lambda t: t <> own), "
    "lambda t: least(t, own) || '|' || greatest(t, own)))))"
)

BLOCKS: tuple[str, ...] = (
    _MET_BY_NAME,
    "[whole]",
    (
        "[(SELECT sound FROM sound WHERE word = given_first) || '|' || "
        "(SELECT sound FROM sound WHERE word = family_last)]"
    ),
    "[family_last || '|' || left(given_first, 2)]",
    "[given_first || '|' || left(family_last, 2)]",
    "[left(given_first, 3) || '|' || left(family_last, 3)]",
    (
        "[left(given_first, 1) || '|' || right(given_first, 2) || '|' || left(family_last, 1) "
        "|| '|' || right(family_last, 2)]"
    ),
    "mails",
    "mailboxes",
    "[CASE WHEN length(user_stem) > 4 THEN user_stem END]",
)

# Pairs that are no duplicates by rule: two that UMS wants at once, two made by hand, one person's
# accounts as student and as employee, and other birth dates. What lies in the trash stands in the
# way by its key alone.
CONSIDERED = """
    NOT (l.by_hand AND r.by_hand) AND NOT (l.wanted AND r.wanted)
    AND coalesce(l.part = r.part, true) AND coalesce(l.birth = r.birth, true)
    AND l.place <> 'trash' AND r.place <> 'trash'
    AND l.fold IS DISTINCT FROM r.fold
"""
