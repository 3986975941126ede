"""The errors that only this package answers with."""

from coterie.errors import Entry

WRONG_CODE = Entry(400, "wrong_code", "This code is wrong. Check that the clock of your device is right.")
SECOND_FACTOR_ENABLED = Entry(409, "second_factor_enabled", "Your account has a second factor already.")
