"""The cable between a browser and a server: it can be cut, and plugged into another server, while the address stays."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final


class Cable:
    """Carries bytes both ways between a port of its own and the port of a server."""

    def __init__(self, port: int, lag: float = 0) -> None:
        self.server_port = port
        self.lag: Final = lag
        self.is_cut = False
        self.port = 0
        self._writers: Final[set[asyncio.StreamWriter]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """All connections end at once, whatever they carry, and new ones are refused."""
        self.is_cut = True
        for writer in self._writers:
            writer.transport.abort()

    def mend(self) -> None:
        self.is_cut = False

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        self._writers.add(writer)
        try:
            if not self.is_cut:
                back, forth = await asyncio.open_connection("127.0.0.1", self.server_port)
                ends.append(forth)
                self._writers.add(forth)
                await asyncio.gather(self._pass_on(reader, forth), self._pass_on(back, writer))
        except OSError:
            pass  # the server is away, which looks to the browser as if the cable was cut
        finally:
            for end in ends:
                self._writers.discard(end)
                end.transport.abort()

    async def _pass_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65_536):
                if self.lag:
                    await asyncio.sleep(self.lag)
                sink.write(data)
                await sink.drain()
        with contextlib.suppress(OSError):
            sink.close()


@contextlib.asynccontextmanager
async def cable(server_url: str, lag: float = 0) -> AsyncIterator[Cable]:
    """A cable to a server, on a free port of 127.0.0.1. Whatever it carries comes late, by `lag` seconds each way."""
    made = Cable(int(server_url.rpartition(":")[2]), lag)
    listener = await asyncio.start_server(made.carry, "127.0.0.1", 0)
    made.port = listener.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        made.cut()
        listener.close()
