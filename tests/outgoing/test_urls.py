"""Which URLs are requested at all: those with one reading only, and a host in its plain form."""

import pytest

from coterie import errors
from coterie.errors import CoterieError
from coterie.outgoing.urls import LENGTH_LIMIT, checked


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("http://example.org", "http://example.org"),
        ("HTTPS://Example.ORG/Path?q=1#part", "https://example.org/Path?q=1"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
        ("http://example.org:8080/", "http://example.org:8080/"),
        ("http://1.2.3.4/", "http://1.2.3.4/"),
        ("http://\uff11.\uff12.\uff13.\uff14/", "http://1.2.3.4/"),
        ("http://[2001:db8::1]:80/", "http://[2001:db8::1]/"),
        ("http://a_b.example/", "http://a_b.example/"),
        ("http://localhost/", "http://localhost/"),  # a name like others: its address decides
        ("http://example.org/@someone", "http://example.org/@someone"),
        ("http://example.org/?to=http://a@b/", "http://example.org/?to=http://a@b/"),
        ("http://example.org?@evil.example", "http://example.org/?@evil.example"),
    ],
)
def test_read(written: str, read: str) -> None:
    assert str(checked(written)) == read


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        "example.org",
        "//example.org/",
        "http:example.org",
        "http:///path",
        "http://",
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "javascript:alert(1)",
        "data:text/html,x",
        "http://user@example.org/",
        "http://user:password@example.org/",
        "http://@example.org/",
        "http://:@example.org/",
        "http://example.org\\@evil.example/",
        "http://example.org/\\..",
        "http://exa mple.org/",
        " http://example.org/",
        "http://example.org/ ",
        "http://ex\tample.org/",
        "http://example.org/\r\nHost: evil.example",
        "http://example.org/\0",
        "http://example.org./",
        "http://localhost。/",
        "http://127.0.0.1./",
        "http://127.1/",
        "http://127.0.1/",
        "http://0/",
        "http://0x7f000001/",
        "http://0x7f.0.0.1/",
        "http://0x7f.1/",
        "http://2130706433/",
        "http://017700000001/",
        "http://0177.0.0.1/",
        "http://127.0.0.01/",
        "http://127.0.0.0x1/",
        "http://1.2.3.4.5/",
        "http://256.0.0.1/",
        "http://①②⑦.0x1/",
        "http://%31%32%37.0.0.1/",
        "http://127%2e0.0.1/",
        "http://ex%61mple.org/",
        "http://[::1%25eth0]/",
        "http://[fe80::1%eth0]/",
        "http://[::1/",
        "http://::1/",
        "http://[v1.1]/",
        "http://example.org:0/",
        "http://example.org:65536/",
        "http://example.org:-1/",
        "http://example.org:port/",
        "http://xn--/",
        "http://-a.example/",
        "http://a..example/",
        f"http://{'a' * 64}.example/",
        f"http://{'a.' * 130}example/",
        f"http://example.org/{'a' * LENGTH_LIMIT}",
    ],
)
def test_refused(written: str) -> None:
    with pytest.raises(CoterieError) as caught:
        checked(written)
    assert caught.value.entry is errors.URL_INVALID
