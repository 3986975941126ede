"""All stages of an import from Together, in an order in which each finds what it refers to.

What decides who may see what is there before anybody is in a server.
"""

from typing import Final

from coterie.database.connection import Row
from coterie.importing import accounts
from coterie.importing.accounts import Account
from coterie.importing.engine import Stage
from coterie.importing.source import Query, Source, Table
from coterie.importing.together import audit, files, invites, moderation, overrides, people, structure, talk
from coterie.importing.work import Work

REST: Final = {
    "_sqlx_migrations": "",
    "reactions": "",
    "message_reactions": "",
    "member_roles": "",
    "direct_message_members": "",
    "channel_read_states": "",
    "polls": "polls are no part of a message here yet; its text came, with the question",
    "poll_votes": "polls are no part of a message here yet",
    "server_events": "events are no part of a message here yet; its text came, with name and time",
    "bots": "bots have no tokens here yet; what they said came",
    "webhooks": "there are no webhooks here yet",
    "automod_configs": "there are no automatic moderators here yet",
    "automod_word_filters": "there are no automatic moderators here yet",
    "automod_logs": "there are no automatic moderators here yet",
    "push_subscriptions": "browsers subscribe anew at each server",
    "sessions": "everybody logs in once, since logins are not brought along",
    "password_reset_tokens": "an administrator makes a new one",
    "voice_states": "calls end with the server that they are on",
    "instance_settings": "who may register here is set here",
    "server_templates": "templates are the same for every server here",
}
"""What has no place here, and why; what comes with other tables is not worth a word."""


async def stages(source: Source) -> list[Stage]:
    """The stages for the tables that there are."""
    table = source.table
    servers, members = await table("servers"), await table(people.MEMBERS)
    said, direct = await table(talk.MESSAGES), await table(talk.DM_MESSAGES)
    dm_channels = await table(talk.DM_CHANNELS)
    made = [
        _users(await table("users")),
        structure.servers(servers),
        structure.roles(await table(structure.ROLES)),
        structure.channels(await table(structure.CHANNELS)),
        overrides.overrides(await table(overrides.OVERRIDES)),
        files.emojis(await table(talk.EMOJIS)),
        moderation.bans(await table(moderation.BANS)),
        moderation.timeouts(await table(moderation.TIMEOUTS)),
        invites.invites(await table(invites.INVITES)),
        people.members(members, servers, await table("member_roles")),
        talk.dm_channels(dm_channels, await table(talk.DM_MEMBERS)),
        await talk.channel_messages(source, said),
        talk.direct_messages(direct),
        files.attachments(await table(files.ATTACHMENTS)),
        *talk.read_states(await table(talk.READ), said, direct, dm_channels),
        audit.audit_logs(await table(audit.AUDIT)),
    ]
    return [stage for stage in made if stage is not None]


def _users(table: Table) -> Stage:
    created = table.moment("created_at")
    disabled_at = f"coalesce({table.optional_moment('disabled_at')}, {created})"
    columns = (
        f"{table.id()} AS id",
        *(
            f"{table.text(name)} AS {name}"
            for name in ("username", "email", "password_hash", "avatar_url", "bio", "pronouns", "custom_status")
        ),
        f"{table.value('is_admin', 'FALSE')} AS is_admin",
        f"{table.value('is_bot', 'FALSE')} AS is_bot",
        f"CASE WHEN {table.value('disabled', 'FALSE')} THEN {disabled_at} END AS disabled_at",
        f"{created} AS created_at",
    )
    query = Query(columns, table.name, ((created, "timestamptz"), (table.id(), "uuid")))
    return Stage("users", query, _store_users, accounts.compare)


async def _store_users(work: Work, rows: list[Row]) -> None:
    await accounts.bring(
        work,
        [
            Account(
                old_id=row["id"],
                username=row["username"],
                email=row["email"],
                password_hash=row["password_hash"],
                created_at=row["created_at"],
                avatar_url=row["avatar_url"],
                bio=row["bio"],
                pronouns=row["pronouns"],
                custom_status=row["custom_status"],
                is_admin=row["is_admin"],
                is_bot=row["is_bot"],
                disabled_at=row["disabled_at"],
            )
            for row in rows
        ],
    )
