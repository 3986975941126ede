"""How often one account may do what this package offers."""

from typing import Final

from coterie.http.rate_limits import Limit, Rate

DOCUMENTS: Final = Limit("documents", Rate(1, 60), "creating shared documents")
EDITS: Final = Limit(
    "edits",
    Rate(20, 1200),
    "edits of shared documents; each 100 patches or operations count as one more, with "
    "`Repr-Digest` each 16,384 code points of the text too, and each millisecond for which automod judges it",
)
EDIT_BYTES: Final = Limit("edit_bytes", Rate(200_000, 5_000_000), "bytes of edits of shared documents")
CURSORS: Final = Limit("cursors", Rate(10, 300), "cursor positions in shared documents")
