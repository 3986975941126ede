"""A database as XFChat leaves it, and people who talk in it. Without foreign keys, since not every one had them."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

import bcrypt

from coterie.database.pool import OwnConnection

NAMES: Final = UUID("11111111-0000-4000-8000-000000000000")
BEGAN: Final = datetime(2024, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
PASSWORD: Final = "of old times"
HASH: Final = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()

SCHEMA: Final = """
CREATE TABLE users (
    id UUID PRIMARY KEY, email VARCHAR(255) NOT NULL UNIQUE, password_hash VARCHAR(255) NOT NULL, username VARCHAR(255),
    stripe_customer_id VARCHAR(255), subscription_status VARCHAR(50),
    created_at {time} NOT NULL, updated_at {time});
CREATE TABLE conversations (
    id UUID PRIMARY KEY, created_by UUID, name VARCHAR(255), description TEXT, is_direct_message BOOLEAN DEFAULT FALSE,
    created_at {time} NOT NULL, updated_at {time});
CREATE TABLE conversation_participants (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(), conversation_id UUID NOT NULL, user_id UUID NOT NULL,
    joined_at {time} NOT NULL, UNIQUE (conversation_id, user_id));
CREATE TABLE chat_messages (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(), conversation_id UUID NOT NULL, sender_id UUID NOT NULL,
    content TEXT NOT NULL, message_type VARCHAR(20) NOT NULL DEFAULT 'text', is_read BOOLEAN NOT NULL DEFAULT FALSE,
    is_delivered BOOLEAN NOT NULL DEFAULT TRUE, crdt_timestamp BIGINT NOT NULL DEFAULT 0,
    braid_version VARCHAR(255), braid_parents TEXT[], created_at {time}, updated_at {time});
CREATE INDEX ON chat_messages (conversation_id);
CREATE TABLE friend_requests (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(), from_user_id UUID NOT NULL, to_user_id UUID NOT NULL,
    from_username VARCHAR(255), from_email VARCHAR(255), to_email VARCHAR(255), message TEXT,
    status VARCHAR(50) NOT NULL DEFAULT 'pending', created_at {time} NOT NULL, responded_at {time});
CREATE TABLE contacts (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(), user_id UUID NOT NULL, contact_user_id UUID NOT NULL,
    username VARCHAR(255), email VARCHAR(255), avatar_url VARCHAR(255), last_seen {time},
    is_online BOOLEAN DEFAULT FALSE, created_at {time} NOT NULL, updated_at {time}, UNIQUE (user_id, contact_user_id));
CREATE TABLE usage_tracking (
    user_id UUID NOT NULL, metric_type VARCHAR(100) NOT NULL, count INT DEFAULT 0, period_start DATE NOT NULL,
    period_end DATE NOT NULL, created_at {time}, updated_at {time}, PRIMARY KEY (user_id, metric_type, period_start));
CREATE TABLE messages (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(), user_id UUID, text TEXT NOT NULL, author VARCHAR(255),
    timestamp {time}, version VARCHAR(255), created_at {time}, is_read BOOLEAN, is_delivered BOOLEAN);
CREATE TABLE version_history (version_id VARCHAR(255), user_id UUID, parents TEXT[], created_at {time});
"""


def id_of(name: str) -> UUID:
    return uuid5(NAMES, name)


def at(minutes: float) -> datetime:
    return BEGAN + timedelta(minutes=minutes)


class XFChat:
    """Fills the source. `time` is the type in which it keeps moments."""

    def __init__(self, connection: OwnConnection, time: str) -> None:
        self.connection = connection
        self.time = time

    @classmethod
    async def make(cls, connection: OwnConnection, time: str = "TIMESTAMPTZ") -> "XFChat":
        await connection.execute(SCHEMA.format(time=time.removesuffix(" ms").removesuffix(" s")))
        return cls(connection, time)

    def moment(self, moment: datetime | None) -> Any:
        """A moment as this source keeps it."""
        if moment is None or self.time == "TIMESTAMPTZ":
            return moment
        if self.time == "TIMESTAMP":
            return moment.astimezone(UTC).replace(tzinfo=None)
        return int(moment.timestamp() * (1000 if self.time.endswith("ms") else 1))

    async def insert(self, table: str, **values: Any) -> None:
        values = {name: self.moment(value) if isinstance(value, datetime) else value for name, value in values.items()}
        places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
        await self.connection.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places})", *values.values())

    async def user(self, name: str, username: str | None = None, email: str | None = None, **values: Any) -> UUID:
        given = {"id": id_of(name), "username": username, "email": email or f"{name}@example.org"}
        await self.insert("users", **{**given, "password_hash": HASH, "created_at": at(0), **values})
        return id_of(name)

    async def conversation(self, key: str, *people: str, **values: Any) -> UUID:
        given = {"id": id_of(key), "created_by": id_of(people[0]) if people else None, "created_at": at(1)}
        await self.insert("conversations", **{**given, **values})
        for person in people:
            await self.insert(
                "conversation_participants", conversation_id=id_of(key), user_id=id_of(person), joined_at=at(1)
            )
        return id_of(key)

    async def say(self, place: str, who: str, text: str, minutes: float, **values: Any) -> UUID:
        id = values.pop("id", None) or id_of(f"{place}/{who}/{text[:50]}/{minutes}")
        given = {"id": id, "conversation_id": id_of(place), "sender_id": id_of(who), "content": text}
        await self.insert("chat_messages", **{**given, "created_at": at(minutes), **values})
        return id
