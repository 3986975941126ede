"""Custom emoji with their pictures."""

from typing import Final

from coterie.emojis import queries
from coterie.emojis.actions import EMOJI_BYTES, NAME
from coterie.emojis.models import CustomEmoji
from coterie.files import queries as files
from coterie.files.models import ReceivedFile
from coterie.files.receiving import Receiver
from coterie.importing.mappings import PERSON, Reference, SourceRow, TableMapping
from coterie.importing.tables import Table, read
from coterie.importing.together.files import BATCH, FoundUpload, received
from coterie.importing.together.messages import EMOJIS
from coterie.importing.together.servers import SERVERS, find_servers
from coterie.importing.work import ImportWork
from coterie.log.append import Change

EMOJI_DIRECTORY: Final = "custom_emojis"


async def _emojis(work: ImportWork, rows: list[SourceRow]) -> list[CustomEmoji | None]:
    return [await _emoji(each) for each in rows]


async def _emoji(row: SourceRow) -> CustomEmoji | None:
    server_id, author, name = row.here["server_id"], row.here["created_by"], row["name"]
    if server_id is None or not NAME.fullmatch(name or ""):
        row.leave("its server does not exist, or its name is invalid", name)
        return None
    place = f"{EMOJI_DIRECTORY}/{row['id']}/{row['filename']}"
    file = await received(row, "picture", place, author, _draw)
    if file is None:
        return None
    address, moment = f"/emojis/{file.id}", row["created_at"]
    return CustomEmoji(file.id, server_id, author, name, address, file.mime_type, file.size, moment)


async def _draw(receiver: Receiver, upload: FoundUpload) -> ReceivedFile:
    return await receiver.draw(upload, "emoji", EMOJI_BYTES)


async def _store_emojis(work: ImportWork, made: list[CustomEmoji]) -> list[Change]:
    for emoji in made:
        await queries.insert(work.connection, emoji)
        await files.become_emoji(work.connection, emoji.id)
    return [Change(each.server_id, f"emojis/{each.id}", "CUSTOM_EMOJI_CREATE", each) for each in made]


custom_emojis: Final = TableMapping[CustomEmoji](
    EMOJIS,
    reads=read(Table.text, "name", "filename"),
    refers={"server_id": Reference(SERVERS, find_servers), "created_by": PERSON},
    make=_emojis,
    store=_store_emojis,
    find=lambda here, ids: here.fetch("SELECT id FROM custom_emojis WHERE id = ANY($1)", ids),
    batch=BATCH,
)
