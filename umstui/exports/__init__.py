"""The files that `runs export` and the console write of a run, one module a shape."""
