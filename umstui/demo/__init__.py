"""A made-up school to try the program on: a whole UMS database, and a year of changes to it."""
