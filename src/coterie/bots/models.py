"""Bots as they go over the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from coterie.naming import clean_names

BotName = Annotated[str, Meta(min_length=1, max_length=64)]
BotDescription = Annotated[str, Meta(max_length=512, pattern="^[^\\u0000]*$")]


class Bot(Struct, frozen=True):
    """A bot of the caller's; `user_id` and `username` are those of its account. A revoked one cannot log in again."""

    id: UUID
    user_id: UUID
    username: str
    name: str
    description: str | None
    created_by: UUID | None
    revoked_at: datetime | None
    created_at: datetime


class NewBot(Struct, frozen=True):
    """A bot and its token of 64 hexadecimal digits, which no later answer contains."""

    bot: Bot
    token: str


class BotList(Struct, frozen=True):
    bots: list[Bot]


class BotCreation(Struct, frozen=True):
    name: BotName
    description: BotDescription | None = None

    def __post_init__(self) -> None:
        clean_names(self, "name")


class BotChange(Struct, frozen=True):
    """A missing field keeps its value; null clears the description."""

    name: BotName | UnsetType = UNSET
    description: BotDescription | None | UnsetType = UNSET

    def __post_init__(self) -> None:
        clean_names(self, "name")


class BotLogEntry(Struct, frozen=True):
    """Something that a bot did, or that was done to it: `bot_created`, `message_sent`, `bot_revoked`.

    `detail` is the beginning of the message.
    """

    timestamp: datetime
    event: str
    detail: str | None


class BotLog(Struct, frozen=True):
    logs: list[BotLogEntry]


class BotConnection(Struct, frozen=True):
    """An access token of 15 minutes for the bot's session."""

    access_token: str
