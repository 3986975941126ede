"""A small application behind Coterie's real server, in a process of its own; prints its address when ready.

`example.py [name=value …]`: processes, connections, header_seconds, write_seconds, trusted, fails.
"""

import asyncio
import contextlib
import os
import sys
from typing import Any

from coterie.http import uvicorn_limits
from coterie.process import log_output
from coterie.serving.server import HttpServer, address_of, listen, run_here
from coterie.serving.supervisor import Supervisor
from coterie.settings.record import Settings


def create(settings: Settings) -> Any:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
        elif scope["type"] == "websocket":
            await websocket(scope, receive, send)
        elif scope["path"] == "/stream":
            await stream(receive, send)
        elif scope["path"] == "/flood":
            await flood(scope, send)
        elif scope["path"] == "/die":
            os._exit(9)
        else:
            await say(scope, receive, send)

    return application


def tell(line: str) -> None:
    """In one piece, since several processes write to the same pipe."""
    os.write(sys.stdout.fileno(), f"{line}\n".encode())


async def lifespan(receive: Any, send: Any) -> None:
    await receive()
    if "fails" in OPTIONS:
        await send({"type": "lifespan.startup.failed", "message": "the application cannot start"})
        return
    await send({"type": "lifespan.startup.complete"})
    await receive()
    tell("application ended in order")
    await send({"type": "lifespan.shutdown.complete"})


async def say(scope: Any, receive: Any, send: Any) -> None:
    if scope["path"] == "/slow":
        await asyncio.sleep(0.2)  # what is slow about it
    text = f"{os.getpid()} {scope['client'][0]} {scope['scheme']}".encode()
    await begin(send)
    await send({"type": "http.response.body", "body": text})


async def begin(send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})


async def stream(receive: Any, send: Any) -> None:
    """Says hello, then nothing until the client or the server ends it."""
    await begin(send)
    await send({"type": "http.response.body", "body": b"hello\n", "more_body": True})
    while (await receive())["type"] != "http.disconnect":
        pass
    tell("stream ended in order")


async def flood(scope: Any, send: Any) -> None:
    """Writes forever; with `?abort` gives up on a peer that does not read, by the extension."""
    await begin(send)
    with contextlib.suppress(TimeoutError):
        for _ in range(10_000):
            await asyncio.wait_for(
                send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True}),
                0.2 if scope["query_string"] == b"abort" else None,
            )
            if scope["query_string"] == b"abort" and "gone" in scope:
                break
        return
    scope["extensions"][uvicorn_limits.ABORT]()
    tell("flood aborted")


async def websocket(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    if scope["path"] == "/slow":
        tell("handshake begun")
        await asyncio.sleep(60)  # until it is cut off
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": str(uvicorn_limits.ABORT in scope["extensions"])})
    while (message := await receive())["type"] != "websocket.disconnect":
        if message.get("text") == "flood":
            with contextlib.suppress(Exception):
                while True:
                    await send({"type": "websocket.send", "bytes": b"x" * 65536})
            tell(f"flood of the socket ended, {'counted' if uvicorn_limits.stalled() else 'not counted'} as stalled")
            return
        if message.get("text") == "abort":
            scope["extensions"][uvicorn_limits.ABORT]()
    tell(f"socket ended with {message['code']}")


OPTIONS = dict(word.split("=") for word in sys.argv[1:])


def main() -> None:
    uvicorn_limits.GuardedHttp.header_seconds = float(OPTIONS.get("header_seconds", "10"))
    uvicorn_limits.GuardedHttp.write_seconds = uvicorn_limits.GuardedWebSocket.write_seconds = float(
        OPTIONS.get("write_seconds", "30")
    )
    settings = Settings(
        server_port=0,
        log_format="text",
        processes=int(OPTIONS.get("processes", "1")),
        connection_limit=int(OPTIONS.get("connections", "100")),
        trusted_proxies=tuple(OPTIONS["trusted"].split(",")) if "trusted" in OPTIONS else (),
    )
    log_output.configure(settings)
    listener = listen(settings)
    address = address_of(listener)

    def announce(server: HttpServer | None = None) -> None:
        tell(address)

    if settings.processes > 1:
        Supervisor(settings, listener, create).run(announce)
    else:
        run_here(settings, listener, create, announce)


if __name__ == "__main__":
    main()
