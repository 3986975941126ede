"""One turn of work on one webhook: claim it, send what is due, and note what became of each attempt."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog

from coterie import errors
from coterie.audit.actions import record
from coterie.audit.models import AuditEntry
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.log.append import append, lock
from coterie.outgoing.guard import Outgoing
from coterie.permissions.context import ActionContext
from coterie.settings.sealing import Sealing
from coterie.webhooks import delivery_queries as queries
from coterie.webhooks import event_queries, reading
from coterie.webhooks.audit_actions import WEBHOOK_DISABLE
from coterie.webhooks.changes import change_of
from coterie.webhooks.delivery_queries import ClaimedWebhook, Failed, Holder
from coterie.webhooks.event_queries import TopicBehind
from coterie.webhooks.models import DisabledReason, LoggedWebhook
from coterie.webhooks.sending import ATTEMPTS, DELIVERED, GIVE_UP, Post, body_of, send, wait_after
from coterie.webhooks.wakes import kinds_of

TOPICS: Final = 20
"""Topics that one turn reads."""

TURN_SECONDS: Final = 10.0
"""After which a turn ends with the event under way, so that others get theirs."""

AT_ONCE: Final = 0.0
"""The pause after a turn with which there may be more to do."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WebhookWorker:
    """Works for the process in `holder`."""

    context: ActionContext
    outgoing: Outgoing
    sealing: Sealing
    holder: Holder

    async def turn(self, webhook_id: UUID) -> float | None:
        """Do what is due; returns in how many seconds to do more, and None if there is nothing to do."""
        database = self.context.database
        webhook = await queries.claim(database, webhook_id, self.holder)
        if webhook is None:
            return await queries.claimed_for(database, webhook_id)
        if webhook.is_test_requested:
            await self._test(webhook)
            return AT_ONCE
        if webhook.enabled and not webhook.wait:
            kinds = sorted(kinds_of(webhook.event_types))
            if topics := await event_queries.behind(database, webhook_id, kinds, TOPICS):
                return await self._send_all(webhook, topics)
        await queries.release(database, webhook_id, self.holder.process)
        return webhook.wait if webhook.enabled and webhook.wait else None

    async def _send_all(self, webhook: ClaimedWebhook, topics: list[TopicBehind]) -> float:
        """Send what happened in these topics, for as long as a turn lasts."""
        secret = self.sealing.open(webhook.id, webhook.sealed)
        if secret is None:
            return await self._switch_off(webhook, "secret_lost")
        clock = asyncio.get_running_loop().time
        ends_at = clock() + TURN_SECONDS
        posts = TurnPosts(webhook, secret)
        try:
            for topic in topics:
                pause = await self._send_topic(posts, topic, lambda: clock() > ends_at)
                if pause is not None:
                    return pause
        except CreatorLeftError:
            return await self._switch_off(webhook, "creator_left")
        return AT_ONCE

    async def _send_topic(self, posts: "TurnPosts", topic: TopicBehind, is_over: Callable[[], bool]) -> float | None:
        """Send the next events of a topic; returns a pause if the turn ends with it."""
        webhook, database = posts.webhook, self.context.database
        page = await reading.read_page(database, topic, webhook.event_types)
        for chunk in page.chunks:
            data = await reading.data_of(database, topic, chunk)
            for logged, value in zip(chunk, data, strict=True):
                if value is None or not await self._may_see(webhook, topic):
                    continue
                result = await send(self.outgoing, posts.post(logged.event, value))
                if result != DELIVERED:
                    return await self._fail(webhook, result)
                if not await queries.delivered(database, webhook, self.holder, topic.topic, logged.position):
                    return AT_ONCE
                if posts.is_first:
                    await self._recover(webhook)
                posts.is_first = False
                if is_over():
                    return AT_ONCE
        if not await queries.passed(database, webhook, self.holder, topic.topic, page.reached):
            return AT_ONCE
        return None

    async def _test(self, webhook: ClaimedWebhook) -> None:
        """Send `ping`, once; whatever comes of it, it is not counted as a failure."""
        secret = self.sealing.open(webhook.id, webhook.sealed)
        result = "secret_lost"
        if secret is not None:
            message = f"A test of the webhook from {webhook.server_name}."
            data = {"webhook_id": webhook.id, "server_name": webhook.server_name, "message": message}
            body = body_of("ping", webhook.server_id, data)
            result = await send(self.outgoing, Post(webhook.id, webhook.url, secret, body, 1))
        async with self.context.database.acquire() as connection, connection.transaction():
            await lock(connection, [webhook.server_id])
            noted = await queries.note_test(connection, webhook.id, result, is_success=result == DELIVERED)
            await _log(connection, noted)

    async def _fail(self, webhook: ClaimedWebhook, reason: str) -> float:
        """Note a failed attempt; returns after how many seconds the next is due."""
        async with self.context.database.acquire() as connection, connection.transaction():
            await lock(connection, [webhook.server_id])
            before = await queries.failures(connection, webhook.id, self.holder.process)
            if before is None:
                return AT_ONCE
            after = _counted(before)
            wait = wait_after(after.attempts, after.delivery_failures)
            noted = await queries.note_failure(connection, webhook.id, after, reason, wait)
            if before.failing_for >= GIVE_UP:
                await _disable(connection, webhook, "failing")
            else:
                await _log(connection, noted)
        log.info("webhook.failed", webhook=str(webhook.id), reason=reason)
        return wait.total_seconds()

    async def _recover(self, webhook: ClaimedWebhook) -> None:
        """If a webhook was failing, announce that it works again."""
        if not webhook.is_failing:
            return
        async with self.context.database.acquire() as connection, connection.transaction():
            await lock(connection, [webhook.server_id])
            await _log(connection, await queries.logged(connection, webhook.id))

    async def _switch_off(self, webhook: ClaimedWebhook, reason: DisabledReason) -> float:
        async with self.context.database.acquire() as connection, connection.transaction():
            await lock(connection, [webhook.server_id])
            await _disable(connection, webhook, reason)
        return AT_ONCE

    async def _may_see(self, webhook: ClaimedWebhook, topic: TopicBehind) -> bool:
        """Whether the webhook's creator can see what happens in a topic now; raises CreatorLeftError."""
        database, permissions, creator = self.context.database, self.context.permissions, webhook.created_by
        if creator is None:
            raise CreatorLeftError
        if topic.kind == "channel":
            [authority] = await permissions.judge(database, [(topic.topic, creator)])
            if authority is not None:
                return True
        try:
            await permissions.in_server(database, webhook.server_id, creator)
        except CoterieError as error:
            if error.entry is not errors.NOT_FOUND:
                raise
            raise CreatorLeftError from error
        return topic.kind == "server"


class CreatorLeftError(Exception):
    """The creator of a webhook is no longer a member of its server."""


@dataclass(slots=True)
class TurnPosts:
    """Makes the posts of one turn. The first has the number of the attempt; those after it are first attempts."""

    webhook: ClaimedWebhook
    secret: str
    is_first: bool = True

    def post(self, event: str, data: object) -> Post:
        attempt = self.webhook.attempts + 1 if self.is_first else 1
        body = body_of(event, self.webhook.server_id, data)
        return Post(self.webhook.id, self.webhook.url, self.secret, body, attempt)


def _counted(before: Failed) -> Failed:
    """The failures with another attempt; the last of a round makes the round a failure."""
    if before.attempts + 1 < ATTEMPTS:
        return before._replace(attempts=before.attempts + 1)
    return before._replace(attempts=0, delivery_failures=before.delivery_failures + 1)


async def _disable(connection: Connection, webhook: ClaimedWebhook, reason: DisabledReason) -> None:
    """Switch a webhook off, in the transaction that has locked its server's topic; the audit log says why."""
    disabled = await queries.switch_off(connection, webhook.id, reason)
    if disabled is not None:
        details: dict[str, object] = {"name": disabled.name, "cause": reason}
        entry = AuditEntry(disabled.server_id, None, WEBHOOK_DISABLE, disabled.id, details)
        await record(connection, entry)
        await _log(connection, disabled)


async def _log(connection: Connection, webhook: LoggedWebhook | None) -> None:
    if webhook is not None:
        await append(connection, change_of(webhook, "WEBHOOK_UPDATE"))
