"""/realtime: everything that a user can see, as server-sent events of six kinds; docs/protocol/realtime.md.

It is the same live connection as the gateway's: the same topics, the same permissions, the same bounded queue. Events
arrive without gaps or duplicates: each has the position before it and its own, and one that does not follow what the
client has is left out until the events between have been read from the log.
"""

import asyncio
from datetime import timedelta
from typing import Final
from uuid import UUID

from coterie import errors
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.http.rate_limits import SOCKETS
from coterie.log.event import Event
from coterie.messenger import bookmark, queries
from coterie.messenger.bookmark import Bookmark
from coterie.messenger.events import RealtimeEvent, RealtimeViewer, TypeFilter, status
from coterie.messenger.sending import sent
from coterie.notifications import queries as notifications
from coterie.services.making import Services
from coterie.sync.endless_response import ENDLESS
from coterie.sync.exchange import Exchange
from coterie.sync.live_connection import CLIENT_LEFT, SESSION_ENDED, LiveConnection
from coterie.sync.opening import check_everything
from coterie.sync.records import Delivery, Gone, Heartbeat, Record, Reset
from coterie.viewer import Viewer

SILENCE_SECONDS: Final = 30.0

SKEW: Final = timedelta(minutes=1)
"""How far the clocks of processes may differ."""


async def realtime(services: Services, exchange: Exchange) -> None:
    """Serve one stream."""
    if exchange.method != "GET":
        raise CoterieError(errors.METHOD_NOT_ALLOWED)
    viewer = await exchange.viewer(services)
    if "subscribe" not in exchange.headers and "text/event-stream" not in exchange.headers.get("accept", ""):
        raise CoterieError(errors.INVALID, "Send `Subscribe: true` or `Accept: text/event-stream`.")
    services.limits.action(SOCKETS, viewer.user_id)
    check_everything(services, viewer)
    connection = LiveConnection(viewer, services)
    try:
        await Feed(services, exchange, connection).run()
    finally:
        connection.close()


class Feed:
    """One stream from its beginning to its end."""

    bookmark: Bookmark

    def __init__(self, services: Services, exchange: Exchange, connection: LiveConnection) -> None:
        self._services: Final = services
        self._exchange: Final = exchange
        self._connection: Final = connection
        self._viewer: Final[Viewer] = connection.viewer
        self._wanted: Final = TypeFilter(exchange.query.get("types", ""))
        self._recipient: Final = RealtimeViewer(connection.viewer.user_id, services.names)
        self._behind: list[UUID] = []
        self._sent_id = ""

    async def run(self) -> None:
        """Until the client leaves, falls behind, or its session ends."""
        last = self._exchange.headers.get("last-event-id") or self._exchange.query.get("last_event_id") or ""
        async with self._services.ready_turns.turn(self._viewer.user_id):
            check_everything(self._services, self._viewer)  # again: others of the account may have come first
            await self._connection.begin(self._read_levels)
            is_resumed = await self._resume(last)
        await self._exchange.start(200, {"Content-Type": "text/event-stream; charset=utf-8", **ENDLESS})
        self._services.presence.arrive(self._viewer.user_id)
        tasks = [asyncio.create_task(self._watch()), asyncio.create_task(self._beat())]
        try:
            await self._send_opening(is_asked=bool(last), is_resumed=is_resumed)
            await self._send_records()
        finally:
            self._services.presence.depart(self._viewer.user_id)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read_levels(self, connection: Connection) -> None:
        levels = await notifications.levels_of(connection, self._viewer.user_id)
        self._recipient.levels = {level.place_id: level for level in levels}

    async def _resume(self, last: str) -> bool:
        """Begin at the client's position; at the newest if it gives none, or gives one that is not known."""
        database, positions = self._services.database, self._connection.positions
        known = await bookmark.find(database, self._viewer, last) if last else None
        if known is None:
            self.bookmark = await bookmark.create(database, self._viewer, positions)
            return False
        reached = {topic: position for topic, position in known.positions.items() if topic in positions}
        if news := positions.keys() - reached.keys():
            reached.update(await self._entered(known, news))
            self.bookmark = await bookmark.create(database, self._viewer, reached)
        else:
            self.bookmark = known
        self._behind = [topic for topic, position in positions.items() if reached[topic] != position]
        return True

    async def _entered(self, known: Bookmark, news: set[UUID]) -> dict[UUID, int]:
        """The positions from which to send topics that are new since the client was here.

        A channel that was created since: from its beginning; a conversation that the user joined: from then; any other
        that they can view now: from its present position.
        """
        assert known.base_at is not None, "it was read"
        database = self._services.database
        entered = {topic: self._connection.positions[topic] for topic in news}
        entered.update(await queries.entered_at(database, news, self._viewer.user_id))
        made = await queries.made_since(database, news, known.base_at - SKEW)
        entered.update(dict.fromkeys(made, 0))
        return entered

    async def _send_opening(self, *, is_asked: bool, is_resumed: bool) -> None:
        if is_asked and not is_resumed:
            details = "This id is no longer known. Reload what you show."
            await self._send_event(status("reset", details))
        following = f"Following {len(self._connection.positions)} histories."
        await self._send_event(status("connected", following), self.bookmark.id)
        await self._send_id()
        if self._behind:
            self._connection.rewind({topic: self.bookmark.positions[topic] for topic in self._behind})

    async def _send_records(self) -> None:
        async for record in self._connection.records():
            await self._send_record(record)
        if self._connection.ending == SESSION_ENDED:
            await self._send_event(status("session_ended", "Your session has ended. Log in again."))
        if self._connection.ending != CLIENT_LEFT:
            await self._send(b"", is_last=True)

    async def _send_record(self, record: Record) -> None:
        match record:
            case Delivery(event, previous):
                await self._deliver(event, previous)
            case Reset(topic, position, previous):
                self.bookmark.positions.setdefault(topic, previous)
                await self._move(topic, position, is_reset=True)
                await self._send_event(status("reset", str(topic)), self.bookmark.id)
            case Gone(topics):
                for topic in topics:
                    await self._send_event(status("gone", str(topic)))
            case Heartbeat():
                await self._send_heartbeat()

    async def _deliver(self, event: Event, previous: int) -> None:
        moves = event.topic is not None and event.position > previous
        if moves and not await self._follows(event, previous):
            return
        subscriptions = self._connection.subscriptions
        home = subscriptions.home_of(event.topic)
        wanted = [
            each
            async for each in self._recipient.events(event, home, subscriptions.roles_in(home))
            if each.name in self._wanted
        ]
        for each in wanted[:-1]:
            await self._send_event(each)
        if wanted:
            await self._send_event(wanted[-1], self.bookmark.id if moves else None)

    async def _follows(self, event: Event, previous: int) -> bool:
        """Whether an event is new and follows what the client has; if so, it is noted as sent."""
        assert event.topic is not None, "it was looked at"
        reached = self.bookmark.positions.setdefault(event.topic, previous)
        if event.position <= reached:
            return False
        if previous > reached:
            self._connection.rewind({event.topic: reached})
            return False
        await self._move(event.topic, event.position)
        return True

    async def _move(self, topic: UUID, position: int, *, is_reset: bool = False) -> None:
        """Note how far the client has received a topic."""
        self.bookmark.move(topic, position)
        if self.bookmark.is_full or is_reset:
            followed = self._connection.positions
            sent = {topic: at for topic, at in self.bookmark.positions.items() if topic in followed}
            sent[topic] = position
            self.bookmark = await bookmark.create(self._services.database, self._viewer, sent)

    async def _send_event(self, event: RealtimeEvent, id: str | None = None) -> None:
        if event.name in self._wanted:
            self._sent_id = id or self._sent_id
            await self._send((f"id: {id}\n".encode() if id else b"") + event.body)

    async def _send_id(self) -> None:
        """Send the client its position without an event: events of types that it did not ask for move it as well."""
        if self.bookmark.id != self._sent_id:
            self._sent_id = self.bookmark.id
            await self._send(f"id: {self._sent_id}\n\n".encode())

    async def _send_heartbeat(self) -> None:
        await self.bookmark.touch(self._services.database)
        await self._send_id()
        await self._send(b":\n\n")

    async def _send(self, body: bytes, *, is_last: bool = False) -> None:
        if not await sent(self._exchange, body, is_last=is_last):
            self._connection.end(CLIENT_LEFT)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(SILENCE_SECONDS)
            self._connection.send(Heartbeat())

    async def _watch(self) -> None:
        while (await self._exchange.receive())["type"] != "http.disconnect":
            pass
        self._connection.end(CLIENT_LEFT)
