"""Being asked to end: after the batch in flight, so that nothing is left in doubt."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import click


@contextmanager
def after_the_batch_in_flight(again: str) -> Iterator[None]:
    """A service manager that stops us, or a line that is dropped, is taken like Ctrl-C: what is in
    flight is waited for and written down. ``again`` is the command that goes on."""
    names = ("SIGTERM", "SIGHUP", "SIGBREAK")
    signals = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {
        number: signal.signal(number, signal.default_int_handler)
        for number in signals
        if signal.getsignal(number) is not signal.SIG_IGN  # nohup wants it so
    }
    try:
        yield
    except KeyboardInterrupt:
        click.echo(f"umstui: ended after the batch in flight; it goes on with `{again}`.", err=True)
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
