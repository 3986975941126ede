"""`coterie verify`: it finds and names what is broken, and reports nothing about what is intact."""

import json
from pathlib import Path

import pytest

from coterie.backup.progress import Quiet
from coterie.backup.verifying import verify_backup
from coterie.process.refusals import Exit
from tests.backup.conftest import Place, broken

UNCHECKED = "SET session_replication_role = replica"

BREAKAGES = {
    "no position is beyond its topic": ["UPDATE topics SET position = position - 1 WHERE kind = 'channel'"],
    "each channel's last position belongs to a message": [
        "DELETE FROM messages WHERE (channel_id, version) IN (SELECT id, position FROM topics)",
    ],
    "no position is used twice in a topic": [
        """
        INSERT INTO changes (topic_id, key, position, type, data, is_removal)
        SELECT channel_id, 'x', version, 'X', '{}', FALSE FROM messages LIMIT 1
        """,
    ],
    "the edits and snapshots of each document give the same text": [
        """UPDATE document_edits SET patches = '[[0,0,"Be rude."]]'""",
    ],
    "each topic is a user's, a server's or a channel's": [
        "INSERT INTO topics (id, kind) VALUES (gen_random_uuid(), 'server')",
    ],
    "threads count their replies": ["UPDATE messages SET thread_reply_count = 3"],
    "servers count their members": ["UPDATE servers SET member_count = 9"],
    "every attachment and emoji has its file": ["UPDATE files SET attachment_id = NULL"],
    "messages_author_id_fkey is valid": [UNCHECKED, "UPDATE messages SET author_id = gen_random_uuid()"],
    "mentions_channel_id_seq_fkey is valid": [
        UNCHECKED,
        """
        INSERT INTO mentions (channel_id, target_id, seq, created_at)
        VALUES (gen_random_uuid(), gen_random_uuid(), 7, now())
        """,
    ],
    "messages_nonce is unique": [
        "UPDATE messages SET nonce = id::text",
        "UPDATE pg_index SET indisready = FALSE, indisvalid = FALSE WHERE indexrelid = 'messages_nonce'::regclass",
        "UPDATE messages SET nonce = 'the same'",
        "UPDATE pg_index SET indisready = TRUE, indisvalid = TRUE WHERE indexrelid = 'messages_nonce'::regclass",
    ],
}


@pytest.mark.parametrize("law", BREAKAGES)
async def test_what_is_broken_is_named(filled: Place, law: str) -> None:
    assert await filled.verify() == []
    await filled.rows(*BREAKAGES[law])
    assert law in [complaint.partition(": ")[0] for complaint in await filled.verify()]


async def test_files_that_are_missing_or_of_another_size(filled: Place) -> None:
    missing, short, *_ = filled.objects()
    missing.unlink()
    short.write_bytes(b"x")
    [complaint] = await filled.verify()
    assert f"{missing.name} is missing" in complaint
    assert f"{short.name} has 1 bytes instead of" in complaint


async def test_the_command_and_its_report_for_programs(filled: Place) -> None:
    said = await filled.succeed("verify")
    assert "ok    every file exists with its size" in said
    assert "references are valid" in said
    assert "2 messages" in said
    await filled.rows("UPDATE servers SET member_count = 9")
    assert "has problems; see above" in await filled.refused(Exit.DAMAGED, "verify")
    ended = await filled.run("verify", "--json")
    report = json.loads(ended.output)
    assert report["whole"] is False
    assert report["counts"]["messages"] == 2
    [finding] = [finding for finding in report["findings"] if finding["count"]]
    assert "counts 9 members and has 1" in finding["examples"][0]


async def test_a_backup_is_looked_at_inside(filled: Place, tmp_path: Path) -> None:
    """Its checksums are right, since the damage is older than the backup."""
    path = await filled.backup(tmp_path / "backup.tar")
    assert "it has the rows that were counted" in await filled.succeed("verify", str(path))
    await filled.rows("UPDATE servers SET member_count = 9")
    path = await filled.backup(tmp_path / "again.tar")
    assert broken(await verify_backup(path, Quiet(), is_quick=True)) == []
    [complaint] = broken(await verify_backup(path, Quiet()))
    assert complaint.startswith("servers count their members")
