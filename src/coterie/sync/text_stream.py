"""A text followed by one client: what they have, and with it what they must be sent.

A client has either the text at a position, and then goes along with everybody, or one of their own: with an edit that
the newest text knows but that did not follow from it. Then they get the way from their own version to everybody's.
While they type, such an update comes too late and they drop it; with each of their edits they are sent another, so that
the last one meets them. That holds for those edits as well that the first update covers.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

import msgspec

from coterie import errors
from coterie.documents.deltas import patches_of
from coterie.documents.notifications import Told
from coterie.documents.texts import Lead
from coterie.errors import CoterieError
from coterie.log.event import Event
from coterie.sync.cursor import Cursor
from coterie.sync.exchange import Exchange, Headers
from coterie.sync.stream import ENDLESS, Endless

PATIENCE_SECONDS: Final = 20.0
"""So long a client's Parents may stay unknown: they are its own edit, which comes only after the answer has begun."""

PEER_LIMIT: Final = 200
"""Characters of a client's name."""

decoder: Final = msgspec.json.Decoder(Told)


class TextForm(Protocol):
    """How a text's stream looks."""

    @property
    def name(self) -> str: ...

    @property
    def status(self) -> int: ...

    @property
    def first(self) -> bytes: ...

    @property
    def sign_of_life(self) -> bytes: ...

    @property
    def seconds(self) -> float: ...

    def head(self, current: list[str]) -> Headers: ...

    def snapshot(self, lead: Lead, text: str) -> bytes: ...

    def update(self, told: Told) -> bytes: ...


def peer_of(exchange: Exchange) -> str | None:
    """The name under which a client edits, if it says one."""
    return exchange.headers.get("peer", "").strip().strip('"')[:PEER_LIMIT] or None


def check_own(name: str, user_id: UUID) -> None:
    """Raises MISSING_PERMISSION for a name that begins with somebody else's id and a dot: it is theirs alone."""
    begins, dot, _ = name.partition(".")
    try:
        is_others = bool(dot) and UUID(begins) != user_id
    except ValueError:
        is_others = False
    if is_others:
        raise CoterieError(errors.MISSING_PERMISSION, "This peer is somebody else's.")


@dataclass(frozen=True, slots=True)
class Start:
    """Where a client begins: with the whole text, or at their Parents.

    From these `lead` leads on if they are known; else it only says what there is.
    """

    lead: Lead
    parents: list[str]
    text: str | None = None
    is_known: bool = True


class TextStream(Endless):
    """Without `is_live` it ends when the client is up to date. `peer` is the name under which they edit."""

    def __init__(
        self,
        exchange: Exchange,
        cursor: Cursor,
        form: TextForm,
        start: Start,
        find: Callable[[list[str]], Awaitable[Lead | None]],
    ) -> None:
        super().__init__(exchange, cursor, form.seconds)
        self._form: Final = form
        self._start: Final = start
        self._find: Final = find
        self._is_waiting = not start.is_known
        self._peer: Final = peer_of(exchange)
        self._is_live: Final = "subscribe" in exchange.headers or form.name != "text"

    async def _send_all(self) -> None:
        await self._exchange.start(self._form.status, {**self._form.head(self._start.lead.frontier), **ENDLESS})
        await self._send(self._form.first)
        if self._start.text is not None:
            await self._send(self._form.snapshot(self._start.lead, self._start.text))
        elif self._is_waiting:
            self._loop.call_later(PATIENCE_SECONDS, self._lose_patience)
        else:
            await self._send_lead(self._start.lead)
        await self._send_pending()
        while self._is_live and not self._cursor.is_ended:
            await self._cursor.wait()
            await self._send_pending()
            if self._is_silent() and not self._cursor.is_ended:
                await self._send(self._form.sign_of_life)

    def _lose_patience(self) -> None:
        if self._is_waiting:
            self._cursor.end()

    async def _send_pending(self) -> None:
        async for event in self._cursor.pending():
            if self._is_waiting:
                await self._look_again()
            else:
                await self._send_event(event)

    async def _look_again(self) -> None:
        """See whether the client's own edit has arrived by now."""
        lead = await self._find(self._start.parents)
        if lead is not None:
            self._is_waiting = False
            self._cursor.position = lead.position
            await self._send_lead(lead)

    async def _send_lead(self, lead: Lead) -> None:
        """From what the client has to the newest text, unless that is the same.

        They may have gone on by an edit that the newest text has too, and of which no event will tell them any more.
        """
        for each in (lead, lead.own):
            if each is not None and sorted(each.parents) != each.frontier:
                told = Told("", each.frontier, each.parents, patches_of(each.delta), digest=each.digest)
                await self._send(self._form.update(told))

    async def _send_event(self, event: Event) -> None:
        told = decoder.decode(event.data)
        if self._peer is None or told.peer != self._peer:
            await self._send(self._shared(event, told))
        elif told.frontier != [told.version]:
            own = Told("", told.frontier, [told.version], told.bridge, digest=told.digest)
            await self._send(self._form.update(own))

    def _shared(self, event: Event, told: Told) -> bytes:
        """An update for all who go along, made once."""
        if event.updates is None:
            event.updates = {}
        key = (self._form.name, "")
        if key not in event.updates:
            event.updates[key] = self._form.update(told)
        return event.updates[key]
