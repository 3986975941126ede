"""What is read from a page, and what is not."""

import pytest
from yarl import URL

from coterie import errors
from coterie.errors import CoterieError
from coterie.outgoing.guard import Fetched
from coterie.previews.models import LinkPreview
from coterie.previews.page import known, plain, preview, text_of

PAGE = "https://site.example/dir/page"


def fetched(body: str | bytes, charset: str | None = None, type: str = "text/html") -> Fetched:
    content = body.encode() if isinstance(body, str) else body
    return Fetched(URL(PAGE), type, charset, content, is_whole=True)


def read(body: str) -> LinkPreview:
    return preview(PAGE, fetched(body))


def test_it_works() -> None:
    found = read(
        """<!doctype html><html><head><title>Plain</title>
        <meta property="og:title" content="The  title &amp;
          more"><meta property='og:description' content='Words'>
        <meta property="og:image" content="/picture.png"><meta property="og:site_name" content="Site">
        </head><body><h1>Body</h1></body></html>"""
    )
    assert found == LinkPreview(PAGE, "The title & more", "Words", "https://site.example/picture.png", "Site")


def test_a_plain_page() -> None:
    found = read("<title> Plain\n page </title><META NAME=Description CONTENT='It says so'><p>x")
    assert found == LinkPreview(PAGE, "Plain page", "It says so", None, "site.example")


def test_a_page_that_says_nothing() -> None:
    assert read("") == LinkPreview(PAGE, None, None, None, "site.example")
    assert read("<title></title><meta property=og:title content=' '>").title is None


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("<meta name=twitter:title content=T><title>P</title>", "T"),
        ("<meta name=og:title content=T><title>P</title>", "T"),
        ("<meta property=og:title content=''><title>P</title>", "P"),
        ("<meta property=og:title content=First><meta property=og:title content=Second>", "First"),
        ("<script>'<title>no</title>'</script><title>P</title>", "P"),
        ("<!-- <title>no</title> --><title>P</title>", "P"),
        ("<svg><title>no</title></svg>", None),
        ("</head><body><svg><title>no</title></svg></body>", None),
        ("<title>&lt;b&gt;P&lt;/b&gt;<i></title>", "<b>P</b><i>"),
        ("<title>P", None),
        ("<TITLE lang=en>P</TITLE ><title>no</title>", "P"),
        ("<title-page>no</title-page><title>P</title>", "P"),
        ("<noscript><img src=x></noscript><div><meta property=og:title content=T>", "T"),
        ("<meta name=a content='>'><meta property=og:title content=\"T > 'U'\">", "T > 'U'"),
        ("<body><meta property=og:title content=no>", None),
    ],
)
def test_titles(head: str, title: str | None) -> None:
    assert read(head).title == title


@pytest.mark.parametrize(
    ("given", "image"),
    [
        ("https://cdn.example/a.png", "https://cdn.example/a.png"),
        ("//cdn.example/a.png", "https://cdn.example/a.png"),
        ("a.png?x=1", "https://site.example/dir/a.png?x=1"),
        ("http://cdn.example/a b.png", "http://cdn.example/a%20b.png"),
        ("data:image/png;base64,AAAA", None),
        ("javascript:alert(1)", None),
        ("http://user@cdn.example/a.png", None),
        ("http://[::1", None),
        ("http://0x7f.1/a.png", None),
        ("/" + "a" * 3000, None),
        ("", None),
    ],
)
def test_pictures_have_an_absolute_address(given: str, image: str | None) -> None:
    assert read(f'<meta property="og:image" content="{given}">').image == image


def test_texts_are_short_and_of_one_line() -> None:
    found = read(f"<title>{'a' * 400}</title><meta name=description content='{'b ' * 900}'>")
    assert found.title is not None
    assert len(found.title) == 300
    assert found.title.endswith("a…")
    assert found.description is not None
    assert len(found.description) == 1000
    assert plain("a\u202eb\u200b\x00c\ud800", 10) == "abc", "nothing that turns the text around or cannot be sent"


@pytest.mark.parametrize("type", ["application/json", "image/png", "text/plain", "application/octet-stream", ""])
def test_only_pages_have_previews(type: str) -> None:
    with pytest.raises(CoterieError) as caught:
        preview(PAGE, fetched("<title>P</title>", type=type))
    assert caught.value.entry is errors.UNREACHABLE


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        ("Grüße 世界".encode(), None),
        ("Grüße 世界".encode(), "utf-8"),
        ("Grüße 世界".encode("utf-8-sig"), "latin-1"),
        ("Grüße 世界".encode("utf-16"), None),
        ("Grüße 世界".encode("utf-16-le"), "utf-16le"),
        ("<meta charset=gb2312>Grüße 世界".encode("gb18030"), None),
        ("<meta charset=utf-16>Grüße 世界".encode(), None),
        ("Grüße 世界".encode(), "no-such-encoding"),
        ("Grüße 世界".encode(), "unicode_escape"),
    ],
)
def test_encodings(body: bytes, charset: str | None) -> None:
    assert text_of(fetched(body, charset)).endswith("Grüße 世界")


@pytest.mark.parametrize(
    ("body", "charset", "text"),
    [
        (b"Gr\xfc\xdfe \x80", None, "Grüße €"),
        (b"Gr\xfc\xdfe \x80", "ISO-8859-1", "Grüße €"),
        (b'<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">\xcd\xc9\xd2', None, "мир"),
        ("世".encode("shift_jis"), "Shift_JIS", "世"),
        ("世".encode("big5"), "big5", "世"),
        ("가".encode("euc-kr"), "ks_c_5601-1987", "가"),
        ("whole 世".encode()[:-1], None, "whole �"),
    ],
)
def test_encodings_of_the_web(body: bytes, charset: str | None, text: str) -> None:
    assert text_of(fetched(body, charset)).endswith(text)


@pytest.mark.parametrize("label", ["unicode_escape", "punycode", "idna", "rot13", "zip", "utf-7", "mbcs", "", "a\0b"])
def test_encodings_that_are_not_of_the_web(label: str) -> None:
    assert known(label) is None


@pytest.mark.parametrize(
    "body",
    [
        "<" * 1_000_000,
        "<div>" * 200_000 + "<title>x</title>",
        "<svg>" * 200_000,
        "<svg></svg>" * 90_000,
        "<title></title>" * 60_000,
        "<script>" * 100_000 + "</script>",
        "<meta a='" * 100_000,
        "<meta>" * 160_000,
        "<meta content=x name=" * 100_000 + ">",
        "<meta " * 170_000,
        "<title>" + "<" * 1_000_000,
        "<meta property=og:title content='" + "a" * 1_000_000,
        "<!--" * 250_000,
        '<meta charset="' * 70_000,
    ],
)
def test_pages_that_are_made_to_be_slow(body: str) -> None:
    """Returning at all is the test: anything not linear takes minutes here."""
    assert read(body).url == PAGE
