"""The page of the docs that says which calls and events of the wire contract are answered."""

from tests.contract.messenger_shapes import ROUTES
from tests.contract.shapes import CALLS, EVENTS
from tests.contract.texts import DUTIES

HEAD = """# Coverage

The test suite tries every request and event below against a running server, with the status and the fields that
clients of XFChat (the messenger) and Together (the community server) rely on. Requests of the community API are under
`/api`; `/emojis` and `/health` also answer at the root. Link previews and the GIF search are tried against sites of the
tests' own. The tests write this page: `python -m tests.contract > docs/protocol/coverage.md`. [Errors](errors.md) lists
what requests are refused with.
"""

MESSENGER = """\
The routes of the messenger's desktop client, tried by a client that behaves like it: it follows a conversation with
`Subscribe: true` alone and reads the lines of an [event stream](server-sent-events.md#the-messengers-form). Refusals
are JSON with a code; what you may not see is 404, where the old server said 403. `/collab` is [the text of a shared
document](documents.md). `/realtime`, `/typing` and `/chat` have [their own page](realtime.md)."""

TEXTS = """What text clients of [shared documents](documents.md) rely on, each with the test that tries it."""


def page() -> str:
    """The whole page."""
    shown: dict[tuple[str, ...], str] = {}
    calls = [
        f"| `{call}` | {expected.status} | {_fields(shown, call, tuple(expected.shape), is_list=expected.is_list)} |"
        for call, expected in CALLS.items()
    ]
    events = [f"| `{name}` | {_fields(shown, name, tuple(shape))} |" for name, shape in EVENTS.items()]
    routes = [
        f"| `{route}` | {expected.status} | {_told(list(expected.shape), is_streamed=expected.streamed)} "
        f"| {', '.join(map(str, expected.refusals))} |"
        for route, expected in ROUTES.items()
    ]
    return "\n".join(
        [
            HEAD,
            f"## Requests ({len(calls)})",
            "",
            "| request | status | answer |",
            "| --- | --- | --- |",
            *calls,
            "",
            f"## Events of the gateway ({len(events)})",
            "",
            "| event | fields |",
            "| --- | --- |",
            *events,
            "",
            f"## The messenger's routes ({len(ROUTES)})",
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
            "| behaviour | test |",
            "| --- | --- |",
            *(f"| {duty} | `{test.__module__}.{test.__name__}` |" for duty, test in DUTIES.items()),
            "",
        ]
    )


def _told(names: list[str], *, is_streamed: bool) -> str:
    fields = ", ".join(f"`{name}`" for name in names)
    return f"a stream of {fields}" if is_streamed else fields or "nothing"


def _fields(shown: dict[tuple[str, ...], str], name: str, fields: tuple[str, ...], *, is_list: bool = False) -> str:
    """The fields of a response, or the first one in `shown` with the same fields."""
    if fields in shown:
        return f"a list, each as `{shown[fields]}`" if is_list else f"as `{shown[fields]}`"
    if len(fields) > 3:
        shown[fields] = name
    listed = ", ".join(f"`{field}`" for field in fields)
    return f"a list, each with {listed}" if is_list else listed or "nothing, or the file"
