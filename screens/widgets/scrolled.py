"""A text longer than its room: the keys of a list scroll it, once it has them."""

from __future__ import annotations

from textual.containers import VerticalScroll

from screens.bindings import bindings


class Scrolled(VerticalScroll, can_focus=True):
    """Reached by tab, or opened over the whole page by enter."""

    BINDINGS = bindings("list")

    def action_do(self, action_id: str) -> None:
        """Carry out an action of the table; there are no rows to mark."""
        page = max(1, self.size.height - 1)
        steps = {"down": 1, "up": -1, "page_down": page, "page_up": -page}
        ends = {"first": 0, "last": self.max_scroll_y}
        if action_id in steps:
            self.scroll_relative(y=steps[action_id], animate=False)
        elif action_id in ends:
            self.scroll_to(y=ends[action_id], animate=False)
