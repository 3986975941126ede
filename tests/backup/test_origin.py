"""Where a backup comes from, and who can read it: its seal and its encryption."""

import asyncio
import hashlib
import hmac
import io
import json
import random
import re
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

import msgspec
import pytest

from coterie.backup import archive as reading
from coterie.backup.archive import SUMS, ArchiveWriter
from coterie.backup.encryption import PAGE, EncryptedFile
from coterie.backup.manifest import FILES, MANIFEST
from coterie.backup.progress import Quiet
from coterie.backup.restoring import restore
from coterie.backup.schedule import Schedule
from coterie.backup.seal import SEAL
from coterie.backup.verifying import verify_backup
from coterie.process.refusals import Exit, Refusal
from coterie.settings.derived_keys import derived_key
from tests.backup.conftest import Place, broken
from tests.startup.conftest import SECRET

OTHER = "91c0d5a7e2b84f6390a1c7d2e5f8b3a491c0d5a7"
KEY = "c3b1a09f8e7d6c5b4a3928170f6e5d4cc3b1a09f"
OTHER_KEY = KEY[::-1]


async def refusal(place: Place, path: Path, *, is_trusted: bool = False, **settings: str) -> Refusal:
    """Why a restore with these settings is refused; nothing may be written."""
    changed = msgspec.structs.replace(place.settings, **settings)
    with pytest.raises(Refusal) as refused:
        await restore(changed, path, Quiet(), is_trusted=is_trusted)
    assert await place.table_count() == 0
    assert not place.objects()
    return refused.value


async def accepted(place: Place, path: Path, *, is_trusted: bool = False, **settings: str) -> None:
    await restore(msgspec.structs.replace(place.settings, **settings), path, Quiet(), is_trusted=is_trusted)
    assert await place.verify() == []


async def test_another_instance_s_backup_needs_trust(archive: Path, empty: Place) -> None:
    for secret in (OTHER, ""):
        refused = await refusal(empty, archive, jwt_secret=secret)
        assert refused.code == Exit.UNTRUSTED
        assert "made by another instance" in refused.sentence
        assert "--trust" in refused.sentence
    await accepted(empty, archive, is_trusted=True, jwt_secret=OTHER)


async def test_a_backup_from_before_the_secret_was_changed_is_of_this_instance(archive: Path, empty: Place) -> None:
    await accepted(empty, archive, jwt_secret=OTHER, jwt_secret_previous=SECRET)


@pytest.mark.extended("the same is decided without the command above")
async def test_the_commands_say_where_a_backup_comes_from(archive: Path, empty: Place) -> None:
    assert "origin: this instance" in await empty.succeed("verify", "--quick", str(archive))
    empty.variables["JWT_SECRET"] = OTHER
    assert "--trust" in await empty.refused(Exit.UNTRUSTED, "verify", "--quick", str(archive))
    said = await empty.succeed("verify", "--quick", "--trust", "--json", str(archive))
    assert json.loads(said)["origin"] == "another instance"
    assert "made by another instance" in await empty.refused(Exit.UNTRUSTED, "restore", str(archive))
    await empty.succeed("restore", "--trust", str(archive))


Change = Callable[[str, bytes], bytes | None]


def changed(archive: Path, change: Change, *, behind: str = "") -> Path:
    """A backup with other members and the right checksums; a member `behind` is added before another one's place."""
    target = archive.with_name("changed.tar")
    with archive.open("rb") as old, target.open("w+b") as new, target.with_suffix(".sums").open("w+b") as sums:
        writer = ArchiveWriter(new, sums)
        for member in reading.members(old):
            content = change(member.name, member.read())
            if member.name != SUMS and content is not None:
                writer.add(member.name, content)
            if member.name == behind:
                writer.add("files/0a/00000000-0000-0000-0000-000000000000", b"not of the instance")
        writer.finish()
    return target


def renamed(name: str, content: bytes) -> bytes:
    """Another text in the manifest."""
    return content.replace(b'"made_at": "2', b'"made_at": "3') if name == MANIFEST else content


def unsealed(name: str, content: bytes) -> bytes | None:
    return None if name == SEAL else content


def unchanged(name: str, content: bytes) -> bytes:
    return content


async def test_a_changed_backup_is_not_restored_even_if_it_is_trusted(archive: Path, empty: Place) -> None:
    for made in (changed(archive, renamed), changed(archive, unchanged, behind=FILES)):
        refused = await refusal(empty, made, is_trusted=True)
        assert refused.code == Exit.UNTRUSTED
        assert "was changed" in refused.sentence


def merged(archive: Path) -> Path:
    """A backup without its first file, but with the same lines of checksums: the name of one member has two lines."""
    target = archive.with_name("merged.tar")
    with archive.open("rb") as old, target.open("w+b") as new, target.with_suffix(".sums").open("w+b") as sums:
        writer, listed = ArchiveWriter(new, sums), b""
        for member in reading.members(old):
            content = member.read()
            if member.name == FILES:
                listed = content
            elif listed:
                name = f"{FILES}\n{hashlib.sha256(content).hexdigest()}  {member.name}"
                writer.add(name, listed)
                listed = b""
            elif member.name != SUMS:
                writer.add(member.name, content)
        writer.finish()
    return target


async def test_a_name_of_two_lines_hides_no_file(archive: Path, empty: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_header", ustar)
    made = merged(archive)
    assert (await refusal(empty, made)).code == Exit.DAMAGED
    monkeypatch.setattr(reading, "CONTROLS", re.compile(r"(?!)"), raising=False)
    assert "files differ from their list" in (await refusal(empty, made)).sentence


def ustar(name: str, size: int) -> bytes:
    """A header with room for two lines."""
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.USTAR_FORMAT)


def test_what_is_sealed_depends_on_where_the_lines_end() -> None:
    whole, parts = reading._RunningSums(), reading._RunningSums()
    whole.update(b"1  a\n2  b\n")
    parts.update(b"1  a\n")
    parts.update(b"2  b\n")
    assert whole.digests().of_lines == parts.digests().of_lines
    assert whole.digests().digest != parts.digests().digest


def without_a_file(name: str, content: bytes) -> bytes | None:
    return None if name.startswith("files/") or name == SEAL else content


async def test_a_backup_without_its_files_is_damaged(archive: Path, empty: Place) -> None:
    refused = await refusal(empty, changed(archive, without_a_file), is_trusted=True)
    assert (refused.code, "files differ from their list" in refused.sentence) == (Exit.DAMAGED, True)


async def test_a_backup_that_an_earlier_version_sealed_is_of_this_instance(archive: Path, empty: Place) -> None:
    earlier = archive.with_name("earlier.tar")
    with archive.open("rb") as old, earlier.open("w+b") as new, earlier.with_suffix(".sums").open("w+b") as sums:
        writer = ArchiveWriter(new, sums)
        for member in reading.members(old):
            if member.name == SEAL:
                writer.add(SEAL, former_seal(sums))
            elif member.name != SUMS:
                writer.add(member.name, member.read())
        writer.finish()
    await accepted(empty, earlier)


def former_seal(sums: IO[bytes]) -> bytes:
    """The code over the lines of the checksums alone."""
    sums.seek(0)
    digest = hashlib.sha256(sums.read()).digest()
    code = hmac.digest(derived_key(SECRET, "backup seal"), digest, "sha256").hex()
    return json.dumps([{"key": derived_key(SECRET, "backup seal name")[:8].hex(), "code": code}]).encode()


async def test_nothing_can_follow_the_seal(archive: Path, empty: Place) -> None:
    assert (await refusal(empty, changed(archive, unchanged, behind=SEAL))).code == Exit.DAMAGED
    behind_sums = changed(archive, unchanged, behind=SUMS)
    with behind_sums.open("rb") as file:
        assert [member.name for member in reading.members(file)][-1] == SUMS


async def test_an_older_backup_has_no_seal_and_needs_trust(archive: Path, empty: Place) -> None:
    older = changed(archive, unsealed)
    refused = await refusal(empty, older)
    assert (refused.code, "not authenticated" in refused.sentence) == (Exit.UNTRUSTED, True)
    assert broken(await verify_backup(older, Quiet(), is_quick=True)) == []
    await accepted(empty, older, is_trusted=True)


@pytest.fixture
async def encrypted(filled: Place, tmp_path: Path) -> Path:
    filled.variables["COTERIE_BACKUP_KEY"] = KEY
    said = await filled.succeed("backup", str(tmp_path / "encrypted.tar"))
    assert "encrypted.tar: encrypted, " in said
    return tmp_path / "encrypted.tar"


async def test_an_encrypted_backup_is_restored_with_its_key_alone(encrypted: Path, empty: Place) -> None:
    """Its key authenticates it too, so the instance may have another secret."""
    content = await asyncio.to_thread(encrypted.read_bytes)
    assert content.startswith(b"Coterie backup, encrypted, 1\n")
    assert not [word for word in (b"manifest", b"PGDMP", b"SHA256SUMS", b"what was said") if word in content]
    for key, words in (("", "is encrypted; set COTERIE_BACKUP_KEY"), (OTHER_KEY, "with another key")):
        refused = await refusal(empty, encrypted, backup_key=key)
        assert (refused.code, words in refused.sentence) == (Exit.BACKUP_KEY, True)
    await accepted(empty, encrypted, backup_key=KEY, jwt_secret=OTHER)


@pytest.mark.extended("the same is done without the command above")
async def test_the_commands_name_the_key_and_never_show_it(encrypted: Path, empty: Place) -> None:
    for words in (["restore", str(encrypted)], ["verify", "--quick", str(encrypted)]):
        empty.variables["COTERIE_BACKUP_KEY"] = OTHER_KEY
        complaint = await empty.refused(Exit.BACKUP_KEY, *words)
        assert complaint.count("another key") == 1
        assert OTHER_KEY not in complaint
    empty.variables["COTERIE_BACKUP_KEY"] = "short"
    assert "needs at least 32" in await empty.refused(Exit.BACKUP_KEY, "backup", f"{encrypted}.again")
    empty.variables["COTERIE_BACKUP_KEY"] = KEY
    assert "origin: this instance" in await empty.succeed("verify", str(encrypted))


async def test_a_changed_or_short_encrypted_backup_is_damaged(encrypted: Path, empty: Place) -> None:
    content = await asyncio.to_thread(encrypted.read_bytes)
    for place in (70, 100, len(content) // 2, len(content) - 1):
        flipped = bytes([*content[:place], content[place] ^ 1, *content[place + 1 :]])
        await asyncio.to_thread(encrypted.write_bytes, flipped)
        assert (await refusal(empty, encrypted, backup_key=KEY)).code in {Exit.DAMAGED, Exit.BACKUP_KEY}
    await asyncio.to_thread(encrypted.write_bytes, content[:-3000])
    assert (await refusal(empty, encrypted, backup_key=KEY)).code == Exit.DAMAGED


def test_an_encrypted_file_is_read_and_written_at_any_place() -> None:
    chance, plain = random.Random(5), bytearray()
    with io.BytesIO() as file:
        written = EncryptedFile.create(file, KEY)
        for _ in range(300):
            content = chance.randbytes(chance.choice((1, 512, 3000, PAGE, 3 * PAGE + 1)))
            start = chance.randrange(len(plain) + 1)
            written.seek(start)
            written.write(content)
            plain[start : start + len(content)] = content
        written.flush()
        read = EncryptedFile.open(file, KEY)
        assert read.read() == plain
        for _ in range(300):
            start, size = chance.randrange(len(plain) + PAGE), chance.randrange(3 * PAGE)
            read.seek(start)
            assert read.read(size) == plain[start : start + size]


def test_daily_backups_use_the_keys_of_the_server(place: Place) -> None:
    settings = msgspec.structs.replace(place.settings, backup_directory="/backups", backup_key=KEY)
    variables = Schedule(settings)._environment()
    assert (variables["JWT_SECRET"], variables["COTERIE_BACKUP_KEY"]) == (SECRET, KEY)
