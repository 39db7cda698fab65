"""Textual's bindings, made from the action table."""

from __future__ import annotations

from textual.binding import Binding, BindingType

from screens.actions import ACTIONS


def bindings(*places: str) -> list[BindingType]:
    """The bindings of everything the table lists for these places."""
    return [
        Binding(
            ",".join(action.keys),
            f"do('{action.id}')",
            action.label,
            show=False,
            system=True,
            priority=action.at_once,
        )
        for action in ACTIONS
        if action.where in places
    ]
