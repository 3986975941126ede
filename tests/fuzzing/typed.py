"""What people type: messages, and what they search for."""

import re
from contextlib import suppress
from datetime import UTC
from html import unescape

from coterie.errors import CoterieError
from coterie.messages.markup import Code, Prose, read
from coterie.messages.mentions import MENTIONS_LIMIT, find
from coterie.search.highlight import highlight
from coterie.search.plain import plain
from coterie.search.query_text import HAS, ParsedQuery, parse
from coterie.search.terms import term


def markup(given: bytes) -> None:
    """Neither the prose nor the code is longer than the text, and each mention follows an @."""
    text = given.decode("utf-8", "replace")
    for kind in (Prose, Code):
        assert sum(len(leaf.text) for leaf in read(text) if isinstance(leaf, kind)) <= len(text)
    found = find(text)
    assert len(found.texts) <= min(MENTIONS_LIMIT, text.count("@"))
    assert set(found.names) <= {name for each in found.texts for name in re.findall(r"^[a-z0-9_]+", each)}


def search(given: bytes) -> None:
    """The first line is what is searched for, the rest a message: it is marked, and otherwise stays as it is."""
    typed, _, message = given.decode("utf-8", "replace").partition("\n")
    with suppress(CoterieError):
        query = parse(typed)
        _check_times(query)
        assert set(query.has) <= set(HAS)
        texts = [*query.words, *query.phrases]
        terms = [term(plain(text).text, is_whole=number % 2 > 0) for number, text in enumerate(texts)]
        shown = highlight(message, [each for each in terms if each])
        unmarked = unescape(re.sub("</?mark>", "", shown).removeprefix("…").removesuffix("…"))
        assert unmarked in message


def _check_times(query: ParsedQuery) -> None:
    for time in (query.before, query.after):
        if time is not None:
            time.astimezone(UTC)
