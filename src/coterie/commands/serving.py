"""`coterie serve` and `coterie dev`."""

import os
from pathlib import Path
from typing import Annotated

import typer

Host = Annotated[str | None, typer.Option(help="Address to listen on; also SERVER_HOST.", show_default="127.0.0.1")]
Port = Annotated[int | None, typer.Option(help="Port to listen on; also SERVER_PORT.", show_default="3000", min=0)]
Processes = Annotated[
    int | None,
    typer.Option(help="Server processes, about one per core; also COTERIE_PROCESSES.", show_default="1", min=1),
]
Data = Annotated[Path, typer.Option(help="The directory of the database, the files and the secret.")]


def provided(**options: str | int | None) -> dict[str, str]:
    """The environment, with the given options in place of its variables."""
    return {**os.environ, **{name: str(value) for name, value in options.items() if value is not None}}


def serve(host: Host = None, port: Port = None, processes: Processes = None) -> None:
    from coterie.serving.running import serve as run
    from coterie.settings.record import Settings

    run(Settings.read(provided(SERVER_HOST=host, SERVER_PORT=port, COTERIE_PROCESSES=processes)))


def dev(data: Data = Path("data"), port: Port = None) -> None:
    from coterie.serving.running import develop

    develop(data, provided(SERVER_PORT=port))
