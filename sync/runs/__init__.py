"""The verbs: everything the command line and the screens call, and the only place where the rooms
of the core meet. Each takes an :class:`Installation` and gives plain values back.

They are listed in ``__init__.pyi``. A verb is imported when it is first asked for: a diagnosis
needs no mail and no plan, and whoever waits for it would wait for them too.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
