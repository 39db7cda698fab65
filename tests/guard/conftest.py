"""Fixtures of the guard's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.guard.plans import Plan


@pytest.fixture
def plan() -> Iterator[Plan]:
    made = Plan()
    yield made
    made.workspace.close()
