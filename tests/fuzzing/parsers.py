"""Every parser that strangers reach, as a function of bytes: what each of them owes to any input.

A parser may refuse with its own error, and raises nothing else; what it accepts has the properties that are asserted
here, such as writing it and reading it again. `tests/fuzzing/corpus/<parser>/` holds inputs, those that once did harm
among them; `make fuzz` finds more.
"""

from collections.abc import Callable
from typing import Final

from tests.fuzzing import bodies, content, headers, live, typed

Parser = Callable[[bytes], None]

PARSERS: Final[dict[str, Parser]] = {
    "address": content.address,
    "backup": content.backup,
    "bodies": bodies.body,
    "braid_headers": live.braid_headers,
    "braid_patch": live.braid_patch,
    "cursor": headers.cursor,
    "gateway": live.gateway,
    "headers": headers.headers,
    "import": content.imported,
    "markup": typed.markup,
    "multipart": headers.multipart,
    "operations": live.operations,
    "page": content.page,
    "picture": content.picture,
    "search": typed.search,
    "text_patches": live.text_patches,
    "upload": content.upload,
}
"""By the names of their folders in the corpus."""
