"""Following a collection over Braid: snapshot, changes, resuming, and who may not."""

import json

from tests.people import Community
from tests.sync.braid_reader import BraidStream


def messages_of(community: Community) -> str:
    return f"/sync/channels/{community.channel}/messages"


async def test_it_works(community: Community) -> None:
    first = await community.member.send(community.channel, "hello")
    stream = await BraidStream.open(community.owner, messages_of(community))
    assert stream.status == 209
    snapshot = await stream.next()
    assert snapshot.key is None
    assert stream.state == {first["id"]: first}
    second = await community.member.send(community.channel, "h\N{LATIN SMALL LETTER E WITH ACUTE}llo")
    update = await stream.next()
    assert (update.key, json.loads(update.body)) == (second["id"], second)
    assert update.parents == [snapshot.version]
    stream.cut()
