"""Access tokens as they go over the wire."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

from coterie.accounts.models import Session
from coterie.naming import clean_names
from coterie.viewer import ViewerScope

TokenName = Annotated[str, Meta(min_length=1, max_length=64)]
Scopes = Annotated[Sequence[ViewerScope], Meta(min_length=1, max_length=4)]
Days = Annotated[int, Meta(ge=1, le=366)]


class AccessTokenCreation(Struct, frozen=True):
    """`days` is how long the token is valid. A token can be used for what its scopes name, and for nothing that its
    account may not do."""

    name: TokenName
    scopes: Scopes
    current_password: Annotated[str, Meta(max_length=128)]
    days: Days = 30

    def __post_init__(self) -> None:
        clean_names(self, "name")


class NewAccessToken(Struct, frozen=True):
    """A token, which no later answer contains, and its session: ending that ends the token."""

    token: str
    session: Session
