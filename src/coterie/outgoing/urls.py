"""Checks a URL from a user before it is requested. Refuses any URL that two programs could read differently.

The host is checked as it goes over the wire (after IDNA), which turns full-width digits and circled letters into plain
ones.
"""

import re
from ipaddress import ip_address
from typing import Final

from yarl import URL

from coterie import errors
from coterie.errors import CoterieError

LENGTH_LIMIT: Final = 2048
BEGINNING: Final = re.compile(r"https?://[^/?#@]+([/?#]|\Z)", re.IGNORECASE)
UNCLEAR: Final = re.compile(r"[\x00-\x20\x7f-\xa0\\<>\"`{}|^\u2028\u2029]")
NUMBER: Final = re.compile(r"\d+|0x[0-9a-f]*", re.IGNORECASE)
LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
NAME_LIMIT: Final = 253
SIX: Final = re.compile(r"[0-9a-f:.]+")


def checked(text: str) -> URL:
    """The URL, if it is a plain http or https one without a user name; raises URL_INVALID."""
    if len(text) > LENGTH_LIMIT or UNCLEAR.search(text) or not BEGINNING.match(text):
        raise CoterieError(errors.URL_INVALID)
    try:
        url = URL(text)
        host = url.raw_host or ""
    except ValueError:
        raise CoterieError(errors.URL_INVALID) from None
    if not url.port or not _is_plain(host):
        raise CoterieError(errors.URL_INVALID)
    return url.with_fragment(None)


def _is_plain(host: str) -> bool:
    """A name, or an address in its usual form. Browsers take a host that ends in a number, in any base, for IPv4."""
    if ":" in host:
        return SIX.fullmatch(host) is not None and _is_address(host)
    if NUMBER.fullmatch(host.rpartition(".")[2]):
        return _is_dotted(host)
    return len(host) <= NAME_LIMIT and all(LABEL.fullmatch(label) for label in host.split("."))


def _is_dotted(host: str) -> bool:
    return _is_address(host) and str(ip_address(host)) == host


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
