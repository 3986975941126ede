"""Reads what a page says about itself: Open Graph, then Twitter's names, then plain HTML.

The page is untrusted. It is decoded as browsers do (byte order mark, header, meta, then UTF-8 or Western European).
Only its title and meta tags are looked for, in one pass, and passed to lexbor: in a whole page an attacker could nest
elements so deeply that building their tree takes minutes. The results are short plain texts, never used as markup.
"""

import codecs
import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from selectolax.lexbor import LexborHTMLParser
from yarl import URL

from coterie import errors
from coterie.errors import CoterieError
from coterie.outgoing import urls
from coterie.outgoing.guard import Fetched
from coterie.previews.models import LinkPreview

TYPES: Final = frozenset({"text/html", "application/xhtml+xml"})
TITLE_LIMIT: Final = 300
DESCRIPTION_LIMIT: Final = 1000
SITE_NAME_LIMIT: Final = 100
META_BYTES: Final = 4096

OPENING: Final = re.compile(r"<(!--|(?:title|meta|script|style|svg|textarea|body)(?![\w-]))", re.IGNORECASE)
TAG_END: Final = re.compile(r"""(?:[^>"']++|"[^"]*+"|'[^']*+')*+>""")
CLOSING: Final = {"!--": re.compile("-->"), "meta": TAG_END} | {
    name: re.compile(f"</{name}(?![\\w-])", re.IGNORECASE) for name in ("title", "script", "style", "svg", "textarea")
}
TAGS_LIMIT: Final = 300
DENSE: Final = 50_000
META_CHARSET: Final = re.compile(rb"<meta[^>]{0,500}?charset\s*=\s*[\"']?\s*([a-z0-9_:.-]{1,40})", re.IGNORECASE)
MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
WIDER: Final = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "tis-620": "cp874",
    "big5": "big5hkscs",
}
"""What browsers use in place of these encodings: each is a superset of the named one."""

ENCODINGS: Final = frozenset(
    ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "euc_jp", "iso2022_jp", "koi8-r", "koi8-u", "mac-roman"]
    + [f"cp{number}" for number in (866, *range(1250, 1259))]
    + [f"iso8859-{number}" for number in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)]
    + list(WIDER.values())
)
"""The encodings of the web. Python knows more, some of which are slow or not for text at all."""


def preview(url: str, fetched: Fetched) -> LinkPreview:
    """The preview of the page that `url` led to; raises UNREACHABLE if it is not a page."""
    if fetched.content_type not in TYPES:
        raise CoterieError(errors.UNREACHABLE, "There is no web page at this address.")
    found = _Found(LexborHTMLParser("".join(islice(_tags(text_of(fetched)), TAGS_LIMIT))))
    return LinkPreview(
        url=url,
        title=found.first(TITLE_LIMIT, "og:title", "twitter:title") or found.title(),
        description=found.first(DESCRIPTION_LIMIT, "og:description", "twitter:description", "description"),
        image=_image(fetched.url, found.raw("og:image:secure_url", "og:image", "og:image:url", "twitter:image")),
        site_name=found.first(SITE_NAME_LIMIT, "og:site_name") or fetched.url.host,
    )


class _Found:
    """The head's texts by name; of several with the same name, the first is used."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        self._tree: Final = tree
        self._meta: Final[dict[str, str]] = {}
        for node in tree.css("meta[content]"):
            attributes = node.attributes
            for name in (attributes.get("property"), attributes.get("name")):
                if name and (content := attributes.get("content") or ""):
                    self._meta.setdefault(name.strip().lower(), content)

    def raw(self, *names: str) -> str | None:
        return next((self._meta[name] for name in names if name in self._meta), None)

    def first(self, limit: int, *names: str) -> str | None:
        return next((text for name in names if (text := plain(self._meta.get(name, ""), limit))), None)

    def title(self) -> str | None:
        node = self._tree.css_first("title")
        return plain(node.text(), TITLE_LIMIT) if node else None


def _tags(text: str) -> Iterator[str]:
    """The title and meta tags before the body. An unclosed tag ends the search, so that nothing is read twice."""
    at = 0
    if text.count("<") > DENSE:  # no ordinary page: reading the rest would only cost time
        text = text[: len(text) // 5]
    while (found := OPENING.search(text, at)) and (name := found[1].lower()) != "body":
        end = CLOSING[name].match(text, found.end()) if name == "meta" else CLOSING[name].search(text, found.end())
        if end is None:
            return
        if name in ("title", "meta"):
            yield text[found.start() : end.end()] + (">" if name == "title" else "")
        at = end.end()


def text_of(fetched: Fetched) -> str:
    """The page's text."""
    for mark, encoding in MARKS:
        if fetched.body.startswith(mark):
            return fetched.body.decode(encoding, "replace")
    encoding = known(fetched.charset or "") or _named_within(fetched.body) or ""
    if encoding:
        return fetched.body.decode(encoding, "replace")
    try:
        return fetched.body.decode()
    except UnicodeDecodeError as error:
        is_only_cut = error.reason == "unexpected end of data"
        return fetched.body.decode("utf-8" if is_only_cut else "cp1252", "replace")


def known(label: str) -> str | None:
    """The encoding that a browser would use for this label; None if it is not an encoding of the web."""
    try:
        name = codecs.lookup(label.strip()).name
    except (LookupError, ValueError):
        return None
    name = WIDER.get(name, name)
    return name if name in ENCODINGS else None


def _named_within(body: bytes) -> str | None:
    found = META_CHARSET.search(body[:META_BYTES])
    encoding = known(found[1].decode()) if found else None
    return "utf-8" if encoding and encoding.startswith("utf-16") else encoding  # else the tag would be unreadable


def plain(text: str, limit: int) -> str | None:
    """One line of at most `limit` characters, without invisible ones."""
    words = " ".join(text[: 20 * limit].split())
    shown = "".join(letter for letter in words if letter.isprintable())
    return (shown if len(shown) <= limit else f"{shown[: limit - 1].rstrip()}…") or None


def _image(page: URL, given: str | None) -> str | None:
    """The picture's absolute address, if it is http or https."""
    if not given or len(given) > urls.LENGTH_LIMIT:
        return None
    try:
        return str(urls.checked(str(page.join(URL(given.strip())))))
    except (CoterieError, ValueError):
        return None
