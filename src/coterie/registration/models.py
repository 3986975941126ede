"""What visitors learn of an instance, and what its administrators change."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from coterie.accounts.models import RegistrationModeName
from coterie.files.models import FileRules
from coterie.naming import clean_names

InstanceName = Annotated[str, Meta(min_length=1, max_length=100)]


class Instance(Struct, frozen=True):
    """`needs_setup` is true while there is no account; `needs_setup_code` if the first one needs the set-up code.

    `name` is null until an administrator gives one. `files` is what the operator accepts of everyone; how much an
    account can store, its usage says. If the instance `sends_mail`, addresses are verified, and can get a link for a
    new password. Where it `has_passkeys`, users can log in with one.
    """

    name: str | None
    registration_mode: RegistrationModeName
    needs_setup: bool
    needs_setup_code: bool
    files: FileRules
    sends_mail: bool
    has_passkeys: bool


class InstanceChange(Struct, frozen=True, forbid_unknown_fields=True):
    """A missing field keeps its value; null clears the name."""

    name: InstanceName | None | UnsetType = UNSET
    registration_mode: RegistrationModeName | UnsetType = UNSET

    def __post_init__(self) -> None:
        clean_names(self, "name")
