"""The errors that only this package answers with."""

from coterie.errors import Entry

TOO_MANY_PATTERNS = Entry(
    400, "too_many_patterns", "This server has reached its limit of 50 patterns. Remove one first."
)
TOO_MANY_WORDS = Entry(
    400, "too_many_words", "This server has reached its limit of 500 forbidden words. Remove one first."
)
