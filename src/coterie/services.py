"""The services of one server process, created at start and stopped in the opposite order."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from coterie.accounts.actions import Accounts
from coterie.accounts.authentication import Authentication
from coterie.accounts.expiry import EXPIRY_SECONDS, KEEP_SECONDS, end_expired, keep
from coterie.accounts.guesses import Guesses
from coterie.accounts.lifetimes import Lifetimes
from coterie.accounts.names import Names
from coterie.accounts.password_rules import ANY, PasswordRules
from coterie.accounts.passwords import Passwords
from coterie.accounts.tokens import Tokens
from coterie.administration.figures import Figures
from coterie.automod.enforcing import enforce
from coterie.bots.actions import Bots
from coterie.callers.callers import Callers
from coterie.chat_room.rooms import ChatRooms
from coterie.conversations.reading import read_log as read_conversation
from coterie.database.connection import Database
from coterie.database.reachability import Reachability
from coterie.database.recurring import Recurring
from coterie.database.statistics import Postgres
from coterie.database.trouble import TROUBLE
from coterie.departures.actions import Departures
from coterie.documents import cursors, thinning
from coterie.documents.actions import ANNOUNCE_SECONDS, Documents
from coterie.documents.events import read_log as read_document
from coterie.exporting.actions import Exports
from coterie.feature import Feature
from coterie.files.receiving import Files
from coterie.files.sweeping import SWEEP_SECONDS, sweep_all
from coterie.friends.actions import Friends
from coterie.gifs.actions import Gifs, gifs_for
from coterie.http.bodies import Bodies
from coterie.http.open_places import OpenPlaces, of_account, of_address
from coterie.http.rate_limits import Limits
from coterie.http.ready_turns import Admission
from coterie.http.shared_limits import SWEEP_SECONDS as LIMITS_SECONDS
from coterie.http.shared_limits import SharedLimits
from coterie.lives.lives import recurring as ending_lives
from coterie.log import epochs, read
from coterie.log.bus import Bus
from coterie.log.echo import SECONDS as ECHO_SECONDS
from coterie.log.echo import Echo
from coterie.log.hub import Hub
from coterie.log.opening import open_both
from coterie.log.read import Log, Reader
from coterie.log.watchers import Watchers
from coterie.messages.actions import Messages
from coterie.messages.admission import WriteAdmission
from coterie.messages.enforcing import Consequences
from coterie.messages.history import read_log as read_messages
from coterie.messages.own_votes import OwnVotes
from coterie.moderation.message_removals import Removals
from coterie.presence.tracker import Presence
from coterie.presence.typing import Typing
from coterie.previews.actions import Previews, previews_for
from coterie.process.tallies import BackupTally, Counted
from coterie.retention.expiring import Expiring
from coterie.rights.community import Community
from coterie.rights.keys import Collections
from coterie.rights.rights import Rights
from coterie.scheduled_events import keeping
from coterie.search.actions import Search
from coterie.search.upkeep import LONGEST, Upkeep
from coterie.security_events.failures import FLUSH_SECONDS, Failures
from coterie.security_events.origins import Origins
from coterie.servers.snapshots import ServerSnapshots
from coterie.settings.record import Settings
from coterie.space.space import Space
from coterie.startup.setup_code import is_open_here
from coterie.usage.counting import Usage, defaults_of
from coterie.voice.keeper import Keeper
from coterie.voice.signalling import Signalling
from coterie.webhooks.actions import Webhooks, webhooks_for
from coterie.webhooks.deliveries import LOOK_SECONDS as WEBHOOK_SECONDS

FLUSH_AT_STOP_SECONDS: Final = 0.5

READERS: Final[dict[str, Reader]] = {
    "channel": read_messages,
    "conversation": read_conversation,
    "server": read.changes,
    "user": read.changes,
    "document": read_document,
}
"""How to read the log of each kind of topic."""


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that outlives a request."""

    settings: Settings
    started_at: float
    epoch: str
    database: Database
    rights: Rights
    community: Community
    collections: Collections
    server_snapshots: ServerSnapshots
    accounts: Accounts
    authentication: Authentication
    callers: Callers
    failures: Failures
    friends: Friends
    messages: Messages
    own_votes: OwnVotes
    documents: Documents
    cursors: cursors.Cursors
    files: Files
    exports: Exports
    usage: Usage
    names: Names
    rooms: ChatRooms
    log: Log
    hub: Hub
    bus: Bus
    presence: Presence
    typing: Typing
    search: Search
    voice: Keeper
    signalling: Signalling
    limits: Limits
    shared_limits: SharedLimits
    space: Space
    bodies: Bodies
    sockets: OpenPlaces
    addresses: OpenPlaces
    admission: Admission
    removals: Removals
    departures: Departures
    figures: Figures
    previews: Previews | None
    gifs: Gifs | None
    webhooks: Webhooks
    bots: Bots
    postgres: Postgres
    reachability: Reachability
    echo: Echo
    backups: BackupTally

    @property
    def writers(self) -> dict[str, Counted]:
        """Each kind of writer: what it has counted, and how many writes are waiting."""
        return {
            "messages": self.messages.sending,
            "changes": self.messages.changing,
            "read_marks": self.messages.marking,
            "receipts": self.messages.receipts.writer,
            "documents": self.documents,
        }


@asynccontextmanager
async def running(settings: Settings, features: Sequence[Feature]) -> AsyncIterator[Services]:
    """The services of a process, from opening the pool to stopping the last of them."""
    services = await _made(settings, features, *await open_both(settings))
    works = _works(services)
    await _start(services, works)
    try:
        yield services
    finally:
        for work in works:
            await work.stop()
        await _stop(services)


async def _made(settings: Settings, features: Sequence[Feature], database: Database, bus: Bus) -> Services:
    """The services that packages share, created; none of them is started yet."""
    log = Log(database, READERS)
    secret, previous = settings.jwt_secret, settings.jwt_secret_previous
    tokens, failures = Tokens(secret, previous), Failures()
    limits = Limits(is_on=settings.rate_limits, is_development=settings.is_development)
    shared = SharedLimits(database, secret, is_on=settings.rate_limits, is_development=settings.is_development)
    lifetimes = Lifetimes.of_days(settings.session_idle_days, settings.session_absolute_days)
    authentication = Authentication(database, tokens, lifetimes)
    rights = Rights()
    community = Community(database, rights)
    webhooks = webhooks_for(settings, community)
    hub, presence = Hub(log, Watchers(authentication, webhooks.deliveries.wakes)), Presence(database)
    postgres = Postgres(database)
    usage = Usage(database, defaults_of(settings), settings.usage_period)
    voice = Keeper(community, hub, presence.process)
    files, space = Files.of(settings, database, rights, usage, partial(enforce, community)), Space(settings, postgres)
    return Services(
        settings=settings,
        started_at=time.monotonic(),
        epoch=(await epochs.current(database)).name,
        database=database,
        rights=rights,
        community=community,
        collections=Collections(keys for feature in features for keys in feature.keys),
        server_snapshots=ServerSnapshots(),
        accounts=Accounts(
            database,
            Passwords(),
            tokens,
            Guesses(secret, shared, previous),
            authentication,
            settings.is_https,
            lifetimes,
            ANY if settings.is_development else PasswordRules(),
            settings.setup_code,
            is_open_here(settings),
            are_addresses_believed=settings.is_development,
            are_demo_accounts_allowed=settings.is_development or settings.allow_demo_accounts,
        ),
        callers=Callers(
            authentication,
            limits,
            shared,
            usage,
            Origins(failures, settings.security_addresses),
            is_https=settings.is_https,
        ),
        failures=failures,
        authentication=authentication,
        friends=Friends(database, timedelta(days=settings.friend_request_cooling_off)),
        messages=Messages(
            database,
            rights,
            usage,
            WriteAdmission(space, limits),
            Consequences(presence.announce, partial(enforce, community)),
        ),
        own_votes=OwnVotes(database),
        documents=Documents(community, usage, settings.document_limit),
        cursors=cursors.Cursors(database, hub, bus, presence.process),
        files=files,
        exports=Exports(files, settings, space),
        usage=usage,
        names=Names(database),
        rooms=ChatRooms(database),
        log=log,
        hub=hub,
        bus=bus,
        presence=presence,
        typing=Typing(community, bus),
        voice=voice,
        signalling=Signalling(voice.calls, bus, limits),
        limits=limits,
        shared_limits=shared,
        bodies=Bodies(settings),
        sockets=of_account(settings),
        addresses=of_address(settings),
        admission=Admission(settings.pool_size),
        removals=Removals(database),
        departures=Departures(database),
        figures=Figures(database),
        previews=previews_for(settings, limits),
        gifs=gifs_for(settings),
        webhooks=webhooks,
        bots=Bots(database, tokens, authentication),
        search=Search(database),
        postgres=postgres,
        space=space,
        reachability=Reachability(database),
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
    services.webhooks.deliveries.start()


def _works(services: Services) -> list[Recurring]:
    """The recurring work of every process."""
    return [
        Recurring("sessions.expiry", partial(end_expired, services.database), EXPIRY_SECONDS),
        Recurring("sessions.keeping", partial(_keep_sessions, services), KEEP_SECONDS),
        Recurring("security.flush", partial(services.failures.flush, services.database), FLUSH_SECONDS, is_soon=False),
        Recurring("search.upkeep", Upkeep(services.database).clean, LONGEST, is_soon=False),
        Recurring("limits.sweep", services.shared_limits.sweep, LIMITS_SECONDS, is_soon=False),
        Recurring("files.sweep", partial(sweep_all, services.files), SWEEP_SECONDS, is_soon=False),
        Recurring("documents.announce", services.documents.announce, ANNOUNCE_SECONDS, is_soon=False),
        Recurring("documents.cursors", services.cursors.repeat, cursors.REPEAT_SECONDS, is_soon=False),
        Recurring("documents.dead_cursors", services.cursors.drop_dead, cursors.CHECK_SECONDS, is_soon=False),
        *thinning.works(services.database, services.settings),
        Recurring("events.keeping", partial(keeping.keep, services.database), keeping.LOOK_SECONDS, is_soon=False),
        Recurring("webhooks.look", services.webhooks.deliveries.look, WEBHOOK_SECONDS),
        ending_lives(services.database, services.settings),
        services.removals.recurring,
        Expiring(services.database).recurring,
        services.departures.recurring,
        services.space.recurring,
        Recurring("metrics.echo", services.echo.send, ECHO_SECONDS),
        *_backups(services),
    ]


async def _keep_sessions(services: Services) -> None:
    """Extend the sessions of the open sockets and streams."""
    await keep(services.database, services.accounts.lifetimes, {each.session_id for each in services.hub.tally.queues})


def _backups(services: Services) -> list[Recurring]:
    """If the operator has set a directory for backups."""
    if not services.settings.backup_directory:
        return []
    from coterie.backup.schedule import LOOK_SECONDS, Schedule

    return [Recurring("backup", Schedule(services.settings, services.backups).work, LOOK_SECONDS)]


async def _stop(services: Services) -> None:
    with contextlib.suppress(*TROUBLE):
        async with asyncio.timeout(FLUSH_AT_STOP_SECONDS):
            await services.failures.flush(services.database)
    await services.webhooks.deliveries.stop()
    await services.exports.stop()
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
