"""The `upturn` program: its commands, and how errors become messages and exit codes."""

from __future__ import annotations

import errno
import os
import sys
from typing import Annotated, Final, Literal

import typer

from upturn.cli import decide, erasing, explore, homes, intake, judging, labelling, monitor, publish, release
from upturn.cli.output import say_error
from upturn.domain.errors import UpturnError
from upturn.logs import configure_logs

__all__ = ["app", "main"]

FAILED: Final = 1
INTERRUPTED: Final = 130

app = typer.Typer(
    name="upturn",
    help="From support conversations to a short weekly list of what to fix, with an interval on every figure.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _room in (homes, intake, judging, explore, publish, decide, labelling, erasing, release, monitor):
    _room.add_commands(app)


@app.callback(invoke_without_command=True)
def _begin(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"],
        typer.Option("--log-level", envvar="UPTURN_LOG_LEVEL", help="Which log lines go to standard error."),
    ] = "WARNING",
) -> None:
    configure_logs(level=log_level)
    if version:
        from upturn import __version__

        typer.echo(f"upturn {__version__}")
        raise typer.Exit


def main(arguments: list[str] | None = None) -> None:
    """Run the program: exit code 0 done, 1 error, 2 usage or configuration, 130 interrupted."""
    given = sys.argv[1:] if arguments is None else arguments
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    as_json = "--json" in given
    try:
        app(args=given)
    except UpturnError as error:
        say_error(str(error), as_json=as_json)
        sys.exit(error.exit_code)
    except SystemExit as end:
        if end.code == INTERRUPTED:
            say_error("interrupted; the log is whole, and the same command continues", as_json=as_json)
        raise
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        say_error("the disk is full: free some space and run the same command again", as_json=as_json)
        sys.exit(FAILED)
