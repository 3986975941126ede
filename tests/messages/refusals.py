"""A hundred writes that are refused, each with its error code, whichever way they come."""

from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from tests.messages.interfaces import (
    ANYWHERE,
    INTERFACES,
    LEFT_OUT,
    SENDS,
    WITH_NONCES,
    WITH_PARTS,
    WITH_REPLIES,
    WITH_THREADS,
)

State: TypeAlias = Literal[
    "",
    "not a member",
    "banned",
    "may not view",
    "may not send",
    "timed out",
    "timed out and may not send",
    "slow mode",
    "used up",
    "rate limited",
    "disk full",
    "disk full and rate limited",
    "rate limited and may not send",
    "slow mode and used up",
    "overloaded",
]
"""What is so while something is written: nothing special, or what the test sets up and undoes."""

ALL: Final = frozenset(INTERFACES)
TEXTS: Final = ALL - WITH_PARTS
"""Polls and events have limits of their own for what they ask and announce."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A write, and the code that refuses it. `rules` are those of automod, which are off otherwise.

    `named` are ids in the body by field, as the test's world calls them. `at` is the channel, in the same words.
    """

    code: str
    content: Any = "a fine day"
    by: frozenset[str] = ALL
    state: State = ""
    rules: dict[str, Any] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)
    at: str = "channel"


WORDS: Final = {"word_filter_enabled": True}
LINKS: Final = {"link_filter_enabled": True, "allowed_domains": ["example.org"]}
INVITES: Final = {"invite_filter_enabled": True, "allowed_invites": ["ours"]}
MENTIONS: Final = {"mention_limit": 1}
CAPITALS: Final = {"capitals_percent": 50}

OUT_OF_BOUNDS: Final = ["", "x" * 4001, "x" * 5000, "x" * 12_000, "\N{SNOWMAN}" * 4001, "\N{GRINNING FACE}" * 4001]
UNSTORABLE: Final = ["\0", "a\0b", "\0hello", "hello\0", "a" * 3999 + "\0", "\N{SNOWMAN}\0"]
OF_NO_TEXT: Final = [None, 0, 7, 1.5, True, False, [], ["a"], {}, {"content": "a"}, LEFT_OUT]
FORBIDDEN: Final = [
    *("rascal", "you rascal", "RASCAL", "a Rascal!", "rascals", "unrascally", "ras\u200bcal", "\uff52ascal"),
    *(
        "*rascal*",
        "> rascal",
        "`rascal`",
        "@rascal",
        "https://example.org/rascal",
        "one\ntwo\nrascal",
        "x" * 3990 + "rascal",
    ),
]
LINKED: Final = [
    *("https://evil.test/", "http://evil.test", "see https://evil.test.", "www.evil.test", "HTTPS://EVIL.TEST/a?b#c"),
    *("https://example.org@evil.test/", "https://evil.test:8080/", "<https://evil.test>", "[a](https://evil.test)"),
]
INVITING: Final = [
    *("https://chat.test/invite/abc", "chat.test/invite/abc", "https://chat.test/#/invite/abc", "discord.gg/abc"),
    *("t.me/joinchat/abc", "t.me/+abc", "chat.whatsapp.com/abc", "https://chat.test/join/abc"),
]
MENTIONING: Final = ["@ann @bob", "@ann, @bob and @cid", "@everyone @here", "@ann\n@bob"]
SHOUTING: Final = ["HELLO EVERYONE", "WHO IS THERE? ANYBODY?", "ABCDEFGHIJ", "LOUD LOUD LOUD quiet"]

NOBODYS: Final = "0190a000-0000-7000-8000-000000000000"

TWO_FAULTS: Final[list[Refusal]] = [
    *(Refusal("invalid", "x" * 4001, TEXTS, state) for state in ("may not send", "timed out", "overloaded")),
    *(Refusal("invalid", "x" * 4001, TEXTS, state) for state in ("disk full", "rate limited")),
    Refusal("disk_full", state="disk full and rate limited"),
    Refusal("rate_limited", state="rate limited and may not send"),
    Refusal("missing_permission", "you rascal", TEXTS, "may not send", WORDS),
    Refusal("timed_out", "you rascal", TEXTS, "timed out", WORDS),
    Refusal("automod_word_filter", "you rascal", SENDS & TEXTS, "slow mode", WORDS),
    Refusal("automod_word_filter", "you rascal", SENDS & TEXTS, "used up", WORDS),
    Refusal("slow_mode", by=SENDS, state="slow mode and used up"),
]
"""The order of what is looked at, as the API promises it: the body, space, limits, permission, text, turn, quota."""

REFUSALS: Final[list[Refusal]] = [
    *(Refusal("invalid", text, TEXTS) for text in (*OUT_OF_BOUNDS, *UNSTORABLE)),
    *(Refusal("unprocessable", text, TEXTS) for text in OF_NO_TEXT),
    *(Refusal("automod_word_filter", text, TEXTS, rules=WORDS) for text in FORBIDDEN),
    *(Refusal("automod_links", text, rules=LINKS) for text in LINKED),
    *(Refusal("automod_invites", text, rules=INVITES) for text in INVITING),
    *(Refusal("automod_mentions", text, rules=MENTIONS) for text in MENTIONING),
    *(Refusal("automod_capitals", text, TEXTS, rules=CAPITALS) for text in SHOUTING),
    Refusal("automod_word_filter", "you rascal", WITH_PARTS, rules=WORDS),
    Refusal("automod_new_account", rules={"new_account_hours": 24}),
    Refusal("automod_spam", by=SENDS, rules={"spam_enabled": True, "spam_max_messages": 1, "spam_window_secs": 60}),
    Refusal("automod_duplicate", "hello", SENDS - WITH_PARTS, rules={"duplicate_enabled": True}),
    Refusal("not_found", state="not a member", by=ANYWHERE),
    *(Refusal("not_found", state=state) for state in ("banned", "may not view")),
    *(Refusal("missing_permission", state=state) for state in ("may not send", "timed out and may not send")),
    Refusal("timed_out", state="timed out"),
    Refusal("slow_mode", by=SENDS, state="slow mode"),
    Refusal("usage_limit_exceeded", by=SENDS, state="used up"),
    Refusal("rate_limited", state="rate limited"),
    Refusal("disk_full", state="disk full"),
    Refusal("overloaded", state="overloaded"),
    *TWO_FAULTS,
    Refusal("not_found", by=ANYWHERE - {"an edit"}, at="nowhere"),
    Refusal("not_found", by=ANYWHERE - WITH_PARTS - {"an edit"}, at="a conversation of others"),
    Refusal("cannot_message", by=ANYWHERE - {"an event"}, at="a blocked conversation"),
    *(Refusal("unprocessable", by=WITH_REPLIES, more={"reply_to": wrong}) for wrong in (7, True, ["a"], "no id")),
    *(Refusal("unprocessable", by=WITH_THREADS, more={"thread_id": wrong}) for wrong in (7, "no id")),
    *(
        Refusal("reply_not_found", by=WITH_REPLIES, named={"reply_to": message})
        for message in ("nowhere", "elsewhere", "deleted", "channel")
    ),
    Refusal("system_message", by=WITH_REPLIES, named={"reply_to": "system"}),
    *(
        Refusal("not_found", by=WITH_THREADS, named={"thread_id": message})
        for message in ("nowhere", "elsewhere", "deleted")
    ),
    Refusal("system_message", by=WITH_THREADS, named={"thread_id": "system"}),
    Refusal("thread_in_thread", by=WITH_THREADS, named={"thread_id": "reply"}),
    Refusal("nonce_reused", "something else", WITH_NONCES, more={"nonce": "first"}),
    *(Refusal("invalid", by=WITH_NONCES - {"the gateway"}, more={"nonce": wrong}) for wrong in ("", "a b", "x" * 65)),
]
