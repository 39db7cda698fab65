"""The program: command line, settings file, console, made-up school, local test site."""

__version__ = "0.1.0"
