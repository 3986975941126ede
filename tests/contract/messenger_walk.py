"""A walk through every route of the messenger's wire, as its desktop client makes it: two friends and a stranger."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tests.contract.desktop import Desktop, Stream
from tests.contract.messenger_shapes import ROUTES, TYPING
from tests.shapes import faults

REQUEST = "POST /api/friends/request"
RESPOND = "POST /api/friends/respond"
HISTORY = "GET /api/conversations/:id/messages"
WRITE = "PUT /sync/conversations/:id/messages/:message"
FOLLOW = "GET /sync/conversations/:id/messages"
READ = "PATCH /api/messages/:id/read"


@dataclass
class Friends:
    """Alice and Bob will be friends; Carol knows all the ids; `nobody` is anonymous."""

    nobody: Desktop
    alice: Desktop
    bob: Desktop
    carol: Desktop
    conversation: str = ""

    @classmethod
    async def arrive(cls, nobody: Desktop) -> "Friends":
        alice, bob, carol = [await Desktop.sign_up(nobody, name) for name in ("alice", "bob", "carol")]
        return cls(nobody, alice, bob, carol)

    async def all(self) -> None:
        """The whole walk; the chat room must be switched on."""
        await self.accounts()
        await self.friends()
        await self.messages()
        await self.following()
        await self.receipts()
        await self.room()
        await self.realtime()
        await self.usage()
        await self.strangers()

    async def accounts(self) -> None:
        alice, nobody = self.alice.user, self.nobody
        signup, login = "POST /api/auth/signup", "POST /api/auth/login"
        for name in (alice["username"], alice["email"], alice["email"].upper()):
            found = await nobody.call(login, {"username": name, "password": "eight or more"})
            assert found["user"]["id"] == alice["id"]
        await nobody.refused(401, login, {"username": alice["username"], "password": "wrong-password"})
        await nobody.refused(401, login, {"username": "nobody_of_that_name", "password": "eight or more"})
        assert (await self.alice.call("GET /api/auth/me"))["id"] == alice["id"]
        fresh = {"username": f"n_{uuid4().hex[:8]}", "email": f"{uuid4().hex}@example.org", "password": "eight or more"}
        await nobody.refused(400, signup, {**fresh, "password": "1234567"})
        await nobody.refused(400, signup, {**fresh, "email": "no address"})
        await nobody.refused(400, signup, {**fresh, "username": "a b"})
        await nobody.refused(409, signup, {**fresh, "username": alice["username"].upper()})
        await nobody.refused(409, signup, {**fresh, "email": alice["email"]})

    async def friends(self) -> None:
        """The refusals by the rules are successes of the call, too: `success` is false."""
        alice, bob, carol = self.alice, self.bob, self.carol
        for wrong in (alice.user["email"], "nobody@example.org"):
            answer = await alice.call(REQUEST, {"to_email": wrong})
            assert (answer["success"], answer["request_id"]) == (False, None)
            assert answer["error"]
        sent = await alice.call(REQUEST, {"to_email": bob.user["email"]})
        assert (sent["success"], sent["error"]) == (True, None)
        assert not (await alice.call(REQUEST, {"to_email": bob.user["email"]}))["success"]
        [request] = (await bob.call("GET /api/friends/requests"))["requests"]
        wanted = (sent["request_id"], "", "pending")
        assert (request["id"], request["from_email"], request["status"]) == wanted, "nobody has verified the address"
        assert (await alice.call("GET /api/friends/requests"))["requests"] == []
        await carol.refused(404, RESPOND, {"request_id": request["id"], "accept": True})
        for _ in range(2):
            assert await bob.call(RESPOND, {"request_id": request["id"], "accept": True})
        [contact] = (await alice.call("GET /api/contacts"))["contacts"]
        assert (contact["contact_user_id"], contact["email"]) == (bob.user["id"], "")
        [conversation] = (await alice.call("GET /api/conversations"))["conversations"]
        assert set(conversation["participants"]) == {alice.user["id"], bob.user["id"]}
        assert (conversation["other_username"], conversation["last_message"]) == (bob.user["username"], None)
        assert (conversation["last_message_preview"], conversation["unread_count"]) == ("", 0)
        self.conversation = conversation["id"]

    async def write(self, person: Desktop, content: str, message: str | None = None) -> str:
        """As the client does, with an id of its own; returns the id."""
        id = message or str(uuid4())
        body = {"content": content, "message_type": {"type": "text"}}
        answer, version = await person.put(WRITE, body, id=self.conversation, message=id)
        assert (answer["success"], answer["message_id"], answer["version"]) == (True, id, version)
        return id

    async def messages(self) -> None:
        alice, bob = self.alice, self.bob
        first = await self.write(alice, "hello \N{SNOWMAN}")
        await self.write(alice, "hello \N{SNOWMAN}", first)
        await alice.refused(409, WRITE, {"content": "other"}, id=self.conversation, message=first)
        known = await alice.call(HISTORY, id=self.conversation)
        named = {"content": "named", "message_type": {"type": "text"}}
        headers = {"Version": '"alice-1"', "Parents": f'"{known["messages"][0]["braid_version"]}"'}
        _, version = await alice.put(WRITE, named, headers, id=self.conversation, message=str(uuid4()))
        assert version == "alice-1"
        page = await bob.call(HISTORY, id=self.conversation)
        assert [each["content"] for each in page["messages"]] == ["named", "hello \N{SNOWMAN}"]
        assert {each["sender_id"] for each in page["messages"]} == {alice.user["id"]}
        assert not page["has_more"]
        origins = [(each["braid_version"], each["braid_parents"]) for each in page["messages"]]
        before = known["messages"][0]
        assert origins == [("alice-1", [before["braid_version"]]), (before["braid_version"], before["braid_parents"])]
        page = await bob.call(HISTORY, query="?limit=1&offset=1", id=self.conversation)
        assert [each["id"] for each in page["messages"]] == [first]
        assert (await bob.call(HISTORY, query="?limit=1", id=self.conversation))["has_more"]
        [listed] = (await bob.call("GET /api/conversations"))["conversations"]
        assert (listed["last_message"]["content"], listed["last_message_preview"]) == ("named", "named")
        assert listed["unread_count"] == 2

    async def following(self) -> None:
        """The last fifty, newest first, and then what comes; a reconnection repeats them."""
        for number in range(52):
            await self.write(self.bob, f"{number}")
        for _ in range(2):
            stream = await self.bob.follow(FOLLOW, id=self.conversation)
            assert stream.response.headers["content-type"].startswith("text/event-stream")
            shown = [(await stream.message())["content"] for _ in range(50)]
            assert shown == [f"{number}" for number in range(51, 1, -1)]
            await self.write(self.alice, "live")
            assert (await stream.message())["content"] == "live"
            stream.close()
            await self._take_back("live")

    async def _take_back(self, content: str) -> None:
        """Delete it, so that the fifty are the same again."""
        [newest] = (await self.alice.call(HISTORY, query="?limit=1", id=self.conversation))["messages"]
        assert newest["content"] == content
        headers = {"Authorization": f"Bearer {self.alice.token}"}
        url = f"{self.alice.url}/api/messages/{newest['id']}"
        async with self.alice.http.delete(url, headers=headers) as answer:
            assert answer.status == 204

    async def receipts(self) -> None:
        """One tick when it is stored, coloured when the other one has read it: the reader says so, not the writer."""
        id = await self.write(self.alice, "have you read it?")
        await self.alice.call(READ, id=id)
        assert not await self._is_read(id)
        await self.bob.call(READ, id=id)
        assert await self._is_read(id)
        [listed] = (await self.bob.call("GET /api/conversations"))["conversations"]
        assert listed["unread_count"] == 0

    async def _is_read(self, id: str) -> bool:
        [newest] = (await self.alice.call(HISTORY, query="?limit=1", id=self.conversation))["messages"]
        assert newest["id"] == id
        return bool(newest["is_read"])

    async def room(self) -> None:
        stream = await self.bob.follow("GET /chat")
        _, before = await stream.list()
        message = {"text": "hello all", "author": "somebody else", "timestamp": "2024-01-01T00:00:00Z"}
        answer, version = await self.alice.put("PUT /chat", message)
        assert answer is None
        shown, after = await stream.list()
        assert (shown, after[:-1]) == (version, before)
        assert (after[-1]["text"], after[-1]["author"]) == ("hello all", self.alice.user["username"])
        stream.close()
        for text in ("", "  ", "x" * 10_001):
            await self.alice.refused(400, "PUT /chat", {**message, "text": text})
        await self.alice.refused(400, "GET /chat")

    async def realtime(self) -> None:
        stream = await self.bob.follow("GET /realtime")
        await self.alice.call("POST /typing", {"user": "x", "is_typing": True, "conversation_id": self.conversation})
        typing = await self._next(stream, "typing")
        assert faults(typing, TYPING) == []
        assert typing["user"] == self.alice.user["username"]
        await self.write(self.alice, "psst")
        assert set(await self._next(stream, "notification")) >= {"title", "message"}
        message = await self._next(stream, "message")
        assert (message["text"], message["author"]) == ("psst", self.alice.user["username"])
        stream.close()
        chosen = await self.bob.follow("GET /realtime", query="?types=TYPING")
        await self.write(self.alice, "not asked for")
        await self.alice.call("POST /typing", {"user": "x", "is_typing": False, "conversation_id": self.conversation})
        first = await chosen.message()
        assert (first["event_type"], first["payload"]["is_typing"]) == ("typing", False)
        chosen.close()
        await self.bob.refused(400, "GET /realtime")
        await self.bob.refused(400, "POST /typing", b"{no json")

    async def _next(self, stream: Stream, type: str) -> Any:
        while (told := await stream.message())["event_type"] != type:
            pass
        return told["payload"]

    async def usage(self) -> None:
        found = await self.bob.call("GET /api/usage")
        assert (found["messages_sent"], found["documents_created"], found["limit_exceeded"]) == (52, 0, False)
        assert (await self.carol.call("GET /api/usage"))["messages_sent"] == 0

    async def strangers(self) -> None:
        """Other users' objects answer 404, and anonymous callers get 401."""
        message = await self.write(self.alice, "the last")
        ids = {"id": self.conversation, "message": str(uuid4())}
        for route, own in ((HISTORY, ids), (FOLLOW, ids), (WRITE, ids), (READ, {"id": message})):
            body = {"content": "hello"} if route == WRITE else None
            await self.carol.refused(404, route, body, **own)
            await self.nobody.refused(401, route, body, **own)
        for route, expected in ROUTES.items():
            if 401 in expected.refusals and ":" not in route and route != "POST /api/auth/login":
                await self.nobody.refused(401, route, {} if route[:3] != "GET" else None)
