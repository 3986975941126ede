"""Which passwords people may choose: any of 8 to 128 characters that is not easily guessed.

Refused are the most common passwords, and those made of little but the account's or the product's name (NIST SP
800-63B 3.1.1.2, OWASP ASVS 6.2.4 and 6.2.11). There are no other rules: they make passwords worse. common_passwords.txt
has those of at least 8 characters among the 20,000 most frequent ones of Pwned Passwords, in lower case, from the list
that Django carries.
"""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from coterie import errors
from coterie.accounts.models import User
from coterie.errors import CoterieError

COMMON_PATH: Final = Path(__file__).with_name("common_passwords.txt")
WORDS: Final = ("coterie",)
REST: Final = 5
"""A password without its known words has at least as many characters; `anna2024` has four."""

WORD: Final = 3
"""Shorter names are not looked for."""


@cache
def common_passwords() -> frozenset[str]:
    """8,000 passwords, in lower case: 1 MB of memory."""
    return frozenset(COMMON_PATH.read_text(encoding="utf-8").splitlines())


@dataclass(frozen=True, slots=True)
class PasswordRules:
    """`words` are those that anyone could guess on this instance."""

    common: frozenset[str] = field(default_factory=common_passwords)
    words: tuple[str, ...] = WORDS

    def check(self, password: str, username: str, email: str | None) -> None:
        """Raises GUESSABLE_PASSWORD."""
        plain = password.casefold()
        known = (username, *(email or "").split("@"), *self.words)
        if plain in self.common or len(_without(plain, [word.casefold() for word in known])) < REST:
            raise CoterieError(errors.GUESSABLE_PASSWORD)

    def check_for(self, user: User, password: str) -> None:
        """Raises GUESSABLE_PASSWORD."""
        self.check(password, user.username, user.email)


ANY: Final = PasswordRules(frozenset(), ())
"""For development."""


def _without(text: str, words: list[str]) -> str:
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, "") if len(word) >= WORD else text
    return text
