"""The page of a test site for people: what is in it, and what has been asked of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import urlencode

from umstui.testsite.sites import Site
from umstui.testsite.store import fold
from umstui.testsite.views import VIEWS, View

ROWS_A_PAGE = 50
ROWS_IN_OVERVIEW = 10

# Everything on the page is text of ours or escaped; nothing may be loaded or run by it.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}

_STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 76rem; margin: 0 auto; padding: 1rem 1.5rem 4rem; }
h1 { margin-bottom: 0; } h2 { margin: 2rem 0 .4rem; }
nav a, nav strong { margin-right: .9rem; white-space: nowrap; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .25rem .8rem .25rem 0; vertical-align: top;
         border-bottom: 1px solid color-mix(in srgb, currentColor 18%, transparent);
         overflow-wrap: anywhere; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
.quiet { opacity: .7; } .alarm { font-weight: 600; }
form { margin: 1rem 0; } input { font: inherit; padding: .2rem .4rem; }
"""


class Page:
    """One look at one site, as the query string of the address asks for it."""

    def __init__(
        self,
        state: sqlite3.Connection,
        sites: Mapping[int, Site],
        faults: Sequence[str],
        asked: Mapping[str, str],
    ) -> None:
        self._state = state
        self._sites = sites
        self._faults = faults
        self._asked = asked
        self._number = next(
            (
                number
                for number, site in sites.items()
                if site.user_name == asked.get("site", site.user_name)
            ),
            min(sites),
        )
        self._site = sites[self._number]
        self._search = asked.get("q", "").strip()
        self._view = VIEWS.get(asked.get("show", ""))
        page = asked.get("page", "1")
        self._page = max(1, int(page)) if page.isdecimal() and len(page) < 9 else 1

    def html(self) -> str:
        """The whole page."""
        if self._view is None:
            inner = "".join(self._list(view, ROWS_IN_OVERVIEW) for view in VIEWS.values())
        else:
            inner = self._list(self._view, ROWS_A_PAGE)
        title = escape(self._site.title)
        return (
            '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width">'
            f"<title>{title} - itslearning test site</title><style>{_STYLE}</style></head><body>"
            f"<header><h1>{title}</h1><p class='quiet'>A local itslearning test installation. "
            "What is here came over IMS Enterprise Services or was made by hand; "
            "no real itslearning is behind it.</p>"
            f"{self._navigation()}</header><main>{self._summary()}{self._form()}{inner}</main>"
            "</body></html>"
        )

    def _link(self, words: str, **values: str | int) -> str:
        query = {"site": self._site.user_name, **{key: str(value) for key, value in values.items()}}
        return f'<a href="/?{escape(urlencode(query))}">{escape(words)}</a>'

    def _navigation(self) -> str:
        places = [self._link("Overview") if self._view else "<strong>Overview</strong>"]
        for view in VIEWS.values():
            here = self._view is view
            places.append(
                f"<strong>{view.title}</strong>" if here else self._link(view.title, show=view.name)
            )
        others = [
            self._link(site.title + f" ({site.user_name})", site=site.user_name)
            for number, site in self._sites.items()
            if number != self._number
        ]
        sites = f"<nav aria-label='Other sites'>Other sites: {' '.join(others)}</nav>"
        return f"<nav aria-label='Lists'>{' '.join(places)}</nav>" + (sites if others else "")

    def _summary(self) -> str:
        row = self._state.execute(
            "SELECT count(*), coalesce(sum(success), 0), coalesce(sum(warning), 0), "
            "coalesce(sum(failure), 0), coalesce(max(in_flight), 0) FROM request WHERE site = ?",
            (self._number,),
        ).fetchone()
        said = (
            f"<p>Integration <strong>{escape(self._site.user_name)}</strong>, root key "
            f"<strong>{escape(self._site.root_key)}</strong>: {row[0]} requests, "
            f"{row[1]} success, {row[2]} warning, {row[3]} failure; "
            f"at most {row[4]} operations unprocessed at once.</p>"
        )
        if self._faults:
            faults = escape(", ".join(self._faults))
            said += f"<p class='alarm'>Faults in force: {faults}</p>"
        else:
            said += "<p class='quiet'>No faults in force.</p>"
        return said

    def _form(self) -> str:
        kept = {"site": self._site.user_name}
        if self._view is not None:
            kept["show"] = self._view.name
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{escape(value)}">'
            for name, value in kept.items()
        )
        return (
            f'<form action="/" method="get" role="search">{hidden}'
            '<label>Search <input type="search" name="q" '
            f'value="{escape(self._search)}"></label> <button>Search</button></form>'
        )

    def _list(self, view: View, limit: int) -> str:
        conditions, values = self._conditions(view)
        query = f"{view.query}{conditions}"
        total = self._state.execute(f"SELECT count(*) FROM ({query})", values).fetchone()[0]
        page = self._page if self._view is view else 1
        page = min(page, max(1, -(-total // limit)))
        rows = self._state.execute(
            f"{query} ORDER BY {view.order} LIMIT ? OFFSET ?",
            (*values, limit, (page - 1) * limit),
        ).fetchall()
        heading = f"<h2 id='{view.name}'>{view.title} <span class='quiet'>{total}</span></h2>"
        if not rows:
            words = "Nothing is found." if self._search else view.empty
            return f"<section>{heading}<p class='quiet'>{words}</p></section>"
        head = "".join(f'<th scope="col">{escape(column)}</th>' for column in view.columns)
        body = "".join(self._row(view, row) for row in rows)
        return (
            f"<section>{heading}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
            f"{self._pager(view, page, total, limit)}</section>"
        )

    def _conditions(self, view: View) -> tuple[str, tuple[object, ...]]:
        conditions = ""
        values: list[object] = [self._number]
        if self._search:
            text = " || ' ' || ".join(f"coalesce({column}, '')" for column in view.searched)
            conditions += f" AND instr(folded({text}), ?) > 0"
            values.append(fold(self._search))
        if view.name == "memberships":
            for name, column in (("person", "person"), ("group", "hierarchy")):
                asked = self._asked.get(name, "")
                if asked.isdecimal() and len(asked) < 18:
                    conditions += f" AND membership.{column} = ?"
                    values.append(int(asked))
        return conditions, tuple(values)

    def _row(self, view: View, row: sqlite3.Row) -> str:
        cells = []
        names = row.keys()
        for column in view.columns:
            value = row[column]
            if isinstance(value, int | float):
                cells.append(f'<td class="number">{value}</td>')
                continue
            shown = escape(value or "")
            if column in {"User name", "Person", "Name"} and "link_person" in names:
                shown = self._link(value or "", show="memberships", person=row["link_person"])
            elif column in {"Title", "Group"} and value and "link_group" in names:
                if row["link_group"] is not None:
                    shown = self._link(value, show="memberships", group=row["link_group"])
            elif column == "Key" and not value:
                shown = '<span class="quiet">no key</span>'
            depth = row["depth"] if column == "Title" and "depth" in names else 0
            indent = f' style="padding-left:{depth * 1.4:.1f}rem"' if depth else ""
            cells.append(f"<td{indent}>{shown}</td>")
        return f"<tr>{''.join(cells)}</tr>"

    def _pager(self, view: View, page: int, total: int, limit: int) -> str:
        if total <= limit:
            return ""
        asked = {key: self._asked[key] for key in ("person", "group") if key in self._asked}
        if self._search:
            asked["q"] = self._search
        if self._view is None:
            return f"<p>{self._link(f'All {total}', show=view.name, **asked)}</p>"
        last = -(-total // limit)
        parts = [f"Page {page} of {last}"]
        if page > 1:
            parts.append(self._link("previous", show=view.name, page=page - 1, **asked))
        if page < last:
            parts.append(self._link("next", show=view.name, page=page + 1, **asked))
        return f"<p>{' '.join(parts)}</p>"
