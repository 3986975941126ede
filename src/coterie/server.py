"""The server processes: one in this process, or several that share its listening socket.

The socket is bound after every check has passed, by the parent. A process that dies is started again; one
whose parent died ends. SIGTERM and SIGINT end everything within a second: open streams are ended, not waited
for, and requests that are being answered get a moment to finish.
"""

import asyncio
import contextlib
import errno
import os
import resource
import signal
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

import structlog
import uvicorn

from coterie.guarded import GuardedHttp, GuardedWebSocket, limited_to
from coterie.refusals import Exit, Refusal
from coterie.settings import Settings

Application: TypeAlias = Any  # an ASGI application; uvicorn's own type is private
Create: TypeAlias = Callable[[Settings], Application]

KEEP_ALIVE_SECONDS: Final = 75  # longer than proxies keep theirs (nginx: 60), so that they close first
GRACE_SECONDS: Final = 0.5
FRAME_BYTES: Final = 256 * 1024
PING_SECONDS: Final = 30.0

log = structlog.get_logger("coterie.server")


def listen(settings: Settings) -> socket.socket:
    """The bound socket. Raises Refusal if the address cannot be had.

    One whose port is shared listens only when the application has started: until then the others get every connection.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.server_host, settings.server_port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as problem:
        raise Refusal(
            Exit.ADDRESS, f"SERVER_HOST: {settings.server_host} is not an address of this machine; correct it"
        ) from problem
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if settings.share_port:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listener.bind(address)
        if not settings.share_port:
            listener.listen(2048)
    except OSError as problem:
        listener.close()
        raise Refusal(Exit.ADDRESS, _why_not(problem, settings)) from problem
    return listener


def _why_not(problem: OSError, settings: Settings) -> str:
    host, port = settings.server_host, settings.server_port
    if problem.errno == errno.EADDRINUSE:
        return f"SERVER_PORT: port {port} on {host} is taken; stop what uses it, or choose another with --port"
    if problem.errno == errno.EACCES:
        return f"SERVER_PORT: this user may not listen on port {port}; choose one above 1023 with --port"
    return f"SERVER_HOST: {host} is not an address of this machine; correct it ({problem.strerror})"


def address_of(listener: socket.socket) -> str:
    """Where to reach this server from this machine, as a URL."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  (compared, not bound)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Server(uvicorn.Server):
    """Uvicorn's server with a shutdown that ends streams, and without its signal handling."""

    def stop(self) -> None:
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in self._connections():
            connection.end()
        await self._settle()
        for connection in self._connections():
            connection.transport.abort()
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=GRACE_SECONDS / 4)
        await self.lifespan.shutdown()

    def _connections(self) -> list[GuardedHttp | GuardedWebSocket]:
        return [each for each in self.server_state.connections if isinstance(each, GuardedHttp | GuardedWebSocket)]

    def _is_busy(self) -> bool:
        return bool(self.server_state.connections or self.server_state.tasks)

    async def _settle(self) -> None:
        deadline = time.monotonic() + GRACE_SECONDS
        while self._is_busy() and time.monotonic() < deadline:  # noqa: ASYNC110  (uvicorn has no event for it)
            await asyncio.sleep(0.01)


def server_for(application: Application, settings: Settings) -> Server:
    """Uvicorn, configured in code; nothing of it reads the environment."""
    return Server(
        uvicorn.Config(
            application,
            loop="uvloop" if os.name == "posix" else "asyncio",
            http=limited_to(settings.connection_limit),
            ws=GuardedWebSocket,
            ws_per_message_deflate=False,
            ws_max_size=FRAME_BYTES,
            ws_ping_interval=PING_SECONDS,
            ws_ping_timeout=PING_SECONDS,
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=list(settings.trusted_proxies),
        )
    )


def run_here(
    settings: Settings,
    listener: socket.socket,
    create: Create,
    on_ready: Callable[[Server], None],
    ends_with: int | None = None,
) -> None:
    """Serve in this process until a signal, `Server.stop`, or the end of the pipe `ends_with` is closed.

    `on_ready` is called once a request was answered over the network.
    """
    make_room_for_connections(settings.connection_limit)
    server = server_for(create(settings), settings)
    try:
        with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
            runner.run(_serve(server, listener, on_ready, ends_with))
    except SystemExit as problem:  # how uvicorn says that the application's own start failed, after logging why
        raise Refusal(Exit.FAILED, "the application did not start; the log says why") from problem


async def _serve(
    server: Server, listener: socket.socket, on_ready: Callable[[Server], None], ends_with: int | None
) -> None:
    loop = asyncio.get_running_loop()
    if ends_with is not None:
        loop.add_reader(ends_with, server.stop)
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.stop)
    address = listener.getsockname()[:2]
    announcing = asyncio.create_task(_announce(server, address, on_ready))
    await server.serve(sockets=[listener])
    announcing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await announcing


async def _announce(server: Server, address: tuple[str, int], on_ready: Callable[[Server], None]) -> None:
    while not server.started:  # noqa: ASYNC110  (uvicorn has no event for it)
        await asyncio.sleep(0.005)
    while not await _answers(address):  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    on_ready(server)


async def _answers(address: tuple[str, int]) -> bool:
    """Whether a request over the network is answered, and not with a server's error."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address[0], address[0])  # noqa: S104  (compared, not bound)
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection(host, address[1])
            writer.write(b"GET /api/health/live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
            status = await reader.readline()
            writer.close()
            return status.startswith(b"HTTP/1.1 ") and status[9:10] in {b"2", b"3", b"4"}
    return False


def make_room_for_connections(wanted: int) -> None:
    """Raise this process's limit of open files as far as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + 200
    possible = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < possible:
        resource.setrlimit(resource.RLIMIT_NOFILE, (possible, hard))
    if possible < needed:
        log.warning(
            "the system allows fewer open files than COTERIE_CONNECTION_LIMIT; raise the limit or lower it",
            open_files=possible,
            connection_limit=wanted,
        )
