"""What is code in a text, and who is mentioned: the same on the server, in the web client, and by CommonMark."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from coterie.messages.markup import Code, read
from coterie.messages.mentions import find

HERE: Final = Path(__file__).parent
WEB: Final = HERE.parents[1] / "web"
CASES: Final[list[dict[str, Any]]] = json.loads((HERE / "mentions.json").read_text())

SIGNS: Final = ("`", "``", "```", "\\", "\\`", "@", "@bob", "@carol ", "a", " ", "  ", "\n", "\n\n", "~~~", "x@y")
MARKS: Final = (
    "*",
    "**",
    "_",
    "__",
    "~~",
    "||",
    "> ",
    ">>> ",
    ">",
    "- ",
    "1. ",
    "# ",
    "#### ",
    "<",
    "|",
    "(",
    ")",
    "[",
    "](",
)
LINKS: Final = ("https://x.example/", "www.x", "[w](https://y.example/)", "<https://z.example>", "a://", "&#96;")
SPACES: Final = ("\t", "\r\n", "\r", "\x0b", "\x1c", "\x85", "\u00a0", "\u2028", "\u200b", "\u202e", "\ufeff")
LETTERS: Final = ("é", "\u0301", "日本", "👋", "\U0001d54f", "İ", "\u212a", "②", "@everyone", "@here", "_bob", "@İ")

Found = list[dict[str, list[str]]]


def found(text: str) -> dict[str, list[str]]:
    code = [leaf.text for leaf in read(text) if isinstance(leaf, Code)]
    return {"names": list(find(text).names), "code": code}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:40].encode("unicode_escape").decode())
def test_a_text(case: dict[str, Any]) -> None:
    """The client's tests have the same cases."""
    assert found(case["text"]) == {"names": case["names"], "code": case["code"]}


@pytest.fixture(scope="module")
def client() -> Iterator[Callable[[list[str]], Found]]:
    """Reads texts as the web client does."""
    path = os.pathsep.join((os.environ.get("PATH", ""), str(Path(sys.executable).parent)))
    node = shutil.which("node", path=path)
    if not node or not (WEB / "node_modules" / "vite").exists():
        pytest.skip("there is no Node, or the client's packages are not fetched: run `make client`")
    with subprocess.Popen(
        [node, str(HERE / "client.mjs"), str(WEB)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        stdin, stdout = process.stdin, process.stdout

        def read_texts(texts: list[str]) -> Found:
            print(json.dumps(texts), file=stdin, flush=True)
            answer: Found = json.loads(stdout.readline())
            return answer

        yield read_texts
        stdin.close()


TEXTS: Final = st.lists(
    st.lists(st.sampled_from((*SIGNS, *SIGNS, *MARKS, *LINKS, *SPACES, *LETTERS)), max_size=24).map("".join),
    min_size=20,
    max_size=60,
)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(TEXTS)
def test_the_client_finds_the_same(client: Callable[[list[str]], Found], texts: list[str]) -> None:
    for text, answer in zip(texts, client(texts), strict=True):
        assert found(text) == answer, text


COMMONMARK: Final = MarkdownIt("zero").enable(["fence", "backticks", "escape"])


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from((*SIGNS, "!", "é", "\\\\")), max_size=24).map("".join))
def test_code_is_what_commonmark_says(text: str) -> None:
    """Only for code. An empty block is shown as it was written."""
    spans = []
    for token in COMMONMARK.parse(text):
        spans += [token.content] if token.type == "fence" and token.content.strip() else []
        spans += [child.content for child in token.children or () if child.type == "code_inline"]
    assert [_plain(code) for code in found(text)["code"]] == [_plain(code) for code in spans]


def _plain(code: str) -> str:
    """The client decides how the spaces of a span are shown."""
    return " ".join(code.split())


HOSTILE: Final[dict[str, Callable[[int], str]]] = {
    "open spans of every size": lambda n: " ".join("`" * size for size in range(1, int((2 * n) ** 0.5))),
    "spans": lambda n: "`a` " * (n // 4),
    "escapes": lambda n: "\\`" * (n // 2),
    "quotes": lambda n: ">" * n,
    "quoted lines": lambda n: "> a\n" * (n // 4),
    "empty quotes": lambda n: ">\n" * (n // 2),
    "rest of the message": lambda n: ">>> \n" * (n // 5),
    "deep items": lambda n: "- " * (n // 2),
    "items": lambda n: "- a\n1. b\n" * (n // 9),
    "fences": lambda n: "```\n" * (n // 4),
    "growing fences": lambda n: "\n".join("`" * size for size in range(3, int((2 * n) ** 0.5))),
    "blank lines": lambda n: "\n \n" * (n // 3),
    "mentions": lambda n: "@bob " * (n // 5),
    "e-mail": lambda n: "a@" * (n // 2),
    "addresses": lambda n: "https://a@b " * (n // 12),
    "schemes": lambda n: "a." * (n // 2),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_text_four_times_as_long_takes_four_times_the_steps(kind: str) -> None:
    small, large = (_steps(HOSTILE[kind](size)) for size in (4_000, 16_000))
    assert large < 4.4 * small + 500


def _steps(text: str) -> int:
    """How many lines of the server's reader run for a text with a mention."""
    steps = 0

    def count(frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal steps
        steps += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        find(text + "\n@bob")
    finally:
        sys.settrace(before)
    return steps
