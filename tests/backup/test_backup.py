"""`coterie backup` and `coterie restore`: what is restored is what was there, and never half of it."""

import asyncio
import contextlib
import errno
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from coterie.backup import making, programs
from coterie.backup.archive import ArchiveWriter, draft
from coterie.backup.making import BackupOrder, make
from coterie.backup.progress import Quiet
from coterie.backup.verifying import verify_backup
from coterie.database.pool import open_pool
from coterie.files.receiving import FileLimits, Files
from coterie.files.storage import Storage
from coterie.files.sweeping import sweep_all
from coterie.permissions.cache import PermissionCache
from coterie.process.refusals import Exit, Refusal
from coterie.settings.record import Settings
from coterie.startup.preparation import prepare_database
from coterie.usage.counting import Usage, defaults_of
from tests.backup.conftest import TEXT, Place, broken
from tests.files.conftest import uploaded
from tests.patience import PATIENCE
from tests.startup.conftest import coterie, environment


async def test_a_backup_of_a_running_instance_is_restored_whole(filled: Place, empty: Place, tmp_path: Path) -> None:
    backup = tmp_path / "backup.tar"
    written: list[str] = []
    async with filled.served():
        writing = asyncio.create_task(write(filled, written))
        said = await filled.succeed("backup", str(backup))
        seen = len(written)
        writing.cancel()
        await asyncio.wait([writing])
        person = filled.person
        assert person is not None
        known = (await (await person.socket()).wait_for_type("READY"))["d"]
    assert f"{backup}: " in said
    assert backup.stat().st_mode & 0o777 == 0o600
    said = await empty.succeed("restore", str(backup))
    assert "coterie verify" in said
    await empty.succeed("verify")
    empty.person, empty.channel, empty.attachments = filled.person, filled.channel, filled.attachments
    await prepare_database(empty.settings)
    async with empty.served():
        texts = [text for text in await empty.texts() if text.startswith("number ")]
        assert texts == sorted(written[: len(texts)])
        assert len(texts) <= seen + 1
        await empty.check_attachments()
        await check_document(empty, filled.document)
        socket = await empty.person.socket()  # type: ignore[union-attr]
        assert socket.ready["epoch"] != known["epoch"]
        await socket.say("RESUME", {"positions": {empty.channel: known["positions"][empty.channel]}})
        assert (await socket.wait_for_type("TOPIC_RESET"))["topic"] == empty.channel
        await socket.close()


async def check_document(place: Place, document: str) -> None:
    """It can be read and edited, though its positions went far beyond its edits."""
    assert place.person is not None
    path = f"/sync/documents/{document}"
    assert (await place.person.get(path)).body == "Be kind."
    assert (await place.person.call("PUT", path, data=b"Be kind, always.")).status == 200
    assert (await place.person.get(path)).body == "Be kind, always."
    history = await place.person.expect(200, "GET", f"/api/documents/{document}/history")
    assert sum(each["edits"] for each in history["edits"]) == 2
    assert await place.verify() == []


async def write(place: Place, written: list[str]) -> None:
    """Messages, each with a file, one after the other, so that the state at any moment is a prefix of them."""
    assert place.person is not None
    for number in range(10, 100):
        text = f"number {number}"
        sent = await place.person.send(place.channel, text)
        written.append(text)
        await uploaded(place.person, sent["id"], TEXT)


async def test_a_file_that_is_removed_meanwhile_is_in_the_backup(
    filled: Place, empty: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message is deleted after the moment of the backup and before the files are copied."""
    copy = making._write_files
    async with filled.served() as server:

        async def delete_and_copy(*given: Any) -> int:
            page = await filled.person.expect(200, "GET", f"/api/channels/{filled.channel}/messages")  # type: ignore[union-attr]
            for message in page:
                await filled.person.expect(204, "DELETE", f"/api/messages/{message['id']}")  # type: ignore[union-attr]
            connection = await asyncpg.connect(filled.url)
            assert await connection.fetchval("SELECT count(*) FROM files WHERE attachment_id IS NULL") == 2
            await connection.close()
            await sweep(server.settings)
            return await copy(*given)

        monkeypatch.setattr(making, "_write_files", delete_and_copy)
        made = await make(BackupOrder(filled.settings, tmp_path / "backup.tar"), Quiet())
        assert made.missing == 0
        await sweep(server.settings)
    assert not filled.objects(), "held back no longer"
    await empty.restore(made.path)
    empty.person, empty.channel, empty.attachments = filled.person, filled.channel, filled.attachments
    async with empty.served():
        await empty.check_attachments()


async def sweep(settings: Settings) -> None:
    """Remove what nothing refers to, as the server does every few seconds."""
    database = await open_pool(settings)
    usage = Usage(database, defaults_of(settings), settings.usage_period)
    limits = FileLimits(settings.file_limit, settings.upload_limit, settings.files_per_message)
    files = Files(database, PermissionCache(), Storage(settings.files_url, settings.upload_dir), limits, usage)
    await sweep_all(files)
    files.pictures.close()
    await database.close()


def test_a_backup_can_be_read_by_the_system_s_own_tools(archive: Path, tmp_path: Path) -> None:
    target = tmp_path / "unpacked"
    target.mkdir()
    subprocess.run(["tar", "-xf", archive, "-C", target], check=True)
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=target, check=True)
    manifest = json.loads((target / "manifest.json").read_text())
    assert manifest["counts"]["messages"] == 2
    assert manifest["files"]["count"] == 2
    found = programs.fitting(manifest["dumped_by"])
    listed = subprocess.check_output([found.binaries / "pg_restore", "--list", target / "database.dump"])
    assert b"TABLE DATA public messages" in listed


async def test_a_directory_gets_a_file_named_by_the_time(filled: Place, tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    await filled.succeed("backup", str(tmp_path / "backups"), "--exclude-files")
    [path] = (tmp_path / "backups").iterdir()
    assert path.name.startswith("coterie-2")
    assert path.suffix == ".tar"


@pytest.mark.extended("test_a_backup_of_a_running_instance_is_restored_whole has files; this leaves them out")
async def test_without_files(filled: Place, empty: Place, tmp_path: Path) -> None:
    await empty.restore(await filled.backup(tmp_path / "backup.tar", has_files=False))
    assert not empty.objects()
    assert len(await empty.verify()) == 1
    shutil.copytree(filled.directory, empty.directory, dirs_exist_ok=True)
    assert await empty.verify() == []


async def test_a_missing_file_is_reported_and_the_rest_saved(filled: Place, tmp_path: Path) -> None:
    backup = tmp_path / "backup.tar"
    lost, *_ = filled.objects()
    lost.unlink()
    assert "1 files are missing from the storage" in await filled.refused(Exit.DAMAGED, "backup", str(backup))
    assert any(lost.name in each for each in broken(await verify_backup(backup, Quiet(), is_quick=True)))
    assert await filled.verify() == [f"every file exists with its size: {lost.parent.name}/{lost.name} is missing"]


async def test_what_a_restore_writes_is_for_its_user_alone(empty: Place, archive: Path) -> None:
    """The tests' umask lets everyone read, as in most shells."""
    await empty.succeed("restore", str(archive))
    assert {path.stat().st_mode & 0o777 for path in empty.objects()} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in empty.directory.glob("**/")} == {0o700}


async def test_a_slash_at_the_end_means_a_directory(filled: Place, tmp_path: Path) -> None:
    assert "does not exist" in await filled.refused(Exit.NOT_FOUND, "backup", f"{tmp_path}/missing/")
    assert not (tmp_path / "missing").exists()
    await filled.succeed("backup", f"{tmp_path}/")


def test_a_refused_restore_leaves_nothing(archive: Path, tmp_path: Path) -> None:
    archive.write_bytes(archive.read_bytes()[:-2000])
    before = set(tmp_path.iterdir())
    ended = coterie("restore", str(archive), "--data", str(tmp_path / "new"))
    assert ended.code == Exit.DAMAGED, ended.complaint
    assert set(tmp_path.iterdir()) == before


async def test_a_refused_restore_creates_no_directory(empty: Place, archive: Path) -> None:
    await asyncio.to_thread(os.truncate, archive, 2000)
    await empty.refused(Exit.DAMAGED, "restore", str(archive))
    assert not empty.directory.exists()


@pytest.mark.parametrize("words", [("backup",), ("restore", "--data"), ("user", "list", "--data"), ("verify",)])
async def test_a_path_that_cannot_be_used_takes_one_line(filled: Place, archive: Path, words: tuple[str, ...]) -> None:
    """A name that is longer than file systems allow fails for root too, unlike a directory of mode 700."""
    name = "/tmp/" + "long" * 100
    given = [words[0], str(archive), *words[1:]] if words[0] == "restore" else words
    ended = await filled.run(*given, name)
    assert (ended.code in {Exit.PLACE, Exit.NOT_FOUND, Exit.CLUSTER}, ended.complaint.count("\n")) == (True, 1)
    assert "name too long" in ended.complaint


async def test_nothing_is_overwritten(filled: Place, empty: Place, archive: Path) -> None:
    assert "not overwritten" in await filled.refused(Exit.NOT_EMPTY, "backup", str(archive))
    assert "the database is not empty" in await filled.refused(Exit.NOT_EMPTY, "restore", str(archive))
    empty.directory.mkdir()
    (empty.directory / "something").write_text("of somebody else's")
    complaint = await empty.refused(Exit.NOT_EMPTY, "restore", str(archive))
    assert "the file storage is not empty (it has something)" in complaint
    assert await empty.table_count() == 0
    await empty.restore(await filled.backup(archive.with_name("bare.tar"), has_files=False))


DAMAGES = ["manifest.json", "database.dump", "files.tsv", "files/", "SHA256SUMS", "header", "end", "half"]


def damage(archive: Path, kind: str) -> None:
    """Change a bit of a backup, or cut it off."""
    content = bytearray(archive.read_bytes())
    with tarfile.open(archive) as tar:
        members = tar.getmembers()
    if kind == "end":
        del content[members[-1].offset :]
    elif kind == "half":
        del content[members[1].offset_data + members[1].size // 2 :]
    elif kind == "header":
        content[members[3].offset] ^= 1
    else:
        member = next(each for each in members if each.name.startswith(kind))
        content[member.offset_data + member.size // 2] ^= 1
    archive.write_bytes(content)


@pytest.mark.parametrize("kind", DAMAGES)
async def test_damage_is_found_before_anything_is_restored(empty: Place, archive: Path, kind: str) -> None:
    damage(archive, kind)
    assert broken(await verify_backup(archive, Quiet(), is_quick=True))
    with pytest.raises(Refusal) as refusal:
        await empty.restore(archive)
    assert refusal.value.code == Exit.DAMAGED
    assert await empty.table_count() == 0
    assert not empty.objects()


async def test_what_is_no_backup_at_all(empty: Place, tmp_path: Path) -> None:
    for content in (b"", b"hello", bytes(5000)):
        (tmp_path / "none").write_bytes(content)
        with pytest.raises(Refusal, match="is damaged"):
            await empty.restore(tmp_path / "none")
    assert "nowhere" in await empty.refused(Exit.NOT_FOUND, "restore", str(tmp_path / "nowhere"))


def change_manifest(archive: Path, old: bytes, new: bytes) -> None:
    with tarfile.open(archive) as tar:
        content = tar.extractfile("manifest.json").read()  # type: ignore[union-attr]
    assert len(old) == len(new)
    assert old in content
    archive.write_bytes(archive.read_bytes().replace(content, content.replace(old, new)))


async def test_one_of_a_newer_coterie_is_refused(empty: Place, archive: Path) -> None:
    change_manifest(archive, b'"version": ', b'"version":9')
    assert "newer" in await empty.refused(Exit.DATABASE_NEWER, "restore", str(archive))


def started(place: Place, *words: str) -> subprocess.Popen[bytes]:
    """A command that the test will kill."""
    variables = {"DATABASE_URL": place.url, "UPLOAD_DIR": str(place.directory), "COTERIE_ALLOW_UNSAFE_DATABASE": "on"}
    command = [sys.executable, "-m", "coterie", *words]
    return subprocess.Popen(command, env=environment(**variables), stderr=subprocess.DEVNULL)


@contextlib.asynccontextmanager
async def locked(place: Place, statement: str) -> AsyncIterator[None]:
    """A transaction holds the locks of a statement, and then undoes it."""
    connection = await asyncpg.connect(place.url)
    try:
        await connection.execute(f"BEGIN; {statement}")
        yield
    finally:
        await connection.close()


async def killed_when(process: subprocess.Popen[bytes], holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():
            assert process.poll() is None, "it ended before it could be killed"
            await asyncio.sleep(0.01)
    process.kill()
    process.wait()


async def test_an_interrupted_restore_is_begun_again_by_the_same_command(empty: Place, archive: Path) -> None:
    """Killed as soon as a file is there, and it cannot make the database: the lock of the schema is held."""
    async with locked(empty, "DROP SCHEMA public"):
        await killed_when(started(empty, "restore", str(archive)), lambda: bool(empty.objects()))
    assert await empty.table_count() == 0
    half_written = empty.directory / "0a" / f"{uuid4()}#1"
    half_written.parent.mkdir(exist_ok=True)
    half_written.write_bytes(b"as the store leaves it")
    await empty.restore(archive)
    assert await empty.verify() == []
    assert not [path for path in empty.objects() if "#" in path.name or path.name.startswith("restoring-")]


async def test_a_killed_backup_leaves_nothing_of_its_name(filled: Place, tmp_path: Path) -> None:
    backup, unfinished = tmp_path / "backup.tar", tmp_path / ".backup.tar.unfinished"
    async with locked(filled, "LOCK TABLE messages IN ACCESS EXCLUSIVE MODE"):  # so it cannot be finished
        await killed_when(started(filled, "backup", str(backup)), unfinished.exists)
    assert not backup.exists()
    await filled.backup(backup)
    assert not unfinished.exists()


def test_a_draft_is_a_new_file(tmp_path: Path) -> None:
    """Others may have write permission for the directory."""
    target, unfinished, elsewhere = tmp_path / "backup.tar", tmp_path / ".backup.tar.unfinished", tmp_path / "elsewhere"
    elsewhere.write_bytes(b"kept")
    unfinished.symlink_to(elsewhere)
    with pytest.raises(OSError, match="symbolic links"), draft(target):
        pass
    assert elsewhere.read_bytes() == b"kept"
    unfinished.unlink()
    unfinished.hardlink_to(elsewhere)
    with draft(target) as file:
        file.write(b"a backup")
    assert (elsewhere.read_bytes(), target.read_bytes()) == (b"kept", b"a backup")


def test_a_draft_of_another_user_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".backup.tar.unfinished").write_bytes(b"")
    monkeypatch.setattr(os, "getuid", lambda: 54_321)
    with pytest.raises(PermissionError, match="another user"), draft(tmp_path / "backup.tar"):
        pass


def test_a_draft_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    with draft(tmp_path / "backup.tar") as file:
        with pytest.raises(BlockingIOError), draft(tmp_path / "backup.tar"):
            pass
        file.write(b"a backup")
    assert (tmp_path / "backup.tar").read_bytes() == b"a backup"


def leftovers(directory: Path) -> list[Path]:
    return list(directory.glob("*backup*"))


async def test_a_backup_that_fails_leaves_nothing(
    filled: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "does not exist" in await filled.refused(Exit.NOT_FOUND, "backup", str(tmp_path / "nowhere" / "backup.tar"))

    def full(writer: ArchiveWriter) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(ArchiveWriter, "finish", full)
    with pytest.raises(Refusal, match="No space left"):
        await filled.backup(tmp_path / "backup.tar")
    assert not leftovers(tmp_path)


def test_a_password_is_never_on_a_command_line() -> None:
    assert programs.apart("postgresql://mia:p%40ss@db.example:5433/chat?sslmode=require") == (
        "postgresql://mia@db.example:5433/chat?sslmode=require",
        {"PGPASSWORD": "p@ss"},
    )
    assert programs.apart("postgresql:///chat?host=/run/pg&user=mia&password=secret") == (
        "postgresql:///chat?host=/run/pg&user=mia",
        {"PGPASSWORD": "secret"},
    )
    assert programs.apart("postgresql://coterie@/coterie?host=/a/b") == ("postgresql://coterie@/coterie?host=/a/b", {})


def programs_of(archive: Path) -> int:
    with tarfile.open(archive) as tar:
        return int(json.load(tar.extractfile("manifest.json"))["dumped_by"])  # type: ignore[arg-type]


@pytest.mark.extended("an older PostgreSQL, which test-all tries with everything")
async def test_an_old_server_takes_what_newer_programs_dumped(postgresql15: str, archive: Path, empty: Place) -> None:
    """The dump was made by PostgreSQL 18 and begins with words that 15 does not know."""
    assert programs_of(archive) > 16
    old = Place(postgresql15, empty.directory, empty.http)
    await old.restore(archive)
    assert await old.verify() == []
    again = await old.backup(archive.with_name("again.tar"))
    assert not broken(await verify_backup(again, Quiet()))
