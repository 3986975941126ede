"""The instance that a command works on: that of DATABASE_URL, or with `--data` the embedded one in a directory,
running or not."""

import contextlib
import os
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from coterie.settings.record import Settings

if TYPE_CHECKING:
    from coterie.database.connecting import Connection

Data = Annotated[
    Path | None,
    typer.Option(
        help="The data directory of an embedded instance. Default: the database in DATABASE_URL.", show_default=False
    ),
]


@contextlib.contextmanager
def instance(data: Path | None) -> Iterator[Settings]:
    """Settings with a database URL. Raises Refusal or SettingsError."""
    from coterie.database.connecting import check_database_url, check_direct_url
    from coterie.serving.running import database_of, development_settings

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
def examined_instance(data: Path) -> Iterator[Settings]:
    """The same with the directory's secret, which `dev` creates when it first serves; nothing is created here."""
    with instance(data) as settings:
        own = with_stored_secret(data, settings)
        yield own if own.jwt_secret else msgspec.structs.replace(own, jwt_secret=token_hex(32))


def with_stored_secret(data: Path | None, settings: Settings) -> Settings:
    """The same settings with the secret that `dev` keeps in the data directory, if no other is set."""
    from coterie.serving.running import STORED_SECRET

    stored = data / STORED_SECRET if data else None
    if settings.jwt_secret or stored is None or not stored.exists():
        return settings
    return msgspec.structs.replace(settings, jwt_secret=stored.read_text().strip())


@contextlib.contextmanager
def restored_instance(data: Path | None) -> Iterator[Settings]:
    """The same, but creates the cluster if the data directory has none, and removes it again if the block fails.

    Uploads stay if there are any, since the next attempt continues with them.
    """
    before = set(data.iterdir()) if data and data.is_dir() else set()
    try:
        with _new_instance(data) as settings:
            yield settings
    except BaseException:
        if data is not None:
            _remove(data, before)
        raise


def _remove(data: Path, before: set[Path]) -> None:
    """Remove what is in the directory now and was not before, except uploads, and the directory if nothing is left."""
    for place in set(data.iterdir()) - before if data.is_dir() else ():
        if place.name != "uploads":
            shutil.rmtree(place) if place.is_dir() else place.unlink()
    for place in (data / "uploads", data):
        with contextlib.suppress(OSError):  # it is not empty
            place.rmdir()


@contextlib.contextmanager
def _new_instance(data: Path | None) -> Iterator[Settings]:
    from coterie.serving.running import development_cluster, development_settings

    if data is None or (data / "postgres").is_dir():
        with instance(data) as settings:
            yield settings
        return
    settings = development_settings(data, os.environ)
    quietly(settings)
    with development_cluster(data) as cluster:
        yield msgspec.structs.replace(settings, database_url=cluster.url)


def quietly(settings: Settings) -> None:
    """Log only warnings, on standard error, separate from the command's output."""
    from coterie.process import log_output

    shown = msgspec.structs.replace(settings, log_format="text", log_level="warning")
    log_output.configure(shown, sys.stderr)


@contextlib.asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator["Connection"]:
    from coterie.database.connecting import connect

    connection = await connect(settings)
    try:
        yield connection
    finally:
        await connection.close(timeout=2)
