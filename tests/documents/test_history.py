"""Earlier states of a document, and who wrote which part."""

from urllib.parse import quote

import pytest

from coterie.database.pool import OwnConnection
from tests.documents.simpleton import put
from tests.documents.test_documents import make
from tests.people import Community


async def test_it_works(community: Community, rows: OwnConnection) -> None:
    owner, member = community.owner, community.member
    document = await make(owner, community.channel, text="one\ntwo\n")
    path, one = f"/sync/documents/{document}", f"/api/documents/{document}"
    first = (await owner.expect(200, "GET", one + "/history"))["edits"][0]["version"]
    assert (await put(member, path, "bob-5", first, [(4, 7, "zwei"[:3])]))[0] == 200
    assert (await put(member, path, "bob-6", ["bob-5"], [(7, 7, "!")]))[0] == 200
    status, body, _ = await put(owner, path, None, None, [(0, 0, "# ")])
    assert status == 200
    past = await member.expect(200, "GET", one + "/history")
    assert [(entry["user_id"], entry["deleted"], entry["inserted"], entry["edits"]) for entry in past["edits"]] == [
        (owner.id, 0, 2, 1),
        (member.id, 3, 4, 2),
        (owner.id, 0, 8, 1),
    ]
    assert past["has_more"] is False
    assert past["edits"][0]["version"] == body["version"]
    rest = await member.expect(200, "GET", f"{one}/history?before={past['edits'][0]['position']}&limit=1")
    assert rest == {"edits": past["edits"][1:2], "has_more": True}
    assert (await member.expect(200, "GET", f"{one}/text?version=bob-6"))["text"] == "one\nzwe!\n"
    assert await member.expect(200, "GET", f"{one}/text?version={quote(first[0])}") == {
        "version": first,
        "text": "one\ntwo\n",
    }
    beginning = f"0@{document[-12:]}"
    assert (await member.expect(200, "GET", f"{one}/text?version={quote(beginning)}"))["text"] == ""
    for unknown in ("nobody-5", f"999@{document[-12:]}"):
        assert (await member.get(f"{one}/text?version={quote(unknown)}")).code == "unknown_version"
    for wrong in ("limit=0", "limit=201", "before=0", f"before={10**20}"):
        assert (await member.get(f"{one}/history?{wrong}")).code == "invalid"
    ranges = (await member.expect(200, "GET", f"{one}/authors"))["ranges"]
    assert [(each["from"], each["to"], each["user_id"]) for each in ranges] == [
        (0, 6, owner.id),
        (6, 10, member.id),
        (10, 11, owner.id),
    ]


async def test_pages_that_read_few_edits_have_all_entries(
    community: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a page has read of its last entry may be a part of it, so it comes with the next page."""
    monkeypatch.setattr("coterie.documents.history.READ_LIMIT", 4)
    owner, member = community.owner, community.member
    document = await make(owner, community.channel, text="text")
    for author, times in ((member, 2), (owner, 3), (member, 1), (owner, 2)):
        for _ in range(times):
            assert (await put(author, f"/sync/documents/{document}", None, None, [(0, 0, "x")]))[0] == 200
    found: list[tuple[str, int]] = []
    query = ""
    while True:
        page = await member.expect(200, "GET", f"/api/documents/{document}/history{query}")
        found += [(entry["user_id"], entry["edits"]) for entry in page["edits"]]
        if not page["has_more"]:
            break
        query = f"?before={page['edits'][-1]['position']}"
    assert found == [(owner.id, 2), (member.id, 1), (owner.id, 3), (member.id, 2), (owner.id, 1)]


async def test_revert(community: Community) -> None:
    document = await make(community.owner, community.channel, text="a\nb\nc\n")
    path, one = f"/sync/documents/{document}", f"/api/documents/{document}"
    [entry] = (await community.owner.expect(200, "GET", one + "/history"))["edits"]
    for content in (b"a\nB\nc\n", b"", b"d"):
        assert (await community.member.call("PUT", path, data=content)).status == 200
    body = {"version": entry["version"]}
    assert (await community.member.post(one + "/revert", body)).code == "missing_permission"
    assert (await community.owner.expect(200, "POST", one + "/revert", body))["length"] == 6
    assert (await community.owner.get(path)).body == "a\nb\nc\n"
    assert (await community.owner.expect(200, "POST", one + "/revert", body))["length"] == 6
    past = (await community.owner.expect(200, "GET", one + "/history"))["edits"]
    assert past[0]["user_id"] == community.owner.id
    assert past[0]["edits"] == 1


async def test_history_outlasts_its_authors_and_is_hidden_from_outsiders(community: Community) -> None:
    document = await make(community.owner, community.channel, text="x")
    for part in ("/history", "/authors", "/text?version=a-1"):
        assert (await community.outsider.get(f"/api/documents/{document}{part}")).status == 404
