"""`serve` and `dev` around a small application, and the start of `serve` with another directory of migrations.

`example.py serve [MIGRATIONS]` or `example.py dev DATA`. A refusal ends it exactly as the command does.
"""

import os
import sys
from pathlib import Path
from typing import Any

from coterie import cli
from coterie.process.refusals import Exit, Refusal
from coterie.serving import running
from coterie.settings.record import Settings


def create(settings: Settings) -> Any:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"example"})

    return application


def end(settings: Settings) -> Any:
    raise Refusal(Exit.NOT_ALLOWED_HERE, "everything is checked and migrated")


def main() -> None:
    command, *words = sys.argv[1:]
    if command == "serve":
        settings = Settings.read(os.environ)
        running.serve(settings, end, Path(words[0])) if words else running.serve(settings, create)
    else:
        running.develop(Path(words[0]), dict(os.environ), create)


if __name__ == "__main__":
    cli.ending_properly(main)
