"""Colours by meaning. Every one of them only repeats a mark or a word (console.md 5.3)."""

from __future__ import annotations

from textual.theme import Theme

# The terminal's own colours, for the ansi themes: what they look like is the user's choice.
STYLE_DEFAULTS: dict[str, str] = {
    "made": "ansi_cyan",
    "changed": "ansi_yellow",
    "removed": "ansi_bright_magenta",
    "moved": "ansi_bright_blue",
    "attention": "ansi_bright_yellow",
    "key": "ansi_bright_cyan",
    "quiet": "ansi_default",
    "line": "ansi_bright_black",
    "band": "ansi_blue",
    "band-text": "ansi_bright_white",
    "band-quiet": "ansi_white",
    "cursor": "ansi_white",
    "cursor-text": "ansi_black",
}

# Hues after Okabe and Ito, told apart by people who do not see red and green as two.
OWN = Theme(
    name="umstui",
    primary="#7fb2d9",
    secondary="#8fa8bf",
    accent="#e8b04b",
    warning="#e8b04b",
    error="#ec8a4e",
    success="#63b7e6",
    foreground="#d8dee6",
    background="#11161c",
    surface="#11161c",
    panel="#1d2630",
    boost="#1d2630",
    dark=True,
    variables={
        "made": "#63b7e6",
        "changed": "#e6d36a",
        "removed": "#f08a4b",
        "moved": "#cf9ac0",
        "attention": "#f2b34c",
        "key": "#f2c66d",
        "quiet": "#8b98a7",
        "line": "#3a4653",
        "band": "#22303d",
        "band-text": "#e6ebf0",
        "band-quiet": "#93a3b3",
        "cursor": "#2f4a63",
        "cursor-text": "#ffffff",
        "input-cursor-background": "#d8dee6",
        "input-cursor-foreground": "#11161c",
    },
)
