"""What holds for every test: nothing is left in the home folder of whoever runs them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def _no_log_at_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The platform's folder for logs is a temporary one; programs that tests start inherit it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("logs")))
        yield
