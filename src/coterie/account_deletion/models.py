"""What a user who wants to leave sends."""

from coterie.accounts.models import PasswordProof


class DeletionRequest(PasswordProof, frozen=True):
    """With `erases_messages`, the messages of the account and their files go as well, instead of only losing it."""

    erases_messages: bool = False
