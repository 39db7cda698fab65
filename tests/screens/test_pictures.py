"""Pictures of the screens at 80x24, colours and all: `--snapshot-update` takes them anew."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from tests.screens.driving import press, settle, type_words
from tests.screens.test_snapshots import DESKS, SCENES

NAMES = (
    "home-held", "home-empty", "home-running", "home-error", "preview-held", "preview-ready",
    "preview-read-only", "preview-applied", "preview-filtered", "preview-question", "apply-ready",
    "apply-running", "limits", "duplicates", "calendar", "calendar-forecast", "calendar-new",
    "calendar-remove", "cleanup", "cleanup-confirm", "runs-held", "runs-compared", "diagnose-row",
    "settings", "settings-ums-change", "settings-audit", "palette", "help-preview",
)  # fmt: skip
PICTURED = [scene for scene in SCENES if scene[0] in NAMES]


def test_every_pictured_scene_is_there() -> None:
    """A scene that was renamed would silently lose its picture."""
    assert {scene[0] for scene in PICTURED} == set(NAMES)


@pytest.mark.parametrize(("name", "desk", "keys", "typed"), PICTURED, ids=[s[0] for s in PICTURED])
def test_the_screen_looks_as_it_did(
    console, snap_compare, name: str, desk: str, keys: tuple[str, ...], typed: str
) -> None:
    """Marks, cursor, bars and tones: what the words alone do not show."""

    async def reach(pilot: Pilot[int]) -> None:
        await settle(pilot)
        await press(pilot, *keys)
        if typed:
            await type_words(pilot, typed)

    app = console(DESKS[desk](), pace=30.0)
    assert snap_compare(app, terminal_size=(80, 24), run_before=reach)
