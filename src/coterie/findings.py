"""What an examination finds: one line each, with the remedy in the same line."""

from typing import Literal, TypeAlias

import msgspec

from coterie.refusals import Refusal

State: TypeAlias = Literal["ok", "warn", "fail"]


class Finding(msgspec.Struct, frozen=True):
    """One line of the report. `remedy` is empty where nothing needs to be done."""

    name: str
    state: State
    found: str
    remedy: str = ""


def of_refusal(name: str, refusal: Refusal) -> Finding:
    """What a start would say, as a finding."""
    found, _, remedy = refusal.sentence.rpartition("; ")
    return Finding(name, "fail", found or refusal.sentence, remedy if found else "")
