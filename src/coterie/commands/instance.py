"""Which instance a command works on: the one of DATABASE_URL, or with `--data` the embedded one of a directory,
whether it is running or not."""

import contextlib
import os
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from coterie.settings import Settings

if TYPE_CHECKING:
    from coterie.database.reaching import Connection

Data = Annotated[
    Path | None,
    typer.Option(help="The data directory of an embedded instance; else DATABASE_URL counts.", show_default=False),
]


@contextlib.contextmanager
def instance(data: Path | None) -> Iterator[Settings]:
    """Settings with a database URL. Raises Refusal or SettingsError."""
    from coterie.database.reaching import check_database_url, check_direct_url
    from coterie.running import database_of, development_settings

    if data is None:
        settings = Settings.read(os.environ)
        quietly(settings)
        check_database_url(settings.database_url)
        check_direct_url(settings.database_direct_url)
        yield settings
        return
    settings = development_settings(data, os.environ)
    quietly(settings)
    with database_of(data) as url:
        yield msgspec.structs.replace(settings, database_url=url)


@contextlib.contextmanager
def new_instance(data: Path | None) -> Iterator[Settings]:
    """The same, but a data directory without a cluster gets one."""
    from coterie.running import development_cluster, development_settings

    if data is None or (data / "postgres").is_dir():
        with instance(data) as settings:
            yield settings
        return
    settings = development_settings(data, os.environ)
    quietly(settings)
    with development_cluster(data) as cluster:
        yield msgspec.structs.replace(settings, database_url=cluster.url)


def quietly(settings: Settings) -> None:
    """Log lines of a command: only warnings, on standard error, out of the way of its output."""
    from coterie import log_output

    shown = msgspec.structs.replace(settings, log_format="text", log_level="warning")
    log_output.configure(shown, sys.stderr)


@contextlib.asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator["Connection"]:
    from coterie.database.reaching import connect

    connection = await connect(settings)
    try:
        yield connection
    finally:
        await connection.close(timeout=2)
