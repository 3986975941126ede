"""The services of one server process, and how they are created; `running.py` starts and stops them."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from coterie.access_tokens.credentials import AccessTokens
from coterie.accounts.actions import Accounts
from coterie.accounts.authentication import Authentication
from coterie.accounts.guesses import Guesses
from coterie.accounts.lifetimes import Lifetimes
from coterie.accounts.mailing import Mailing
from coterie.accounts.names import Names
from coterie.accounts.tokens import Tokens
from coterie.automod.enforcing import enforce
from coterie.bots.actions import Bots
from coterie.bots.credentials import BotTokens
from coterie.callers.callers import Callers
from coterie.chat_room.rooms import ChatRooms
from coterie.conversations.reading import read_log as read_conversation
from coterie.database.connection import Database
from coterie.database.reachability import Reachability
from coterie.database.statistics import Postgres
from coterie.departures.actions import Departures
from coterie.documents import cursors
from coterie.documents.actions import Documents
from coterie.documents.events import read_log as read_document
from coterie.exporting.actions import Exports
from coterie.feature import Core, Feature
from coterie.files.receiving import Files
from coterie.http.account_turns import AccountTurns, requests_of
from coterie.http.bodies import Bodies
from coterie.http.open_places import OpenPlaces, of_account, of_address
from coterie.http.rate_limits import Limits
from coterie.http.shared_limits import SharedLimits
from coterie.jobs.consumers import Consumers
from coterie.jobs.working import Jobs
from coterie.log import epochs, read
from coterie.log.bus import Bus
from coterie.log.echo import Echo
from coterie.log.hub import Hub
from coterie.log.read import Log, Reader
from coterie.log.watchers import Watchers
from coterie.mail.outbox import Outbox, outbox_of
from coterie.messages.actions import Messages
from coterie.messages.admission import WriteAdmission
from coterie.messages.enforcing import Consequences
from coterie.messages.history import read_log as read_messages
from coterie.messages.own_votes import OwnVotes
from coterie.passkeys.actions import Passkeys
from coterie.passkeys.ceremonies import relying_party
from coterie.passkeys.challenges import Challenges
from coterie.permissions.cache import PermissionCache
from coterie.permissions.context import ActionContext
from coterie.permissions.keys import Collections
from coterie.presence.tracker import Presence
from coterie.presence.typing import Typing
from coterie.process.tallies import BackupTally, Counted
from coterie.second_factor.actions import SecondFactors
from coterie.second_factor.step import SecondFactorStep, step_for
from coterie.security_events.failures import Failures
from coterie.security_events.origins import Origins
from coterie.servers.snapshots import ServerSnapshots
from coterie.settings.record import Settings
from coterie.space.space import Space
from coterie.startup.setup_code import is_open_here
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
"""How to read the log of each kind of topic."""


@dataclass(frozen=True, kw_only=True)
class CoreServices(Core):
    """What everything else works with."""

    epoch: str
    permissions: PermissionCache
    collections: Collections
    log: Log
    shared_limits: SharedLimits
    postgres: Postgres
    space: Space
    presence: Presence
    jobs: Jobs
    consumers: Consumers


@dataclass(frozen=True, kw_only=True)
class CallerServices:
    """What admits and identifies callers."""

    accounts: Accounts
    second_factors: SecondFactors
    passkeys: Passkeys
    authentication: Authentication
    callers: Callers
    failures: Failures
    usage: Usage
    bots: Bots
    bodies: Bodies
    sockets: OpenPlaces
    addresses: OpenPlaces
    ready_turns: AccountTurns
    costly_turns: AccountTurns


@dataclass(frozen=True, kw_only=True)
class ContentServices:
    """What people write, say, store and do."""

    messages: Messages
    own_votes: OwnVotes
    documents: Documents
    cursors: cursors.Cursors
    files: Files
    exports: Exports
    names: Names
    rooms: ChatRooms
    server_snapshots: ServerSnapshots
    typing: Typing
    voice: Keeper
    signalling: Signalling


@dataclass(frozen=True, kw_only=True)
class Services(CoreServices, CallerServices, ContentServices):
    """Everything that outlives a request. `opened` is what features open, by the name under which it is injected."""

    echo: Echo
    departures: Departures
    reachability: Reachability
    started_at: float = field(default_factory=time.monotonic)
    backups: BackupTally = field(default_factory=BackupTally)
    opened: dict[str, object] = field(default_factory=dict)

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


async def made(settings: Settings, features: Sequence[Feature], database: Database, bus: Bus) -> Services:
    """The services that packages share, created; none of them is started yet."""
    tokens = Tokens(settings.jwt_secret, settings.jwt_secret_previous)
    lifetimes = Lifetimes.of_days(settings.session_idle_days, settings.session_absolute_days)
    authentication = Authentication(database, tokens, lifetimes)
    core = await _core_services(settings, features, database, bus, Watchers(authentication))
    callers = _caller_services(core, authentication)
    return Services(
        **vars(core),
        **vars(callers),
        **vars(_content_services(core, callers.usage)),
        echo=Echo(core.hub, bus),
        departures=Departures(database, [trace for feature in features for trace in feature.traces]),
        reachability=Reachability(database),
    )


async def _core_services(
    settings: Settings, features: Sequence[Feature], database: Database, bus: Bus, watchers: Watchers
) -> CoreServices:
    secret, is_on, is_development = settings.jwt_secret, settings.rate_limits, settings.is_development
    log, permissions, postgres = Log(database, READERS), PermissionCache(), Postgres(database)
    presence = Presence(database)
    jobs = Jobs(database, presence.process)
    consumers = Consumers(database, jobs, READERS)
    watchers.add(jobs)
    watchers.add(consumers)
    return CoreServices(
        settings=settings,
        database=database,
        context=ActionContext(database, permissions),
        hub=Hub(log, watchers),
        bus=bus,
        watchers=watchers,
        limits=Limits(is_on=is_on, is_development=is_development),
        epoch=(await epochs.current(database)).name,
        permissions=permissions,
        collections=Collections(keys for feature in features for keys in feature.keys),
        log=log,
        shared_limits=SharedLimits(database, secret, is_on=is_on, is_development=is_development),
        postgres=postgres,
        space=Space(settings, postgres),
        presence=presence,
        jobs=jobs,
        consumers=consumers,
    )


def _caller_services(core: CoreServices, authentication: Authentication) -> CallerServices:
    settings, limits, shared = core.settings, core.limits, core.shared_limits
    second_factor = step_for(settings)
    outbox = outbox_of(settings)
    accounts = _accounts(core, authentication, second_factor, outbox)
    usage, failures = Usage(core.database, defaults_of(settings), settings.usage_period), Failures()
    origins = Origins(failures, settings.security_addresses, outbox)
    database = core.database
    readers = (authentication, AccessTokens(database, authentication), BotTokens(database, authentication))
    return CallerServices(
        accounts=accounts,
        second_factors=SecondFactors(accounts, second_factor),
        passkeys=Passkeys(accounts, Challenges(settings), relying_party(settings)),
        authentication=authentication,
        callers=Callers(readers, limits, shared, usage, origins, requests_of(settings), is_https=settings.is_https),
        failures=failures,
        usage=usage,
        bots=Bots(core.database, authentication.tokens, authentication),
        bodies=Bodies(settings),
        sockets=of_account(settings),
        addresses=of_address(settings),
        ready_turns=AccountTurns(settings.pool_size),
        costly_turns=AccountTurns(settings.pool_size),
    )


def _accounts(
    core: CoreServices, authentication: Authentication, second_factor: SecondFactorStep, outbox: Outbox | None
) -> Accounts:
    settings = core.settings
    guesses = Guesses(settings.jwt_secret, core.shared_limits, settings.jwt_secret_previous)
    is_open = is_open_here(settings)
    mailing = Mailing(outbox, core.shared_limits) if outbox else None
    return Accounts.of(settings, authentication, guesses, (second_factor,), mailing=mailing, is_setup_open_here=is_open)


def _content_services(core: CoreServices, usage: Usage) -> ContentServices:
    settings, database, context = core.settings, core.database, core.context
    hub, bus, presence = core.hub, core.bus, core.presence
    voice = Keeper(context, hub, presence.process)
    files = Files.of(settings, database, core.permissions, usage, partial(enforce, context))
    return ContentServices(
        messages=_messages(core, usage),
        own_votes=OwnVotes(database),
        documents=Documents(context, usage, settings.document_limit, core.limits),
        cursors=cursors.Cursors(database, hub, bus, presence.process),
        files=files,
        exports=Exports(files, settings, core.space),
        names=Names(database),
        rooms=ChatRooms(database),
        server_snapshots=ServerSnapshots(),
        typing=Typing(context, bus),
        voice=voice,
        signalling=Signalling(voice.calls, bus, core.limits),
    )


def _messages(core: CoreServices, usage: Usage) -> Messages:
    admission = WriteAdmission(core.space, core.limits)
    consequences = Consequences(core.presence.announce, partial(enforce, core.context))
    return Messages(core.database, core.permissions, usage, admission, consequences)
