"""What a message mentions: `@name`, `@role`, `@everyone` and `@here` in its text, looked up among people and roles.

A reply also mentions the author of the message that it answers: they are notified of it, and find it in their inbox.

Code, inline or as a block, mentions nobody, nor does an address or a name after a backslash; the web client has the
same rules (`web/src/text/mentions.ts`). A user is mentioned only if they can view the channel, a role or everyone only
by users who may do that (`_may_mention`); anything else stays plain text. docs/protocol/messages.md documents this.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, TypeVar
from uuid import UUID

from msgspec.structs import replace

from coterie.database.connection import Connection
from coterie.messages.markup import SPACES, Prose, read
from coterie.messages.models import Draft
from coterie.permissions.authority import Authority
from coterie.permissions.bits import Permission
from coterie.permissions.cache import PermissionCache
from coterie.permissions.models import Role

MENTIONS_LIMIT: Final = 100
"""How many mentions of one message are looked up."""

# A scheme is searched from where its letters begin, so that a long word is read only once.
ADDRESS: Final = re.compile(
    rf"(?<![A-Za-z0-9+.-])[0-9+.-]*+[A-Za-z][A-Za-z0-9+.-]*+://[^{SPACES}]+|(?<!\w)[Ww]{{3}}\.[^{SPACES}]+"
)
MENTION: Final = re.compile(rf"(?<![\w@])@(?=[^{SPACES}])([^@\n]{{1,100}})")
NAME: Final = re.compile(r"([a-z0-9_]{2,32})(?!\w)")
ELSEWHERE: Final = re.compile(r"[\w.-]++@\w")


@dataclass(frozen=True, slots=True)
class Mentions:
    """What a message mentions. `online` are the users that `@here` meant at that moment."""

    users: tuple[UUID, ...] = ()
    roles: tuple[UUID, ...] = ()
    everyone: bool = False
    here: bool = False
    online: tuple[UUID, ...] = ()


NOBODY: Final = Mentions()


@dataclass(frozen=True, slots=True)
class MessageText:
    """What a user writes, with what they may do there, and perhaps the message that it answers."""

    content: str
    authority: Authority
    reply_to: UUID | None = None

    @property
    def may_mention(self) -> bool:
        """Whether to look for mentions; most texts have none, as their characters show."""
        return self.reply_to is not None or "@" in self.content


@dataclass(frozen=True, slots=True)
class Mentioned:
    """What follows each @: user names, perhaps `everyone` or `here`; and the texts up to the end, to look for roles."""

    names: tuple[str, ...]
    texts: tuple[str, ...]

    def roles(self, authority: Authority) -> tuple[UUID, ...]:
        """The roles that are named, each by the longest name that fits, as far as the author may mention them."""
        known = list(authority.structure.roles.values()) if authority.structure else []
        named = (max(fits, key=lambda role: len(role.name)) for text in self.texts if (fits := _fitting(text, known)))
        return tuple(dict.fromkeys(role.id for role in named if _may_mention(authority, role)))


def find(content: str) -> Mentioned:
    """Find every mention in a message's text; in lower case."""
    if "@" not in content:
        return Mentioned((), ())
    texts = list(islice(_texts(content), MENTIONS_LIMIT))
    names = [name[1] for text in texts if (name := NAME.match(text))]
    return Mentioned(tuple(dict.fromkeys(names)), tuple(dict.fromkeys(texts)))


def _texts(content: str) -> Iterator[str]:
    """What follows each @ that can mention someone."""
    for leaf in read(content):
        if isinstance(leaf, Prose) and "@" in leaf.text:
            words = ADDRESS.sub(lambda address: " " * len(address[0]), leaf.text)
            for match in MENTION.finditer(words):
                if not ELSEWHERE.match(words, match.start(1)):
                    yield match[1].lower()


async def resolve(connection: Connection, permissions: PermissionCache, given: Sequence[MessageText]) -> list[Mentions]:
    """What each text mentions, by what its author may do there.

    One query for all names, and one for the authors of the messages that the texts answer, if there are any.
    """
    found = [find(text.content) for text in given]
    names = {name for each in found for name in each.names} - {"everyone", "here"}
    known = await _users(connection, names) if names else {}
    answered = {text.reply_to for text in given if text.reply_to is not None}
    authors = await _authors(connection, answered) if answered else {}
    mentioned = [
        [*(known[name] for name in each.names if name in known), *_answered(text, authors)]
        for each, text in zip(found, given, strict=True)
    ]
    people = await _viewers(
        connection,
        permissions,
        [[(_channel(text.authority), user) for user in users] for text, users in zip(given, mentioned, strict=True)],
    )
    return [
        await _mentions(connection, each, text.authority, users)
        for each, text, users in zip(found, given, people, strict=True)
    ]


async def _mentions(
    connection: Connection, found: Mentioned, authority: Authority, users: tuple[UUID, ...]
) -> Mentions:
    if not found.texts:
        return Mentions(users) if users else NOBODY
    may_mention = _may_mention(authority)
    here = may_mention and "here" in found.names
    online = await _online(connection, authority) if here else ()
    return Mentions(users, found.roles(authority), may_mention and "everyone" in found.names, here, online)


def targets(mentions: Mentions, channel_id: UUID, author_id: UUID | None) -> list[UUID]:
    """The ids under which the mention is stored; authors do not mention themselves."""
    everybody = (channel_id,) if mentions.everyone else ()
    mentioned = dict.fromkeys((*mentions.users, *mentions.roles, *mentions.online, *everybody))
    return [target for target in mentioned if target != author_id]


MessageOrDraft = TypeVar("MessageOrDraft", bound=Draft)


def mentioning(message: MessageOrDraft, mentions: Mentions) -> MessageOrDraft:
    """The message with the mentions of its text."""
    return replace(
        message,
        mention_user_ids=list(mentions.users),
        mention_role_ids=list(mentions.roles),
        mention_everyone=mentions.everyone,
        mention_here=mentions.here,
    )


def is_mentioning(before: Draft, after: Draft) -> bool:
    """Whether the mentions of a message have to be stored again, since it has or had any."""
    is_edited = before.content != after.content
    return is_edited and any(
        message.mention_user_ids or message.mention_role_ids or message.mention_everyone or message.mention_here
        for message in (before, after)
    )


def _may_mention(authority: Authority, role: Role | None = None) -> bool:
    """Users who can manage messages may mention everyone and every role; members of a role may mention that role too.

    In a conversation anyone may.
    """
    carries = role is not None and authority.member_state is not None and role.id in authority.member_state.role_ids
    return carries or authority.structure is None or authority.may(Permission.MANAGE_MESSAGES)


def _fitting(text: str, roles: Sequence[Role]) -> list[Role]:
    return [
        role
        for role in roles
        if text.startswith(name := role.name.lower()) and not re.match(r"\w", text[len(name) : len(name) + 1])
    ]


def _channel(authority: Authority) -> UUID:
    assert authority.place is not None, "it is of a channel"
    return authority.place.id


async def _users(connection: Connection, names: set[str]) -> dict[str, UUID]:
    rows = await connection.fetch(
        "SELECT id, lower(username) AS name FROM users WHERE lower(username) = ANY($1)", list(names)
    )
    return {row["name"]: row["id"] for row in rows}


async def _authors(connection: Connection, messages: set[UUID]) -> dict[UUID, UUID]:
    """The author of each message."""
    rows = await connection.fetch(
        "SELECT id, author_id FROM messages WHERE id = ANY($1) AND author_id IS NOT NULL", list(messages)
    )
    return {row["id"]: row["author_id"] for row in rows}


def _answered(text: MessageText, authors: Mapping[UUID, UUID]) -> list[UUID]:
    """Whose message a text answers; a reply to your own message mentions nobody."""
    author = authors.get(text.reply_to) if text.reply_to else None
    return [author] if author is not None and author != text.authority.user_id else []


async def _viewers(
    connection: Connection, permissions: PermissionCache, pairs: Sequence[Sequence[tuple[UUID, UUID]]]
) -> list[tuple[UUID, ...]]:
    """From each list of channel and user, the users who can view the channel."""
    asked = list({pair for some in pairs for pair in some})
    if not asked:
        return [()] * len(pairs)
    judged = await permissions.judge(connection, asked, is_fresh=False)
    may = {pair for pair, authority in zip(asked, judged, strict=True) if authority is not None}
    return [tuple(dict.fromkeys(user for channel, user in some if (channel, user) in may)) for some in pairs]


async def _online(connection: Connection, authority: Authority) -> tuple[UUID, ...]:
    """Who in a server or conversation is connected; what they can view is checked when mentions are counted."""
    assert authority.place is not None, "it is of a channel"
    rows = await connection.fetch(
        """
        SELECT user_id FROM server_members WHERE server_id = $1
            AND EXISTS (SELECT FROM presences WHERE presences.user_id = server_members.user_id)
        UNION ALL
        SELECT user_id FROM conversation_participants AS part WHERE conversation_id = $2
            AND EXISTS (SELECT FROM presences WHERE presences.user_id = part.user_id)
        """,
        authority.place.server_id,
        authority.place.id,
    )
    return tuple(row["user_id"] for row in rows)
