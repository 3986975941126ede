"""The catalogue of errors: one entry a situation, each with a status, a stable code and a sentence.

Routes, sockets and streams all answer from here, so that a program can rely on `code` and a person can
read `error`. An unknown exception never reaches a client: it becomes `INTERNAL` with an id that stands in
the log too.
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

    `sentence` replaces the entry's own where it can say more; `fields` names what is wrong with which
    field; `retry_after` is in seconds, `reset_at` tells the moment instead; `headers` are added to those of the answer.
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
    ) -> None:
        super().__init__(f"{entry.code}: {sentence or entry.sentence}")
        self.entry: Final = entry
        self.sentence: Final = sentence or entry.sentence
        self.fields: Final = fields
        self.reset_at: Final = reset_at
        self.retry_after: Final = retry_after if reset_at is None else (reset_at - datetime.now(UTC)).total_seconds()
        self._headers: Final = headers or {}

    def body(self) -> dict[str, Any]:
        """The JSON object that goes over the wire."""
        answer: dict[str, Any] = {"error": self.sentence, "code": self.entry.code}
        if self.fields:
            answer["fields"] = self.fields
        if self.retry_after is not None:
            answer["retry_after"] = round(self.retry_after, 3)
        if self.reset_at is not None:
            answer["reset_at"] = self.reset_at.isoformat().replace("+00:00", "Z")
        return answer

    def headers(self) -> dict[str, str]:
        """The headers that go with it; the seconds to wait are rounded up, since earlier would be too early."""
        if self.retry_after is None:
            return self._headers
        return {**self._headers, "Retry-After": str(max(1, math.ceil(self.retry_after)))}


# Requests as such
INVALID = Entry(400, "invalid", "Something in the request is not as it should be.")
MALFORMED_JSON = Entry(400, "malformed_json", "The body is not valid JSON.")
UNPROCESSABLE = Entry(422, "unprocessable", "The body does not have the expected shape.")
UNSUPPORTED_MEDIA_TYPE = Entry(415, "unsupported_media_type", "Send the body as application/json.")
TOO_LARGE = Entry(413, "too_large", "The body is larger than this server accepts.")
NOT_FOUND = Entry(404, "not_found", "There is nothing here, or nothing that you may see.")
METHOD_NOT_ALLOWED = Entry(405, "method_not_allowed", "This address does not answer to that method.")
SLOW_MODE = Entry(429, "slow_mode", "This channel is in slow mode: wait a little before your next message.")
USAGE_LIMIT_EXCEEDED = Entry(429, "usage_limit_exceeded", "You have used as much as you may in this period.")
RATE_LIMITED = Entry(429, "rate_limited", "Too many requests. Wait a moment and try again.")
INTERNAL = Entry(500, "internal", "Something went wrong on our side.")
UNAVAILABLE = Entry(503, "unavailable", "The server cannot reach its database right now. Try again soon.")
OVERLOADED = Entry(503, "overloaded", "The server has more to do right now than it can. Try again soon.")
REQUEST_TIMEOUT = Entry(
    408,
    "request_timeout",
    "This took too long and was given up. A change may have been made all the same: look, or send it again under the "
    "same nonce or id.",
)

# Who is asking
UNAUTHENTICATED = Entry(401, "unauthenticated", "Log in first.")
SESSION_ENDED = Entry(401, "session_ended", "This login has ended. Log in again.")
WRONG_CREDENTIALS = Entry(401, "wrong_credentials", "The name or the password is wrong.")
WRONG_PASSWORD = Entry(403, "wrong_password", "The current password is wrong.")
WRONG_REFRESH_TOKEN = Entry(401, "wrong_refresh_token", "This refresh token is unknown, used or expired.")
WRONG_RESET_TOKEN = Entry(401, "wrong_reset_token", "This reset token is unknown, used or expired.")
ACCOUNT_DISABLED = Entry(403, "account_disabled", "This account is disabled.")
ADMINS_ONLY = Entry(403, "admins_only", "Only an administrator of this instance may do that.")

# Accounts
REGISTRATION_CLOSED = Entry(403, "registration_closed", "Registration is closed on this instance.")
INVITE_REQUIRED = Entry(400, "invite_required", "This instance needs a valid invite code to register.")
USERNAME_TAKEN = Entry(409, "username_taken", "This user name is taken.")
EMAIL_TAKEN = Entry(409, "email_taken", "This e-mail address is already in use.")

# Friends
NOBODY_TO_ASK = Entry(404, "nobody_to_ask", "User not found, or they take no friend requests from you.")
ALREADY_FRIENDS = Entry(409, "already_friends", "You are friends already.")
REQUEST_PENDING = Entry(409, "request_pending", "Your friend request is still waiting for an answer.")
REQUEST_CLOSED = Entry(409, "request_closed", "This friend request is no longer open.")
NOT_THE_RECIPIENT = Entry(403, "not_the_recipient", "Only whom a friend request was sent to can answer it.")
NOT_THE_SENDER = Entry(403, "not_the_sender", "Only who sent a friend request can take it back.")
COOLING_OFF = Entry(429, "cooling_off", "They declined your last friend request. Let some time pass.")
BLOCKED_BY_YOU = Entry(403, "blocked_by_you", "You block them. Unblock them first.")
TOO_MANY_REQUESTS = Entry(
    400, "too_many_requests", "You wait for as many answers as one may. Take back a friend request that got none."
)
TOO_MANY_FRIENDS = Entry(400, "too_many_friends", "One of you has as many friends as one account may have.")
TOO_MANY_BLOCKS = Entry(400, "too_many_blocks", "You block as many people as one account may.")

# Servers and channels
OWNERS_ONLY = Entry(403, "owners_only", "Only the owner of this server may do that.")
MISSING_PERMISSION = Entry(403, "missing_permission", "You lack the permission for that here.")
OUTRANKED = Entry(403, "outranked", "You may only act on people and roles that stand below you.")
CANNOT_GRANT = Entry(403, "cannot_grant", "You may only give, take or deny permissions that you have yourself.")
TIMED_OUT = Entry(403, "timed_out", "You are timed out in this server: for now you can only read.")
OWNER_CANNOT_LEAVE = Entry(
    400, "owner_cannot_leave", "The owner cannot leave: delete the server or hand it over first."
)
INVITE_ONLY = Entry(403, "invite_only", "This server can be joined with an invite only.")
BANNED = Entry(403, "banned", "You are banned from this server.")
INVITE_ENDED = Entry(400, "invite_ended", "This invite has expired, or was used as often as it may be.")
TOO_MANY_INVITES = Entry(
    400, "too_many_invites", "This server has as many invites as one may have. Revoke some that are of no use any more."
)
NOT_YOURSELF = Entry(400, "not_yourself", "You cannot do that to yourself.")
OWNER_PROTECTED = Entry(403, "owner_protected", "Nobody can do that to the owner of a server.")
ALREADY_MEMBER = Entry(409, "already_member", "You are already a member of this server.")
UNKNOWN_TEMPLATE = Entry(400, "unknown_template", "There is no such server template.")
TOO_MANY_SERVERS = Entry(400, "too_many_servers", "You are in as many servers as one account may be.")
TOO_MANY_ROLES = Entry(400, "too_many_roles", "This server has as many roles as one may have.")
TOO_MANY_OVERRIDES = Entry(400, "too_many_overrides", "This channel has as many overrides as one may have.")
TOO_MANY_CHANNELS = Entry(400, "too_many_channels", "This server has as many channels as one may have.")

# Conversations
CANNOT_MESSAGE = Entry(403, "cannot_message", "You cannot send messages to this person.")

NOT_A_GROUP = Entry(
    400, "not_a_group", "Between two people nothing has a name, and nobody comes or goes. Hide it instead."
)
NOT_THE_GROUPS_OWNER = Entry(403, "not_the_groups_owner", "Only the owner of this conversation may do that.")
TOO_MANY_PARTICIPANTS = Entry(400, "too_many_participants", "A conversation has 50 people at most.")
TOO_MANY_GROUPS = Entry(400, "too_many_groups", "One of them is in as many group conversations as one may be.")

# Search
SEARCH_TOO_SLOW = Entry(
    503, "search_too_slow", "That search took too long. Add a rarer word, or narrow it with in:, from: or after:."
)

# Messages
NOT_A_TEXT_CHANNEL = Entry(400, "not_a_text_channel", "Messages go to text channels only.")
NOT_THE_AUTHOR = Entry(403, "not_the_author", "Only its author may change a message.")
REPLY_NOT_FOUND = Entry(404, "reply_not_found", "The message replied to is not in this channel.")
THREAD_IN_THREAD = Entry(
    400, "thread_in_thread", "A reply in a thread has no thread of its own: reply to the first message."
)
SYSTEM_MESSAGE = Entry(
    403, "system_message", "This line tells what happened here: nobody changes it, answers it or reacts to it."
)
TOO_MANY_PINS = Entry(400, "too_many_pins", "This channel has 250 pinned messages, as many as it may: unpin one first.")
TOO_MANY_REACTIONS = Entry(
    400, "too_many_reactions", "People reacted to this message with 50 emojis: use one of those."
)
UNKNOWN_EMOJI = Entry(404, "unknown_emoji", "This server has no such emoji.")
UNKNOWN_PARENTS = Entry(425, "unknown_parents", "The versions named as Parents are not known here (yet).")
CHANGED_SINCE = Entry(412, "changed_since", "The message is no longer the version that If-Match names.")
NONCE_REUSED = Entry(409, "nonce_reused", "This nonce was already used for another message.")

# Addresses of others: link previews
GIFS_OFF = Entry(400, "gifs_off", "This instance has no GIF search.")
GIFS_UNAVAILABLE = Entry(503, "gifs_unavailable", "The GIF search does not answer right now.")
LINK_PREVIEWS_OFF = Entry(400, "link_previews_off", "This instance makes no link previews.")
URL_INVALID = Entry(400, "url_invalid", "This is not a plain http or https address.")
ADDRESS_REFUSED = Entry(400, "address_refused", "This address leads nowhere that the server may go.")
UNREACHABLE = Entry(400, "unreachable", "There was no usable answer from this address.")
NO_PICTURE = Entry(400, "no_picture", "The page at this address names no picture that can be shown.")
ANSWER_TOO_LARGE = Entry(400, "answer_too_large", "What is at this address is too large.")

# Files
NOT_MULTIPART = Entry(400, "not_multipart", "Send the files as multipart/form-data.")
UPLOAD_INTERRUPTED = Entry(400, "upload_interrupted", "The form is broken, or ended before it was whole.")
NO_FILES = Entry(400, "no_files", "There is no file in the request: name its part `files`.")
EMPTY_FILE = Entry(400, "empty_file", "A file is empty.")
FILE_TOO_LARGE = Entry(400, "file_too_large", "A file is larger than this server accepts.")
TOO_MANY_FILES = Entry(400, "too_many_files", "A message cannot have so many files.")
FILE_TYPE_NOT_ALLOWED = Entry(400, "file_type_not_allowed", "Files of this type cannot be uploaded.")
UNREADABLE_PICTURE = Entry(400, "unreadable_picture", "This picture cannot be read: it is broken, or far too large.")
MISSING_PART = Entry(400, "missing_part", "A part of the form is missing.")
QUOTA_EXCEEDED = Entry(403, "quota_exceeded", "Your files take all the room that they may. Delete some first.")
UPLOAD_TIMEOUT = Entry(408, "upload_timeout", "The upload took too long. Try again.")
RANGE_NOT_SATISFIABLE = Entry(416, "range_not_satisfiable", "The file has no such part.")
STORAGE_UNAVAILABLE = Entry(503, "storage_unavailable", "Files cannot be stored or read right now. Try again soon.")

# Custom emoji
EMOJI_NAME_TAKEN = Entry(400, "emoji_name_taken", "This server has an emoji of that name already.")
TOO_MANY_EMOJIS = Entry(400, "too_many_emojis", "This server has as many emoji as one may have.")

# Documents
DOCUMENT_ARCHIVED = Entry(403, "document_archived", "This document is archived: restore it to change it.")
DOCUMENT_TOO_LARGE = Entry(413, "document_too_large", "This document is as long as it may be.")
NOT_THE_DOCUMENTS_AUTHOR = Entry(
    403, "not_the_documents_author", "Only who created this document, or may manage messages here, may do that."
)
TOO_MANY_DOCUMENTS = Entry(400, "too_many_documents", "This channel has as many documents as one may have.")
TOO_MANY_PINNED_DOCUMENTS = Entry(400, "too_many_pinned_documents", "Ten documents are pinned here: unpin one first.")
UNKNOWN_VERSION = Entry(404, "unknown_version", "This document never had such a version.")
EDIT_IMPOSSIBLE = Entry(550, "edit_impossible", "This edit can never be accepted.")
NO_CURSORS_HERE = Entry(425, "no_cursors_here", "Subscribe to the cursors of this document first.")

# Voice
NOT_A_VOICE_CHANNEL = Entry(400, "not_a_voice_channel", "One can talk in voice channels only.")
NO_USER_LIMIT = Entry(400, "no_user_limit", "Only voice channels have a user limit.")
THEY_MAY_NOT_CONNECT = Entry(400, "they_may_not_connect", "They may not enter that voice channel themselves.")
MAY_NOT_SPEAK = Entry(403, "may_not_speak", "You lack the permission to be heard and seen in this voice channel.")
NOT_ABOVE_THEM = Entry(403, "not_above_them", "They stand as high in this server as you, or higher.")
VOICE_CHANNEL_FULL = Entry(409, "voice_channel_full", "This voice channel is full.")
NOT_IN_VOICE = Entry(404, "not_in_voice", "They are not in this voice channel.")
NOT_IN_VOICE_YET = Entry(400, "not_in_voice_yet", "Join the voice channel first.")
SOMEBODY_IS_LIVE = Entry(400, "somebody_is_live", "Somebody else is live in this channel.")
NOT_LIVE = Entry(404, "not_live", "Nobody is live in this channel.")
NOT_THE_BROADCASTER = Entry(403, "not_the_broadcaster", "Only who is live can stop it.")
