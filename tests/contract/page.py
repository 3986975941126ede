"""The page of the docs that says which calls and events of the wire contract are answered."""

from tests.contract.shapes import CALLS, EVENTS

HEAD = """# What is covered

Each call and event below is tried against a running server by the test suite, with the status and the fields that
clients of the community API rely on. Calls are under `/api`, except `/emojis` and `/health`, which also answer at the
root. Polls, events, bots, webhooks and automatic moderation are not built yet; link previews and the GIF search are
tried against sites of their own. This page is written from the test itself:
`python -m tests.contract > docs/protocol/coverage.md`.
"""


def page() -> str:
    """The whole page."""
    calls = [
        f"| `{call}` | {expected.status} | {_fields(list(expected.shape), is_list=expected.is_list)} |"
        for call, expected in CALLS.items()
    ]
    events = [f"| `{name}` | {_fields(list(shape))} |" for name, shape in EVENTS.items()]
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
        ]
    )


def _fields(names: list[str], *, is_list: bool = False) -> str:
    listed = ", ".join(f"`{name}`" for name in names)
    return f"a list, each with {listed}" if is_list else listed or "nothing, or the file"
