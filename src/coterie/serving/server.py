"""The server processes: one in this process, or several that share its listening socket.

The parent binds the socket first, so that a start beside another server ends before it migrates, and listens after
every check has passed. A process that dies is started again; a process whose parent died ends. SIGTERM and SIGINT end
everything within a second: open streams are closed without waiting, and requests that are being answered get a moment
to finish.
"""

import asyncio
import contextlib
import errno
import gc
import os
import resource
import signal
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

import structlog
import uvicorn

from coterie.http.open_places import OpenPlaces, of_address
from coterie.http.uvicorn_limits import GuardedHttp, GuardedWebSocket, limited_to
from coterie.process.refusals import Exit, Refusal
from coterie.settings.record import Settings

Application: TypeAlias = Any  # an ASGI application; uvicorn's own type is private
Create: TypeAlias = Callable[[Settings], Application]

KEEP_ALIVE_SECONDS: Final = 75  # longer than proxies keep connections (nginx: 60), so that they close first
GRACE_SECONDS: Final = 0.5
FRAME_BYTES: Final = 128 * 1024
PING_SECONDS: Final = 30.0
UNSENT_BYTES: Final = 128 * 1024
"""How much the kernel keeps for a reader who stands still; by default it takes 4 MB, beyond the end of a connection."""

COLLECTED_AFTER: Final = 10_000
"""How many new objects make Python look for unreachable ones. With its own 700, every sixth request did."""

log = structlog.get_logger("coterie.serving.server")


def bind(settings: Settings) -> socket.socket:
    """A socket that holds the port without listening. Raises Refusal if the address is not available."""
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
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):  # what is accepted inherits it
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
    if settings.share_port:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listener.bind(address)
    except OSError as problem:
        listener.close()
        raise Refusal(Exit.ADDRESS, _why_not(problem, settings)) from problem
    return listener


def listen(settings: Settings) -> socket.socket:
    """A bound socket that takes connections. Raises Refusal if the address is not available."""
    listener = bind(settings)
    start_listening(listener, settings)
    return listener


def start_listening(listener: socket.socket, settings: Settings) -> None:
    """Take connections. Raises Refusal if another server that was started at the same time came first.

    A socket on a shared port listens only once the application has started: until then the others get every connection.
    """
    if settings.share_port:
        return
    try:
        listener.listen(2048)
    except OSError as problem:
        raise Refusal(Exit.ADDRESS, _why_not(problem, settings)) from problem


def _why_not(problem: OSError, settings: Settings) -> str:
    host, port = settings.server_host, settings.server_port
    if problem.errno == errno.EADDRINUSE:
        return f"SERVER_PORT: port {port} on {host} is in use; stop what uses it, or choose another with --port"
    if problem.errno == errno.EACCES:
        return f"SERVER_PORT: this user cannot listen on port {port}; choose one above 1023 with --port"
    return f"SERVER_HOST: {host} is not an address of this machine; correct it ({problem.strerror})"


def address_of(listener: socket.socket) -> str:
    """The URL of this server from this machine."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  (compared, not bound)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class HttpServer(uvicorn.Server):
    """Uvicorn's server with a shutdown that closes streams, and without its signal handling."""

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


def _places(settings: Settings) -> OpenPlaces:
    """Behind proxies, all connections have their addresses; what counts then is what they forward."""
    return OpenPlaces(None) if settings.trusted_proxies else of_address(settings)


def server_for(application: Application, settings: Settings) -> HttpServer:
    """Uvicorn, configured in code; it reads nothing from the environment."""
    return HttpServer(
        uvicorn.Config(
            application,
            loop="uvloop" if os.name == "posix" else "asyncio",
            http=limited_to(settings.connection_limit, _places(settings)),
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
    on_ready: Callable[[HttpServer], None],
    ends_with: int | None = None,
) -> None:
    """Serve in this process until a signal, `Server.stop`, or until the other end of the pipe `ends_with` is closed.

    `on_ready` is called once a request has been answered over the network.
    """
    make_room_for_connections(settings.connection_limit)
    server = server_for(create(settings), settings)
    try:
        with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
            runner.run(_serve(server, listener, on_ready, ends_with))
    except SystemExit as problem:  # how uvicorn reports that the application failed to start, after logging why
        raise Refusal(Exit.FAILED, "the application did not start; the log says why") from problem


async def _serve(
    server: HttpServer, listener: socket.socket, on_ready: Callable[[HttpServer], None], ends_with: int | None
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


async def _announce(server: HttpServer, address: tuple[str, int], on_ready: Callable[[HttpServer], None]) -> None:
    while not server.started:  # noqa: ASYNC110  (uvicorn has no event for it)
        await asyncio.sleep(0.005)
    while not await _answers(address):  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    _collect_less()
    on_ready(server)


def _collect_less() -> None:
    """Garbage collection leaves out what exists now, which stays as long as the process, and runs more rarely.

    It took a fifth of the time of a message over HTTP.
    """
    gc.collect()
    gc.freeze()
    _, second, third = gc.get_threshold()
    gc.set_threshold(COLLECTED_AFTER, second, third)


async def _answers(address: tuple[str, int]) -> bool:
    """Whether a request over the network is answered, and not with a server error."""
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
    """Raise this process's limit on open files as far as the system allows."""
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
