"""Accounts as they go over the wire."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from coterie.http import moments
from coterie.naming import clean_names
from coterie.viewer import ViewerScope

Status = Literal["online", "away", "dnd", "offline"]
# `$` alone would let a final line feed pass.
Username = Annotated[str, Meta(min_length=2, max_length=32, pattern=r"^[A-Za-z0-9_]+(?!\n)$")]
Password = Annotated[str, Meta(min_length=8, max_length=128)]
DisplayName = Annotated[str, Meta(min_length=1, max_length=32, pattern=r"^(?!\s)[^\x00-\x1f\x7f]*(?<!\s)(?![\s\S])")]
"""One line, without surrounding space; the end of the pattern works in every dialect, as with nicknames."""

Email = Annotated[str, Meta(min_length=3, max_length=254)]
# Of a picture: at any address, or uploaded here, so that clients can write back what they read.
WebAddress = Annotated[str, Meta(max_length=2000, pattern=r"^(https?://[^\s]+|/api/pictures/[0-9a-f-]{36})(?!\n)$")]


class User(Struct, frozen=True):
    """The caller's own account. `status` is the chosen one; others see `offline` while the user is not connected.

    `deletion_due_at` is set if the user has asked to delete the account, and `deletion_erases_messages` if the messages
    go as well.
    """

    id: UUID
    username: str
    email: str | None
    avatar_url: str | None
    bio: str | None
    pronouns: str | None
    status: Status
    custom_status: str | None
    custom_status_expires_at: datetime | None
    activity: str | None
    created_at: datetime
    is_admin: bool
    display_name: str | None = None
    deletion_due_at: datetime | None = None
    deletion_erases_messages: bool = False


class PublicProfile(Struct, frozen=True):
    """The public part of an account."""

    id: UUID
    username: str
    avatar_url: str | None
    status: Status
    custom_status: str | None
    activity: str | None
    bio: str | None
    pronouns: str | None
    created_at: datetime
    display_name: str | None = None


class NamedUser(Struct, frozen=True):
    """A user's name and picture, in addition to the id."""

    id: UUID
    username: str
    display_name: str | None
    avatar_url: str | None


class Session(Struct, frozen=True):
    """One login on one device. `is_current` marks the caller's own."""

    id: UUID
    user_agent: str
    created_at: datetime
    refreshed_at: datetime
    expires_at: datetime
    is_current: bool
    is_lasting: bool = False
    """Whether its client received a token of thirty days, which ends with the session."""
    name: str | None = None
    scopes: Sequence[ViewerScope] | None = None
    """The name and the scopes of an access token that its owner made for a program; null for a login."""


class Registration(Struct, frozen=True):
    """With `cookies`, the response has no refresh token, only the cookie: for pages. `lasting` asks for `token`.

    The first account of an instance needs `setup_code` if the registration mode says so; otherwise it is ignored.
    """

    username: Username
    password: Password
    email: Email | None = None
    invite_code: Annotated[str, Meta(max_length=64)] | None = None
    setup_code: Annotated[str, Meta(max_length=128)] | None = None
    cookies: bool = False
    lasting: bool | None = None


class Signup(Registration, frozen=True, kw_only=True):
    """A registration by the messenger's clients: with an e-mail address."""

    email: Email


class Credentials(Struct, frozen=True):
    """`username` may also be the e-mail address. With `cookies`, the response has no refresh token, only the cookie.

    `lasting` says whether to issue `token`, without which only programs receive one.
    """

    username: Annotated[str, Meta(min_length=1, max_length=254)]
    password: Annotated[str, Meta(min_length=1, max_length=128)]
    cookies: bool = False
    lasting: bool | None = None


class StepAnswer(Struct, frozen=True):
    """The answer to an open step of a login. `answer` is as the step defines it; the rest as in `Credentials`."""

    challenge: Annotated[str, Meta(min_length=1, max_length=128)]
    step: Annotated[str, Meta(min_length=1, max_length=64)]
    answer: Raw
    cookies: bool = False
    lasting: bool | None = None


class PasswordProof(Struct, frozen=True):
    """The password shows that the caller owns the account."""

    current_password: Annotated[str, Meta(min_length=1, max_length=128)]


class RefreshRequest(Struct, frozen=True):
    """Without a token, the refresh cookie is used."""

    refresh_token: Annotated[str, Meta(min_length=1, max_length=2048)] | None = None


class PasswordChange(Struct, frozen=True):
    current_password: Annotated[str, Meta(min_length=1, max_length=128)]
    new_password: Password


class EmailChange(Struct, frozen=True, forbid_unknown_fields=True):
    """A new address, or null for none; the password proves that the caller owns the account."""

    current_password: Annotated[str, Meta(min_length=1, max_length=128)]
    email: Email | None


class EmailState(Struct, frozen=True):
    """The account's own address. `pending` is one that is not verified yet; its link works for 24 hours.

    `is_verified` is about `email`. `has_bounced` if mail to the pending address, or else to `email`, came back.
    """

    email: str | None
    is_verified: bool
    pending: str | None
    has_bounced: bool


class MailedToken(Struct, frozen=True):
    """The token of a link in a mail."""

    token: Annotated[str, Meta(min_length=1, max_length=128)]


class ResetRequest(Struct, frozen=True):
    email: Email


class PasswordReset(Struct, frozen=True):
    token: Annotated[str, Meta(min_length=1, max_length=128)]
    new_password: Password


class ProfileChange(Struct, frozen=True):
    """A missing field keeps its value; null clears it. A new custom status never expires unless an expiry is given."""

    avatar_url: WebAddress | None | UnsetType = UNSET
    display_name: DisplayName | None | UnsetType = UNSET
    bio: Annotated[str, Meta(max_length=500)] | None | UnsetType = UNSET
    pronouns: Annotated[str, Meta(max_length=40)] | None | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    custom_status: Annotated[str, Meta(max_length=128)] | None | UnsetType = UNSET
    custom_status_expires_at: Annotated[datetime, Meta(tz=True)] | None | UnsetType = UNSET
    activity: Annotated[str, Meta(max_length=128)] | None | UnsetType = UNSET

    def __post_init__(self) -> None:
        moments.check(self.custom_status_expires_at)
        clean_names(self, "display_name")


class Account(User, frozen=True):
    """The caller's own account, as both contracts have it. Coterie sells nothing, so there is never a subscription."""

    subscription_status: str | None = None


class AddressedAccount(Account, frozen=True, kw_only=True):
    """The same for the messenger's clients, which expect every account to have an address: "" means none."""

    email: str


class Login(Struct, frozen=True):
    """The response to registering, logging in and refreshing, as both contracts have it.

    The access token is valid for 15 minutes. `refresh_token` is null if only the cookie holds it. `token` is for
    programs that cannot refresh: it is valid for 30 days while the session lasts, and each use extends the session.
    """

    access_token: str
    refresh_token: str | None
    token: str | None
    user: Account


class ResetToken(Struct, frozen=True):
    message: str
    token: str
    expires_in_seconds: int
    note: str


RegistrationModeName = Literal["open", "invite_only", "closed"]


class RegistrationMode(Struct, frozen=True):
    """`needs_setup_code` is only there while the instance has no account, and its first one needs the set-up code."""

    registration_mode: RegistrationModeName
    needs_setup_code: bool | UnsetType = UNSET


class Acknowledgement(Struct, frozen=True):
    """A sentence that says what happened."""

    message: str
