"""Documents of the previous release stay as they are, also if it comes back meanwhile."""

from uuid import UUID

import pytest

from coterie.database import migrate
from coterie.database.migration_files import load
from coterie.database.pool import OwnConnection
from coterie.documents import history, snapshots, verifying
from coterie.documents.background import Background
from coterie.documents.texts import Texts
from tests.documents.simpleton import ids, put
from tests.people import Community

NOT_YET = next(each.version for each in load() if each.name == "document_texts") - 1


async def test_it_works(
    community: Community, document: str, rows: OwnConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coterie.documents.texts.UNKEPT_EDITS", 2)
    monkeypatch.setattr(snapshots, "NEWEST", 2)
    monkeypatch.setattr(snapshots, "APART", 3)
    name, path = UUID(document), f"/sync/documents/{document}"
    for number in range(20):
        assert (await put(community.owner, path, f"a-{number}", None, [(0, 0, "é")]))[0] == 200
    before = ids((await community.owner.get(path)).headers["version"])
    for agent in ("b", "c"):  # neither knows of the other
        assert (await put(community.member, path, f"{agent}-2", before, [(2, 4, f"{agent}")]))[0] == 200
    text = (await community.owner.get(path)).body
    kept = await snapshots.positions(rows, name)
    await migrate.revert(rows, len(load()) - NOT_YET)
    begun = await rows.fetch("SELECT DISTINCT epoch FROM document_edits WHERE document_id = $1", name)
    assert {row["epoch"] for row in begun} == {0, *kept}
    await migrate.run(rows)
    assert await snapshots.positions(rows, name) == kept
    numbers = await rows.fetch("SELECT number FROM document_snapshots WHERE document_id = $1 ORDER BY position", name)
    assert [row["number"] for row in numbers] == list(range(1, len(kept) + 1))
    story = await verifying.replayed(rows, name)
    assert (story.wrong, story.text) == ([], text)
    async with Texts().at_hand(name) as again:
        await again.catch_up(rows)
        assert str(again.content) == text
    for number in range(20, 30):
        assert (await put(community.owner, path, f"a-{number}", None, [(0, 0, "x")]))[0] == 200
    assert (await history.text_at(rows, name, ["a-29"], Background())).text == "x" * 10 + str(text)
    assert (await verifying.replayed(rows, name)).wrong == []
