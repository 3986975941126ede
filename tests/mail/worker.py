"""A process that sends what is in the outbox: in the test's own, or as `python -m tests.mail.worker URL`."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator

from coterie.database.connection import Database
from coterie.mail.outbox import Outbox
from coterie.settings.record import Settings
from tests.jobs.worker import process


@contextlib.asynccontextmanager
async def sending(database_url: str, settings: Settings) -> AsyncIterator[tuple[Outbox, Database]]:
    async with process(database_url) as (jobs, _, database):
        outbox = Outbox(settings)
        jobs.add(*outbox.sending(database))
        await jobs.start()
        yield outbox, database


async def work(database_url: str) -> None:
    async with process(database_url) as (jobs, presence, database):
        given = {name: value for name, value in os.environ.items() if name.startswith("COTERIE_MAIL_")}
        public_url = os.environ["COTERIE_PUBLIC_URL"]
        settings = Settings.read({**given, "COTERIE_PUBLIC_URL": public_url, "JWT_SECRET": os.environ["JWT_SECRET"]})
        jobs.add(*Outbox(settings).sending(database))
        await jobs.start()
        print(presence.process, flush=True)  # noqa: T201 - for the test
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1]))
