"""Who may report what, and who decides about a report.

Anyone reports what they can see. About a report decide the members of its server who may manage messages
(MANAGE_MESSAGES), each only about reports of channels in which they may; about the others the administrators of the
instance. Nobody sees a report about themselves.
"""

from dataclasses import dataclass
from uuid import UUID

from coterie import errors
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.messages import queries as messages
from coterie.messages.models import Message
from coterie.permissions.authority import Authority
from coterie.permissions.bits import Permission
from coterie.permissions.cache import PermissionCache
from coterie.reports import queries
from coterie.reports.models import ReportPlace
from coterie.reports.queries import ReportRow
from coterie.servers import queries as servers
from coterie.servers.models import CountedServer


@dataclass(frozen=True, slots=True)
class VisibleMessage:
    """A message that its reporter can see, and the server of its channel, if it is not a conversation."""

    message: Message
    server_id: UUID | None


async def message(
    permissions: PermissionCache, connection: Connection, message_id: UUID, reporter_id: UUID
) -> VisibleMessage:
    """A message of someone else that the reporter can see."""
    found = await messages.message(connection, message_id)
    if found is None:
        raise CoterieError(errors.NOT_FOUND)
    authority = await permissions.in_channel(connection, found.channel_id, reporter_id)
    if found.deleted or authority.place is None:
        raise CoterieError(errors.NOT_FOUND)
    if found.type == "system":
        raise CoterieError(errors.SYSTEM_MESSAGE)
    _check_other(found.author_id, reporter_id)
    return VisibleMessage(found, authority.place.server_id)


async def server(connection: Connection, server_id: UUID, reporter_id: UUID) -> CountedServer:
    """A server of someone else that the reporter is in, or that is public."""
    found = await servers.server(connection, server_id)
    if found is None or not (found.is_public or await servers.is_member(connection, server_id, reporter_id)):
        raise CoterieError(errors.NOT_FOUND)
    _check_other(found.owner_id, reporter_id)
    return found


async def member(
    permissions: PermissionCache, connection: Connection, server_id: UUID, user_id: UUID, reporter_id: UUID
) -> CountedServer:
    """The server in which both the reporter and the reported person are."""
    await permissions.in_server(connection, server_id, reporter_id)
    _check_other(user_id, reporter_id)
    found = await servers.server(connection, server_id)
    if found is None or not (await permissions.member_state(connection, server_id, user_id)).is_member:
        raise CoterieError(errors.NOT_FOUND)
    return found


async def moderator(
    permissions: PermissionCache, connection: Connection, server_id: UUID, viewer_id: UUID
) -> Authority:
    """What a member may do who may decide about reports."""
    authority = await permissions.in_server(connection, server_id, viewer_id)
    authority.check(Permission.MANAGE_MESSAGES)
    return authority


def moderated_channels(authority: Authority) -> list[UUID] | None:
    """The channels of whose reports a moderator decides; None if of all, deleted ones included."""
    if Permission.ADMINISTRATOR in authority.permissions:
        return None
    return [channel for channel in authority.visible_channels if _may_moderate(authority, channel)]


async def report(permissions: PermissionCache, connection: Connection, place: ReportPlace) -> ReportRow:
    """A report that the viewer may see. For the instance's, the caller has checked that they are an administrator."""
    authority = await moderator(permissions, connection, place.server_id, place.viewer_id) if place.server_id else None
    found = await queries.report(connection, place.report_id)
    if found is None or not is_in_queue(found, place, authority):
        raise CoterieError(errors.NOT_FOUND)
    return found


def is_in_queue(found: ReportRow, place: ReportPlace, authority: Authority | None) -> bool:
    """Whether a report is among those that the viewer sees there."""
    if found.user_id == place.viewer_id:
        return False
    if authority is None:
        return found.queue_id is None
    if found.queue_id != place.server_id and (found.server_id != place.server_id or found.escalated_at is None):
        return False
    channels = moderated_channels(authority)
    return channels is None or found.channel_id is None or found.channel_id in channels


def _may_moderate(authority: Authority, channel: UUID) -> bool:
    assert authority.structure is not None, "asked of a server"
    assert authority.member_state is not None, "they are a member"
    permissions = authority.structure.permissions_in(channel, authority.user_id, authority.member_state)
    return Permission.MANAGE_MESSAGES in permissions


def _check_other(user_id: UUID | None, reporter_id: UUID) -> None:
    if user_id == reporter_id:
        raise CoterieError(errors.NOT_YOURSELF)
