"""Writes that have no limit of their own share one, so that no account fills the database by a cheap one."""

from datetime import UTC, datetime
from functools import partial
from uuid import UUID

import pytest

from coterie.audit import queries as audit
from coterie.database.pool import OwnConnection
from coterie.features import ROW_LIFETIMES
from coterie.http.rate_limits import WRITES, Rate
from tests.charges import charges
from tests.people import Browser, Community, Person
from tests.rates import set_rate
from tests.serving import gather_community, serving, settings_for


async def test_cheap_writes_are_counted(community: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    charged = charges(monkeypatch, WRITES)
    owner, server = community.owner, f"/api/servers/{community.server}"
    role = await owner.expect(201, "POST", f"{server}/roles", {"name": "one"})
    await owner.expect(200, "PATCH", f"{server}/roles/{role['id']}", {"name": "two"})
    message = await owner.send(community.channel, "hello")
    pin = f"/api/channels/{community.channel}/messages/{message['id']}/pin"
    await owner.expect(204, "POST", pin)
    await owner.expect(204, "DELETE", pin)
    await owner.expect(204, "PUT", f"/api/blocks/{community.outsider.id}")
    assert charged == [1] * 5
    await owner.expect(204, "POST", f"/api/channels/{community.channel}/ack", {"message_id": message["id"]})
    await owner.expect(204, "DELETE", f"/api/messages/{message['id']}")
    await owner.expect(200, "GET", server)
    assert charged == [1] * 5


async def test_beyond_them_writes_are_refused_and_reading_goes_on(
    monkeypatch: pytest.MonkeyPatch, database_url: str, http: object
) -> None:
    set_rate(monkeypatch, WRITES, Rate(0.001, 3))
    async with serving(settings_for(database_url, RATE_LIMITS="on")) as server:
        cast = await gather_community(partial(Person.register, Browser(server.url, http)))  # type: ignore[arg-type]
        path = f"/api/servers/{cast.server}"
        statuses = {(await cast.owner.patch(path, {"name": f"{number}"})).status for number in range(9)}
        assert statuses == {200, 429}
        await cast.owner.expect(200, "GET", path)
        await cast.owner.send(cast.channel, "this has a limit of its own")
        await cast.outsider.expect(204, "PUT", f"/api/blocks/{cast.owner.id}")


async def test_a_server_keeps_its_newest_audit_entries(
    community: Community, rows: OwnConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "ENTRY_LIMIT", 3)
    server = UUID(community.server)
    for number in range(6):
        await community.owner.expect(200, "PATCH", f"/api/servers/{server}", {"name": f"name {number}"})
    newest = (await community.owner.expect(200, "GET", f"/api/servers/{server}/audit-logs"))[:3]
    [life] = [life for life in ROW_LIFETIMES if life.forget is audit.forget_beyond]
    while await life.forget(rows, datetime.now(UTC), 1):
        pass
    assert await community.owner.expect(200, "GET", f"/api/servers/{server}/audit-logs") == newest
