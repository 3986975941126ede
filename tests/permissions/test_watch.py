"""What each key of the log does to each subscription: nothing, it ends, or something is added.

One table for all interfaces. `everything` is a socket or `/realtime`, the others are streams; a text includes its
cursors. Voice only asks whether permissions may have changed, and then checks them.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec
import pytest

from coterie.log.event import Event
from coterie.permissions import watch
from coterie.permissions.authority import Authority
from coterie.permissions.bits import DEFAULT, Permission
from coterie.permissions.models import Channel, Override, Role
from coterie.permissions.structure import LoggedServer, MemberState, Structure
from coterie.permissions.watch import Effect, Watch, Watched

NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
VIEW: Final = int(Permission.VIEW_CHANNEL)

ME, SESSION, SERVER, OPEN, CLOSED, CONVERSATION, TEXT, NOTE, KEY = (UUID(int=number) for number in range(1, 10))
"""OPEN and CLOSED are channels of the server; TEXT is a document in OPEN and NOTE one in the conversation."""

OTHER, ELSEWHERE, NEW = (UUID(int=number) for number in range(21, 24))

READ_AT: Final = 10

PLACES: Final[dict[str, Watched]] = {
    "me": Watched(ME, SESSION),
    "server": Watched(ME, SESSION, server=SERVER),
    "channel": Watched(ME, SESSION, server=SERVER, channel=OPEN),
    "conversation": Watched(ME, SESSION, conversation=CONVERSATION),
    "text": Watched(ME, SESSION, server=SERVER, channel=OPEN, document=TEXT),
    "note": Watched(ME, SESSION, conversation=CONVERSATION, document=NOTE),
}


@dataclass(frozen=True)
class Row:
    """A change of a key, and the subscriptions that it ends or adds; all others stay as they are."""

    topic: UUID
    key: str
    data: object = None
    lost: frozenset[str] = frozenset()
    gained: frozenset[UUID] = frozenset()
    hidden: frozenset[UUID] = frozenset()
    is_for_voice: bool = False


def gone(topic: UUID, key: str, *lost: str, is_for_voice: bool = False, hidden: frozenset[UUID] = frozenset()) -> Row:
    return Row(topic, key, None, frozenset(lost), is_for_voice=is_for_voice, hidden=hidden)


def role(permissions: int) -> Role:
    return Role(KEY, SERVER, "key", permissions, None, 1, NOW)


def channel(id: UUID) -> Channel:
    return Channel(id, SERVER, "general", "text", 0, None, None, NOW)


def override(channel: UUID, *, allow: int = 0, deny: int = 0) -> Override:
    return Override(UUID(int=channel.int + 100), channel, SERVER, None, allow, deny)


def member(*roles: UUID) -> dict[str, object]:
    return {"role_ids": roles, "timeout_expires_at": None}


IN_CHANNEL: Final = frozenset({"channel", "text"})

TABLE: Final[dict[str, Row]] = {
    # in the user's own data
    "this session ends": gone(ME, f"sessions/{SESSION}", *PLACES, "everything"),
    "another session ends": gone(ME, f"sessions/{OTHER}"),
    "the server is left": gone(ME, f"servers/{SERVER}", "server", "channel", "text", "everything"),
    "another server is left": gone(ME, f"servers/{ELSEWHERE}"),
    "the conversation is left": gone(ME, f"conversations/{CONVERSATION}", "conversation", "note", "everything"),
    "a friend is gone": gone(ME, f"contacts/{OTHER}"),
    "a level is unset": gone(ME, f"notification_levels/{OPEN}"),
    "somebody is unblocked": gone(ME, f"blocks/{SERVER}"),
    # in the server, as its members receive it
    "one is put out": gone(SERVER, f"members/{ME}", "server", "channel", "text", "everything", is_for_voice=True),
    "another is put out": gone(SERVER, f"members/{OTHER}", is_for_voice=True),
    "the channel is deleted": gone(SERVER, f"channels/{OPEN}", "channel", "text", "everything", is_for_voice=True),
    "a channel that is closed is deleted": gone(SERVER, f"channels/{CLOSED}", is_for_voice=True),
    "the text is deleted": gone(SERVER, f"documents/{TEXT}", "text"),
    "another text is deleted": gone(SERVER, f"documents/{OTHER}"),
    "somebody leaves a call": gone(SERVER, f"voice_states/{OPEN}/{ME}"),
    "an emoji is gone": gone(SERVER, f"emojis/{OPEN}"),
    "an invite is gone": gone(SERVER, f"invites/{SERVER}"),
    "a ban is gone": gone(SERVER, f"bans/{ME}"),
    "an override is gone": gone(SERVER, f"overrides/{OTHER}", is_for_voice=True),
    # in the server, by what can be viewed
    "the channel is closed": Row(
        SERVER,
        f"overrides/{UUID(int=OPEN.int + 100)}",
        override(OPEN, deny=VIEW),
        IN_CHANNEL,
        hidden=frozenset({OPEN}),
        is_for_voice=True,
    ),
    "a channel is opened": Row(
        SERVER,
        f"overrides/{UUID(int=CLOSED.int + 100)}",
        override(CLOSED),
        gained=frozenset({CLOSED}),
        is_for_voice=True,
    ),
    "a channel is made": Row(SERVER, f"channels/{NEW}", channel(NEW), gained=frozenset({NEW}), is_for_voice=True),
    "the channel is renamed": Row(SERVER, f"channels/{OPEN}", channel(OPEN), is_for_voice=True),
    "the default shows nothing": Row(
        SERVER,
        "server",
        {"owner_id": OTHER, "default_permissions": int(DEFAULT) & ~VIEW},
        IN_CHANNEL,
        hidden=frozenset({OPEN}),
        is_for_voice=True,
    ),
    "one owns the server": Row(
        SERVER,
        "server",
        {"owner_id": ME, "default_permissions": int(DEFAULT)},
        gained=frozenset({CLOSED}),
        is_for_voice=True,
    ),
    "one is given the key": Row(SERVER, f"members/{ME}", member(KEY), gained=frozenset({CLOSED}), is_for_voice=True),
    "another is given the key": Row(SERVER, f"members/{OTHER}", member(KEY), is_for_voice=True),
    "a role changes that one lacks": Row(
        SERVER, f"roles/{KEY}", role(int(Permission.ADMINISTRATOR)), is_for_voice=True
    ),
    "the text is renamed": Row(SERVER, f"documents/{TEXT}", {"channel_id": OPEN}),
    "somebody talks": Row(SERVER, f"voice_states/{OPEN}/{OTHER}", {"channel_id": OPEN}),
    # in the conversation
    "one is out of the conversation": gone(
        CONVERSATION, f"participants/{ME}", "conversation", "note", "everything", is_for_voice=True
    ),
    "another is out of the conversation": gone(CONVERSATION, f"participants/{OTHER}", is_for_voice=True),
    "the note is deleted": gone(CONVERSATION, f"documents/{NOTE}", "note"),
    "a receipt is gone": gone(CONVERSATION, f"receipts/{ME}"),
    "another comes": Row(CONVERSATION, f"participants/{OTHER}", {"user_id": OTHER}, is_for_voice=True),
    # in a topic whose right is announced elsewhere
    "a message": Row(OPEN, str(NEW), {"content": "hello"}),
}


def authority() -> Authority:
    """A server in which everyone can view OPEN, and members with the key CLOSED."""
    structure = Structure(SERVER, READ_AT, LoggedServer(OTHER, int(DEFAULT)))
    closed = override(CLOSED, deny=VIEW)
    keyed = Override(UUID(int=300), CLOSED, KEY, None, VIEW, 0)
    structure.add(role(int(DEFAULT)), channel(OPEN), channel(CLOSED), closed, keyed)
    member_state = MemberState(READ_AT, is_member=True)
    return Authority(ME, structure.permissions(ME, member_state), None, structure, member_state, READ_AT)


def begun(servers: dict[UUID, set[UUID]], found: Authority | None = None) -> Watch:
    """A watch over all that a socket follows, or over one stream."""
    made = Watch(ME, SESSION)
    made.servers.update(servers)
    made.begin(dict.fromkeys((ME, SERVER, CONVERSATION), READ_AT), {SERVER: found or authority()} if servers else {})
    return made


def of(row: Row, position: int = READ_AT + 1) -> Event:
    data = msgspec.json.encode(row.data).decode()
    return Event(row.topic, position, "CHANGE", row.key, data, is_removal=row.data is None)


def stream_of(place: Watched) -> Watch:
    """As a stream watches: the channel that it is of, or its server without any."""
    return begun({place.server: {place.channel or place.server}} if place.server else {})


@pytest.mark.parametrize("name", TABLE)
def test_what_ends_each_stream(name: str) -> None:
    row = TABLE[name]
    lost = {place for place, each in PLACES.items() if each.is_lost(stream_of(each).take(of(row)))}
    assert lost == row.lost - {"everything"}


@pytest.mark.parametrize("name", TABLE)
def test_what_a_socket_loses_and_gains(name: str) -> None:
    row = TABLE[name]
    effect = begun({SERVER: {SERVER, OPEN}}).take(of(row))
    is_followed = effect.ended in (SESSION, SERVER, OPEN, CONVERSATION)
    assert (is_followed, effect.hidden, effect.shown) == ("everything" in row.lost, row.hidden, row.gained)


@pytest.mark.parametrize("name", TABLE)
def test_after_what_a_call_is_looked_at(name: str) -> None:
    assert watch.may_change_permissions(TABLE[name].key) == TABLE[name].is_for_voice


@pytest.mark.parametrize("name", TABLE)
def test_a_loss_that_was_read_already_is_none(name: str) -> None:
    """A member who left and came back must not be removed by the change that said they had left."""
    row = TABLE[name]
    event = of(row, READ_AT)
    assert begun({SERVER: {SERVER, OPEN}}).take(event) == watch.NOTHING
    assert not any(each.is_lost(stream_of(each).take(event)) for each in PLACES.values())


def test_where_each_end_is_announced() -> None:
    assert {name: each.topics for name, each in PLACES.items()} == {
        "me": {ME},
        "server": {ME, SERVER},
        "channel": {ME, SERVER},
        "conversation": {ME, CONVERSATION},
        "text": {ME, SERVER},
        "note": {ME, CONVERSATION},
    }


def test_what_ends_a_right_is_kept_in_the_structure_that_others_share() -> None:
    """A stream that has ended continues to take until it is closed; what it left out would be lost to all."""
    found = authority()
    assert found.structure is not None
    found.structure.remember(ME, MemberState(READ_AT, is_member=True))
    stream = begun({SERVER: {OPEN}}, found)
    stream.take(of(TABLE["one is put out"], READ_AT + 1))
    stream.take(of(TABLE["a ban is gone"], READ_AT + 2))
    assert found.structure.position == READ_AT + 2
    assert not found.structure.member_states[ME].is_member


def test_what_comes_while_rights_are_read_counts_as_a_possible_loss() -> None:
    reading = Watch(ME, SESSION)
    reading.servers[SERVER] = {SERVER, OPEN}
    assert reading.take(of(TABLE["the channel is closed"])) == watch.NOTHING
    assert reading.losses == 1


def test_a_channel_is_hidden_beside_one_that_is_deleted() -> None:
    """A request may have brought the shared structure further than the bus: the first event takes both."""
    found = authority()
    assert found.structure is not None
    found.structure.add(channel(NEW))
    closing = of(TABLE["the channel is closed"], READ_AT + 2)
    socket = begun({SERVER: {SERVER, OPEN, NEW}}, found)
    deletion = of(gone(SERVER, f"channels/{NEW}"))
    for event in (deletion, closing):
        found.structure.apply(event.position, event.key, event.data, is_removal=event.is_removal)
    assert socket.take(deletion) == Effect(ended=NEW, hidden=frozenset({OPEN}))
