"""The errors that only this package answers with."""

from coterie.errors import Entry

SEARCH_TOO_SLOW = Entry(
    503, "search_too_slow", "The search took too long. Add a rarer word, or narrow it down with in:, from: or after:."
)
