"""Judges texts by a server's rules, from memory: no query, and time that grows with the text and the words alone.

Links to invites are known by their path, such as `/invite/` before a code, on any site, and by some sites' short forms.
"""

import itertools
import re
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from coterie import errors
from coterie.errors import CoterieError, Entry
from coterie.filtering.models import Automod, AutomodConfig, RuleType, Said, Verdict, Written
from coterie.filtering.words import Words
from coterie.naming import HIDDEN

LINK: Final = re.compile(
    r"(?:https?://|(?<![\w.])www\.)(?:[^\s/?#@]{0,200}@)?([^\s/?#:<>\"')\]]{1,253})", re.IGNORECASE
)
INVITE: Final = re.compile(
    r"(?:https?://[^\s/?#]{1,253}|(?<![\w.-])(?:[\w-]{1,63}\.){1,5}\w{2,24}(?::\d{1,5})?)"
    r"/(?:#/)?(?:invites?|join)/([\w-]{1,64})",
    re.IGNORECASE,
)
SHORT_INVITE: Final = re.compile(
    r"(?<![\w-])(?:discord\.gg/|t\.me/(?:joinchat/|\+)|chat\.whatsapp\.com/|signal\.group/#)([\w-]{1,64})",
    re.IGNORECASE,
)
MENTION: Final = re.compile(r"(?<![\w@])@(\w{1,100})")
LETTERS: Final = 10
"""Texts with fewer letters may be all capitals."""

ENTRIES: Final[dict[RuleType, Entry]] = {
    "word_filter": errors.AUTOMOD_WORD_FILTER,
    "duplicate": errors.AUTOMOD_DUPLICATE,
    "spam": errors.AUTOMOD_SPAM,
    "mentions": errors.AUTOMOD_MENTIONS,
    "links": errors.AUTOMOD_LINKS,
    "invites": errors.AUTOMOD_INVITES,
    "capitals": errors.AUTOMOD_CAPITALS,
    "files": errors.AUTOMOD_FILES,
    "new_account": errors.AUTOMOD_NEW_ACCOUNT,
}


class AutomodRefusalError(CoterieError):
    """Refuses what automod forbids. Nothing was stored; `messages/enforcing.py` has the verdict carried out."""

    def __init__(self, verdict: Verdict, written: Written) -> None:
        super().__init__(ENTRIES[verdict.rule_type])
        self.verdict: Final = verdict
        self.written: Final = written


class Rules:
    """The rules of one server, prepared for many texts."""

    __slots__ = (
        "_domains",
        "_exempt_channels",
        "_exempt_roles",
        "_file_types",
        "_invites",
        "_words",
        "config",
    )

    def __init__(self, automod: Automod) -> None:
        self.config: Final[AutomodConfig] = automod.config
        self._words: Final = Words(automod.words)
        self._domains: Final = frozenset(each.lower().rstrip(".") for each in automod.config.allowed_domains)
        self._invites: Final = frozenset(automod.config.allowed_invites)
        self._file_types: Final = frozenset(each.lower() for each in automod.config.allowed_file_types)
        self._exempt_roles: Final = frozenset(automod.config.exempt_role_ids)
        self._exempt_channels: Final = frozenset(automod.config.exempt_channel_ids)

    @property
    def watches_rates(self) -> bool:
        """Whether earlier messages decide about a message."""
        return self.config.enabled and (self.config.spam_enabled or self.config.duplicate_enabled)

    def work(self, length: int) -> int:
        """About how many microseconds the words take for a text of this length that was made for them."""
        return length * self._words.weight // 100

    def apply_to(self, channel_id: UUID, roles: Collection[UUID], *, is_moderator: bool) -> bool:
        """Whether the rules apply to a member with these roles in a channel."""
        return (
            self.config.enabled
            and channel_id not in self._exempt_channels
            and self._exempt_roles.isdisjoint(roles)
            and not (is_moderator and self.config.exempt_moderators)
        )

    def forbids_name(self, name: str, roles: Collection[UUID]) -> bool:
        """Whether a member with these roles cannot have this nickname: words apply to it, and no other rule."""
        config = self.config
        is_judged = config.enabled and config.word_filter_enabled and self._exempt_roles.isdisjoint(roles)
        return is_judged and self._words.find(name) is not None

    def judge(self, said: Said) -> Verdict | None:
        """The first rule that forbids a text, without regard to `enabled`."""
        return next(self._verdicts(said), None)

    def judge_passage(self, text: str, age: timedelta | None) -> Verdict | None:
        """The first rule that forbids a part of a shared text: those about its author, words, invites and links."""
        return next(self._of_texts(text, age), None)

    def judge_files(self, filenames: Iterable[str]) -> Verdict | None:
        """Whether the rule for files forbids a file."""
        if not self.config.file_filter_enabled:
            return None
        refused = next((each for each in filenames if extension(each) not in self._file_types), None)
        return Verdict("files", self.config.file_action, refused) if refused is not None else None

    def _verdicts(self, said: Said) -> Iterator[Verdict]:
        config = self.config
        yield from self._of_texts(f"{said.content}\n{said.beside}" if said.beside else said.content, said.account_age)
        if config.mention_limit is not None and "@" in said.content:
            count = len({each[1].lower() for each in MENTION.finditer(said.content)})
            if count > config.mention_limit:
                yield Verdict("mentions", config.mention_action, str(count))
        if config.capitals_percent is not None and _capitals(said.content) > config.capitals_percent:
            yield Verdict("capitals", config.capitals_action)
        if said.filenames and (verdict := self.judge_files(said.filenames)) is not None:
            yield verdict

    def _of_texts(self, text: str, age: timedelta | None) -> Iterator[Verdict]:
        config = self.config
        hours = config.new_account_hours
        if age is not None and hours is not None and age < timedelta(hours=hours):
            yield Verdict("new_account", config.new_account_action)
        if config.word_filter_enabled and (word := self._words.find(text)) is not None:
            yield Verdict("word_filter", config.word_filter_action, word)
        if config.invite_filter_enabled and (code := self._invite_in(text)) is not None:
            yield Verdict("invites", config.invite_action, code)
        if config.link_filter_enabled and (domain := self._link_in(text)) is not None:
            yield Verdict("links", config.link_action, domain)

    def _invite_in(self, text: str) -> str | None:
        """The code of an invite link that is not allowed."""
        if "/" not in text:
            return None
        found = itertools.chain(INVITE.finditer(text), SHORT_INVITE.finditer(text))
        return next((each[1] for each in found if each[1] not in self._invites), None)

    def _link_in(self, text: str) -> str | None:
        """The domain of a link that is not allowed."""
        if "://" not in text and "www." not in text.lower():
            return None
        for found in LINK.finditer(text):
            domain = found[1].lower().rstrip(".")
            parents = domain.split(".")
            if not any(".".join(parents[start:]) in self._domains for start in range(len(parents))):
                return domain
        return None


def extension(filename: str) -> str:
    """What a file's name ends in, in lower case, without the dot."""
    return filename.rpartition(".")[2].lower() if "." in filename else ""


def account_age(user_id: UUID, at: datetime) -> timedelta | None:
    """How old an account was, which its id says; None for an id of another kind, as an imported account may have."""
    if user_id.version != 7:
        return None
    return at - datetime.fromtimestamp((user_id.int >> 80) / 1000, UTC)


def same_text(text: str) -> str | None:
    """What makes two messages the same; None for a message that says nothing, such as one with only a file."""
    return text if HIDDEN.sub("", text).strip() else None


def _capitals(text: str) -> int:
    """How many percent of a text's letters are capitals; 0 for a text with few letters."""
    letters = [each for each in text if each.isupper() or each.islower()]
    if len(letters) < LETTERS:
        return 0
    return 100 * sum(map(str.isupper, letters)) // len(letters)
