"""A text followed by one client: which text they have, and what they must be sent.

Either a client has the shared text at a position, and receives the same updates as everyone. Or they have a text of
their own, with an edit that the newest text contains but does not follow from. Then they are sent the way from their
own version to the shared one. While they type, such an update arrives too late and they drop it. They are sent another
with each of their edits, also those that the first update covers, so that the last one matches their text.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

import msgspec

from coterie import errors
from coterie.documents.deltas import patches_of
from coterie.documents.events import EditEvent
from coterie.documents.texts import Transition
from coterie.errors import CoterieError
from coterie.log.event import Event
from coterie.sync.endless_response import ENDLESS, EndlessResponse, Format
from coterie.sync.exchange import Exchange, Headers
from coterie.sync.topic_reader import TopicReader

PATIENCE_SECONDS: Final = 20.0
"""How long a client's Parents may stay unknown: they are its own edit, which arrives only after the answer has begun.
"""

PEER_LIMIT: Final = 200
"""Characters in a client's name."""

decoder: Final = msgspec.json.Decoder(EditEvent)


class TextForm(Format, Protocol):
    """The format of a text's stream."""

    def head(self, current: list[str]) -> Headers: ...

    def snapshot(self, transition: Transition, text: bytes) -> bytes: ...

    def update(self, edit: EditEvent) -> bytes: ...


def peer_of(exchange: Exchange) -> str | None:
    """The name under which a client edits, if it gives one."""
    return exchange.headers.get("peer", "").strip().strip('"')[:PEER_LIMIT] or None


def check_own(name: str, user_id: UUID) -> None:
    """Raises MISSING_PERMISSION for a name that begins with another user's id and a dot: only they may use it."""
    begins, dot, _ = name.partition(".")
    try:
        is_others = bool(dot) and UUID(begins) != user_id
    except ValueError:
        is_others = False
    if is_others:
        raise CoterieError(errors.MISSING_PERMISSION, "This peer belongs to someone else.")


@dataclass(frozen=True, slots=True)
class Start:
    """Where a client begins: with the whole text, or at their Parents.

    If these are known, `transition` starts from them; otherwise it is only the current state.
    """

    transition: Transition
    parents: list[str]
    text: bytes | None = None
    is_known: bool = True


class TextStream(EndlessResponse):
    """Without `is_live` it ends when the client is up to date. `peer` is the name under which they edit."""

    def __init__(
        self,
        exchange: Exchange,
        reader: TopicReader,
        form: TextForm,
        start: Start,
        find: Callable[[list[str]], Awaitable[Transition | None]],
    ) -> None:
        super().__init__(exchange, reader, form.seconds)
        self._form: Final = form
        self._start: Final = start
        self._find: Final = find
        self._is_waiting = not start.is_known
        self._peer: Final = peer_of(exchange)
        self._is_live: Final = "subscribe" in exchange.headers or form.name != "text"

    async def _send_all(self) -> None:
        await self._exchange.start(self._form.status, {**self._form.head(self._start.transition.frontier), **ENDLESS})
        await self._send(self._form.first)
        if self._start.text is not None:
            await self._send(self._form.snapshot(self._start.transition, self._start.text))
        elif self._is_waiting:
            self._loop.call_later(PATIENCE_SECONDS, self._lose_patience)
        else:
            await self._send_transition(self._start.transition)
        await self._send_pending()
        while self._is_live and not self._reader.is_ended:
            await self._reader.wait()
            await self._send_pending()
            if self._is_silent() and not self._reader.is_ended:
                await self._send(self._form.sign_of_life)

    def _lose_patience(self) -> None:
        if self._is_waiting:
            self._reader.end()

    async def _send_pending(self) -> None:
        async for event in self._reader.pending():
            if self._is_waiting:
                await self._look_again()
            else:
                await self._send_event(event)

    async def _look_again(self) -> None:
        """Check whether the client's own edit has arrived."""
        transition = await self._find(self._start.parents)
        if transition is not None:
            self._is_waiting = False
            self._reader.position = transition.position
            await self._send_transition(transition)

    async def _send_transition(self, transition: Transition) -> None:
        """From what the client has to the newest text, unless they are the same.

        The client may be ahead by an edit that the newest text contains too, so that no further event will bring it.
        """
        for each in (transition, transition.own):
            if each is not None and sorted(each.parents) != each.frontier:
                edit = EditEvent("", each.frontier, each.parents, patches_of(each.delta), digest=each.digest)
                await self._send(self._form.update(edit))

    async def _send_event(self, event: Event) -> None:
        edit = decoder.decode(event.data)
        if self._peer is None or edit.peer != self._peer:
            await self._send(self._shared(event, edit))
        elif edit.frontier != [edit.version]:
            own = EditEvent("", edit.frontier, [edit.version], edit.bridge, digest=edit.digest)
            await self._send(self._form.update(own))

    def _shared(self, event: Event, edit: EditEvent) -> bytes:
        """An update for all clients with the shared text, encoded once."""
        if event.updates is None:
            event.updates = {}
        key = (self._form.name, "")
        if key not in event.updates:
            event.updates[key] = self._form.update(edit)
        return event.updates[key]
