"""Carry out what a rule says: log it, and time out, kick or ban the author whose message was refused.

The refused message is nowhere but in automod's log. The owner is never timed out, kicked or banned: for them the
refusal is all. A write that is repeated under its own name (a nonce, or the message's id) is refused again, but neither
logged nor punished twice.
"""

from datetime import UTC, datetime
from typing import Final

from coterie.automod import queries
from coterie.automod.queries import LogRow
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.filtering.models import AutomodAction, RuleType
from coterie.identifiers import new_id
from coterie.messages.enforcing import RefusedWrite
from coterie.moderation import automatic
from coterie.permissions.context import ActionContext
from coterie.permissions.hierarchy import structure_of

REASONS: Final[dict[RuleType, str]] = {
    "word_filter": "Automod: a forbidden word",
    "duplicate": "Automod: the same message again",
    "spam": "Automod: too many messages",
    "mentions": "Automod: too many mentions",
    "links": "Automod: a link that is not allowed",
    "invites": "Automod: an invite that is not allowed",
    "capitals": "Automod: too many capital letters",
    "files": "Automod: a file that is not allowed",
    "new_account": "Automod: an account that is too new",
}
"""As the audit log and the events of moderation show them."""


async def enforce(context: ActionContext, refused: RefusedWrite) -> None:
    """Log a refused write, and act against its author."""
    async with context.database.acquire() as connection, connection.transaction():
        if await queries.is_logged(connection, refused.written.user_id, refused.write_key):
            return
        taken = await _act(context, connection, refused)
        await queries.insert_log(
            connection,
            LogRow(
                id=new_id(),
                server_id=refused.written.server_id,
                channel_id=refused.written.channel_id,
                user_id=refused.written.user_id,
                rule_type=refused.verdict.rule_type,
                action_taken=taken,
                matched_term=refused.verdict.matched_term,
                message_content=refused.written.content,
                write_key=refused.write_key,
                created_at=datetime.now(UTC),
            ),
        )


async def _act(context: ActionContext, connection: Connection, refused: RefusedWrite) -> AutomodAction:
    """Act against the author; returns what was done. Someone who has left meanwhile is only refused."""
    action = refused.verdict.action
    if action == "delete":
        return "delete"
    server_id, user_id = refused.written.server_id, refused.written.user_id
    try:
        authority = await context.permissions.locked(connection, server_id, user_id, also=[user_id])
    except CoterieError:
        return "delete"
    structure = structure_of(authority)
    if user_id == structure.owner_id or structure.rules is None:
        return "delete"
    reason = REASONS[refused.verdict.rule_type]
    if action == "timeout":
        await automatic.time_out(connection, server_id, user_id, structure.rules.config.timeout_minutes, reason)
    elif action == "kick":
        await automatic.kick(connection, server_id, user_id, reason)
    else:
        await automatic.ban(connection, server_id, user_id, reason)
    return action
