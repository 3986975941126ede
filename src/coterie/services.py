"""What one server process works with, put together once at start and ended in the opposite order."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from coterie.accounts.actions import Accounts
from coterie.accounts.authentication import Authentication
from coterie.accounts.guesses import Guesses
from coterie.accounts.passwords import Passwords
from coterie.accounts.tokens import Tokens
from coterie.community import Community
from coterie.conversations.reading import read_log as read_conversation
from coterie.database.connection import Database
from coterie.database.pool import connect, open_pool
from coterie.documents import cursors
from coterie.documents.actions import TELLING_SECONDS, Documents
from coterie.documents.notifications import read_log as read_document
from coterie.files.receiving import FileLimits, Files
from coterie.files.storage import Storage
from coterie.files.sweeping import SWEEP_SECONDS, sweep_all
from coterie.friends.actions import Friends
from coterie.gifs.actions import Gifs, gifs_for
from coterie.limits import Limits
from coterie.log import epochs, read
from coterie.log.bus import Bus, PostgresBus
from coterie.log.hub import Hub
from coterie.log.read import Log, Reader
from coterie.messages.actions import Messages
from coterie.messages.actions import read_log as read_messages
from coterie.messenger.names import Names
from coterie.messenger.rooms import Rooms
from coterie.metrics.echo import SECONDS as ECHO_SECONDS
from coterie.metrics.echo import Echo
from coterie.metrics.postgres import Postgres
from coterie.metrics.tallies import BackupTally, Counted
from coterie.moderation.removals import Removals
from coterie.permissions.rights import Rights
from coterie.presence.tracker import Presence
from coterie.presence.typing import Typing
from coterie.previews.actions import Previews, previews_for
from coterie.recurring import Recurring
from coterie.search.actions import Search
from coterie.search.upkeep import LONGEST, Upkeep
from coterie.settings import Settings
from coterie.sync.admission import Admission
from coterie.usage.counting import Usage, defaults_of
from coterie.voice.keeper import Keeper
from coterie.voice.signalling import Signalling

READERS: Final[dict[str, Reader]] = {
    "channel": read_messages,
    "conversation": read_conversation,
    "server": read.changes,
    "user": read.changes,
    "document": read_document,
}
"""How the log of each kind of topic is read."""


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that outlives a request."""

    settings: Settings
    started_at: float
    epoch: str
    database: Database
    rights: Rights
    community: Community
    accounts: Accounts
    authentication: Authentication
    friends: Friends
    messages: Messages
    documents: Documents
    cursors: cursors.Cursors
    files: Files
    usage: Usage
    names: Names
    rooms: Rooms
    log: Log
    hub: Hub
    bus: Bus
    presence: Presence
    typing: Typing
    search: Search
    voice: Keeper
    signalling: Signalling
    limits: Limits
    admission: Admission
    removals: Removals
    previews: Previews | None
    gifs: Gifs | None
    postgres: Postgres
    echo: Echo
    backups: BackupTally

    @property
    def writers(self) -> dict[str, Counted]:
        """Each kind of writers: what they have counted, and how many writes wait."""
        return {
            "messages": self.messages.sending,
            "changes": self.messages.changing,
            "read_marks": self.messages.marking,
            "receipts": self.messages.receipts.writer,
            "documents": self.documents,
        }


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Services]:
    """The services of a process, from the opened pool to the last goodbye."""
    services = await _made(settings, *await _open(settings))
    works = _works(services)
    await _start(services, works)
    try:
        yield services
    finally:
        for work in works:
            await work.stop()
        await _stop(services)


async def _made(settings: Settings, database: Database, bus: Bus) -> Services:
    """What the rooms share, put together; nothing of it works yet."""
    log = Log(database, READERS)
    tokens = Tokens(settings.jwt_secret)
    limits = Limits(is_on=settings.rate_limits, is_development=settings.is_development)
    authentication = Authentication(database, tokens)
    rights = Rights()
    hub, presence = Hub(log, authentication), Presence(database)
    community = Community(database, rights)
    usage = Usage(database, defaults_of(settings), settings.usage_period)
    voice = Keeper(community, hub, presence.process)
    return Services(
        settings=settings,
        started_at=time.monotonic(),
        epoch=(await epochs.current(database)).name,
        database=database,
        rights=rights,
        community=community,
        accounts=Accounts(database, Passwords(), tokens, Guesses(settings.jwt_secret, limits)),
        authentication=authentication,
        friends=Friends(database, timedelta(days=settings.friend_request_cooling_off)),
        messages=Messages(database, rights, usage),
        documents=Documents(community, usage, settings.document_limit),
        cursors=cursors.Cursors(database, hub, bus, presence.process),
        files=_files(settings, database, rights, usage),
        usage=usage,
        names=Names(database),
        rooms=Rooms(database),
        log=log,
        hub=hub,
        bus=bus,
        presence=presence,
        typing=Typing(community, bus),
        voice=voice,
        signalling=Signalling(voice.rooms, bus, limits),
        limits=limits,
        admission=Admission(settings.pool_size),
        removals=Removals(database),
        previews=previews_for(settings, limits),
        gifs=gifs_for(settings),
        search=Search(database),
        postgres=Postgres(database),
        echo=Echo(hub, bus),
        backups=BackupTally(),
    )


async def _start(services: Services, works: list[Recurring]) -> None:
    await services.bus.start(services.hub)
    services.echo.start()
    await services.presence.start()
    await services.usage.start()
    for work in works:
        work.start()
    await services.voice.start()


def _works(services: Services) -> list[Recurring]:
    """What every process does again and again."""
    return [
        Recurring("search.upkeep", Upkeep(services.database).clean, LONGEST, is_soon=False),
        Recurring("files.sweep", partial(sweep_all, services.files), SWEEP_SECONDS, is_soon=False),
        Recurring("documents.tell", services.documents.tell, TELLING_SECONDS, is_soon=False),
        Recurring("documents.cursors", services.cursors.tell, cursors.TELLING_SECONDS, is_soon=False),
        Recurring("documents.dead_cursors", services.cursors.bury, cursors.BURYING_SECONDS, is_soon=False),
        services.removals.recurring,
        Recurring("metrics.echo", services.echo.speak, ECHO_SECONDS),
        *_backups(services),
    ]


def _backups(services: Services) -> list[Recurring]:
    """If the operator wants any."""
    if not services.settings.backup_directory:
        return []
    from coterie.backup.schedule import LOOK_SECONDS, Schedule

    return [Recurring("backup", Schedule(services.settings, services.backups).work, LOOK_SECONDS)]


def _files(settings: Settings, database: Database, rights: Rights, usage: Usage) -> Files:
    limits = FileLimits(settings.file_limit, settings.upload_limit, settings.files_per_message)
    return Files(database, rights, Storage(settings.files_url, settings.upload_dir), limits, usage)


async def _open(settings: Settings) -> tuple[Database, Bus]:
    """The database and the bus, which with NATS takes what the database's connections announce."""
    if not settings.bus_url:
        database = await open_pool(settings)
        return database, PostgresBus(database, lambda: connect(settings))
    from coterie.log.nats_bus import NatsBus, subject_of  # its client takes 0.1 s to load

    bus = NatsBus(settings.bus_url, subject_of(settings.jwt_secret))
    return await open_pool(settings, bus.publish), bus


async def _stop(services: Services) -> None:
    await services.messages.close()
    await services.documents.close()
    await services.usage.stop()
    await services.voice.stop()
    await services.presence.stop()
    await services.echo.stop()
    await services.bus.stop()
    services.hub.stop()
    for outgoing in (services.previews, services.gifs):
        if outgoing is not None:
            await outgoing.close()
    services.accounts.passwords.close()
    services.files.pictures.close()
    services.database.terminate()
