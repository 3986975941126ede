"""What people write in documents counts as their storage, so that nobody can fill the disk with edits."""

import random
import string
from uuid import UUID

import aiohttp

from coterie.database.migration_files import load
from coterie.database.pool import OwnConnection
from coterie.usage.queries import stored_bytes
from tests.documents.simpleton import put
from tests.documents.test_documents import make
from tests.people import Browser, Community, Person
from tests.serving import gather_community, serving, settings_for

QUOTA = 4 * 1024 * 1024
LENGTH = 300_000


def noise(chance: random.Random) -> str:
    return "".join(chance.choices(string.ascii_letters, k=LENGTH))


async def used_by(person: Person) -> int:
    report = await person.expect(200, "GET", "/api/usage")
    return int(report["storage_used"])


async def test_replacing_a_text_over_and_over_reaches_the_quota(database_url: str, http: aiohttp.ClientSession) -> None:
    """Each edit is as long as the one before, so the document never grows."""
    chance = random.Random(1)
    async with serving(settings_for(database_url, COTERIE_FILE_QUOTA=str(QUOTA))) as server:
        cast = await gather_community(lambda name: Person.register(Browser(server.url, http), name))
        document = await make(cast.owner, cast.channel, text=noise(chance))
        path = f"/sync/documents/{document}"
        answers = [await put(cast.member, path, None, None, [(0, LENGTH, noise(chance))]) for _ in range(30)]
        accepted = [status for status, _, _ in answers].index(403)
        assert 3 < accepted <= QUOTA // LENGTH
        assert {status for status, _, _ in answers[accepted:]} == {403}
        assert answers[-1][1]["code"] == "quota_exceeded"
        assert QUOTA - LENGTH - 1000 < await used_by(cast.member) <= QUOTA + LENGTH + 1000, "a snapshot goes beyond it"
        assert (await put(cast.owner, path, None, None, [(0, 1, "x")]))[0] == 200, "others have storage of their own"
        assert await used_by(cast.owner) < 3 * LENGTH, "the first text, and a snapshot of it"
        assert (await cast.member.get(path)).status == 200
        await cast.owner.expect(204, "DELETE", f"/api/documents/{document}")
        assert await used_by(cast.member) == 0


async def test_what_is_counted_is_what_is_stored(community: Community, document: str, rows: OwnConnection) -> None:
    """Snapshots are counted for the author of the last edit in them, also while they are thinned out."""
    path, chance = f"/sync/documents/{document}", random.Random(2)
    assert (await put(community.member, path, None, None, [(0, 0, noise(chance))]))[0] == 200
    for _ in range(12):
        assert (await put(community.member, path, None, None, [(0, LENGTH, noise(chance))]))[0] == 200
    edits, snapshots = [
        await rows.fetchval(f"SELECT sum({each})::bigint FROM {table} WHERE document_id = $1", UUID(document))
        for each, table in (
            ("octet_length(patches::text)", "document_edits"),
            ("octet_length(text) + octet_length(authors::text)", "document_snapshots"),
        )
    ]
    assert await rows.fetchval("SELECT count(*) FROM document_snapshots WHERE document_id = $1", UUID(document)) < 12
    assert await stored_bytes(rows, UUID(community.member.id)) == edits + snapshots
    assert await stored_bytes(rows, UUID(community.owner.id)) == 0


async def test_snapshots_of_earlier_versions_are_counted_for_their_authors(
    community: Community, document: str, rows: OwnConnection
) -> None:
    path, chance = f"/sync/documents/{document}", random.Random(3)
    assert (await put(community.member, path, None, None, [(0, 0, noise(chance))]))[0] == 200
    for _ in range(3):
        assert (await put(community.member, path, None, None, [(0, LENGTH, noise(chance))]))[0] == 200
    [migration] = [each for each in load() if each.name == "snapshot_storage"]
    counted = await shares(rows, document)
    await rows.execute(migration.down.sql)
    assert (await shares(rows, document)).keys() == {UUID(community.member.id), UUID(community.owner.id)}
    await rows.execute(migration.up.sql)
    assert await shares(rows, document) == {**counted, UUID(community.owner.id): 0}


async def shares(rows: OwnConnection, document: str) -> dict[UUID, int]:
    found = await rows.fetch("SELECT user_id, bytes FROM document_storage WHERE document_id = $1", UUID(document))
    return {row["user_id"]: row["bytes"] for row in found}
