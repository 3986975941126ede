"""A rolling restart: two servers on one port, restarted one after the other, while clients write and listen."""

import asyncio
import signal

import psutil
import pytest

from tests.faults.trial import VARIABLES, Trial, only_long
from tests.laws.world import Server
from tests.patience import PATIENCE
from tests.ports import reserved_port

pytestmark = [pytest.mark.faults, only_long]


async def start(server: Server) -> None:
    """Returns when this very process takes connections; until then the other one on its port gets all of them."""
    await server.start()
    async with asyncio.timeout(PATIENCE):
        while not listens(server):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def listens(server: Server) -> bool:
    assert server.process is not None
    assert server.process.returncode is None, "it did not start"
    connections = psutil.Process(server.process.pid).net_connections("tcp")
    return any(each.status == psutil.CONN_LISTEN and each.laddr.port == server.port for each in connections)


@pytest.mark.parametrize("processes", ["1", "2"])
async def test_a_rolling_restart_loses_nothing(database_url: str, processes: str) -> None:
    port = reserved_port()
    given = {**VARIABLES, "COTERIE_SHARE_PORT": "on", "COTERIE_PROCESSES": processes}
    servers = [Server(database_url, port, variables=given) for _ in range(2)]
    try:
        for server in servers:
            await start(server)

        async def restart() -> None:
            for server in servers:
                await server.end(signal.SIGTERM)
                await start(server)

        async with Trial.at(f"http://127.0.0.1:{port}", database_url) as trial:
            of = {"1": "one process", "2": "two processes"}[processes]
            await trial.run(f"a rolling restart of two servers with {of} each", restart, lambda: None)
    finally:
        for server in servers:
            await server.end(signal.SIGKILL)
