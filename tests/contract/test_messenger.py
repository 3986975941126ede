"""The whole wire of the messenger, walked through once by its desktop client."""

from uuid import UUID

import aiohttp

from coterie.chat_room.queries import set_chat_room
from coterie.database.pool import OwnConnection
from tests.contract.desktop import Desktop, Walked
from tests.contract.messenger_shapes import ROUTES
from tests.contract.messenger_walk import Friends
from tests.serving import serving, settings_for
from tests.usage.conftest import community_on, counted

__all__ = ["counted"]


async def test_every_route_of_the_contract(
    database_url: str, http: aiohttp.ClientSession, counted: OwnConnection
) -> None:
    async with serving(settings_for(database_url)) as server:
        community = await community_on(server, http)
        await set_chat_room(counted, UUID(community.channel))
        nobody = Desktop(server.url, http, Walked())
        await (await Friends.arrive(nobody)).all()
    assert nobody.walked.successes == ROUTES.keys()
    refusals = {route: tuple(sorted(statuses)) for route, statuses in nobody.walked.refusals.items()}
    assert refusals == {route: expected.refusals for route, expected in ROUTES.items()}
