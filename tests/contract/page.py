"""The page of the docs that says which calls and events of the wire contract are answered."""

from tests.contract.messenger_shapes import ROUTES
from tests.contract.shapes import CALLS, EVENTS
from tests.contract.texts import DUTIES

HEAD = """# What is covered

Each call and event below is tried against a running server by the test suite, with the status and the fields that
clients of the two systems that Coterie unites rely on. Calls of the community API are under `/api`, except `/emojis`
and `/health`, which also answer at the root. Polls, events, bots, webhooks and automatic moderation are not built yet;
link previews and the GIF search are tried against sites of their own. This page is written from the tests themselves:
`python -m tests.contract > docs/protocol/coverage.md`.
"""

MESSENGER = """The routes of the messenger's desktop client, tried by a client that asks and reads as it does: it
follows a conversation with `Subscribe: true` alone and reads the lines of an
[event stream](server-sent-events.md#the-messengers-form). Refusals are JSON with a code; what somebody may not see is
404 where the old server said 403. `/collab` is [the text of a shared document](documents.md). `/realtime`,
`/typing` and `/chat` have [a page of their own](realtime.md)."""

TEXTS = """What text clients of [shared documents](documents.md) rely on, each with the test that tries it."""


def page() -> str:
    """The whole page."""
    calls = [
        f"| `{call}` | {expected.status} | {_fields(list(expected.shape), is_list=expected.is_list)} |"
        for call, expected in CALLS.items()
    ]
    events = [f"| `{name}` | {_fields(list(shape))} |" for name, shape in EVENTS.items()]
    routes = [
        f"| `{route}` | {expected.status} | {_told(list(expected.shape), is_streamed=expected.streamed)} "
        f"| {', '.join(map(str, expected.refusals))} |"
        for route, expected in ROUTES.items()
    ]
    return "\n".join(
        [
            HEAD,
            f"## Calls ({len(calls)})",
            "",
            "| call | status | answer |",
            "| --- | --- | --- |",
            *calls,
            "",
            f"## Events of the gateway ({len(events)})",
            "",
            "| event | fields |",
            "| --- | --- |",
            *events,
            "",
            f"## The messenger's wire ({len(ROUTES)})",
            "",
            MESSENGER,
            "",
            "| route | status | answer | refused with |",
            "| --- | --- | --- | --- |",
            *routes,
            "",
            f"## Shared texts ({len(DUTIES)})",
            "",
            TEXTS,
            "",
            "| duty | test |",
            "| --- | --- |",
            *(f"| {duty} | `{test.__module__}.{test.__name__}` |" for duty, test in DUTIES.items()),
            "",
        ]
    )


def _told(names: list[str], *, is_streamed: bool) -> str:
    fields = ", ".join(f"`{name}`" for name in names)
    return f"a stream of {fields}" if is_streamed else fields or "nothing"


def _fields(names: list[str], *, is_list: bool = False) -> str:
    listed = ", ".join(f"`{name}`" for name in names)
    return f"a list, each with {listed}" if is_list else listed or "nothing, or the file"
