"""List, create, change, test and delete the webhooks of a server. Each change is logged in the server's topic.

All of it is for members with ADMINISTRATOR. The deliveries are in `deliveries.py`.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from coterie import errors
from coterie.audit.actions import record
from coterie.audit.models import AuditEntry
from coterie.database.connection import Connection
from coterie.database.recurring import Recurring
from coterie.errors import CoterieError
from coterie.feature import AuditAction, Core
from coterie.http import patch
from coterie.identifiers import new_id
from coterie.log.append import Change, append
from coterie.outgoing import urls
from coterie.outgoing.addresses import places
from coterie.outgoing.guard import Outgoing
from coterie.permissions.bits import Permission
from coterie.permissions.context import ActionContext
from coterie.settings.sealing import Sealing
from coterie.webhooks import queries
from coterie.webhooks.audit_actions import WEBHOOK_CREATE, WEBHOOK_DELETE, WEBHOOK_UPDATE
from coterie.webhooks.changes import change_of
from coterie.webhooks.deliveries import LOOK_SECONDS, Deliveries
from coterie.webhooks.errors import TOO_MANY_WEBHOOKS
from coterie.webhooks.models import EVENT_TYPES, NewWebhook, Webhook, WebhookChange, WebhookCreation
from coterie.webhooks.signing import PURPOSE, new_secret
from coterie.webhooks.wakes import kinds_of

WEBHOOK_LIMIT: Final = 10
"""Per server."""


@dataclass(frozen=True, slots=True)
class Webhooks:
    """What the actions on webhooks need."""

    context: ActionContext
    sealing: Sealing
    deliveries: Deliveries


@asynccontextmanager
async def opened(core: Core) -> AsyncIterator[Webhooks]:
    """The webhooks of a process, with their deliveries."""
    settings, context = core.settings, core.context
    sealing = Sealing(PURPOSE, settings.jwt_secret, settings.jwt_secret_previous)
    deliveries = Deliveries(context, Outgoing(places(settings.outgoing_allowed)), sealing)
    looking = Recurring("webhooks.look", deliveries.look, LOOK_SECONDS)
    core.watchers.add(deliveries.wakes)
    deliveries.start()
    looking.start()
    try:
        yield Webhooks(context, sealing, deliveries)
    finally:
        await looking.stop()
        await deliveries.stop()


async def listing(webhooks: Webhooks, server_id: UUID, user_id: UUID) -> list[Webhook]:
    """The webhooks of a server, oldest first."""
    await _check(webhooks, server_id, user_id)
    return await queries.webhooks(webhooks.context.database, server_id)


async def get(webhooks: Webhooks, server_id: UUID, webhook_id: UUID, user_id: UUID) -> Webhook:
    await _check(webhooks, server_id, user_id)
    return await _existing(webhooks.context.database, server_id, webhook_id)


async def create(webhooks: Webhooks, server_id: UUID, user_id: UUID, creation: WebhookCreation) -> NewWebhook:
    """Create a webhook that is sent what happens from now on. Raises URL_INVALID and TOO_MANY_WEBHOOKS."""
    urls.checked(creation.url)
    secret, now = new_secret(), datetime.now(UTC)
    webhook = _new(server_id, user_id, creation, now)
    async with webhooks.context.database.acquire() as connection, connection.transaction():
        await _lock(webhooks, connection, server_id, user_id)
        if await queries.count(connection, server_id) >= WEBHOOK_LIMIT:
            raise CoterieError(TOO_MANY_WEBHOOKS)
        await queries.insert(connection, webhook, webhooks.sealing.seal(webhook.id, secret))
        await queries.begin(connection, webhook.id, server_id, ("server", "channel"))
        await _record(connection, webhook, user_id, WEBHOOK_CREATE)
        await append(connection, change_of(webhook, "WEBHOOK_CREATE"))
    return NewWebhook(webhook, secret)


async def change(webhooks: Webhooks, server_id: UUID, webhook_id: UUID, user_id: UUID, given: WebhookChange) -> Webhook:
    """Change a webhook. What was not delivered yet goes to its new address; enabling begins from now."""
    if isinstance(given.url, str):
        urls.checked(given.url)
    async with webhooks.context.database.acquire() as connection, connection.transaction():
        await _lock(webhooks, connection, server_id, user_id)
        before = await _existing(connection, server_id, webhook_id)
        after = patch.apply(before, given)
        after = replace(after, event_types=_ordered(after.event_types))
        if after == before:
            return before
        after = _calm(after, datetime.now(UTC))
        await queries.update(connection, after)
        if after.enabled and not before.enabled:
            await queries.begin(connection, webhook_id, server_id, ("server", "channel"))
        elif added := kinds_of(after.event_types) - kinds_of(before.event_types):
            await queries.begin(connection, webhook_id, server_id, added)
        await _record(connection, after, user_id, WEBHOOK_UPDATE)
        await append(connection, change_of(after, "WEBHOOK_UPDATE"))
    webhooks.deliveries.wake(webhook_id, is_now=True)
    return after


async def delete(webhooks: Webhooks, server_id: UUID, webhook_id: UUID, user_id: UUID) -> None:
    """Delete a webhook; what was not delivered yet is not sent."""
    async with webhooks.context.database.acquire() as connection, connection.transaction():
        await _lock(webhooks, connection, server_id, user_id)
        webhook = await _existing(connection, server_id, webhook_id)
        await queries.delete(connection, webhook_id)
        await _record(connection, webhook, user_id, WEBHOOK_DELETE)
        gone = {"server_id": server_id, "webhook_id": webhook_id}
        await append(connection, Change(server_id, f"webhooks/{webhook_id}", "WEBHOOK_DELETE", gone, is_removal=True))


async def test(webhooks: Webhooks, server_id: UUID, webhook_id: UUID, user_id: UUID) -> None:
    """Have `ping` sent to a webhook, enabled or not. How it went arrives as WEBHOOK_UPDATE."""
    await _check(webhooks, server_id, user_id)
    await _existing(webhooks.context.database, server_id, webhook_id)
    await queries.request_test(webhooks.context.database, webhook_id, datetime.now(UTC))
    webhooks.deliveries.wake(webhook_id, is_now=True)


async def _check(webhooks: Webhooks, server_id: UUID, user_id: UUID) -> None:
    context = webhooks.context
    (await context.permissions.in_server(context.database, server_id, user_id)).check(Permission.ADMINISTRATOR)


async def _lock(webhooks: Webhooks, connection: Connection, server_id: UUID, user_id: UUID) -> None:
    authority = await webhooks.context.permissions.locked(connection, server_id, user_id)
    authority.check(Permission.ADMINISTRATOR)


async def _existing(connection: Connection, server_id: UUID, webhook_id: UUID) -> Webhook:
    found = await queries.webhook(connection, server_id, webhook_id)
    if found is None:
        raise CoterieError(errors.NOT_FOUND)
    return found


async def _record(connection: Connection, webhook: Webhook, user_id: UUID, action: AuditAction) -> None:
    """The address stays out of the audit log: it may contain what proves to the receiver who sends."""
    details: dict[str, object] = {"name": webhook.name}
    await record(connection, AuditEntry(webhook.server_id, user_id, action, webhook.id, details))


def _new(server_id: UUID, user_id: UUID, creation: WebhookCreation, now: datetime) -> Webhook:
    return Webhook(
        id=new_id(),
        server_id=server_id,
        created_by=user_id,
        name=creation.name,
        url=creation.url,
        event_types=_ordered(creation.event_types),
        enabled=True,
        disabled_reason=None,
        delivery_failures=0,
        last_failure=None,
        failing_since=None,
        last_tested_at=None,
        last_test_result=None,
        created_at=now,
        updated_at=now,
        last_used_at=None,
    )


def _calm(webhook: Webhook, now: datetime) -> Webhook:
    """The webhook as a change leaves it: its failures are counted from the beginning."""
    return replace(
        webhook,
        delivery_failures=0,
        last_failure=None,
        failing_since=None,
        disabled_reason=None if webhook.enabled else webhook.disabled_reason,
        updated_at=now,
    )


def _ordered(given: Sequence[str]) -> list[str]:
    """Each type once, in the order of the list of all."""
    return [each for each in EVENT_TYPES if each in given]
