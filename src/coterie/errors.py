"""The catalogue of errors: one entry per situation, each with a status, a stable code and a sentence.

This module has what several packages answer with; what only one does stands in the `errors.py` of that package.

Routes, sockets and streams all answer with these, so that a program can rely on `code` and a person can read `error`.
An unknown exception never reaches a client: it becomes `INTERNAL` with an id that is also in the server log.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Entry:
    """One situation: HTTP status, stable code for programs, sentence for a person."""

    status: int
    code: str
    sentence: str


class CoterieError(Exception):
    """Raised to answer with a catalogue entry.

    `sentence` replaces the entry's own where it can say more; `fields` says what is wrong with which field;
    `retry_after` is in seconds, `reset_at` gives the time instead; `headers` are added to those of the response, and
    `more` to its JSON object.
    """

    def __init__(
        self,
        entry: Entry,
        sentence: str | None = None,
        *,
        fields: dict[str, str] | None = None,
        retry_after: float | None = None,
        headers: dict[str, str] | None = None,
        reset_at: datetime | None = None,
        more: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{entry.code}: {sentence or entry.sentence}")
        self.entry: Final = entry
        self.sentence: Final = sentence or entry.sentence
        self.fields: Final = fields
        self.reset_at: Final = reset_at
        self.retry_after: Final = retry_after if reset_at is None else (reset_at - datetime.now(UTC)).total_seconds()
        self._headers: Final = headers or {}
        self._more: Final = more or {}

    def body(self) -> dict[str, Any]:
        """The JSON object that goes over the wire."""
        answer: dict[str, Any] = {"error": self.sentence, "code": self.entry.code, **self._more}
        if self.fields:
            answer["fields"] = self.fields
        if self.retry_after is not None:
            answer["retry_after"] = round(self.retry_after, 3)
        if self.reset_at is not None:
            answer["reset_at"] = self.reset_at.isoformat().replace("+00:00", "Z")
        return answer

    def headers(self) -> dict[str, str]:
        """The headers that go with it; the seconds to wait are rounded up, since a retry before then would fail."""
        if self.retry_after is None:
            return self._headers
        return {**self._headers, "Retry-After": str(max(1, math.ceil(self.retry_after)))}


# Requests in general
INVALID = Entry(400, "invalid", "Something in the request is invalid.")
MALFORMED_JSON = Entry(400, "malformed_json", "The request body is not valid JSON.")
UNPROCESSABLE = Entry(422, "unprocessable", "The request body does not match the expected format.")
UNSUPPORTED_MEDIA_TYPE = Entry(415, "unsupported_media_type", "Send the request body as application/json.")
TOO_LARGE = Entry(413, "too_large", "The request is larger than this server accepts.")
NOT_FOUND = Entry(404, "not_found", "This doesn't exist, or you don't have access to it.")
METHOD_NOT_ALLOWED = Entry(405, "method_not_allowed", "This address does not support that method.")
SLOW_MODE = Entry(429, "slow_mode", "This channel is in slow mode. Wait a little before you send another message.")
USAGE_LIMIT_EXCEEDED = Entry(429, "usage_limit_exceeded", "You've reached your usage limit for this period.")
RATE_LIMITED = Entry(429, "rate_limited", "Too many requests. Wait a moment and try again.")
INTERNAL = Entry(500, "internal", "Something went wrong on the server.")
UNAVAILABLE = Entry(503, "unavailable", "The server can't reach its database right now. Try again in a moment.")
DISK_FULL = Entry(
    503,
    "disk_full",
    "This instance is out of storage space. You can read and delete, but not post until the operator frees up space.",
)
OVERLOADED = Entry(503, "overloaded", "The server is too busy right now. Try again in a moment.")
REQUEST_TIMEOUT = Entry(
    408,
    "request_timeout",
    "The request timed out, but a change may still have been made. Check before you try again, or repeat it with "
    "the same nonce or id.",
)

# Authentication
UNAUTHENTICATED = Entry(401, "unauthenticated", "Log in first.")
SESSION_ENDED = Entry(401, "session_ended", "Your session has ended. Log in again.")
WRONG_CREDENTIALS = Entry(401, "wrong_credentials", "Wrong username or password.")
LOGIN_STEP_REQUIRED = Entry(401, "login_step_required", "One more step to log in.")
CHALLENGE_ENDED = Entry(401, "challenge_ended", "This login took too long or has ended. Log in again.")
WRONG_STEP_ANSWER = Entry(401, "wrong_step_answer", "This code is wrong, too old or already used.")
WRONG_PASSWORD = Entry(403, "wrong_password", "Your current password is wrong.")
GUESSABLE_PASSWORD = Entry(
    400,
    "guessable_password",
    "Anyone could guess this password: it is a very common one, or made of a name. Choose another one.",
)
WRONG_REFRESH_TOKEN = Entry(401, "wrong_refresh_token", "This refresh token is invalid, expired or already used.")
WRONG_RESET_TOKEN = Entry(
    401,
    "wrong_reset_token",
    "This password reset link is invalid, expired or already used. Ask your administrator for a new one.",
)
NO_MAIL = Entry(404, "no_mail", "This instance sends no mail. Ask its administrator.")
ACCOUNT_DISABLED = Entry(
    403, "account_disabled", "This account is disabled. Contact the administrator of this instance."
)
DEMO_ACCOUNT = Entry(
    403,
    "demo_account",
    "This demo account still has its published password. The operator must set another one before it can be used here.",
)
ADMINS_ONLY = Entry(403, "admins_only", "Only an administrator of this instance can do that.")
LAST_ADMIN = Entry(400, "last_admin", "This is the last administrator who can log in. Make someone else one first.")
OWNS_SERVERS = Entry(
    400, "owns_servers", "This account owns servers. Transfer them to someone else, or delete them, before."
)
ADMIN_PROTECTED = Entry(
    403, "admin_protected", "An administrator's password can only be reset by the operator, on the server itself."
)

# Accounts
USERNAME_TAKEN = Entry(409, "username_taken", "This username is taken. Choose another one.")
EMAIL_TAKEN = Entry(409, "email_taken", "This email address is already in use.")

# Bots
PEOPLE_ONLY = Entry(403, "people_only", "Bots can't do that. Log in as a person.")
BOTS_ONLY = Entry(403, "bots_only", "Only bots can do that, with their token.")
MISSING_SCOPE = Entry(403, "missing_scope", "This token was not made for that.")

# Friends
ALREADY_FRIENDS = Entry(409, "already_friends", "You are already friends.")
REQUEST_PENDING = Entry(409, "request_pending", "Your friend request to this person is still pending.")

# Servers and channels
OWNERS_ONLY = Entry(403, "owners_only", "Only the owner of this server can do that.")
MISSING_PERMISSION = Entry(403, "missing_permission", "You don't have permission to do that here.")
OUTRANKED = Entry(403, "outranked", "You can only manage members and roles below your highest role.")
CANNOT_GRANT = Entry(403, "cannot_grant", "You can only grant, remove or deny permissions that you have yourself.")
TIMED_OUT = Entry(
    403, "timed_out", "You're timed out in this server. Until the timeout ends, you can read but not post."
)
OWNER_CANNOT_LEAVE = Entry(
    400, "owner_cannot_leave", "The owner can't leave. Transfer ownership or delete the server first."
)
INVITE_ONLY = Entry(403, "invite_only", "You need an invite to join this server.")
BANNED = Entry(403, "banned", "You are banned from this server.")
NOT_YOURSELF = Entry(400, "not_yourself", "You can't do that to yourself.")
ALREADY_MEMBER = Entry(409, "already_member", "You are already a member of this server.")
UNKNOWN_TEMPLATE = Entry(400, "unknown_template", "This server template doesn't exist.")
TOO_MANY_SERVERS = Entry(
    400, "too_many_servers", "You've reached the limit of servers for one account. Leave a server first."
)
TOO_MANY_TOPICS = Entry(
    400,
    "too_many_topics",
    "You've reached the limit of channels and conversations for one account. Leave a server or delete a channel first.",
)

# Automod
AUTOMOD_WORD_FILTER = Entry(403, "automod_word_filter", "This contains a word that this server doesn't allow.")
AUTOMOD_DUPLICATE = Entry(403, "automod_duplicate", "You've just sent the same message in this channel.")
AUTOMOD_SPAM = Entry(403, "automod_spam", "You're sending messages too fast for this server.")
AUTOMOD_MENTIONS = Entry(403, "automod_mentions", "This message mentions more people than this server allows.")
AUTOMOD_LINKS = Entry(403, "automod_links", "This message has a link that this server doesn't allow.")
AUTOMOD_CAPITALS = Entry(403, "automod_capitals", "This message has more capital letters than this server allows.")
AUTOMOD_INVITES = Entry(403, "automod_invites", "This message has an invite link that this server doesn't allow.")
AUTOMOD_FILES = Entry(403, "automod_files", "This server doesn't allow files of this type.")
AUTOMOD_NEW_ACCOUNT = Entry(403, "automod_new_account", "Your account is too new to write in this server.")


# Conversations
CANNOT_MESSAGE = Entry(403, "cannot_message", "You can't send messages to this person.")


# Messages
NOT_THE_AUTHOR = Entry(403, "not_the_author", "Only the author can change a message.")
REPLY_NOT_FOUND = Entry(404, "reply_not_found", "The message you're replying to is not in this channel.")
THREAD_IN_THREAD = Entry(
    400, "thread_in_thread", "A reply in a thread can't have its own thread. Reply to the first message instead."
)
EVENT_FIXED = Entry(403, "event_fixed", "The text of an event can't be edited. Change the event instead.")
EVENT_OVER = Entry(403, "event_over", "This event is over or was cancelled.")
POLL_CLOSED = Entry(403, "poll_closed", "This poll is closed.")
POLL_FIXED = Entry(403, "poll_fixed", "A poll can't be edited. Delete it and create another one.")
SINGLE_CHOICE = Entry(400, "single_choice", "In this poll you can choose only one option.")
SYSTEM_MESSAGE = Entry(403, "system_message", "This is a system message. It can't be edited, answered or reacted to.")
TOO_MANY_PINS = Entry(
    400, "too_many_pins", "This channel has reached its limit of 250 pinned messages. Unpin one first."
)
TOO_MANY_REACTIONS = Entry(
    400,
    "too_many_reactions",
    "This message has reached its limit of 50 different emoji. Choose one that is already there.",
)
UNKNOWN_EMOJI = Entry(404, "unknown_emoji", "This server doesn't have that emoji.")
UNKNOWN_OPTION = Entry(400, "unknown_option", "This poll doesn't have that option.")
UNKNOWN_PARENTS = Entry(425, "unknown_parents", "The versions named in Parents are not known here (yet).")
CHANGED_SINCE = Entry(412, "changed_since", "The message has changed since the version named in If-Match.")
NONCE_REUSED = Entry(409, "nonce_reused", "This nonce was already used for another message.")

# Other sites: link previews and GIFs
URL_INVALID = Entry(400, "url_invalid", "This is not a valid http or https address.")
ADDRESS_REFUSED = Entry(400, "address_refused", "The server is not allowed to connect to this address.")
UNREACHABLE = Entry(400, "unreachable", "This address gave no usable response.")
ANSWER_TOO_LARGE = Entry(400, "answer_too_large", "The response from this address is too large.")

# Files
MISSING_PART = Entry(400, "missing_part", "A required part of the form is missing.")
QUOTA_EXCEEDED = Entry(403, "quota_exceeded", "You've used all of your file storage. Delete some files first.")
UPLOAD_TIMEOUT = Entry(408, "upload_timeout", "The upload took too long. Try again.")


# Documents
EDIT_IMPOSSIBLE = Entry(550, "edit_impossible", "This edit can never be accepted.")
