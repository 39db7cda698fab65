"""The shared sync core: everything umstui does, usable from any front end.

Nothing here prints, reads a clock of its own or knows that a terminal exists.
"""
