"""The barest ASGI application, served exactly as Coterie is: the cost of HTTP and WebSockets alone.

`python -m bench.bare PORT`. POST /keep stores a body; GET /kept and POST /exchange return it; a socket at /listen
receives every frame that a socket at /publish sends.
"""

import sys
from typing import Final
from uuid import UUID

from coterie.http.asgi import Receive, Scope, Send
from coterie.serving.server import listen, run_here
from coterie.settings.record import Settings

TOPIC: Final = UUID(int=0)
READY: Final = f'{{"op":"DISPATCH","t":"READY","d":{{"positions":{{"{TOPIC}":0}}}}}}'


class Bare:
    """Holds one body and a list of listeners."""

    def __init__(self) -> None:
        self._kept = b""
        self._listeners: Final[dict[int, Send]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._answer(scope["path"], receive, send)
        elif scope["type"] == "websocket":
            await self._serve(scope["path"], receive, send)
        else:
            for phase in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{phase}.complete"})

    async def _answer(self, path: str, receive: Receive, send: Send) -> None:
        body, has_more = b"", True
        while has_more:
            message = await receive()
            body += message.get("body", b"")
            has_more = message.get("more_body", False)
        if path == "/keep":
            self._kept = body
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(self._kept))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self._kept})

    async def _serve(self, path: str, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
        await send({"type": "websocket.send", "text": READY})
        if path == "/listen":
            self._listeners[id(send)] = send
        try:
            while (message := await receive())["type"] != "websocket.disconnect":
                event = {"type": "websocket.send", "text": message["text"]}
                for listener in self._listeners.values():
                    await listener(event)
        finally:
            self._listeners.pop(id(send), None)


def main() -> None:
    settings = Settings(server_port=int(sys.argv[1]))
    run_here(settings, listen(settings), lambda _: Bare(), lambda _: None)


if __name__ == "__main__":
    main()
