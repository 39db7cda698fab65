"""What a key costs on the line: whoever works over a slow one would lose the console."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.console import BYTES, line, make


@pytest.mark.parametrize("over_ssh", [False, True])
def test_steps_pages_screens_and_idling_stay_below_their_bars(
    tmp_path: Path, over_ssh: bool
) -> None:
    """Measured behind a real pseudo-terminal, in true colour and with the terminal's 16."""
    make(tmp_path, 3_000)
    with line(tmp_path, over_ssh=over_ssh) as (opened, start):
        assert 1_000 < start.count < 30_000
        assert opened.idle(3.0) * 20 <= BYTES["first minute"]
        opened.sent(b"2", quiet=2.0)
        opened.sent(b"g", wait=1.0)
        assert 0 < opened.moving(b"j", 5).count <= BYTES["cursor down"]
        assert 0 < opened.sent(b"\x04").count <= BYTES["page"]
        assert 0 < opened.sent(b"6", quiet=1.0).count <= BYTES["screen"]
        opened.sent(b"2", quiet=1.0)
        opened.sent(b"/")
        assert opened.idle(3.0) * 20 <= BYTES["idle minute"]
