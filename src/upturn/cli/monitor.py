"""`metrics`: the published warehouse for Prometheus."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from upturn.cli.output import HomeOption, JsonOption, write_json
from upturn.domain.errors import UpturnError
from upturn.home import Home
from upturn.schedule import DEFAULT_HOME

__all__ = ["add_commands"]


def metrics(
    home: HomeOption = DEFAULT_HOME,
    file: Annotated[
        Path | None, typer.Option("--file", help="Write here, in one step: for the node exporter's text files.")
    ] = None,
    port: Annotated[
        int | None, typer.Option("--serve", min=1, max=65_535, help="Serve on this port of 127.0.0.1 until Ctrl-C.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Give the published warehouse as Prometheus metrics: to standard output, to a file, or by an endpoint."""
    from upturn.monitoring.exposition import exposition, serve

    place = Home(home.resolve()).require()
    text = exposition(place)
    if port is not None:
        server, thread = serve(place, port)
        typer.echo(f"http://127.0.0.1:{port}/metrics; Ctrl-C ends it", err=True)
        try:
            thread.join()
        except KeyboardInterrupt:
            server.shutdown()
        return
    if file is not None:
        partial = file.with_name(f".{file.name}.partial")
        try:
            partial.write_text(text, encoding="utf-8")
            partial.replace(file)
        except OSError as error:
            raise UpturnError(f"{file} can't be written: {error.strerror}") from error
    if as_json:
        write_json({"file": None if file is None else str(file), "metrics": text})
    elif file is None:
        typer.echo(text, nl=False)


def add_commands(app: typer.Typer) -> None:
    """Register this command."""
    app.command(epilog="Example: upturn metrics --file /var/lib/node_exporter/upturn.prom")(metrics)
