"""Storing edits: a batch of any size by one statement, which moves the topic and notifies the bus."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from coterie.database.announcing import announce, notifies
from coterie.database.columns import columns
from coterie.database.connection import Connection
from coterie.documents.deltas import patches_of
from coterie.documents.edit_queries import BETWEEN, StoredEdit, as_json
from coterie.log.append import CHANNEL


class EditRow(NamedTuple):
    """What the table keeps of an edit: patches as JSON, and the version ids of a list as one text."""

    position: int
    agent: str
    seq: int
    size: int
    inserted: int
    parents: str
    patches: str
    applied: str | None
    bridge: str | None
    base: int
    frontier: str
    peer: str | None
    user_id: UUID | None
    created_at: datetime


class Judgement(NamedTuple):
    """That the authors may edit: judged when the topic `home`, where their permissions change, stood at `as_of`.

    In a conversation, whose topic moves with each message, it holds as long as they take part.
    """

    home: UUID
    as_of: int
    is_conversation: bool


ACCEPTED: Final = columns(EditRow, after=8)


class Insertion(NamedTuple):
    """Edits for the end of a document, whose text is `length` long then."""

    accepted: Sequence[StoredEdit]
    length: int
    bus_messages: Sequence[str] = ()
    judgement: Judgement | None = None


async def insert(connection: Connection, document_id: UUID, insertion: Insertion) -> bool:
    """Store edits at the end of a locked document, and notify the bus at commit.

    False, and nothing is stored, if the judgement does not hold any more.
    """
    rows = await connection.fetch(
        f"""
        WITH allowed AS (
            SELECT TRUE AS is_allowed WHERE $6::uuid IS NULL
                OR NOT $8 AND (SELECT position FROM topics WHERE id = $6) = $7
                OR $8 AND NOT EXISTS (
                    SELECT FROM {ACCEPTED.given} LEFT JOIN conversation_participants AS part
                        ON part.conversation_id = $6 AND part.user_id = given.user_id
                    WHERE part.user_id IS NULL)
        ), written AS (
            INSERT INTO document_edits (
                document_id, position, agent, seq, size, inserted, parents, patches, applied, bridge, base, frontier,
                peer, user_id, created_at, checksum)
            SELECT $1, position, agent, seq, size, inserted, string_to_array(parents, E'\\n'), patches::json,
                   applied::json, bridge::json, base, string_to_array(frontier, E'\\n'), peer, user_id, created_at,
                   substring(sha256(convert_to(position || ' ' || coalesce(applied, patches), 'UTF8')) FOR 8)
            FROM {ACCEPTED.given} CROSS JOIN allowed
        ), counted AS (
            INSERT INTO document_storage (document_id, user_id, bytes)
            SELECT $1, user_id, sum(octet_length(patches) + coalesce(octet_length(applied), 0)
                                    + coalesce(octet_length(bridge), 0))
            FROM {ACCEPTED.given} CROSS JOIN allowed WHERE user_id IS NOT NULL GROUP BY user_id
            ON CONFLICT (document_id, user_id) DO UPDATE SET bytes = document_storage.bytes + excluded.bytes
        ), moved AS (
            UPDATE topics SET position = $2 FROM allowed WHERE id = $1
        ), changed AS (
            UPDATE documents
            SET length = $3, frontier = string_to_array(given.frontier, E'\\n'), updated_by = given.user_id,
                updated_at = given.created_at, is_untold = TRUE
            FROM {ACCEPTED.given} CROSS JOIN allowed WHERE documents.id = $1 AND given.position = $2
        )
        SELECT CASE WHEN $5 AND message IS NOT NULL THEN pg_notify('{CHANNEL}', message)::text ELSE message END
            AS message
        FROM allowed LEFT JOIN unnest($4::text[]) WITH ORDINALITY AS bus_messages (message, number) ON TRUE
        ORDER BY number
        """,
        document_id,
        insertion.accepted[-1].position,
        insertion.length,
        list(insertion.bus_messages),
        notifies(connection),
        *(insertion.judgement or (None, 0, False)),
        *ACCEPTED.arrays([_row(edit) for edit in insertion.accepted]),
    )
    announce(connection, (row["message"] for row in rows if row["message"] is not None))
    return bool(rows)


def _row(edit: StoredEdit) -> EditRow:
    return EditRow(
        position=edit.position,
        agent=edit.id.agent,
        seq=edit.id.seq,
        size=edit.size,
        inserted=edit.inserted,
        parents=BETWEEN.join(edit.parents),
        patches=as_json(edit.patches),
        applied=None if edit.applied == edit.sent else as_json(patches_of(edit.applied)),
        bridge=as_json(patches_of(edit.bridge)) if edit.bridge else None,
        base=edit.base,
        frontier=BETWEEN.join(edit.frontier),
        peer=edit.peer,
        user_id=edit.user_id,
        created_at=edit.created_at,
    )
