"""Upturn's tests. A package by name, since ppi-python installs a `tests` of its own, which would stand before this."""
