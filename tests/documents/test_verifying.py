"""Everything stored of a document is checked, and every damage is named."""

from uuid import UUID

import pytest

from coterie.database.pool import OwnConnection
from coterie.documents import verifying
from tests.documents.simpleton import ids, put
from tests.documents.test_documents import make
from tests.people import Community

DAMAGES = {
    "UPDATE document_edits SET patches = '[[0,0,\"b\"]]' WHERE position = 4": (
        "edit 4: its checksum is of something else"
    ),
    "UPDATE document_edits SET patches = '[[0,0,\"b\"]]' WHERE position = 9": (
        "edit 9: what was sent comes to something else"
    ),
    "UPDATE document_edits SET applied = '[[0,0,\"other\"]]' WHERE position = 4": (
        "edit 4: what was sent comes to something else"
    ),
    "UPDATE document_edits SET applied = '[[900,900,\"x\"]]' WHERE position = 4": (
        "edit 4: it reaches beyond the text"
    ),
    "UPDATE document_edits SET patches = '{}' WHERE position = 4": "after edit 0: something cannot be read",
    "UPDATE document_edits SET bridge = NULL WHERE position = 9": "edit 9: its bridge leads elsewhere",
    "UPDATE document_edits SET base = 1 WHERE position = 9": "edit 9: its author had another text",
    "UPDATE document_edits SET parents = '{nobody-7}' WHERE position = 3": "edit 3: its Parents are unknown",
    "UPDATE document_edits SET frontier = '{x-1,y-1}' WHERE position = 3": "edit 3: its state is not named by it",
    "UPDATE document_edits SET size = 0, inserted = 0 WHERE position = 3": "edit 3: it is counted wrong",
    "UPDATE document_edits SET checksum = '\\x0000000000000000' WHERE position = 4": (
        "edit 4: its checksum is of something else"
    ),
    "UPDATE document_edits SET checksum = other.checksum FROM document_edits AS other "
    "WHERE document_edits.position = 4 AND other.position = 3 AND other.document_id = document_edits.document_id": (
        "edit 4: its checksum is of something else"
    ),
    "DELETE FROM document_edits WHERE position = 5": "edit 6: its Parents are unknown",
    "UPDATE document_snapshots SET text = 'other' WHERE position = 5": (
        "edit 5: the snapshot behind it has another text"
    ),
    "UPDATE document_snapshots SET authors = '[[3, 1]]' WHERE position = 5": (
        "edit 5: the snapshot behind it has other authors"
    ),
    "UPDATE document_snapshots SET position = 7 WHERE position = 5": "edit 7: the snapshot behind it has another text",
    "UPDATE document_snapshots SET position = 70 WHERE position = 5": "the snapshot at 70 is of no edit",
    "UPDATE documents SET length = 3": "the document says 3 code points",
    "UPDATE documents SET frontier = '{x-1}'": "the document names its text otherwise than its last edit",
}


async def told_of(rows: OwnConnection, damage: str, document: UUID) -> list[str]:
    """The findings after a damage, which is undone."""
    column = "id" if "UPDATE documents " in damage else "document_id"
    table = damage.split()[2 if damage.startswith("DELETE") else 1]
    where = f"{'AND' if 'WHERE' in damage else 'WHERE'} {table}.{column} = $1"
    transaction = rows.transaction()
    await transaction.start()
    try:
        assert not (await rows.execute(f"{damage} {where}", document)).endswith(" 0"), damage
        return (await verifying.replayed(rows, document)).wrong
    finally:
        await transaction.rollback()


async def test_that_damage_is_named(community: Community, rows: OwnConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coterie.documents.texts.UNKEPT_EDITS", 5)
    document = await make(community.owner, community.channel, text="0123456789")
    path = f"/sync/documents/{document}"
    for number in range(6):
        assert (await put(community.owner, path, f"a-{number}", None, [(0, 0, "a")]))[0] == 200
    behind = ids((await community.owner.get(path)).headers["version"])
    for agent in ("b", "c"):  # neither knows of the other
        assert (await put(community.member, path, f"{agent}-2", behind, [(2, 4, agent)]))[0] == 200
    assert (await put(community.member, path, "d-1", None, [(3, 3, "é😀")]))[0] == 200
    whole = await verifying.replayed(rows, UUID(document))
    assert whole.wrong == []
    assert whole.text == (await community.owner.get(path)).body
    for damage, sentence in DAMAGES.items():
        wrong = await told_of(rows, damage, UUID(document))
        assert any(sentence in each for each in wrong), (damage, wrong)
