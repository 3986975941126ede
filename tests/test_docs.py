"""The documentation: its examples work, every page can be found, and its English is plain."""

import asyncio
import io
import itertools
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from coterie.features import ROW_LIFETIMES
from coterie.settings.record import Settings
from tests.people import PASSWORD, Community
from tests.permissions.events_table import EVENTS

ROOT = Path(__file__).parent.parent


async def test_the_bot_answers(community: Community) -> None:
    page = (ROOT / "docs/protocol/python-client.md").read_text()
    [code] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    own = {
        "http://127.0.0.1:3000": community.member.url,
        "alice": community.member.username,
        "password123": PASSWORD,
        "asyncio.run(main())": "",
    }
    for shown, real in own.items():
        assert shown in code
        code = code.replace(shown, real)
    names: dict[str, Any] = {}
    exec(compile(code, "python-client.md", "exec"), names)
    socket = await community.owner.socket()
    bot = asyncio.create_task(names["main"]())
    here = {"user_id": community.member.id, "status": "online"}
    await socket.wait_for(lambda frame: frame.get("t") == "PRESENCE_UPDATE" and here.items() <= frame["d"].items())
    await community.owner.send(community.channel, "!ping")
    answer = await socket.wait_for(
        lambda frame: frame.get("t") == "MESSAGE_CREATE" and frame["d"]["author_id"] == community.member.id
    )
    assert answer["d"]["content"] == "pong"
    bot.cancel()
    await asyncio.gather(bot, return_exceptions=True)


PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
DECISIONS: Final = ROOT / "docs/decisions"


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def without_code(text: str) -> str:
    """The text with code blanked out; lines keep their numbers."""
    return re.sub(
        r"^ *```.*?^ *```$|`[^`]+`", lambda code: "\n" * code[0].count("\n"), text, flags=re.DOTALL | re.MULTILINE
    )


def links(page: Path) -> list[str]:
    """Links within the project; those to a heading of the page itself begin with #."""
    return re.findall(r"\]\((?!https?://)([^)]+)\)", page.read_text())


def linked(page: Path) -> set[Path]:
    """The pages to which a page links."""
    found = {(page.parent / link.partition("#")[0]).resolve() for link in links(page) if not link.startswith("#")}
    return {each for each in found if each.suffix == ".md"}


def anchors(page: Path) -> set[str]:
    """How links name the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_picture_is_shown() -> None:
    shown = {
        (page.parent / path).resolve()
        for page in PAGES
        for path in re.findall(r"""(?:\]\(|src=")([^)"]+\.png)""", page.read_text())
    }
    assert shown == {*(ROOT / "docs/images").glob("*.png")}


INDEXES: Final = [
    ROOT / each
    for each in (
        "docs/communities.md",
        "docs/operating/README.md",
        "docs/protocol/README.md",
        "docs/protocol/features/README.md",
        "CONTRIBUTING.md",
    )
]
"""The first page of each kind of reader: admins of a community, operators, client authors, those of them who show a
community's features, developers."""

AN_HOUR: Final = 15_000
"""In words, at 250 words per minute."""


LOOKED_UP: Final = {
    ROOT / "CHANGELOG.md",
    ROOT / "docs/configuration.md",
    ROOT / "docs/protocol/coverage.md",
    ROOT / "docs/protocol/errors.md",
    ROOT / "docs/protocol/executed-endings.md",
    ROOT / "docs/protocol/limits.md",
    ROOT / "docs/operating/asvs.md",
    ROOT / "docs/operating/costs.md",
    ROOT / "docs/operating/faults.md",
    ROOT / "docs/operating/growth.md",
}
"""Tables and lists: people look one thing up, or what is new to them, and nobody reads them through."""


def read_by(index: Path) -> set[Path]:
    return {index, *linked(index)} - (set(INDEXES) - {index})


def test_the_readme_leads_to_each_index() -> None:
    assert linked(ROOT / "README.md") >= set(INDEXES)


def test_every_page_is_in_an_index() -> None:
    pages = {page for page in PAGES if DECISIONS not in page.parents} - {ROOT / "README.md"}
    assert not pages - set().union(*map(read_by, INDEXES))


@pytest.mark.parametrize("index", INDEXES, ids=named)
def test_no_reader_needs_more_than_an_hour(index: Path) -> None:
    words = [word for page in read_by(index) - LOOKED_UP for word in page.read_text().split() if re.search(r"\w", word)]
    assert len(words) <= AN_HOUR


def test_every_event_is_described() -> None:
    pages = "".join(page.read_text() for page in (ROOT / "docs/protocol").rglob("*.md") if page.name != "coverage.md")
    assert not [event for event in EVENTS if not re.search(rf"\b{event}\b", pages)]


WITHOUT_PEOPLE: Final = {"epochs", "processes", "topics"}
"""Tables without personal data."""


def test_privacy_accounts_for_every_table() -> None:
    schema = (ROOT / "src/coterie/migrations/schema.txt").read_text()
    tables = set(re.findall(r"^column (\w+)\.", schema, re.MULTILINE)) - WITHOUT_PEOPLE
    page = (ROOT / "docs/privacy.md").read_text()
    assert not [table for table in tables if f"`{table}`" not in page]


def test_privacy_gives_each_kind_of_data_a_level_and_says_what_protects_it() -> None:
    page = (ROOT / "docs/privacy.md").read_text()
    levels = re.findall(r"^\| (\w+) \| [^|]+ \| [^|]+ \|$", page.split("| data |")[0], re.MULTILINE)[1:]
    stored = re.search(r"^\| data \| level \|.*?\n\n", page, re.MULTILINE | re.DOTALL)
    assert stored is not None
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in stored[0].strip().splitlines()[2:]]
    assert {len(row) for row in rows} == {4}
    assert {level for _, level, _, _ in rows} == set(levels)
    schema = (ROOT / "src/coterie/migrations/schema.txt").read_text()
    tables = set(re.findall(r"^column (\w+)\.", schema, re.MULTILINE)) - WITHOUT_PEOPLE
    assert {table for _, _, where, _ in rows for table in re.findall(r"`([a-z_]+)`", where)} == tables
    for table, column in re.findall(r"^column (\w+)\.(\w*(?:hash|secret)\w*) ", schema, re.MULTILINE):
        assert any(level == "secret" and f"`{table}`" in where for _, level, where, _ in rows), (table, column)


def test_a_page_says_what_bounds_every_table() -> None:
    schema = (ROOT / "src/coterie/migrations/schema.txt").read_text()
    page = (ROOT / "docs/operating/growth.md").read_text()
    assert not [table for table in re.findall(r"^column (\w+)\.", schema, re.MULTILINE) if f"`{table}`" not in page]
    for life in ROW_LIFETIMES:
        [line] = [line for line in page.split("## What people")[0].splitlines() if f"`{life.table}`" in line]
        age = life.age_by(Settings())
        assert age is not None, life.table
        days = age.days - int(Settings().friend_request_cooling_off) * (life.table == "friend_requests")
        assert "one day" in line if days == 1 else re.search(rf"\b{days} days", line), life.table


def test_pages_that_the_code_names_exist() -> None:
    sources = [path for place in ("src/coterie", "web/src", "deploy") for path in (ROOT / place).rglob("*.*")]
    kinds = {".py", ".ts", ".svelte", ".yml", ".yaml", ".ini", ".example"}
    texts = [path.read_text() for path in sources if path.suffix in kinds]
    named = {name for text in texts for name in re.findall(r"docs/[a-z/-]+\.md", text)}
    assert named
    assert not [name for name in named if not (ROOT / name).exists()]


AVOIDED: Final = {
    r"anew|afresh": "again",
    r"one's own|oneself": "your own, yourself",
    r"(?:that|if|when|where|what|how|unless) one (?:is|has|may|can|does|did|wants|looks|lacks)": "you",
    r"whoever|whomever": "anyone who, or name the person",
    r"whom nothing|who (?:is|was) told of": "name the person",
    r"everybody's": "everyone's",
    r"(?:the|from|of) own": "your own, its own",
    r"so many|too many an?|(?:request|message|handshake|presence|frame) too many": "the number, further requests",
    r"the most of": "most of",
    r"token that does not count|counts? no more|no longer counts?": "is invalid, is ignored",
    r"moving house|moves house|move house": "move to another machine",
    r"(?:does|do|will) not do(?=[.,;])": "does not work",
    r"it wants (?:your|a|the)": "it needs",
    r"nobody ever": "nobody",
    r"in wrong hands": "leaked",
    r"what is said of": "what applies to",
    r"(?:some|any)body else's": "someone else's",
    r"a whom|those whom|to whom(?:ever)? it|whom (?:it|a message) calls|calls? the user": "mentions",
    r"fleeting": "transient",
    r"happenings": "system messages, changes",
    r"deeds?": "actions",
    r"equal furniture": "the same files",
    r"(?:live|every|through the) doors?": "interface",
    r"portraits?": "pictures",
    r"take (?:a|one's) place": "join",
    r"for ever": "forever",
    r"(?:one|\d+) a second|(?:one|\d+) a minute": "per second, per minute",
    r"without a word": "silently",
    r"hears? of|is told of": "receives",
}
"""Phrases, and what to write in their place; CONTRIBUTING.md has the rules."""


def spoken(page: Path) -> str:
    """The prose of a page, without the rules, which show what not to write."""
    return re.sub(r"^## Ten rules.*?(?=^## |\Z)", "", without_code(page.read_text()), flags=re.DOTALL | re.MULTILINE)


COMMENTED: Final = [
    *(ROOT / "Makefile", ROOT / ".ci/run"),
    *(
        path
        for place in ("deploy", "scripts")
        for path in (ROOT / place).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    ),
]
"""Files beside the pages whose comments and messages are read as often."""


SOURCES: Final = [
    path
    for pattern in (
        "web/src/**/*.ts",
        "web/src/**/*.svelte",
        "src/coterie/**/*.py",
        "tests/**/*.py",
    )
    for path in ROOT.glob(pattern)
    if path.name not in ("schema.d.ts", "catalog.d.ts")
]
"""Files whose comments are held to the same rules. Two files are generated."""

WEB_COMMENTS: Final = r"(?:^|(?<=[\s{(,;]))(?://[^\n]*|/\*.*?\*/)|<!--.*?-->"


def commented(source: Path) -> str:
    """The comments of a file, at their places; everything else is blank, except that lines keep their numbers."""
    text, comments, end = source.read_text(), [], 0
    for start, comment in python_comments(text) if source.suffix == ".py" else web_comments(text):
        comments += ["\n" * text.count("\n", end, start), without_code(comment)]
        end = start + len(comment)
    return "".join(comments)


def web_comments(text: str) -> Iterator[tuple[int, str]]:
    for match in re.finditer(WEB_COMMENTS, text, re.DOTALL | re.MULTILINE):
        yield match.start(), match[0]


def python_comments(text: str) -> Iterator[tuple[int, str]]:
    """Comments and docstrings: the strings that are statements of their own."""
    starts = list(itertools.accumulate((len(line) for line in text.splitlines(keepends=True)), initial=0))
    is_statement = True
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and is_statement):
            yield starts[token.start[0] - 1] + token.start[1], token.string
        if token.type not in (tokenize.COMMENT, tokenize.NL):
            is_statement = token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)


@pytest.mark.parametrize("page", [*PAGES, *COMMENTED], ids=named)
def test_plain_english(page: Path) -> None:
    assert not (found := avoided_in(page)), "\n".join(found)


def test_plain_english_in_comments() -> None:
    found = [line for source in SOURCES for line in avoided_in(source)]
    assert SOURCES
    assert not found, "\n".join(found)


def avoided_in(page: Path) -> list[str]:
    text = commented(page) if page in SOURCES else spoken(page)
    return [
        f"{named(page)}:{text.count(chr(10), 0, match.start()) + 1}: {match[0]!r}; better: {better}"
        for phrases, better in AVOIDED.items()
        for match in re.finditer(rf"\b(?:{phrases})(?!\w)", text, re.IGNORECASE)
    ]
