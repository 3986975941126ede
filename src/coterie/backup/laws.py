"""The rules that the rows of a database must follow, each with the SQL statement that finds violations.

The statements read tables, not indexes, since an index itself can be damaged: by a disk, or by a system update that
changed collations. So what an index, a foreign key or a CHECK guarantees is checked as well.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from coterie.database.connection import OneConnection

SHOWN: Final = 5
"""How many violations of a rule are named."""


Kind: TypeAlias = Literal["law", "reference", "key"]


@dataclass(frozen=True, slots=True)
class Law:
    """A statement that returns one text for each violation; `needs` are the tables that it reads."""

    name: str
    statement: str
    needs: tuple[str, ...] = ()
    kind: Kind = "law"


LAWS: Final = (
    Law(
        "no position is beyond its topic",
        """
        SELECT 'message ' || messages.id FROM messages JOIN topics ON topics.id = channel_id
        WHERE version > topics.position
        UNION ALL
        SELECT format('change %s of topic %s', key, topic_id) FROM changes JOIN topics ON topics.id = topic_id
        WHERE changes.position > topics.position
        UNION ALL
        SELECT format('version %s of topic %s', client_version, topic_id)
        FROM client_versions JOIN topics ON topics.id = topic_id WHERE client_versions.position > topics.position
        """,
        ("topics", "messages", "changes", "client_versions"),
    ),
    Law(
        "each channel's last position belongs to a message",
        """
        SELECT format('channel %s stands at %s, its newest message at %s', id, position, coalesce(newest, 0))
        FROM topics LEFT JOIN (SELECT channel_id, max(version) FROM messages GROUP BY channel_id)
            AS last (channel_id, newest) ON channel_id = id
        WHERE position <> greatest(newest, floor) AND kind = 'channel'
        """,
        ("topics", "messages"),
    ),
    Law(
        "each document's last position belongs to an edit",
        """
        SELECT format('document %s stands at %s, its newest edit at %s', id, position, coalesce(newest, 0))
        FROM topics LEFT JOIN (
            SELECT document_id, max(position) FROM document_edits GROUP BY document_id
        ) AS last (document_id, newest) ON document_id = id
        WHERE position <> greatest(newest, floor) AND kind = 'document'
        """,
        ("topics", "document_edits"),
    ),
    Law(
        "snapshots of documents are at edits, and the newest text is as long as its document says",
        """
        SELECT format('position %s of document %s', document_snapshots.position, document_snapshots.document_id)
        FROM document_snapshots LEFT JOIN document_edits
            ON document_edits.document_id = document_snapshots.document_id
            AND document_edits.position = document_snapshots.position
        WHERE document_edits.position IS NULL
        UNION ALL
        SELECT format('document %s counts %s characters and has %s', id, documents.length,
                      length(convert_from(text, 'UTF8')))
        FROM documents
        JOIN (SELECT document_id, max(position) FROM document_edits GROUP BY document_id)
            AS last (document_id, newest) ON last.document_id = id
        JOIN document_snapshots ON document_snapshots.document_id = id AND document_snapshots.position = newest
        WHERE documents.length <> length(convert_from(text, 'UTF8'))
        """,
        ("documents", "document_edits", "document_snapshots"),
    ),
    Law(
        "each document's topic is its own, and each such topic a document's",
        """
        SELECT format('topic %s', topics.id) FROM topics LEFT JOIN documents ON documents.id = topics.id
        WHERE (kind = 'document') <> (documents.id IS NOT NULL)
        """,
        ("topics", "documents"),
    ),
    Law(
        "no position is used twice in a topic",
        """
        SELECT format('position %s of topic %s', changes.position, topic_id)
        FROM changes JOIN messages ON channel_id = topic_id
        WHERE messages.version = changes.position OR messages.seq = changes.position
        """,
        ("messages", "changes"),
    ),
    Law(
        "each topic is a user's, a server's or a channel's",
        """
        SELECT format('%s topic %s', kind, topics.id) FROM topics
        LEFT JOIN users ON users.id = topics.id LEFT JOIN servers ON servers.id = topics.id
        LEFT JOIN channels ON channels.id = topics.id LEFT JOIN conversations ON conversations.id = topics.id
        WHERE (kind = 'user' AND users.id IS NULL) OR (kind = 'server' AND servers.id IS NULL)
            OR (kind = 'channel' AND (channels.id IS NULL OR channels.server_id IS NULL))
            OR (kind = 'conversation' AND (conversations.id IS NULL OR channels.server_id IS NOT NULL))
        """,
        ("topics", "users", "servers", "channels", "conversations"),
    ),
    Law(
        "replies and threads stay in their channel",
        """
        SELECT 'message ' || messages.id FROM messages JOIN messages AS answered ON answered.id = messages.reply_to
        WHERE answered.channel_id <> messages.channel_id
        UNION ALL
        SELECT 'message ' || messages.id FROM messages JOIN messages AS root ON root.id = messages.thread_id
        WHERE root.channel_id <> messages.channel_id
        """,
        ("messages",),
    ),
    Law(
        "threads count their replies",
        """
        SELECT format('message %s counts %s replies and has %s', id, thread_reply_count, coalesce(replies, 0))
        FROM messages LEFT JOIN (
            SELECT thread_id, count(*) FROM messages
            WHERE thread_id IS NOT NULL AND deleted_at IS NULL GROUP BY thread_id
        ) AS threads (root, replies) ON root = id
        WHERE thread_reply_count <> coalesce(replies, 0)
        """,
        ("messages",),
    ),
    Law(
        "servers count their members",
        """
        SELECT format('server %s counts %s members and has %s', id, member_count, coalesce(members, 0))
        FROM servers LEFT JOIN (SELECT server_id, count(*) FROM server_members GROUP BY server_id)
            AS counted (server_id, members) ON server_id = id
        WHERE member_count <> coalesce(members, 0)
        """,
        ("servers", "server_members"),
    ),
    Law(
        "every attachment and emoji has its file",
        """
        SELECT 'attachment ' || attachments.id FROM attachments
        LEFT JOIN files ON attachment_id = attachments.id WHERE files.id IS DISTINCT FROM attachments.id
        UNION ALL
        SELECT 'emoji ' || custom_emojis.id FROM custom_emojis
        LEFT JOIN files ON emoji_id = custom_emojis.id WHERE files.id IS DISTINCT FROM custom_emojis.id
        """,
        ("attachments", "custom_emojis", "files"),
    ),
)


@dataclass(frozen=True, slots=True)
class Broken:
    """The number of violations of a rule, and some of them."""

    count: int
    examples: tuple[str, ...]


async def laws(connection: OneConnection, tables: set[str]) -> list[Law]:
    """The rules for the tables that exist: Coterie's own, and what the schema guarantees."""
    own = [law for law in LAWS if tables.issuperset(law.needs)]
    return [*own, *await _references(connection), *await _uniqueness(connection)]


async def breaking(connection: OneConnection, law: Law) -> Broken:
    """Find the violations of a rule."""
    statement = f"SELECT found.what, count(*) OVER () AS count FROM ({law.statement}) AS found (what) LIMIT {SHOWN}"
    rows = await connection.fetch(statement)
    return Broken(rows[0]["count"] if rows else 0, tuple(row["what"] for row in rows))


async def read_tables_only(connection: OneConnection) -> None:
    """Keep the statements of this transaction from using indexes."""
    await connection.execute(
        "SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off; SET LOCAL enable_bitmapscan = off"
    )


async def read_as_usual(connection: OneConnection) -> None:
    """Let further statements of this transaction use indexes again."""
    await connection.execute(
        "SET LOCAL enable_indexscan TO DEFAULT; SET LOCAL enable_indexonlyscan TO DEFAULT; "
        "SET LOCAL enable_bitmapscan TO DEFAULT"
    )


async def _references(connection: OneConnection) -> list[Law]:
    """A rule for each foreign key."""
    rows = await connection.fetch(
        """
        SELECT conname, child.relname AS child, parent.relname AS parent,
               (SELECT string_agg(format('child.%I = parent.%I', mine.attname, theirs.attname), ' AND ')
                FROM unnest(conkey, confkey) AS pair (mine, theirs)
                JOIN pg_attribute AS mine ON mine.attrelid = conrelid AND mine.attnum = pair.mine
                JOIN pg_attribute AS theirs ON theirs.attrelid = confrelid AND theirs.attnum = pair.theirs) AS joined,
               (SELECT string_agg(format('child.%I IS NOT NULL', attname), ' AND ')
                FROM pg_attribute WHERE attrelid = conrelid AND attnum = ANY(conkey)) AS given,
               (SELECT format('child.%I', attname)
                FROM pg_attribute WHERE attrelid = conrelid AND attnum = conkey[1]) AS shown,
               (SELECT format('parent.%I', attname)
                FROM pg_attribute WHERE attrelid = confrelid AND attnum = confkey[1]) AS sought
        FROM pg_constraint
        JOIN pg_class AS child ON child.oid = conrelid JOIN pg_class AS parent ON parent.oid = confrelid
        WHERE contype = 'f' AND connamespace = current_schema()::regnamespace AND child.relpersistence = 'p'
        ORDER BY conname
        """
    )
    return [
        Law(
            f"{row['conname']} is valid",
            f"SELECT format('%s in {row['child']}', {row['shown']}) FROM \"{row['child']}\" AS child "
            f'LEFT JOIN "{row["parent"]}" AS parent ON {row["joined"]} '
            f"WHERE {row['given']} AND {row['sought']} IS NULL",
            kind="reference",
        )
        for row in rows
    ]


async def _uniqueness(connection: OneConnection) -> list[Law]:
    """A rule for each unique index: ids, nonces, names, positions."""
    rows = await connection.fetch(
        """
        SELECT pg_class.relname AS index, indrelid::regclass::text AS "table", indnullsnotdistinct AS takes_null,
               pg_get_expr(indpred, indrelid) AS condition,
               (SELECT array_agg(pg_get_indexdef(indexrelid, number, TRUE) ORDER BY number)
                FROM generate_series(1, indnkeyatts) AS number) AS keys
        FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
        JOIN pg_class AS owner ON owner.oid = indrelid
        WHERE indisunique AND pg_class.relnamespace = current_schema()::regnamespace AND owner.relpersistence = 'p'
        ORDER BY pg_class.relname
        """
    )
    return [_unique(row["index"], row["table"], row["keys"], row["condition"], row["takes_null"]) for row in rows]


def _unique(index: str, table: str, keys: list[str], condition: str | None, takes_null: bool) -> Law:
    conditions = [f"({condition})"] if condition else []
    if not takes_null:
        conditions += [f"({key}) IS NOT NULL" for key in keys]
    where = " AND ".join(conditions) or "TRUE"
    columns = ", ".join(keys)
    return Law(
        f"{index} is unique",
        f"SELECT format('%s in {table}', ROW({columns})) FROM {table} WHERE {where} GROUP BY {columns} "
        "HAVING count(*) > 1",
        kind="key",
    )
