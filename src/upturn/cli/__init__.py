"""The command line: the same stages without Airflow."""

from upturn.cli.app import main

__all__ = ["main"]
