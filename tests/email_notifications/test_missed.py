"""Users who were not connected are mailed what they missed, once, and only what they can still view."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import pytest

from coterie.database.connection import Connection
from coterie.email_notifications import feature, queries
from coterie.email_notifications.deciding import DECIDING
from coterie.email_notifications.queries import MailedUser
from coterie.email_notifications.sending import MISSED
from coterie.jobs.actions import WAKE
from coterie.log.bus import notify
from tests.jobs.test_jobs import until
from tests.mail.instance import Instance, address, instance
from tests.mail.server import authority, mailbox
from tests.people import Person

__all__ = ["authority", "instance", "mailbox"]

SUBJECT = "New messages for you at Coterie"
SETTINGS = "/api/users/@me/email-notifications"


@pytest.fixture(autouse=True)
def prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log is read at once."""
    monkeypatch.setattr(feature, "DECIDING", replace(DECIDING, pause=0))


class Meeting:
    """A server of an author's, which the reader is a member of and not connected to. Both know each other."""

    def __init__(self, instance: Instance, email: str, author: Person, reader: Person, server: str) -> None:
        self.instance, self.email = instance, email
        self.author, self.reader, self.server = author, reader, server
        self.channel = ""

    async def mention(self, content: str = "good morning") -> dict[str, Any]:
        return await self.author.send(self.channel, f"@{self.reader.username} {content}")

    async def connect(self) -> None:
        """Let the reader open a socket, and wait until all processes know it."""
        await self.reader.socket()
        await until(self._is_connected)

    async def _is_connected(self) -> bool:
        row = await self.instance.rows.fetchrow("SELECT FROM presences WHERE user_id = $1", self.reader.id)
        return row is not None

    async def missed(self, number: int) -> None:
        """Wait until the reader has missed this many messages."""
        await until(lambda: self._count(number))

    async def _count(self, number: int) -> bool:
        return await is_missed(self.instance.rows, self.reader.id, number)

    async def read_log(self) -> None:
        """Wait until the log was read up to its end."""
        await until(self._is_read)

    async def _is_read(self) -> bool:
        behind = await self.instance.rows.fetchval(
            """
            SELECT count(*) FROM topics
            LEFT JOIN log_cursors AS mark ON mark.consumer = 'email_notifications' AND mark.topic_id = topics.id
            WHERE kind IN ('channel', 'conversation') AND topics.position > coalesce(mark.position, 0)
            """
        )
        return bool(behind == 0)

    async def pass_time(self) -> None:
        """Let the mail be due, and wait until its job is done, or waits for the next."""
        await self.instance.rows.execute("UPDATE jobs SET due_at = now() WHERE kind = $1", MISSED.name)
        await notify(self.instance.rows, [WAKE])
        await until(self._is_done)

    async def _is_done(self) -> bool:
        due = await self.instance.rows.fetchval(
            "SELECT count(*) FROM jobs WHERE kind = $1 AND (due_at <= now() OR claimed_by IS NOT NULL)", MISSED.name
        )
        return bool(due == 0)

    def mails(self) -> list[EmailMessage]:
        return self.instance.mailbox.to(self.email, SUBJECT)

    def text(self, number: int = -1, kind: str = "plain") -> str:
        body = self.mails()[number].get_body((kind,))
        assert body is not None
        return str(body.get_content())


async def is_missed(connection: Connection, user_id: UUID | str, number: int) -> bool:
    """Whether a user has missed this many messages."""
    rows = await connection.fetchval("SELECT count(*) FROM missed_messages WHERE user_id = $1", user_id)
    return bool(rows == number)


@pytest.fixture
async def meeting(instance: Instance) -> Meeting:
    email = address()
    author = await instance.register(name="author")
    reader = await instance.verified(email)
    server = (await author.expect(201, "POST", "/api/servers", {"name": "Harbour", "is_public": True}))["id"]
    await reader.expect(201, "POST", f"/api/servers/{server}/join")
    meeting = Meeting(instance, email, author, reader, server)
    made = await author.expect(201, "POST", f"/api/servers/{server}/channels", {"name": "boats", "type": "text"})
    meeting.channel = made["id"]
    return meeting


async def test_it_works(meeting: Meeting) -> None:
    sent = await meeting.mention("the boat leaves at nine <b>")
    await meeting.missed(1)
    due = await meeting.instance.rows.fetchval("SELECT due_at - now() FROM jobs WHERE kind = $1", MISSED.name)
    assert timedelta(minutes=10) < due <= timedelta(minutes=15)
    await meeting.pass_time()
    text = meeting.text()
    assert f"@{meeting.reader.username} the boat leaves at nine <b>" in text
    assert f"https://chat.example/#/s/{meeting.server}/{meeting.channel}/m/{sent['id']}" in text
    assert meeting.author.username in text
    assert "at nine &lt;b&gt;" in meeting.text(kind="html")


async def test_each_message_is_mailed_once_and_another_mail_waits_an_hour(meeting: Meeting) -> None:
    await meeting.mention("the first")
    await meeting.missed(1)
    await meeting.pass_time()
    await meeting.mention("the second")
    await meeting.missed(1)
    pause = await meeting.instance.rows.fetchval("SELECT due_at - now() FROM jobs WHERE kind = $1", MISSED.name)
    assert timedelta(minutes=50) < pause <= timedelta(hours=1)
    await meeting.pass_time()
    await meeting.pass_time()
    assert await meeting.instance.rows.fetchval("SELECT count(*) FROM jobs WHERE kind = $1", MISSED.name) == 0
    assert len(meeting.mails()) == 2
    assert "the first" in meeting.text(0)
    assert "the first" not in meeting.text(1)
    assert "the second" in meeting.text(1)
    assert len({mail["Message-ID"] for mail in meeting.mails()}) == 2


async def test_an_edit_is_not_mailed_again(meeting: Meeting) -> None:
    sent = await meeting.mention("the first")
    await meeting.missed(1)
    await meeting.pass_time()
    path = f"/api/messages/{sent['id']}"
    await meeting.author.expect(200, "PATCH", path, {"content": f"@{meeting.reader.username} another"})
    await meeting.read_log()
    await meeting.missed(0)


async def test_a_private_message_is_mailed_without_a_mention(meeting: Meeting) -> None:
    conversation = await meeting.author.expect(
        201, "POST", "/api/conversations", {"participant_ids": [meeting.reader.id], "name": "Boats"}
    )
    await meeting.author.expect(
        201, "POST", f"/api/channels/{conversation['id']}/messages", {"content": "are you there?"}
    )
    await meeting.missed(1)
    await meeting.pass_time()
    assert "are you there?" in meeting.text()
    assert "Boats" in meeting.text()


async def everyone(meeting: Meeting) -> None:
    await meeting.author.send(meeting.channel, "@everyone dinner")


async def role(meeting: Meeting) -> None:
    server = f"/api/servers/{meeting.server}"
    made = await meeting.author.expect(201, "POST", f"{server}/roles", {"name": "Sailors"})
    role_id = made.get("role_id") or made["id"]
    await meeting.author.expect(204, "PUT", f"{server}/members/{meeting.reader.id}/roles/{role_id}")
    await meeting.author.send(meeting.channel, "@Sailors dinner")


@pytest.mark.parametrize("mention", [everyone, role])
async def test_mentions_of_many(meeting: Meeting, mention: Callable[[Meeting], Awaitable[None]]) -> None:
    await mention(meeting)
    await meeting.missed(1)
    await meeting.pass_time()
    assert "dinner" in meeting.text()


async def plain(meeting: Meeting) -> None:
    await meeting.author.send(meeting.channel, "nobody is named")


async def of_someone_connected(meeting: Meeting) -> None:
    await meeting.connect()
    await meeting.mention()


async def in_a_muted_server(meeting: Meeting) -> None:
    path = f"/api/servers/{meeting.server}/notifications"
    await meeting.reader.expect(200, "PUT", path, {"level": "nothing"})
    await meeting.mention()


async def by_someone_blocked(meeting: Meeting) -> None:
    await meeting.reader.expect(204, "PUT", f"/api/blocks/{meeting.author.id}")
    await meeting.mention()


async def of_someone_unsubscribed(meeting: Meeting) -> None:
    await meeting.reader.expect(200, "PATCH", SETTINGS, {"frequency": "never"})
    await meeting.mention()


async def of_an_unverified_address(meeting: Meeting) -> None:
    await meeting.instance.rows.execute("UPDATE users SET email_verified_at = NULL WHERE id = $1", meeting.reader.id)
    await meeting.mention()


async def from_long_ago(meeting: Meeting) -> None:
    """The reader of the log was off for two days."""
    sent = await meeting.mention()
    await meeting.missed(1)
    await meeting.instance.rows.execute(
        "UPDATE messages SET created_at = now() - interval '2 days' WHERE id = $1", sent["id"]
    )
    await meeting.instance.rows.execute("DELETE FROM missed_messages")
    await meeting.instance.rows.execute("UPDATE log_cursors SET position = 0 WHERE topic_id = $1", meeting.channel)
    await meeting.author.send(meeting.channel, "the reader reads again")


@pytest.mark.parametrize(
    "act",
    [
        plain,
        of_someone_connected,
        in_a_muted_server,
        by_someone_blocked,
        of_someone_unsubscribed,
        of_an_unverified_address,
        from_long_ago,
    ],
)
async def test_what_is_not_missed(meeting: Meeting, act: Callable[[Meeting], Awaitable[None]]) -> None:
    await act(meeting)
    await meeting.read_log()
    await meeting.missed(0)


async def read(meeting: Meeting, message: str) -> None:
    await meeting.reader.expect(204, "POST", f"/api/channels/{meeting.channel}/ack", {"message_id": message})


async def deleted(meeting: Meeting, message: str) -> None:
    await meeting.author.expect(204, "DELETE", f"/api/messages/{message}")


async def removed(meeting: Meeting, message: str) -> None:
    await meeting.reader.expect(204, "DELETE", f"/api/servers/{meeting.server}/leave")


async def connected(meeting: Meeting, message: str) -> None:
    await meeting.connect()


async def unsubscribed(meeting: Meeting, message: str) -> None:
    await meeting.reader.expect(200, "PATCH", SETTINGS, {"frequency": "never"})


async def bounced(meeting: Meeting, message: str) -> None:
    await meeting.instance.rows.execute(
        "INSERT INTO bounced_addresses (address, reply) VALUES ($1, '550')", meeting.email
    )


@pytest.mark.parametrize("act", [read, deleted, removed, connected, unsubscribed, bounced])
async def test_what_is_no_longer_mailed(meeting: Meeting, act: Callable[[Meeting, str], Awaitable[None]]) -> None:
    sent = await meeting.mention()
    await meeting.missed(1)
    await act(meeting, sent["id"])
    await meeting.pass_time()
    await meeting.missed(0)
    assert meeting.mails() == []
    assert await meeting.instance.rows.fetchval("SELECT count(*) FROM jobs WHERE kind = $1", MISSED.name) == 0


async def test_of_many_the_newest_are_quoted(meeting: Meeting) -> None:
    for number in range(23):
        await meeting.mention(f"number {number:02}")
    await meeting.missed(23)
    await meeting.pass_time()
    quoted = re.findall(r"number (\d\d)", meeting.text())
    assert quoted == [f"{number:02}" for number in range(3, 23)]


async def test_while_the_server_of_mail_is_away_nothing_is_lost(meeting: Meeting) -> None:
    await meeting.mention("the first")
    await meeting.missed(1)
    meeting.instance.mailbox.data_replies.append("451 later")
    await meeting.pass_time()
    assert meeting.mails() == []
    await meeting.pass_time()
    assert "the first" in meeting.text()


@pytest.mark.parametrize("reply", ["550 no such mailbox", "554 5.7.1 looks like spam"])
async def test_a_refused_mail_is_given_up_and_the_next_are_sent(meeting: Meeting, reply: str) -> None:
    await meeting.mention("the first")
    await meeting.missed(1)
    meeting.instance.mailbox.data_replies.append(reply)
    await meeting.pass_time()
    await meeting.missed(0)
    await meeting.pass_time()
    assert await meeting.instance.rows.fetchval("SELECT count(*) FROM jobs WHERE kind = $1", MISSED.name) == 0
    await meeting.instance.rows.execute("DELETE FROM bounced_addresses")  # as a new verification does
    await meeting.mention("the second")
    await meeting.missed(1)
    await meeting.pass_time()
    assert "the second" in meeting.text()
    assert "the first" not in meeting.text()


async def test_what_comes_while_a_mail_is_made_is_left_for_the_next(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = queries.missed_ids

    async def with_another(connection: Connection, user_id: UUID) -> list[UUID]:
        found = await read(connection, user_id)
        if not meeting.mails():
            await meeting.mention("the second")
            await until(lambda: is_missed(connection, user_id, 2))
        return found

    await meeting.mention("the first")
    await meeting.missed(1)
    monkeypatch.setattr(queries, "missed_ids", with_another)
    await meeting.pass_time()
    await meeting.pass_time()
    assert ["the second" in meeting.text(number) for number in range(2)] == [False, True]
    assert ["the first" in meeting.text(number) for number in range(2)] == [True, False]


async def test_what_comes_while_a_user_is_connected_keeps_the_job(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They disconnected, and missed another message, before the job was done."""
    read = queries.mailed_user

    async def with_another(connection: Connection, user_id: UUID) -> MailedUser | None:
        monkeypatch.setattr(queries, "mailed_user", read)
        await meeting.mention("the second")
        await until(lambda: is_missed(connection, user_id, 2))
        return None

    await meeting.mention("the first")
    await meeting.missed(1)
    monkeypatch.setattr(queries, "mailed_user", with_another)
    await meeting.pass_time()
    await meeting.missed(1)
    await meeting.pass_time()
    assert "the second" in meeting.text()
    assert "the first" not in meeting.text()


async def test_a_click_in_the_mail_ends_them(meeting: Meeting) -> None:
    await meeting.mention()
    await meeting.missed(1)
    await meeting.pass_time()
    [mail] = meeting.mails()
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = mail["List-Unsubscribe"].strip("<>").removeprefix("https://chat.example")
    token = path.rpartition("/")[2]
    assert f"https://chat.example/#/unsubscribe/{token}" in meeting.text()
    answer = await meeting.instance.browser.call("POST", path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status == 204
    assert (await meeting.reader.expect(200, "GET", SETTINGS))["frequency"] == "never"
    await meeting.instance.browser.expect(404, "POST", path[:-4] + "AAAA")
    await meeting.instance.browser.expect(404, "POST", path.replace(token, "none"))


async def test_the_language_is_the_one_that_was_chosen(meeting: Meeting) -> None:
    assert await meeting.reader.expect(200, "GET", SETTINGS) == {
        "frequency": "soon",
        "language": None,
        "is_available": True,
    }
    changed = await meeting.reader.expect(200, "PATCH", SETTINGS, {"language": "de", "frequency": "daily"})
    assert changed == {"frequency": "daily", "language": "de", "is_available": True}
    await meeting.reader.expect(422, "PATCH", SETTINGS, {"language": "xx"})
    await meeting.mention()
    await meeting.missed(1)
    due = await meeting.instance.rows.fetchval("SELECT due_at - now() FROM jobs WHERE kind = $1", MISSED.name)
    assert timedelta(hours=23) < due <= timedelta(days=1)
    await meeting.pass_time()
    [mail] = meeting.instance.mailbox.to(meeting.email, "Neue Nachrichten")
    assert mail["Content-Language"] == "de"
