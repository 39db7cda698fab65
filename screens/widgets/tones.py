"""The tones that words can have. Their colours are in tones.tcss; none of them means anything
that the words beside it do not say."""

from __future__ import annotations

TONES = ("strong", "quiet", "attention", "good", "create", "update", "delete", "move", "note")

COMPONENTS = {f"tone--{tone}" for tone in TONES}
