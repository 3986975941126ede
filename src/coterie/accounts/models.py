"""Accounts as they go over the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

Status = Literal["online", "away", "dnd", "offline"]
# `$` alone would let a final line feed pass.
Username = Annotated[str, Meta(min_length=2, max_length=32, pattern=r"^[A-Za-z0-9_]+(?!\n)$")]
Password = Annotated[str, Meta(min_length=8, max_length=128)]
DisplayName = Annotated[str, Meta(min_length=1, max_length=32, pattern=r"^(?!\s)[^\x00-\x1f\x7f]*(?<!\s)(?![\s\S])")]
"""One line, without space around it; the end of its pattern says so for every dialect, as with nicknames."""

Email = Annotated[str, Meta(min_length=3, max_length=254)]
# Of a picture: anywhere, or one that was uploaded here, so that what was read can be written back.
WebAddress = Annotated[str, Meta(max_length=2000, pattern=r"^(https?://[^\s]+|/api/pictures/[0-9a-f-]{36})(?!\n)$")]


class User(Struct, frozen=True):
    """One's own account. `status` is the one chosen; others see `offline` while nobody is connected."""

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


class PublicProfile(Struct, frozen=True):
    """What everybody may know of an account."""

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
    """What somebody is called and looks like, where else only an id would stand."""

    id: UUID
    username: str
    display_name: str | None
    avatar_url: str | None


class Session(Struct, frozen=True):
    """One login on one device. `is_current` marks the one that asks."""

    id: UUID
    user_agent: str
    created_at: datetime
    refreshed_at: datetime
    expires_at: datetime
    is_current: bool


class Viewer(Struct, frozen=True):
    """Who is asking: the account and the session that an access token names."""

    user_id: UUID
    session_id: UUID
    username: str
    is_admin: bool


class Registration(Struct, frozen=True):
    username: Username
    password: Password
    email: Email | None = None
    invite_code: Annotated[str, Meta(max_length=64)] | None = None


class Signup(Registration, frozen=True, kw_only=True):
    """A registration as the messenger's clients make it: with an e-mail address."""

    email: Email


class Credentials(Struct, frozen=True):
    """`username` may be the e-mail address as well."""

    username: Annotated[str, Meta(min_length=1, max_length=254)]
    password: Annotated[str, Meta(min_length=1, max_length=128)]


class RefreshRequest(Struct, frozen=True):
    """Without a token, the one in the refresh cookie counts."""

    refresh_token: Annotated[str, Meta(min_length=1, max_length=2048)] | None = None


class PasswordChange(Struct, frozen=True):
    current_password: Annotated[str, Meta(min_length=1, max_length=128)]
    new_password: Password


class EmailChange(Struct, frozen=True, forbid_unknown_fields=True):
    """A new address, or null for none; the password shows that it is the owner who asks."""

    current_password: Annotated[str, Meta(min_length=1, max_length=128)]
    email: Email | None


class ResetRequest(Struct, frozen=True):
    email: Email


class PasswordReset(Struct, frozen=True):
    token: Annotated[str, Meta(min_length=1, max_length=128)]
    new_password: Password


class ProfileChange(Struct, frozen=True):
    """A missing field keeps its value; null clears it. A new custom status has no end unless one comes with it."""

    avatar_url: WebAddress | None | UnsetType = UNSET
    display_name: DisplayName | None | UnsetType = UNSET
    bio: Annotated[str, Meta(max_length=500)] | None | UnsetType = UNSET
    pronouns: Annotated[str, Meta(max_length=40)] | None | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    custom_status: Annotated[str, Meta(max_length=128)] | None | UnsetType = UNSET
    custom_status_expires_at: Annotated[datetime, Meta(tz=True)] | None | UnsetType = UNSET
    activity: Annotated[str, Meta(max_length=128)] | None | UnsetType = UNSET


class Account(User, frozen=True):
    """One's own account in the shape of both contracts. Nothing is sold here, so there is never a subscription."""

    subscription_status: str | None = None


class AddressedAccount(Account, frozen=True, kw_only=True):
    """The same for clients of the messenger, which know of no account without an address: "" stands for none."""

    email: str


class Login(Struct, frozen=True):
    """The answer to registering, logging in and refreshing, in the shape of both contracts.

    The access token lives 15 minutes. `token` is for clients that cannot refresh: it lives 30 days, as long as the
    session stands, which such a client keeps standing by using it.
    """

    access_token: str
    refresh_token: str
    token: str
    user: Account


class ResetToken(Struct, frozen=True):
    message: str
    token: str
    expires_in_seconds: int
    note: str


RegistrationModeName = Literal["open", "invite_only", "closed"]


class RegistrationMode(Struct, frozen=True):
    registration_mode: RegistrationModeName


class Acknowledgement(Struct, frozen=True):
    """A sentence that says what happened."""

    message: str
