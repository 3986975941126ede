"""The errors that only this package answers with."""

from coterie.errors import Entry

REGISTRATION_CLOSED = Entry(
    403, "registration_closed", "Registration is closed on this instance. Ask its administrator for an account."
)
INVITE_REQUIRED = Entry(400, "invite_required", "You need a valid invite code to register on this instance.")
SETUP_CODE_REQUIRED = Entry(
    403,
    "setup_code_required",
    "You need the right set-up code to create the first account. The server log has it.",
)
