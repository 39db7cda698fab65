"""The verbs are imported when they are asked for; each must be there when its time comes."""

from __future__ import annotations

import pkgutil

from sync import runs


def test_every_verb_is_where_it_is_said_to_be() -> None:
    """A name that leads nowhere would only be noticed by whoever presses the key for it."""
    for name in runs.__all__:
        assert callable(getattr(runs, name)), name


def test_no_verb_has_the_name_of_a_module() -> None:
    """Whichever of the two is imported first would hide the other."""
    modules = {module.name for module in pkgutil.iter_modules(runs.__path__)}
    assert modules.isdisjoint(runs.__all__)
