"""What text clients rely on, one guarantee after another, each as such a client would notice it.

`tests/contract/texts.py` lists all of them for the docs; those that other tests try are not tried here again.
"""

import asyncio
import contextlib
import io
import json
from collections.abc import AsyncIterator

import aiohttp

from tests.documents.simpleton import Update, applied, ids, put, read_updates
from tests.documents.test_documents import make
from tests.documents.test_text import digest_of
from tests.patience import PATIENCE
from tests.people import Community, Person


class Following:
    """A subscription of one peer."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response
        self._updates = read_updates(response)

    async def next(self) -> Update:
        async with asyncio.timeout(PATIENCE):
            return await anext(self._updates)


@contextlib.asynccontextmanager
async def following(person: Person, path: str, peer: str, **headers: str) -> AsyncIterator[Following]:
    given = {"Authorization": f"Bearer {person.token}", "Subscribe": "true", "Peer": peer, **headers}
    async with person.http.get(person.url + path, headers=given) as response:
        assert response.status == 209
        yield Following(response)


async def begun(community: Community, text: str = "") -> tuple[str, list[str]]:
    """A document's path, and the name of its text."""
    document = await make(community.owner, community.channel, **({"text": text} if text else {}))
    path = f"/sync/documents/{document}"
    return path, ids((await community.owner.get(path)).headers["version"])


async def test_the_first_update_of_an_empty_text(community: Community) -> None:
    path, version = await begun(community)
    async with following(community.member, path, "p") as stream:
        first = await stream.next()
        assert (first.version, first.parents, first.body) == (version, [], "")
        assert first.headers["content-length"] == "0"


async def test_the_first_update_of_a_text_with_several_newest_edits(community: Community) -> None:
    path, version = await begun(community, "0123")
    for agent in ("z", "m", "a"):
        assert (await put(community.owner, path, f"{agent}-0", version, [(4, 4, agent)]))[0] == 200
    async with following(community.member, path, "p") as stream:
        assert (await stream.next()).version == ["a-0", "m-0", "z-0"]


async def test_places_are_code_points(community: Community) -> None:
    path, version = await begun(community, "😀e\u0301\r\nשלמה")
    async with following(community.member, path, "p") as stream:
        await stream.next()
        patches = [(0, 1, "👩\u200d🚀"), (2, 3, ""), (4, 5, "\n"), (9, 9, "!")]
        assert (await put(community.owner, path, "a-7", version, patches))[0] == 200
        told = await stream.next()
        assert told.patches == patches
    assert (await community.owner.get(path)).body == "👩\u200d🚀e\r\nשלמה!"


async def test_a_number_within_an_edit_names_the_text_in_its_middle(community: Community) -> None:
    """Of each patch first the deletions, then the insertions, are counted."""
    path, version = await begun(community, "0123456789")
    assert (await put(community.owner, path, "a-6", version, [(0, 2, "xy"), (5, 6, "zz")]))[0] == 200
    texts = ["123456789", "23456789", "x23456789", "xy23456789", "xy2346789", "xy234z6789"]
    for number, text in enumerate(texts):
        async with following(community.member, path, "p", Parents=f'"a-{number}"') as stream:
            told = await stream.next()
            assert (told.parents, told.version) == ([f"a-{number}"], ["a-6"])
            assert applied(text, told.patches) == "xy234zz6789"


async def test_an_edit_made_behind(community: Community) -> None:
    path, version = await begun(community, "0123456789")
    async with following(community.member, path, "other") as other, following(community.owner, path, "b") as own:
        assert [(await each.next()).version for each in (other, own)] == [version] * 2
        assert (await put(community.owner, path, "a-0", version, [(0, 0, "A")], {"Peer": "a"}))[0] == 200
        status, body, headers = await put(community.owner, path, "b-0", version, [(10, 10, "B")], {"Peer": "b"})
        assert (status, body["version"], ids(headers["version"])) == (200, ["a-0", "b-0"], ["a-0", "b-0"])
        first, second = await other.next(), await other.next()
        assert (first.parents, first.version, first.patches) == (version, ["a-0"], [(0, 0, "A")])
        assert (second.parents, second.version, second.patches) == (["a-0"], ["a-0", "b-0"], [(11, 11, "B")])
        assert (await own.next()).version == ["a-0"]  # came too late for them, and is dropped
        led = await own.next()
        assert (led.parents, led.version, led.patches) == (["b-0"], ["a-0", "b-0"], [(0, 0, "A")])


async def test_a_writer_who_is_not_behind_receives_nothing(community: Community) -> None:
    path, version = await begun(community)
    async with following(community.owner, path, "a") as own:
        await own.next()
        assert (await put(community.owner, path, "a-0", version, [(0, 0, "A")], {"Peer": "a"}))[0] == 200
        assert (await put(community.member, path, "b-0", ["a-0"], [(1, 1, "B")], {"Peer": "b"}))[0] == 200
        told = await own.next()
        assert (told.parents, told.version) == (["a-0"], ["b-0"])


async def test_a_repeated_edit_does_not_take_its_writer_back(community: Community) -> None:
    path, version = await begun(community)
    async with following(community.owner, path, "a") as own:
        await own.next()
        first = ("a-0", version, [(0, 0, "A")], {"Peer": "a"})
        assert (await put(community.owner, path, *first))[0] == 200
        assert (await put(community.owner, path, "a-1", ["a-0"], [(1, 1, "A")], {"Peer": "a"}))[0] == 200
        assert (await put(community.owner, path, *first))[1]["version"] == ["a-0"]
        assert (await put(community.member, path, "b-0", ["a-1"], [(2, 2, "B")], {"Peer": "b"}))[0] == 200
        assert (await own.next()).parents == ["a-1"]
    assert (await community.owner.get(path)).body == "AAB"


async def test_digests_are_of_the_text_at_the_version(community: Community) -> None:
    path, version = await begun(community, "é😀")
    answer = await community.owner.get(path)
    assert answer.headers["Repr-Digest"] == digest_of("é😀")
    async with following(community.member, path, "p") as stream, following(community.owner, path, "b") as own:
        assert [(await each.next()).headers["repr-digest"] for each in (stream, own)] == [digest_of("é😀")] * 2
        assert (await put(community.owner, path, "a-0", version, [(0, 0, "A")]))[0] == 200
        assert (await put(community.owner, path, "b-0", version, [(2, 2, "B")], {"Peer": "b"}))[0] == 200
        assert (await stream.next()).headers["repr-digest"] == digest_of("Aé😀")
        assert (await stream.next()).headers["repr-digest"] == digest_of("Aé😀B")
        await own.next()
        assert (await own.next()).headers["repr-digest"] == digest_of("Aé😀B")
    async with following(community.member, path, "q", Parents='"a-0"') as late:
        assert (await late.next()).headers["repr-digest"] == digest_of("Aé😀B")


async def test_no_digest_where_the_text_is_not_at_hand(community: Community) -> None:
    """For a long text it would delay everyone at each key: a new subscription has it, and no update does."""
    path, version = await begun(community, "x" * 40_000)
    async with following(community.member, path, "p") as stream:
        assert (await stream.next()).headers["repr-digest"] == digest_of("x" * 40_000)
        assert (await put(community.owner, path, "a-0", version, [(0, 0, "A")]))[0] == 200
        assert "repr-digest" not in (await stream.next()).headers


async def test_550_is_only_for_what_can_never_succeed(community: Community) -> None:
    """Clients stop for good at it, so whatever may pass has another status."""
    path, version = await begun(community, "hello")
    document = path.rpartition("/")[2]
    edit = ("a-0", version, [(0, 0, "x")])
    assert (await put(community.outsider, path, *edit))[0] == 404
    assert (await community.owner.call("PUT", path, data=io.BytesIO(b"x" * 1_048_577))).status == 413
    await community.owner.expect(200, "PATCH", f"/api/documents/{document}", {"is_archived": True})
    assert (await put(community.owner, path, *edit))[0] == 403
    await community.owner.expect(200, "PATCH", f"/api/documents/{document}", {"is_archived": False})
    assert (await put(community.owner, path, *edit))[0] == 200
    assert (await put(community.owner, path, "b-0", ["a-0"], [(7, 7, "x")]))[0] == 550


async def test_operations_of_the_older_form(community: Community) -> None:
    """Each refers to the text after those before it, and all to the newest text, whatever their parents say."""
    path, _ = await begun(community, "hello 😀")
    older = path.replace("/sync/documents/", "/collab/")

    async def send(*operations: object, **more: object) -> tuple[int, str, dict[str, str]]:
        body = json.dumps({"operations": operations, "parents": ["x"], "version": "y", **more})
        headers = {"Content-Type": "application/json", "Parents": '"who-knows"'}
        answer = await community.member.call("PUT", older, data=body.encode(), headers=headers)
        return answer.status, str((await community.owner.get(older)).body), answer.headers

    insert = {"type": "Insert", "position": 7, "text": "!"}
    status, text, headers = await send({"type": "Delete", "start": 0, "end": 1}, {**insert, "position": 0}, insert)
    assert (status, text) == (200, "!ello 😀!")
    assert ids(headers["version"]) == ids((await community.owner.get(path)).headers["version"])
    for wrong in ({"type": "Delete", "start": 3, "end": 1}, {"type": "Replace"}, {**insert, "position": -1}):
        assert (await send(wrong))[:2] in ((400, text), (422, text))
    assert (await send({**insert, "position": 9}))[:2] == (550, text)
    assert (await send())[0] == 400
