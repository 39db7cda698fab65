"""A run as one page that a head teacher can read and print: names and classes, no ids, no codes of
ours, nothing that is fetched from anywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, TextIO

from sync.model import ChangeStatus, RunState, RunSummary
from umstui.exports.page_words import Words

if TYPE_CHECKING:
    from sync.runs.school_movements import Movement, Movements, SchoolMovements

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;color:#111;background:#fff;max-width:60rem;"
    "margin:2rem auto;padding:0 1rem}"
    "h1{font-size:1.6rem}h2{font-size:1.3rem;border-bottom:2px solid #333;margin-top:2.5rem}"
    "h3{font-size:1.05rem;margin-bottom:.3rem}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;"
    "border-bottom:1px solid #ccc}"
    "@media print{body{margin:0;max-width:none}h2{break-before:page}"
    "h2:first-of-type{break-before:avoid}tr{break-inside:avoid}}"
)
_DONE = {RunState.APPLIED, RunState.APPLIED_WITH_FAILURES}


def html(summary: RunSummary, schools: Sequence[SchoolMovements], words: Words, to: TextIO) -> int:
    """Write the page; gives how many lines it has."""
    written = 0
    for piece in _page(summary, schools, words):
        to.write(piece)
        written += piece.startswith("<tr><td>")
    return written


def _page(summary: RunSummary, schools: Sequence[SchoolMovements], words: Words) -> Iterator[str]:
    yield (
        f'<!DOCTYPE html>\n<html lang="{words.language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(words.title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
    )
    done = words.carried_out if summary.state in _DONE else words.not_carried_out
    yield (
        f"<h1>{escape(words.title)}</h1>\n"
        f"<p>{escape(words.planned_for)} {escape(words.day(summary.as_of))}. {escape(done)}</p>\n"
    )
    if not schools:
        yield f"<p>{escape(words.nothing)}</p>\n"
    for school in schools:
        yield f"<h2>{escape(school.school or words.without_school)}</h2>\n"
        yield from _table(
            words, words.leavers, (words.name, words.school_class), school.leavers,
            lambda one: (one.name, one.before),
        )  # fmt: skip
        yield from _table(
            words, words.starters, (words.name, words.school_class), school.starters,
            lambda one: (one.name, one.after),
        )  # fmt: skip
        yield from _table(
            words, words.moves, (words.name, words.before, words.after), school.moves,
            lambda one: (one.name, one.before, one.after),
        )  # fmt: skip
        yield from _table(
            words, words.archived, (words.course,), school.archived, lambda one: (one.name,)
        )
    yield f"<p>{escape(words.explains)}</p>\n</body>\n</html>\n"


def _table(
    words: Words,
    title: str,
    columns: tuple[str, ...],
    movements: Movements,
    cells: Callable[[Movement], tuple[str, ...]],
) -> Iterator[str]:
    yield f"<h3>{escape(title)} ({movements.count})</h3>\n"
    if not movements.count:
        yield f"<p>{escape(words.nobody if len(columns) > 1 else words.nothing)}</p>\n"
        return
    remarks = any(_remark(words, one) for one in movements.first)
    titles = (*columns, words.remark) if remarks else columns
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in titles)
    yield f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n"
    for one in movements.first:
        row = (*cells(one), _remark(words, one)) if remarks else cells(one)
        yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n"
    yield "</tbody>\n</table>\n"
    if more := movements.count - len(movements.first):
        yield f"<p>{escape(words.more.format(count=more))}</p>\n"


def _remark(words: Words, one: Movement) -> str:
    return {
        ChangeStatus.HELD: words.held,
        ChangeStatus.POSTPONED: words.postponed,
        ChangeStatus.FAILED: words.failed,
        ChangeStatus.SKIPPED: words.skipped,
    }.get(one.status, "")
