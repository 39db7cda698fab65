"""What the diagnosis screen says, as parts of lines. Facts in, words out."""

from __future__ import annotations

from screens.widgets.lines import Part
from sync.findings import Diagnosis

NOTHING_ASKED = (
    "p asks about a person by key, r about a room, both why the one is not in the other.\n\n"
    "The key is the one that preview and lists show: a user name such as anna01, a room such as "
    "UMSCourse_3b. Wherever a list has persons or rooms, I asks about the row under the cursor.\n\n"
    "Nothing is changed by asking."
)


def asked_line(person: str, room: str) -> tuple[Part, ...]:
    """Whom and what the answer is about."""
    parts: list[Part] = []
    if person:
        parts += [(" person ", "quiet"), (person, "strong")]
    if room:
        parts += [("  in room " if person else " room ", "quiet"), (room, "strong")]
    return tuple(parts) or ((" nothing asked yet", "quiet"),)


def answer_facts(answer: Diagnosis) -> tuple[tuple[str, tuple[Part, ...]], ...]:
    """The facts with their sources, then the steps."""
    rows: list[tuple[str, tuple[Part, ...]]] = []
    before = ""
    for fact in answer.facts:
        label = fact.what if fact.what != before else ""
        before = fact.what
        tone = "attention" if fact.what in {"not asked", "last error"} else ""
        source = f"  [{fact.source}]" if fact.source else ""
        rows.append((label, ((fact.value, tone), (source, "quiet"))))
    if answer.next:
        rows.append(("", (("", ""),)))
    rows += [
        (f"do {place}", ((step, "strong"),)) for place, step in enumerate(answer.next, start=1)
    ]
    return tuple(rows)
