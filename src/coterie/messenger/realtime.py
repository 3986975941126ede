"""/realtime: everything that somebody may see, as server-sent events of six kinds; docs/protocol/realtime.md.

It is the gateway's connection in another dress: the same topics, the same rights, the same bounded queue. What is told
joins without a hole or a double: each frame names the position before it and its own, and one that does not join what
the client knows is left out until what is between has been read from the log.
"""

import asyncio
from collections import deque
from datetime import timedelta
from typing import Final
from uuid import UUID

from coterie import errors
from coterie.accounts.models import Viewer
from coterie.database.connection import Connection as Database
from coterie.errors import CoterieError
from coterie.messenger import bookmark, queries
from coterie.messenger.bookmark import Bookmark
from coterie.messenger.sending import sent
from coterie.messenger.telling import Ear, Frame, Telling, Wanted, decoder, status
from coterie.notifications import queries as notifications
from coterie.services import Services
from coterie.sync.connection import SESSION_ENDED, Connection
from coterie.sync.cursor import STREAMS_LIMIT
from coterie.sync.exchange import Exchange
from coterie.sync.stream import ENDLESS

SILENCE_SECONDS: Final = 30.0
REWINDS: Final = 200
"""Topics that are looked at together for what was missed, so that a long list does not fill the queue."""

BEAT: Final = ":"
MORE: Final = "..."
"""Frames that a stream sends to itself: a sign of life is due; the next topics can be looked at."""

SKEW: Final = timedelta(minutes=1)
"""By so much the clocks of processes may differ."""

GONE: Final = 0


async def realtime(services: Services, exchange: Exchange) -> None:
    """Serve one stream."""
    if exchange.method != "GET":
        raise CoterieError(errors.METHOD_NOT_ALLOWED)
    viewer = await exchange.viewer(services)
    if "subscribe" not in exchange.headers and "text/event-stream" not in exchange.headers.get("accept", ""):
        raise CoterieError(errors.INVALID, "Ask with `Subscribe: true`, or with `Accept: text/event-stream`.")
    if services.hub.count(viewer.user_id) >= STREAMS_LIMIT:
        raise CoterieError(errors.RATE_LIMITED, "This account has as many streams open as it may.", retry_after=5)
    connection = Connection(viewer, services)
    try:
        await Feed(services, exchange, connection).run()
    finally:
        connection.close()


class Feed:
    """One stream from its beginning to its end."""

    bookmark: Bookmark

    def __init__(self, services: Services, exchange: Exchange, connection: Connection) -> None:
        self._services: Final = services
        self._exchange: Final = exchange
        self._connection: Final = connection
        self._viewer: Final[Viewer] = connection.viewer
        self._wanted: Final = Wanted(exchange.query.get("types", ""))
        self._ear: Final = Ear(connection.viewer.user_id, services.names)
        self._behind: Final[deque[UUID]] = deque()
        self._shown_id = ""

    async def run(self) -> None:
        """Until the client leaves, falls behind, or loses its session."""
        last = self._exchange.headers.get("last-event-id") or self._exchange.query.get("last_event_id") or ""
        await self._connection.begin(self._read_levels)
        is_resumed = await self._find_place(last)
        await self._exchange.start(200, {"Content-Type": "text/event-stream; charset=utf-8", **ENDLESS})
        self._services.presence.arrive(self._viewer.user_id)
        tasks = [asyncio.create_task(self._watch()), asyncio.create_task(self._beat())]
        try:
            await self._greet(is_asked=bool(last), is_resumed=is_resumed)
            await self._tell_all()
        finally:
            self._services.presence.depart(self._viewer.user_id)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read_levels(self, database: Database) -> None:
        levels = await notifications.levels_of(database, self._viewer.user_id)
        self._ear.levels = {level.place_id: level for level in levels}

    async def _find_place(self, last: str) -> bool:
        """Begin where the client says that it stands; without that, or if nobody knows the place, at the newest."""
        database, positions = self._services.database, self._connection.positions
        known = await bookmark.found(database, self._viewer, last) if last else None
        if known is None:
            self.bookmark = await bookmark.written(database, self._viewer, positions)
            return False
        told = {topic: position for topic, position in known.told.items() if topic in positions}
        if news := positions.keys() - told.keys():
            told.update(await self._entered(known, news))
            self.bookmark = await bookmark.written(database, self._viewer, told)
        else:
            self.bookmark = known
        self._behind.extend(topic for topic, position in positions.items() if told[topic] != position)
        return True

    async def _entered(self, known: Bookmark, news: set[UUID]) -> dict[UUID, int]:
        """From where to tell of what came while the client was away.

        A channel that was made since: from its beginning; a conversation that one came into: from then; what else may
        be viewed now: from where it stands.
        """
        assert known.base_at is not None, "it was read"
        database = self._services.database
        entered = {topic: self._connection.positions[topic] for topic in news}
        entered.update(await queries.entered_at(database, news, self._viewer.user_id))
        made = await queries.made_since(database, news, known.base_at - SKEW)
        entered.update(dict.fromkeys(made, 0))
        return entered

    async def _greet(self, *, is_asked: bool, is_resumed: bool) -> None:
        if is_asked and not is_resumed:
            details = "What this id names is not known any more: fetch anew what you show."
            await self._say(status("reset", details))
        following = f"Following {len(self._connection.positions)} histories."
        await self._say(status("connected", following), self.bookmark.id)
        await self._show_id()
        self._rewind_some()

    def _rewind_some(self) -> None:
        """Look for what was missed, of some topics; of more when these are told."""
        for _ in range(min(REWINDS, len(self._behind))):
            topic = self._behind.popleft()
            self._connection.rewind(topic, self.bookmark.told[topic])
        if self._behind:
            self._connection.tell(MORE)

    async def _tell_all(self) -> None:
        async for text in self._connection.frames():
            if text == BEAT:
                await self._live()
            elif text == MORE:
                self._rewind_some()
            else:
                await self._tell(decoder.decode(text))
        if self._connection.ending == SESSION_ENDED:
            await self._say(status("session_ended", "This login has ended. Log in again."))
        if self._connection.ending != GONE:
            await self._send(b"", is_last=True)

    async def _tell(self, frame: Frame) -> None:
        is_reset = frame.t == "TOPIC_RESET"
        moves = frame.topic is not None and (is_reset or frame.position > frame.previous)
        if moves and not await self._joins(frame, is_reset=is_reset):
            return
        home = self._connection.followed.home_of(frame.topic)
        tellings = [
            telling
            async for telling in self._ear.tellings(frame, home, self._connection.followed.roles_in(home))
            if telling.name in self._wanted
        ]
        for telling in tellings[:-1]:
            await self._say(telling)
        if tellings:
            await self._say(tellings[-1], self.bookmark.id if moves else None)

    async def _joins(self, frame: Frame, *, is_reset: bool) -> bool:
        """Whether a frame says something new that follows what the client knows; then it is taken as told."""
        assert frame.topic is not None, "it was looked at"
        told = self.bookmark.told.setdefault(frame.topic, frame.previous)
        if not is_reset:
            if frame.position <= told:
                return False
            if frame.previous > told:
                self._connection.rewind(frame.topic, told)
                return False
        self.bookmark.move(frame.topic, frame.position)
        if self.bookmark.is_full or is_reset:
            told_now = {topic: at for topic, at in self.bookmark.told.items() if topic in self._connection.positions}
            told_now[frame.topic] = frame.position
            self.bookmark = await bookmark.written(self._services.database, self._viewer, told_now)
        return True

    async def _say(self, telling: Telling, id: str | None = None) -> None:
        if telling.name in self._wanted:
            self._shown_id = id or self._shown_id
            await self._send((f"id: {id}\n".encode() if id else b"") + telling.body)

    async def _show_id(self) -> None:
        """Tell where the client stands without an event: what it does not want to hear moves it on as well."""
        if self.bookmark.id != self._shown_id:
            self._shown_id = self.bookmark.id
            await self._send(f"id: {self._shown_id}\n\n".encode())

    async def _live(self) -> None:
        await self.bookmark.touch(self._services.database)
        await self._show_id()
        await self._send(b":\n\n")

    async def _send(self, body: bytes, *, is_last: bool = False) -> None:
        if not await sent(self._exchange, body, is_last=is_last):
            self._connection.end(GONE)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(SILENCE_SECONDS)
            self._connection.tell(BEAT)

    async def _watch(self) -> None:
        while (await self._exchange.receive())["type"] != "http.disconnect":
            pass
        self._connection.end(GONE)
