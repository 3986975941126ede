"""Whom a message calls: `@name`, `@role`, `@everyone` and `@here`, found in its text and then among people and roles.

A reply calls the author of what it answers, too: they are told of it, and find it among what calls them.

Code, in line or as a block, calls nobody, nor does an address or a name behind a backslash. Somebody is called only if
they may view the channel, a role or everybody only by those who may do that (`_may_call`); anything else stays plain
text. docs/protocol/messages.md tells people.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, TypeVar
from uuid import UUID

from markdown_it import MarkdownIt
from msgspec.structs import replace

from coterie.database.connection import Connection
from coterie.messages.models import Draft
from coterie.permissions.bits import Permission
from coterie.permissions.models import Role
from coterie.permissions.rights import Rights, Seen

CALLS_LIMIT: Final = 100
"""How many @ of one message are looked at."""

CODE: Final = MarkdownIt("zero").enable(["fence", "blockquote", "backticks", "escape"]).disable("text_join")
ADDRESS: Final = re.compile(r"(?:\b[a-z][a-z0-9+.-]*://|\bwww\.)\S+")
CALL: Final = re.compile(r"(?<![\w@])@(?=\S)([^@\n]{1,100})")
NAME: Final = re.compile(r"([a-z0-9_]{2,32})(?!\w)")
ELSEWHERE: Final = re.compile(r"[\w.-]+@\w")


@dataclass(frozen=True, slots=True)
class Mentions:
    """Whom a message calls. `online` are those whom `@here` meant at that moment."""

    users: tuple[UUID, ...] = ()
    roles: tuple[UUID, ...] = ()
    everyone: bool = False
    here: bool = False
    online: tuple[UUID, ...] = ()


NOBODY: Final = Mentions()


@dataclass(frozen=True, slots=True)
class Text:
    """What somebody writes, with what they may do there, and perhaps the message that it answers."""

    content: str
    seen: Seen
    reply_to: UUID | None = None

    @property
    def may_call(self) -> bool:
        """Whether it is worth looking for whom it calls; most calls nobody, which costs a look at its letters."""
        return self.reply_to is not None or "@" in self.content


@dataclass(frozen=True, slots=True)
class Calls:
    """What stands behind the @ of a text: names of people, perhaps of everybody; and all of it, to look for roles."""

    names: tuple[str, ...]
    texts: tuple[str, ...]

    def roles(self, seen: Seen) -> tuple[UUID, ...]:
        """The roles that are named, by the longest name that fits, as far as the author may call them."""
        known = list(seen.structure.roles.values()) if seen.structure else []
        named = (max(fits, key=lambda role: len(role.name)) for text in self.texts if (fits := _fitting(text, known)))
        return tuple(dict.fromkeys(role.id for role in named if _may_call(seen, role)))


def calls(content: str) -> Calls:
    """Find every call in a message's text; in lower case."""
    if "@" not in content:
        return Calls((), ())
    found = islice(CALL.finditer(ADDRESS.sub(" ", _words(content))), CALLS_LIMIT)
    texts = [match[1] for match in found if not ELSEWHERE.match(match.string, match.start(1))]
    names = [name[1] for text in texts if (name := NAME.match(text))]
    return Calls(tuple(dict.fromkeys(names)), tuple(dict.fromkeys(texts)))


async def resolve(connection: Connection, rights: Rights, given: Sequence[Text]) -> list[Mentions]:
    """Whom each text calls, by what its author may do there.

    One question for the names of all, and one for the authors of what they answer, if there are any.
    """
    found = [calls(text.content) for text in given]
    names = {name for each in found for name in each.names} - {"everyone", "here"}
    known = await _users(connection, names) if names else {}
    answered = {text.reply_to for text in given if text.reply_to is not None}
    authors = await _authors(connection, answered) if answered else {}
    called = [
        [*(known[name] for name in each.names if name in known), *_answered(text, authors)]
        for each, text in zip(found, given, strict=True)
    ]
    people = await _viewers(
        connection,
        rights,
        [[(_channel(text.seen), user) for user in users] for text, users in zip(given, called, strict=True)],
    )
    return [
        await _mentions(connection, each, text.seen, users)
        for each, text, users in zip(found, given, people, strict=True)
    ]


async def _mentions(connection: Connection, calls: Calls, seen: Seen, users: tuple[UUID, ...]) -> Mentions:
    if not calls.texts:
        return Mentions(users) if users else NOBODY
    may_call = _may_call(seen)
    here = may_call and "here" in calls.names
    online = await _online(connection, seen) if here else ()
    return Mentions(users, calls.roles(seen), may_call and "everyone" in calls.names, here, online)


def targets(mentions: Mentions, channel_id: UUID, author_id: UUID | None) -> list[UUID]:
    """Under which ids the call is kept; nobody calls themselves."""
    everybody = (channel_id,) if mentions.everyone else ()
    called = dict.fromkeys((*mentions.users, *mentions.roles, *mentions.online, *everybody))
    return [target for target in called if target != author_id]


MessageOrDraft = TypeVar("MessageOrDraft", bound=Draft)


def mentioning(message: MessageOrDraft, mentions: Mentions) -> MessageOrDraft:
    """The message with whom its text calls."""
    return replace(
        message,
        mention_user_ids=list(mentions.users),
        mention_role_ids=list(mentions.roles),
        mention_everyone=mentions.everyone,
        mention_here=mentions.here,
    )


def is_calling(before: Draft, after: Draft) -> bool:
    """Whether whom a message calls has to be kept anew, since it calls or called anybody."""
    is_edited = before.content != after.content
    return is_edited and any(
        message.mention_user_ids or message.mention_role_ids or message.mention_everyone or message.mention_here
        for message in (before, after)
    )


def _words(content: str) -> str:
    """The text without its code, in lower case."""
    blocks = (token.children or () for token in CODE.parse(content))
    lines = ("".join(part.content if part.type == "text" else "\\" for part in parts) for parts in blocks)
    return "\n".join(lines).lower()


def _may_call(seen: Seen, role: Role | None = None) -> bool:
    """Everybody, or a role, may be called by those who may manage messages, a role also by who carries it.

    In a conversation anybody may.
    """
    carries = role is not None and seen.standing is not None and role.id in seen.standing.role_ids
    return carries or seen.structure is None or seen.may(Permission.MANAGE_MESSAGES)


def _fitting(text: str, roles: Sequence[Role]) -> list[Role]:
    return [
        role
        for role in roles
        if text.startswith(name := role.name.lower()) and not re.match(r"\w", text[len(name) : len(name) + 1])
    ]


def _channel(seen: Seen) -> UUID:
    assert seen.place is not None, "it is of a channel"
    return seen.place.id


async def _users(connection: Connection, names: set[str]) -> dict[str, UUID]:
    rows = await connection.fetch(
        "SELECT id, lower(username) AS name FROM users WHERE lower(username) = ANY($1)", list(names)
    )
    return {row["name"]: row["id"] for row in rows}


async def _authors(connection: Connection, messages: set[UUID]) -> dict[UUID, UUID]:
    """By message who wrote it."""
    rows = await connection.fetch(
        "SELECT id, author_id FROM messages WHERE id = ANY($1) AND author_id IS NOT NULL", list(messages)
    )
    return {row["id"]: row["author_id"] for row in rows}


def _answered(text: Text, authors: Mapping[UUID, UUID]) -> list[UUID]:
    """Whose message a text answers; nobody calls themselves by a reply."""
    author = authors.get(text.reply_to) if text.reply_to else None
    return [author] if author is not None and author != text.seen.user_id else []


async def _viewers(
    connection: Connection, rights: Rights, pairs: Sequence[Sequence[tuple[UUID, UUID]]]
) -> list[tuple[UUID, ...]]:
    """Of each list of channel and user those who may view the channel."""
    asked = list({pair for some in pairs for pair in some})
    if not asked:
        return [()] * len(pairs)
    judged = await rights.judge(connection, asked, is_fresh=False)
    may = {pair for pair, seen in zip(asked, judged, strict=True) if seen is not None}
    return [tuple(dict.fromkeys(user for channel, user in some if (channel, user) in may)) for some in pairs]


async def _online(connection: Connection, seen: Seen) -> tuple[UUID, ...]:
    """Who of a server or conversation is connected; what they may view is looked at when mentions are counted."""
    assert seen.place is not None, "it is of a channel"
    rows = await connection.fetch(
        """
        SELECT user_id FROM server_members WHERE server_id = $1
            AND EXISTS (SELECT FROM presences WHERE presences.user_id = server_members.user_id)
        UNION ALL
        SELECT user_id FROM conversation_participants AS part WHERE conversation_id = $2
            AND EXISTS (SELECT FROM presences WHERE presences.user_id = part.user_id)
        """,
        seen.place.server_id,
        seen.place.id,
    )
    return tuple(row["user_id"] for row in rows)
