"""All stages of an import from Together, in an order in which each finds what it refers to.

What decides who may see what is stored before servers have members.
"""

from typing import Final

from coterie.importing import accounts
from coterie.importing.conversations import conversations
from coterie.importing.mappings import Stage, stage
from coterie.importing.marks import Readers, read_marks, receipts
from coterie.importing.source import Source
from coterie.importing.tables import Read, Table, flag, read, since
from coterie.importing.together.emojis import custom_emojis
from coterie.importing.together.files import attachments
from coterie.importing.together.members import MEMBERS, members
from coterie.importing.together.messages import (
    DM_CHANNELS,
    DM_MEMBERS,
    DM_MESSAGES,
    MESSAGES,
    REACTIONS,
    channel_messages,
    direct_messages,
)
from coterie.importing.together.moderation import audit_logs, bans, invites, timeouts
from coterie.importing.together.servers import CHANNELS, channels, overrides, roles, servers

READ: Final = "channel_read_states"
REST: Final = {
    "_sqlx_migrations": "",
    "reactions": "",
    "message_reactions": "",
    "member_roles": "",
    "direct_message_members": "",
    "channel_read_states": "",
    "polls": "polls are not imported; its text was, with the question",
    "poll_votes": "polls are not imported",
    "server_events": "events are not imported; its text was, with name and time",
    "bots": "bot tokens are not imported: create the bots again; their messages were imported",
    "webhooks": "webhooks are not imported: create them again, with new secrets",
    "automod_configs": "automatic moderation is not supported yet",
    "automod_word_filters": "automatic moderation is not supported yet",
    "automod_logs": "automatic moderation is not supported yet",
    "push_subscriptions": "browsers have to subscribe again",
    "sessions": "everyone has to log in again; sessions are not imported",
    "password_reset_tokens": "an administrator can create a new one",
    "voice_states": "calls end with the server that they are on",
    "instance_settings": "set who can register with `coterie registration`",
    "server_templates": "templates are the same for every server here",
}
"""Tables with no place here, and why; those imported with other tables need no reason."""


PROFILE: Final[dict[str, Read]] = {
    **read(Table.text, "avatar_url", "bio", "pronouns", "custom_status"),
    **read(flag, "is_admin", "is_bot"),
    "disabled_at": since("disabled"),
}


BEFORE_MEMBERS: Final = (
    servers,
    roles,
    channels,
    overrides,
    custom_emojis,
    bans,
    timeouts,
    invites,
)


async def stages(source: Source) -> list[Stage]:
    """The stages for the tables that exist."""
    table = source.table
    said, direct, dm_table = await table(MESSAGES), await table(DM_MESSAGES), await table(DM_CHANNELS)
    made = [
        accounts.stage(await table("users"), PROFILE),
        *[stage(await table(kind.name), kind) for kind in BEFORE_MEMBERS],
        members(await table(MEMBERS), await table(servers.name), await table("member_roles")),
        conversations(dm_table, await table(DM_MEMBERS), "channel_id", _always),
        channel_messages(said, [await table(name) for name in REACTIONS]),
        stage(direct, direct_messages),
        stage(await table(attachments.name), attachments),
        *_read_states(await table(READ), said, direct, dm_table),
        stage(await table(audit_logs.name), audit_logs),
    ]
    return [each for each in made if each is not None]


def _always(table: Table, column: str) -> str:
    return "TRUE"


def _read_states(table: Table, said: Table, direct: Table, dm_table: Table) -> list[Stage]:
    """How far channels and direct conversations were read; both were in the same table.

    Messages that were read had been delivered; nothing is known of others.
    """
    if not table:
        return []
    is_direct = f"EXISTS (SELECT FROM {dm_table.name} WHERE {dm_table.value('id')} = {table.value('channel_id')})"
    stages = []
    if said:
        readers = Readers(table, "channel_id", CHANNELS, MESSAGES, f"NOT {is_direct}" if dm_table else "TRUE")
        stages.append(read_marks(readers, _last(table, said), READ))
    if direct and dm_table:
        readers = Readers(table, "channel_id", DM_CHANNELS, DM_MESSAGES, is_direct)
        stages.append(read_marks(readers, _last(table, direct), f"{READ}, direct"))
        of_others = _last(table, direct, f"AND {direct.value('author_id')} <> {table.value('user_id')} ")
        stages.append(receipts(readers, of_others, of_others))
    return stages


def _last(table: Table, said: Table, condition: str = "") -> str:
    """The last message of a channel, not counting deleted ones, up to the moment when it was read."""
    standing = f"AND {said.value('deleted')} = FALSE " if "deleted" in said.columns else ""
    return (
        f"(SELECT {said.id()} FROM {said.name} WHERE {said.value('channel_id')} = {table.value('channel_id')} "
        f"{standing}{condition}AND {said.moment('created_at')} <= {table.moment('last_read_at')} "
        f"ORDER BY {said.value('created_at')} DESC, {said.value('id')} DESC LIMIT 1)"
    )
