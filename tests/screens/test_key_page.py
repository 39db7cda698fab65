"""The page of keys says what the keys do now."""

from __future__ import annotations

from pathlib import Path

import pytest

from screens.key_page import key_page

PAGE = Path(__file__).parents[2] / "docs" / "keys.md"


def test_the_page_of_keys_is_that_of_the_action_table(request: pytest.FixtureRequest) -> None:
    """A key that the page has wrong is worse than none. ``--snapshot-update`` writes it anew."""
    if request.config.getoption("update_snapshots"):
        PAGE.write_text(key_page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == key_page()
