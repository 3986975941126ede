"""The catalogue of errors: one entry per situation, each with a status, a stable code and a sentence.

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
    `retry_after` is in seconds, `reset_at` gives the time instead; `headers` are added to those of the response.
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
BOT_ACCOUNT = Entry(400, "bot_account", "This account is a bot. You can disable it; its owner can revoke it.")
ADMIN_PROTECTED = Entry(
    403, "admin_protected", "An administrator's password can only be reset by the operator, on the server itself."
)

# Accounts
REGISTRATION_CLOSED = Entry(
    403, "registration_closed", "Registration is closed on this instance. Ask its administrator for an account."
)
INVITE_REQUIRED = Entry(400, "invite_required", "You need a valid invite code to register on this instance.")
SETUP_CODE_REQUIRED = Entry(
    403,
    "setup_code_required",
    "You need the right set-up code to create the first account. The server log has it.",
)
USERNAME_TAKEN = Entry(409, "username_taken", "This username is taken. Choose another one.")
EMAIL_TAKEN = Entry(409, "email_taken", "This email address is already in use.")

# Bots
PEOPLE_ONLY = Entry(403, "people_only", "Bots can't do that. Log in as a person.")
BOTS_ONLY = Entry(403, "bots_only", "Only bots can do that, with their token.")
BOT_REVOKED = Entry(400, "bot_revoked", "This bot was revoked. Create a new one.")
TOO_MANY_BOTS = Entry(400, "too_many_bots", "You've reached the limit of 50 bots, revoked ones included.")

# Friends
NOBODY_TO_ASK = Entry(404, "nobody_to_ask", "User not found, or they don't accept friend requests from you.")
ALREADY_FRIENDS = Entry(409, "already_friends", "You are already friends.")
REQUEST_PENDING = Entry(409, "request_pending", "Your friend request to this person is still pending.")
REQUEST_CLOSED = Entry(409, "request_closed", "This friend request is no longer pending.")
NOT_THE_RECIPIENT = Entry(403, "not_the_recipient", "Only the person who received this friend request can answer it.")
NOT_THE_SENDER = Entry(403, "not_the_sender", "Only the person who sent this friend request can cancel it.")
COOLING_OFF = Entry(
    429, "cooling_off", "They declined your last friend request. Wait a while before you send another one."
)
BLOCKED_BY_YOU = Entry(403, "blocked_by_you", "You've blocked this person. Unblock them first.")
TOO_MANY_REQUESTS = Entry(400, "too_many_requests", "You have too many pending friend requests. Cancel one first.")
TOO_MANY_FRIENDS = Entry(400, "too_many_friends", "You or the other person has reached the friend limit.")
TOO_MANY_BLOCKS = Entry(400, "too_many_blocks", "You've reached the limit of blocked people. Unblock someone first.")

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
INVITE_ENDED = Entry(
    400, "invite_ended", "This invite has expired or reached its maximum number of uses. Ask for a new one."
)
INVITE_UNKNOWN = Entry(404, "invite_unknown", "There is no invite with this code. Check that the link is complete.")
INVITE_EXPIRED = Entry(410, "invite_expired", "This invite has expired. Ask for a new one.")
INVITE_USED_UP = Entry(410, "invite_used_up", "This invite has reached its maximum number of uses. Ask for a new one.")
INVITE_REVOKED = Entry(410, "invite_revoked", "This invite was revoked. Ask for a new one.")
TOO_MANY_INVITES = Entry(
    400, "too_many_invites", "This server has reached its invite limit. Revoke an invite that is no longer needed."
)
NOT_YOURSELF = Entry(400, "not_yourself", "You can't do that to yourself.")
OWNER_PROTECTED = Entry(403, "owner_protected", "You can't do that to the owner of the server.")
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
TOO_MANY_ROLES = Entry(400, "too_many_roles", "This server has reached its role limit. Delete a role first.")
TOO_MANY_OVERRIDES = Entry(
    400, "too_many_overrides", "This channel has reached its limit of permission overrides. Remove one first."
)
TOO_MANY_CHANNELS = Entry(
    400, "too_many_channels", "This server has reached its channel limit. Delete a channel first."
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
TOO_MANY_PATTERNS = Entry(
    400, "too_many_patterns", "This server has reached its limit of 50 patterns. Remove one first."
)
TOO_MANY_WORDS = Entry(
    400, "too_many_words", "This server has reached its limit of 500 forbidden words. Remove one first."
)

# Reports
TOO_MANY_REPORTS = Entry(
    400, "too_many_reports", "You've reached the limit of open reports. Wait until some of them have been dealt with."
)
TOO_MANY_NOTES = Entry(400, "too_many_notes", "This report has reached its limit of 50 notes.")
REPORT_CLOSED = Entry(409, "report_closed", "Someone has already decided about this report. Reopen it first.")
REPORT_ESCALATED = Entry(
    409, "report_escalated", "This report was escalated to the administrators of the instance. They decide about it."
)
REPORT_REPEATED = Entry(409, "report_repeated", "The same person has reported this again. Decide about the new report.")

# Conversations
CANNOT_MESSAGE = Entry(403, "cannot_message", "You can't send messages to this person.")

NOT_A_GROUP = Entry(400, "not_a_group", "You can only do that in a group. You can hide a direct conversation instead.")
NOT_THE_GROUPS_OWNER = Entry(403, "not_the_groups_owner", "Only the owner of this group can do that.")
TOO_MANY_PARTICIPANTS = Entry(400, "too_many_participants", "A group can have at most 50 people.")
TOO_MANY_GROUPS = Entry(400, "too_many_groups", "One of these people has reached the limit of groups.")

# Search
SEARCH_TOO_SLOW = Entry(
    503, "search_too_slow", "The search took too long. Add a rarer word, or narrow it down with in:, from: or after:."
)

# Messages
NOT_A_TEXT_CHANNEL = Entry(400, "not_a_text_channel", "Only text channels can have documents.")
NOT_THE_AUTHOR = Entry(403, "not_the_author", "Only the author can change a message.")
REPLY_NOT_FOUND = Entry(404, "reply_not_found", "The message you're replying to is not in this channel.")
THREAD_IN_THREAD = Entry(
    400, "thread_in_thread", "A reply in a thread can't have its own thread. Reply to the first message instead."
)
EVENT_FIXED = Entry(403, "event_fixed", "The text of an event can't be edited. Change the event instead.")
EVENT_OVER = Entry(403, "event_over", "This event is over or was cancelled.")
POLL_ANONYMOUS = Entry(403, "poll_anonymous", "This poll is anonymous: it stays secret who voted for what.")
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
GIFS_OFF = Entry(501, "gifs_off", "GIF search is turned off on this instance.")
GIFS_UNAVAILABLE = Entry(503, "gifs_unavailable", "GIF search isn't responding right now. Try again in a moment.")
LINK_PREVIEWS_OFF = Entry(400, "link_previews_off", "Link previews are turned off on this instance.")
URL_INVALID = Entry(400, "url_invalid", "This is not a valid http or https address.")
ADDRESS_REFUSED = Entry(400, "address_refused", "The server is not allowed to connect to this address.")
UNREACHABLE = Entry(400, "unreachable", "This address gave no usable response.")
NO_PICTURE = Entry(400, "no_picture", "The page at this address has no picture that can be shown.")
ANSWER_TOO_LARGE = Entry(400, "answer_too_large", "The response from this address is too large.")

# Files
NOT_MULTIPART = Entry(400, "not_multipart", "Send the files as multipart/form-data.")
UPLOAD_INTERRUPTED = Entry(400, "upload_interrupted", "The upload is damaged or incomplete. Try again.")
NO_FILES = Entry(400, "no_files", "The request contains no file. Send each file in a part named `files`.")
EMPTY_FILE = Entry(400, "empty_file", "The file is empty.")
FILE_TOO_LARGE = Entry(400, "file_too_large", "The file is larger than this server accepts.")
TOO_MANY_FILES = Entry(400, "too_many_files", "You can't attach that many files to one message.")
FILE_TYPE_NOT_ALLOWED = Entry(400, "file_type_not_allowed", "Files of this type can't be uploaded.")
FILE_INFECTED = Entry(422, "file_infected", "The virus scanner found malware in this file.")
UNREADABLE_PICTURE = Entry(400, "unreadable_picture", "The picture can't be read. It is damaged or far too large.")
MISSING_PART = Entry(400, "missing_part", "A required part of the form is missing.")
QUOTA_EXCEEDED = Entry(403, "quota_exceeded", "You've used all of your file storage. Delete some files first.")
UPLOAD_TIMEOUT = Entry(408, "upload_timeout", "The upload took too long. Try again.")
RANGE_NOT_SATISFIABLE = Entry(416, "range_not_satisfiable", "The requested range is outside the file.")
STORAGE_UNAVAILABLE = Entry(
    503, "storage_unavailable", "Files can't be stored or read right now. Try again in a moment."
)
SCANNER_UNAVAILABLE = Entry(
    503, "scanner_unavailable", "Files can't be checked for viruses right now. Try again in a moment."
)

# Custom emoji
EMOJI_NAME_TAKEN = Entry(400, "emoji_name_taken", "This server already has an emoji with that name.")
TOO_MANY_EMOJIS = Entry(400, "too_many_emojis", "This server has reached its emoji limit. Delete an emoji first.")

# Exports
EXPORT_PREPARING = Entry(503, "export_preparing", "The export is still being prepared. Try again in a minute.")
EXPORT_FAILED = Entry(503, "export_failed", "The export failed. Try again.")

# Webhooks
TOO_MANY_WEBHOOKS = Entry(
    400, "too_many_webhooks", "This server has reached its webhook limit. Delete a webhook first."
)

# Documents
DOCUMENT_ARCHIVED = Entry(403, "document_archived", "This document is archived. Restore it before you change it.")
DOCUMENT_TOO_LARGE = Entry(413, "document_too_large", "This document has reached its maximum length.")
NOT_THE_DOCUMENTS_AUTHOR = Entry(
    403,
    "not_the_documents_author",
    "Only the document's author can delete it.",
)
TOO_MANY_DOCUMENTS = Entry(
    400, "too_many_documents", "This channel has reached its document limit. Delete a document first."
)
TOO_MANY_PINNED_DOCUMENTS = Entry(
    400, "too_many_pinned_documents", "This channel already has ten pinned documents. Unpin one first."
)
UNKNOWN_VERSION = Entry(404, "unknown_version", "This document has no such version.")
EDIT_IMPOSSIBLE = Entry(550, "edit_impossible", "This edit can never be accepted.")
NO_CURSORS_HERE = Entry(425, "no_cursors_here", "Subscribe to the cursors of this document first.")

# Voice
NOT_A_VOICE_CHANNEL = Entry(400, "not_a_voice_channel", "You can only talk in voice channels.")
NO_USER_LIMIT = Entry(400, "no_user_limit", "Only voice channels have a user limit.")
THEY_MAY_NOT_CONNECT = Entry(400, "they_may_not_connect", "They don't have permission to join that voice channel.")
MAY_NOT_SPEAK = Entry(403, "may_not_speak", "You don't have permission to speak or share video in this voice channel.")
NOT_ABOVE_THEM = Entry(403, "not_above_them", "You can only do that to members below your highest role.")
VOICE_CHANNEL_FULL = Entry(409, "voice_channel_full", "This voice channel is full.")
NOT_IN_VOICE = Entry(404, "not_in_voice", "They are not in this voice channel.")
NOT_IN_VOICE_YET = Entry(400, "not_in_voice_yet", "Join the voice channel first.")
SOMEBODY_IS_LIVE = Entry(400, "somebody_is_live", "Someone else is already live in this channel.")
NOT_LIVE = Entry(404, "not_live", "No one is live in this channel.")
NOT_THE_BROADCASTER = Entry(403, "not_the_broadcaster", "Only the person who is live can end the broadcast.")
