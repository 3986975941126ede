"""The lines of JSON in the archive: the contract's keys first, with its names, and behind them what Coterie adds."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import msgspec

from coterie.database.connection import OneConnection, Row
from coterie.exporting import reading
from coterie.exporting.names import file_name

_encoder: Final = msgspec.json.Encoder()


@dataclass(slots=True)
class WholeMessage:
    """A message with everything that belongs to it, as a row and as lists of what JSON can say."""

    row: Row
    reactions: list[dict[str, Any]] = field(default_factory=list)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    edits: list[dict[str, Any]] = field(default_factory=list)
    poll: dict[str, Any] | None = None
    event: dict[str, Any] | None = None

    def record(self) -> dict[str, Any]:
        """The message as a line of `messages/`."""
        row = self.row
        return {
            **_picked(row, "id", "author_id", "author_username", "content", "reply_to", "edited_at", "created_at"),
            **_picked(row, "type", "thread_id", "thread_reply_count", "pinned_at", "pinned_by"),
            **_picked(row, "mention_user_ids", "mention_everyone"),
            "type_details": msgspec.json.decode(row["type_details"]) if row["type_details"] else None,
            "reactions": self.reactions,
            "attachments": self.attachments,
            "edits": self.edits,
            "poll": self.poll,
            "event": self.event,
        }


def line(value: object) -> bytes:
    return _encoder.encode(value) + b"\n"


def pretty(value: object) -> bytes:
    return msgspec.json.format(_encoder.encode(value), indent=2) + b"\n"


def server(row: Row) -> dict[str, Any]:
    return {
        **_picked(row, "id", "name", "owner_id", "icon_url", "is_public", "created_at"),
        **_picked(row, "description", "member_count", "require_invite", "default_permissions"),
    }


def channel(row: Row) -> dict[str, Any]:
    return {
        **_picked(row, "id", "name", "channel_type", "position", "category", "topic", "created_at"),
        **_picked(row, "slow_mode_seconds", "user_limit"),
    }


def member(row: Row) -> dict[str, Any]:
    return _picked(row, "user_id", "username", "nickname", "joined_at", "display_name", "is_bot", "role_ids")


async def with_parts(connection: OneConnection, rows: Sequence[Row]) -> list[WholeMessage]:
    """Messages with their reactions, files, earlier texts, polls and events."""
    entries = {row["id"]: WholeMessage(row) for row in rows}
    ids = list(entries)
    for row in await reading.reactions(connection, ids):
        users = row["user_ids"]
        entries[row["message_id"]].reactions.append({"emoji": row["emoji"], "count": len(users), "user_ids": users})
    for row in await reading.attachments(connection, ids):
        entries[row["message_id"]].attachments.append(_attachment(row))
    for row in await reading.edits(connection, ids):
        entries[row["message_id"]].edits.append(_picked(row, "content", "edited_at"))
    if polls := [id for id, entry in entries.items() if entry.row["type"] == "poll"]:
        voters: dict[UUID, dict[int, list[UUID]]] = defaultdict(dict)
        for row in await reading.votes(connection, polls):
            voters[row["message_id"]][row["option"]] = row["user_ids"]
        for row in await reading.polls(connection, polls):
            entries[row["message_id"]].poll = _poll(row, voters[row["message_id"]])
    if events := [id for id, entry in entries.items() if entry.row["type"] == "event"]:
        for row in await reading.events(connection, events):
            entries[row["message_id"]].event = _event(row)
    return list(entries.values())


def _attachment(row: Row) -> dict[str, Any]:
    path = f"files/{file_name(row['id'], row['filename'], row['mime_type'])}"
    return {**_picked(row, "id", "filename", "file_size", "mime_type", "width", "height", "created_at"), "path": path}


def _poll(row: Row, voters: Mapping[int, list[UUID]]) -> dict[str, Any]:
    given = zip(row["option_ids"], row["options"], row["votes"], strict=True)
    options = [
        {"id": id, "text": text, "votes": votes} | ({} if row["is_anonymous"] else {"user_ids": voters.get(number, [])})
        for number, (id, text, votes) in enumerate(given, 1)
    ]
    return {**_picked(row, "question", "is_multiple", "is_anonymous", "ends_at"), "options": options}


def _event(row: Row) -> dict[str, Any]:
    about = _picked(row, "name", "description", "place", "voice_channel_id", "starts_at", "ends_at", "time_zone")
    return {**about, **_picked(row, "repeat", "is_cancelled", "interested", "coming", "declined")}


def _picked(row: Row, *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}
