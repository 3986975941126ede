"""Sessions that a process remembers, where the bus has lost what would have ended them."""

import asyncpg
import pytest

from coterie.accounts.authentication import Authentication
from coterie.accounts.tokens import Tokens
from coterie.database.pool import open_pool
from coterie.errors import CoterieError
from coterie.http.credentials import Credential
from coterie.viewer import Viewer
from tests.people import Person
from tests.serving import LiveServer, Register


async def test_a_look_forgets_what_is_no_longer_so_and_nothing_else(
    live_server: LiveServer, register: Register
) -> None:
    gone, renamed, same = await register(), await register(), await register()
    database = await open_pool(live_server.settings)
    authentication = Authentication(database, Tokens(live_server.settings.jwt_secret))
    authentication.set_connected(True)

    async def viewer(person: Person) -> Viewer:
        return await authentication.viewer(Credential("Bearer", person.token or ""))

    before = {person.id: await viewer(person) for person in (gone, renamed, same)}
    connection = await asyncpg.connect(live_server.settings.database_url)
    await connection.execute("DELETE FROM sessions WHERE user_id = $1", gone.id)
    await connection.execute("UPDATE users SET username = 'another_name' WHERE id = $1", renamed.id)
    await connection.close()
    assert await viewer(gone) is before[gone.id]
    await authentication.look()
    with pytest.raises(CoterieError):
        await viewer(gone)
    assert (await viewer(renamed)).username == "another_name"
    assert await viewer(same) is before[same.id]
    await database.close()
