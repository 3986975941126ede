"""The errors that only this package answers with."""

from coterie.errors import Entry

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
