"""The routes of a document's text: what is answered to whom, byte for byte where it matters."""

import asyncio
import base64
import contextlib
import hashlib
import io
from uuid import UUID

import aiohttp
import pytest

from coterie.documents.actions import Documents
from coterie.documents.texts import Transition
from tests.documents.conftest import Follow
from tests.documents.simpleton import Update, header_of, ids, put, read_updates
from tests.documents.test_documents import make
from tests.patience import PATIENCE, QUIET
from tests.people import Community, Person
from tests.sync.braid_reader import BraidStream

Headers = dict[str, str]


async def update(response: aiohttp.ClientResponse) -> Update:
    async with asyncio.timeout(PATIENCE):
        return await anext(read_updates(response))


def follow_headers(person: Person, **headers: str) -> Headers:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"Authorization": f"Bearer {person.token}", "Subscribe": "true", **named}


def digest_of(text: str) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}:"


async def test_get_and_head(community: Community) -> None:
    document = await make(community.owner, community.channel, text="héllo 😀\r\n")
    for path in (f"/sync/documents/{document}", f"/collab/{document}"):
        answer = await community.member.get(path)
        assert (answer.status, answer.body) == (200, "héllo 😀\r\n")
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert answer.headers["merge-type"] == "simpleton"
        assert answer.headers["version"] == answer.headers["current-version"]
        head = await community.member.call("HEAD", path)
        assert (head.status, head.body, head.headers["version"]) == (200, "", answer.headers["version"])
        tag = {name.lower(): value for name, value in answer.headers.items()}["etag"]
        again = await community.member.get(path, headers={"If-None-Match": tag})
        assert again.status == 304
        assert (await community.outsider.get(path)).status == 404
    for merge_type in ("dt", "yjs"):
        assert (await community.member.get(path, headers={"Merge-Type": merge_type})).status == 400


async def test_the_bytes_of_a_subscription(community: Community) -> None:
    document = await make(community.owner, community.channel, text="héllo")
    path = f"/sync/documents/{document}"
    [version] = ids((await community.owner.get(path)).headers["version"])
    stream = await BraidStream.open(community.member, path, Heartbeats="1s")
    assert stream.status == 209
    assert stream.headers["content-type"] == "application/http-history"
    assert stream.headers["merge-type"] == "simpleton"
    assert ids(stream.headers["current-version"]) == [version]
    while b"llo\r\n\r\n" not in stream.raw:
        await stream.read_chunk()
    expected = (
        f'\r\nHTTP 200 OK\r\nVersion: "{version}"\r\nParents: \r\nRepr-Digest: {digest_of("héllo")}\r\n'
        "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 6\r\n\r\nhéllo\r\n\r\n"
    ).encode()
    assert stream.raw == expected
    assert (await put(community.owner, path, "a-1", [version], [(5, 5, "😀"), (5, 5, "!")]))[0] == 200
    assert (await put(community.owner, path, "a-2", ["a-1"], [(0, 1, "")]))[0] == 200
    while b"[0:1]\r\n\r\n\r\n\r\n" not in stream.raw:
        await stream.read_chunk()
    assert (
        stream.raw[len(expected) :].replace(b"\r\n\r\n\r\nHTTP", b"\r\n\r\nHTTP").lstrip(b"\r\n")
        == (
            f'HTTP 200 OK\r\nVersion: "a-1"\r\nParents: "{version}"\r\nRepr-Digest: {digest_of("héllo😀!")}\r\n'
            "Content-Length: 5\r\nContent-Range: text [5:5]\r\n\r\n😀!\r\n\r\n"
            f'HTTP 200 OK\r\nVersion: "a-2"\r\nParents: "a-1"\r\nRepr-Digest: {digest_of("éllo😀!")}\r\n'
            "Content-Length: 0\r\nContent-Range: text [0:1]\r\n\r\n\r\n\r\n"
        ).encode()
    )
    stream.cut()
    with contextlib.suppress(OSError):
        await stream.writer.wait_closed()


async def test_an_edit_is_repeated_harmlessly(community: Community, document: str) -> None:
    path = f"/sync/documents/{document}"
    [beginning] = ids((await community.owner.get(path)).headers["version"])
    sent = ("a-4", [beginning], [(0, 0, "hello")])
    answers = await asyncio.gather(*(put(community.owner, path, *sent) for _ in range(3)))
    assert [answer[:2] for answer in answers] == [answers[0][:2]] * 3
    assert answers[0][1] == {"success": True, "version": ["a-4"], "position": 1}
    assert (await put(community.owner, path, "b-0", ["a-4"], [(0, 0, "x")]))[0] == 200
    assert (await put(community.owner, path, *sent))[1] == answers[0][1]
    assert (await community.owner.get(path)).body == "xhello"
    for other in ([(0, 0, "hullo")], [(0, 0, "hell")]):
        assert (await put(community.owner, path, "a-4", [beginning], other))[1]["code"] == "edit_impossible"
    assert (await put(community.owner, path, "a-3", ["b-0"], [(0, 0, "z")]))[0] == 550


async def test_that_nobody_writes_under_the_name_of_another(
    community: Community, document: str, follow: Follow
) -> None:
    """Otherwise the other's client would take their edits for its own, which it need not receive."""
    name, path = f"{community.owner.id}.1", f"/sync/documents/{document}"
    owner = follow(community.owner, document, name)
    await owner.until(lambda: owner.version is not None)
    for version, peer in ((f"{name}-0", "mine"), ("a-0", name)):
        answer = await put(community.member, path, version, None, [(0, 0, "x")], {"Peer": peer})
        assert (answer[0], answer[1]["code"]) == (403, "missing_permission")
    owner.edit((0, 0, "y"))
    await owner.settle()
    assert (await community.owner.get(path)).body == "y"


@pytest.mark.parametrize(
    ("version", "patches"),
    [
        ("a-0", [(0, 0, "xy")]),
        ("a-9", [(0, 6, "")]),
        ("a-9", [(3, 2, "x")]),
        ("a-9", [(2, 3, ""), (1, 1, "x")]),
        ("a" * 50 + "-9", [(0, 0, "x")]),
        ("nothing", [(0, 0, "x")]),
    ],
)
async def test_what_can_never_succeed(community: Community, version: str, patches: list[tuple[int, int, str]]) -> None:
    document = await make(community.owner, community.channel, text="hello")
    status, body, _ = await put(community.owner, f"/sync/documents/{document}", version, None, patches)
    assert (status, body["code"]) == (550, "edit_impossible")
    assert (await community.owner.get(f"/sync/documents/{document}")).body == "hello"


async def test_whole_texts_and_places_from_the_end(community: Community, document: str) -> None:
    owner, path = community.owner, f"/sync/documents/{document}"
    assert (await owner.call("PUT", path, data="whole 😀".encode())).status == 200
    for place, content in (("text [-0:-0]", "!"), ("text [-2:-1]", ":)")):
        answer = await owner.call("PUT", path, data=content.encode(), headers={"Content-Range": place})
        assert answer.status == 200, answer.body
    assert (await owner.get(path)).body == "whole :)!"
    assert (await owner.call("PUT", path, data=b"\xff")).status == 550
    assert (await owner.call("PUT", path, data=b"x", headers={"Content-Range": "json [0:0]"})).status == 550
    assert (await owner.call("PUT", path, data=b"", headers={"Patches": "0"})).status == 200


async def test_digests(community: Community, document: str) -> None:
    path = f"/sync/documents/{document}"

    async def digested(text: str, content: str, version: str) -> int:
        headers = {"Repr-Digest": digest_of(text)}
        return (await put(community.owner, path, version, None, [(0, 0, content)], headers))[0]

    assert await digested("é", "é", "a-0") == 200
    assert await digested("something else", "b", "a-1") == 550
    assert await digested("bé", "b", "a-1") == 200


async def test_too_long_a_text(community: Community, document: str) -> None:
    path = f"/sync/documents/{document}"
    answer = await community.owner.call("PUT", path, data=io.BytesIO(b"x" * (1024 * 1024 + 1)))
    assert (answer.status, answer.code) == (413, "document_too_large")
    assert (await community.owner.call("PUT", path, data=io.BytesIO(b"x" * (6 * 1024 * 1024)))).status == 413


async def test_edits_that_overtake_each_other(community: Community, document: str) -> None:
    path = f"/sync/documents/{document}"
    late = asyncio.create_task(put(community.owner, path, "a-5", ["a-4"], [(5, 5, "!")]))
    await asyncio.sleep(QUIET)  # so that the later one waits for it
    assert (await put(community.owner, path, "a-4", [], [(0, 0, "hello")]))[0] == 200
    assert (await late)[0] == 200
    assert (await community.owner.get(path)).body == "hello!"


async def test_unknown_parents(community: Community, document: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coterie.sync.text_writes.PARENTS_SECONDS", 0.2)
    status, body, headers = await put(community.owner, f"/sync/documents/{document}", "a-5", ["b-4"], [(0, 0, "!")])
    assert (status, body["code"]) == (425, "unknown_parents")
    assert "Retry-After" in headers


async def test_that_a_lost_edit_is_waited_for(community: Community) -> None:
    """The client counts its own unanswered edit as its version, and sends it only after the answer has begun."""
    document = await make(community.owner, community.channel, text="hello")
    path = f"/sync/documents/{document}"
    [begun] = ids((await community.owner.get(path)).headers["version"])
    headers = follow_headers(community.member, Peer="lost", Parents='"lost-0"')
    async with community.member.http.get(community.member.url + path, headers=headers) as response:
        assert response.status == 209
        assert (await put(community.owner, path, "other-0", [begun], [(0, 0, "A")]))[0] == 200
        assert (await put(community.member, path, "lost-0", [begun], [(5, 5, "Z")], {"Peer": "lost"}))[0] == 200
        told = await update(response)
        assert (told.parents, told.version) == (["lost-0"], ["lost-0", "other-0"])
        assert told.patches == [(0, 0, "A")]
    assert (await community.owner.get(path)).body == "AhelloZ"


async def test_that_an_edit_that_came_first_is_led_on_too(community: Community) -> None:
    """A client that continued typing while it reconnected is at its newest edit, not at the version that it named."""
    document = await make(community.owner, community.channel, text="hello")
    path = f"/sync/documents/{document}"
    [begun] = ids((await community.owner.get(path)).headers["version"])
    assert (await put(community.owner, path, "other-0", [begun], [(0, 0, "A")]))[0] == 200
    assert (await put(community.member, path, "own-0", [begun], [(5, 5, "X")], {"Peer": "own"}))[0] == 200
    assert (await put(community.member, path, "own-1", ["own-0"], [(6, 6, "Y")], {"Peer": "own"}))[0] == 200
    headers = follow_headers(community.member, Peer="own", Parents='"own-0"')
    async with community.member.http.get(community.member.url + path, headers=headers) as response:
        told = read_updates(response)
        async with asyncio.timeout(PATIENCE):
            found = {
                tuple(each.parents): (each.version, each.patches) for each in [await anext(told), await anext(told)]
            }
    newest = ["other-0", "own-1"]
    assert found == {("own-0",): (newest, [(0, 0, "A"), (6, 6, "Y")]), ("own-1",): (newest, [(0, 0, "A")])}


async def test_that_an_edit_that_comes_meanwhile_is_not_waited_for(
    community: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was unknown a moment ago and is part of the newest text now would be waited for in vain."""
    document = await make(community.owner, community.channel, text="hello")
    path = f"/sync/documents/{document}"
    [begun] = ids((await community.owner.get(path)).headers["version"])
    assert (await put(community.owner, path, "other-0", [begun], [(0, 0, "A")]))[0] == 200
    newest = Documents.text

    async def text(documents: Documents, document_id: UUID) -> tuple[Transition, bytes]:
        assert (await put(community.member, path, "late-0", [begun], [(5, 5, "Z")], {"Peer": "late"}))[0] == 200
        return await newest(documents, document_id)

    monkeypatch.setattr(Documents, "text", text)
    headers = follow_headers(community.member, Peer="late", Parents='"late-0"')
    async with community.member.http.get(community.member.url + path, headers=headers) as response:
        told = await update(response)
    assert (told.parents, told.version, told.patches) == (["late-0"], ["late-0", "other-0"], [(0, 0, "A")])


async def test_that_patience_ends(community: Community, document: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coterie.sync.text_stream.PATIENCE_SECONDS", 0.1)
    headers = follow_headers(community.member, Parents='"lost-0"')
    path = f"{community.member.url}/sync/documents/{document}"
    async with community.member.http.get(path, headers=headers) as response, asyncio.timeout(PATIENCE):
        assert response.status == 209
        assert (await response.read()).strip() == b""
    only = await community.member.get(f"/sync/documents/{document}", headers={"Parents": '"lost-0"'})
    assert (only.status, only.code) == (425, "unknown_parents")


async def test_resuming_from_any_version(community: Community) -> None:
    """From a text at a position, from an author's own, and from the middle of an edit."""
    document = await make(community.owner, community.channel, text="0123456789")
    path = f"/sync/documents/{document}"
    [begun] = ids((await community.owner.get(path)).headers["version"])
    assert (await put(community.owner, path, "a-2", [begun], [(0, 0, "abc")]))[0] == 200
    status, body, _ = await put(community.member, path, "b-3", [begun], [(10, 10, "wxyz")])
    assert (status, body["version"]) == (200, ["a-2", "b-3"])
    texts = {
        (begun,): "0123456789",
        ("a-2",): "abc0123456789",
        ("b-3",): "0123456789wxyz",
        ("b-1",): "0123456789wx",
        ("a-0",): "a0123456789",
        ("a-2", "b-3"): "abc0123456789wxyz",
    }
    for parents, text in texts.items():
        headers = follow_headers(community.member, Parents=header_of(list(parents)))
        async with community.member.http.get(community.member.url + path, headers=headers) as response:
            assert response.status == 209
            assert (await put(community.owner, path, None, None, [(0, 0, "")]))[0] == 200
            while text != "abc0123456789wxyz":
                told = await update(response)
                assert told.body is None
                assert told.parents == list(parents)
                for start, end, content in reversed(told.patches):
                    text = text[:start] + content + text[end:]
    no_text = header_of(["a-1", "b-3"])
    assert (await community.member.get(path, headers={"Parents": no_text, "Subscribe": "true"})).status == 550


async def test_losing_the_right_ends_the_stream(community: Community, document: str, follow: Follow) -> None:
    client = follow(community.member, document)
    await client.until(lambda: client.version is not None)
    await community.owner.expect(204, "POST", f"/api/servers/{community.server}/members/{community.member.id}/kick", {})
    client.edit((0, 0, "x"))
    path = f"/sync/documents/{document}"
    await client.until(lambda: client.status == 404)
    assert (await community.owner.get(path)).body == ""
    assert client.acknowledged == []


async def test_an_edit_of_nothing(community: Community, document: str) -> None:
    """A letter typed over the same letter: the client sends its newest id again, or one of no code points at all."""
    path = f"/sync/documents/{document}"
    [beginning] = ids((await community.owner.get(path)).headers["version"])
    first = await put(community.owner, path, "a--1", [beginning], [(0, 0, "")])
    assert (first[0], first[1]["version"]) == (200, ["a--1"])
    assert (await put(community.owner, path, "a-4", ["a--1"], [(0, 0, "hello")]))[0] == 200
    nothing: list[list[tuple[int, int, str]]] = [[(2, 2, "")], []]
    for patches in nothing:
        answer = await put(community.owner, path, "a-4", ["a-4"], patches)
        assert (answer[0], answer[1]) == (200, {"success": True, "version": ["a-4"], "position": 2})
    assert (await put(community.owner, path, "a-5", ["a-4"], [(5, 5, "!")]))[0] == 200
    assert (await put(community.owner, path, "b-7", ["a-5"], [(0, 0, "")]))[0] == 200
    assert (await put(community.owner, path, "b-8", ["b-7"], [(0, 0, "x")]))[0] == 200
    assert (await community.owner.get(path)).body == "xhello!"
    for parents, patches in ((["a-4"], [(0, 0, "y")]), (["a-5"], [(0, 0, "")])):
        assert (await put(community.owner, path, "a-4", parents, patches))[0] == 550, "something else under its id"
