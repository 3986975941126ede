"""The readable pages of an export: plain HTML that opens from a disk, without a server and without scripts.

Everything that people wrote is escaped, and the policy in each page allows nothing but the pictures, sounds and styles
beside it. Pages are limited in messages and in bytes, and lead to each other.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape
from typing import Any, Final
from urllib.parse import quote

from coterie.database.connection import Row
from coterie.exporting.records import WholeMessage

PAGE_MESSAGES: Final = 500
PAGE_BYTES: Final = 512 * 1024
LISTED: Final = 500
"""Members, or links to pages, on a page."""

POLICY: Final = (
    "default-src 'none'; img-src 'self' file:; media-src 'self' file:; style-src 'self' file:; "
    "base-uri 'none'; form-action 'none'"
)
PICTURES: Final = frozenset({"image/gif", "image/jpeg", "image/png", "image/webp"})
EMPTY: Final = "\u200b"
"""What clients send as the text of a message that has only files."""

ADDRESS: Final = re.compile(r"https?://[^\s<>\"']+")
CUSTOM_EMOJI: Final = re.compile(r":([a-z0-9_-]{1,32}):")

STYLE: Final = b"""\
:root { color-scheme: light dark; --back: #fff; --fore: #1c1c22; --soft: #5c5c66; --line: #d9d9e0; --link: #1a56b0; }
@media (prefers-color-scheme: dark) {
  :root { --back: #17171c; --fore: #e9e9ee; --soft: #a3a3ae; --line: #3a3a44; --link: #8ab6ff; }
}
body { margin: 0 auto; padding: 1rem; max-width: 50rem; background: var(--back); color: var(--fore);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
a { color: var(--link); }
nav { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; margin: 1rem 0; }
article { padding: 0.5rem 0; border-top: 1px solid var(--line); }
article:target { outline: 2px solid var(--link); outline-offset: 2px; }
article > p { margin: 0.25rem 0; }
.text { white-space: pre-wrap; }
.soft, time { color: var(--soft); font-size: 0.875rem; }
.thread { padding-inline-start: 2rem; }
.avatar { width: 1.5rem; height: 1.5rem; border-radius: 50%; vertical-align: middle; }
.emoji { width: 1.4em; height: 1.4em; object-fit: contain; vertical-align: middle; }
.files img, video { max-width: 100%; max-height: 24rem; }
.icon { width: 4rem; height: 4rem; border-radius: 0.75rem; }
ul { padding-inline-start: 1.25rem; }
.table { overflow-x: auto; font-size: 0.875rem; }
table { border-collapse: collapse; }
.table time { white-space: nowrap; }
th, td { padding: 0.25rem 0.75rem 0.25rem 0; border-top: 1px solid var(--line); text-align: start; vertical-align: top;
  overflow-wrap: normal; }
"""


class Emojis:
    """The server's own emoji: where their pictures are, by name and by id."""

    def __init__(self, paths: dict[str, tuple[str, str]]) -> None:
        self._by_id: Final = paths
        self._by_name: Final = dict(paths.values())

    def in_text(self, escaped: str, root: str) -> str:
        """The text with the pictures of those that are written as :name:."""
        return CUSTOM_EMOJI.sub(lambda found: self._picture(found[1], found[0], root), escaped)

    def reaction(self, emoji: str, root: str) -> str:
        name, _ = self._by_id.get(emoji, ("", ""))
        return self._picture(name, f":{name}:", root) if name else escape(emoji)

    def _picture(self, name: str, written: str, root: str) -> str:
        path = self._by_name.get(name)
        if path is None:
            return written
        return f'<img class="emoji" src="{link(root + path)}" alt="{written}" title="{written}">'


def link(path: str) -> str:
    """A path in the archive as an address."""
    return escape(quote(path))


def page(title: str, body: Iterable[str], root: str, *, above: str = "", below: str = "") -> bytes:
    """A whole page, with navigation above and below; `root` leads from it to the folder of the archive."""
    return "\n".join(
        [
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            f'<title>{escape(title)}</title>\n<link rel="stylesheet" href="{root}style.css">\n</head>\n<body>',
            above,
            "<main>",
            *body,
            f"</main>\n{below}\n</body>\n</html>\n",
        ]
    ).encode()


def moment(at: datetime) -> str:
    return f'<time datetime="{at.isoformat()}">{at:%Y-%m-%d %H:%M} UTC</time>'


def navigation(label: str, *links: tuple[str, str] | None) -> str:
    """Links to other pages: their paths and words; None for those that there are not."""
    shown = "".join(f'<a href="{link(each[0])}">{escape(each[1])}</a>' for each in links if each)
    return f'<nav aria-label="{label}">{shown}</nav>'


def message(entry: WholeMessage, page_of: dict[str, str], emojis: Emojis) -> str:
    """A message. `page_of` says on which page the message is that this answers, or whose thread it belongs to."""
    row, root = entry.row, "../../"
    if row["type"] == "system":
        said = f'<span dir="auto">{escape(row["content"])}</span> {moment(row["created_at"])}'
        return f'<article id="m-{row["id"]}"><p class="soft">{said}</p></article>'
    name = escape(row["author_name"] or "Deleted account")
    avatar = f'<img class="avatar" src="{root}avatars/{row["author_id"]}.webp" alt="" loading="lazy"> '
    marks = (
        "edited" if row["edited_at"] else "",
        "pinned" if row["pinned_at"] else "",
        f"{row['thread_reply_count']} in the thread" if row["thread_reply_count"] else "",
    )
    said_at = f'<a href="#m-{row["id"]}">{moment(row["created_at"])}</a>'
    return "\n".join(
        [
            f'<article id="m-{row["id"]}"{" class=thread" if row["thread_id"] else ""}>',
            f'<header>{avatar if row["has_avatar"] else ""}<strong dir="auto">{name}</strong>',
            f'{said_at} <span class="soft">{" · ".join(filter(None, marks))}</span></header>',
            *_answered(row, page_of),
            *_said(row["content"], emojis, root),
            *([_poll(entry.poll)] if entry.poll else []),
            *([_event(entry.event)] if entry.event else []),
            *_files(entry.attachments, root),
            *_reactions(entry.reactions, emojis, root),
            "</article>",
        ]
    )


def _said(content: str, emojis: Emojis, root: str) -> Iterable[str]:
    if content.strip(EMPTY):
        yield f'<p class="text" dir="auto">{text(content, emojis, root)}</p>'


def text(content: str, emojis: Emojis, root: str) -> str:
    """What someone wrote, with the addresses in it as links."""
    parts: list[str] = []
    end = 0
    for found in ADDRESS.finditer(content):
        parts.append(emojis.in_text(escape(content[end : found.start()]), root))
        parts.append(f'<a href="{escape(found[0])}" rel="noreferrer noopener">{escape(found[0])}</a>')
        end = found.end()
    return "".join([*parts, emojis.in_text(escape(content[end:]), root)])


def _answered(row: Row, page_of: dict[str, str]) -> Iterable[str]:
    if row["thread_seq"] is not None:
        target = f"{page_of['thread']}#m-{row['thread_id']}"
        yield f'<p class="soft"><a href="{escape(target)}">In a thread</a></p>'
    if row["reply_seq"] is not None:
        who = escape(row["reply_username"] or "Deleted account")
        target = f"{page_of['reply']}#m-{row['reply_to']}"
        shown = f'<a href="{escape(target)}">Reply to {who}</a>: {escape(row["reply_content"])}'
        yield f'<p class="soft" dir="auto">{shown}</p>'


def _poll(poll: dict[str, Any]) -> str:
    options = "".join(
        f'<li dir="auto">{escape(each["text"])} <span class="soft">({each["votes"]})</span></li>'
        for each in poll["options"]
    )
    return f'<p dir="auto"><strong>{escape(poll["question"])}</strong></p>\n<ul>{options}</ul>'


def _event(event: dict[str, Any]) -> str:
    when = " to ".join(moment(each) for each in (event["starts_at"], event["ends_at"]) if each)
    state = " · cancelled" if event["is_cancelled"] else ""
    about = [event["place"], event["description"]]
    lines = "".join(f'<p class="text" dir="auto">{escape(each)}</p>' for each in about if each)
    coming = f"{len(event['coming'])} coming, {len(event['interested'])} interested"
    return (
        f'<p dir="auto"><strong>{escape(event["name"])}</strong> <span class="soft">{when}{state}</span></p>\n'
        f'{lines}<p class="soft">{coming}</p>'
    )


def _files(attachments: Sequence[dict[str, Any]], root: str) -> Iterable[str]:
    for each in attachments:
        address, name, kind = link(root + each["path"]), escape(each["filename"]), each["mime_type"]
        if kind in PICTURES:
            shown = f'<img src="{address}" alt="{name}" loading="lazy">'
        elif kind.startswith("video/"):
            yield f'<p class="files"><video src="{address}" controls preload="none"></video></p>'
            shown = name
        elif kind.startswith("audio/"):
            yield f'<p class="files"><audio src="{address}" controls preload="none"></audio></p>'
            shown = name
        else:
            shown = name
        size = f'<span class="soft">{each["file_size"]:,} bytes</span>'
        yield f'<p class="files" dir="auto"><a href="{address}">{shown}</a> {size}</p>'


def _reactions(reactions: Sequence[dict[str, Any]], emojis: Emojis, root: str) -> Iterable[str]:
    if reactions:
        shown = [f"{emojis.reaction(each['emoji'], root)} {each['count']}" for each in reactions]
        yield f'<p class="soft">{" ".join(shown)}</p>'
