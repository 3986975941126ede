"""Makes the archive of an account, as a process of its own: `python -m coterie.account_export.work USER FILE`."""

import asyncio
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO, Final
from uuid import UUID

from coterie.account_export import content, messages
from coterie.account_export.lists import ACCOUNT
from coterie.database.connection import OneConnection
from coterie.exporting.archive import ZipArchive
from coterie.exporting.content import MESSAGE_BYTES
from coterie.exporting.names import slug
from coterie.exporting.work import Making, make, run
from coterie.settings.record import Settings


def write_file(settings: Settings, user_id: UUID, target: Path, tell: Callable[[float], None]) -> int:
    """For the operator: write the archive into a new file that only its owner can read; returns its size in bytes.

    Raises FileExistsError, and LookupError without the account; nothing is left of a file that is not whole.
    """
    with open(target, "xb", opener=partial(os.open, mode=0o600)) as file:
        try:
            return asyncio.run(make(settings, partial(_fill, user_id), _File(file), tell))
        except BaseException:
            target.unlink()
            raise


class _File:
    """A file as what an archive is written to."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file: Final = file

    async def write(self, data: bytes, /) -> None:
        self._file.write(data)


async def _fill(user_id: UUID, connection: OneConnection, making: Making) -> ZipArchive:
    account = await connection.fetchrow(ACCOUNT, user_id)
    if account is None:
        raise LookupError("the account was deleted")
    number, size = await messages.size(connection, user_id)
    making.told.total = number * MESSAGE_BYTES + size
    archive = making.archive(slug(account["username"], "account"))
    await content.write(connection, archive, account, making, number)
    return archive


if __name__ == "__main__":
    user, file = map(UUID, sys.argv[1:3])
    run(file, partial(_fill, user))
