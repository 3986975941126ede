"""The findings of an examination: one line each, with the remedy in the same line."""

from typing import Literal, TypeAlias

import msgspec

from coterie.process.refusals import Refusal

State: TypeAlias = Literal["ok", "warn", "fail"]


class Finding(msgspec.Struct, frozen=True):
    """A line of the report. `remedy` is empty if there is nothing to do."""

    name: str
    state: State
    found: str
    remedy: str = ""


def of_refusal(name: str, refusal: Refusal) -> Finding:
    """The error that a start would report, as a finding."""
    found, _, remedy = refusal.sentence.rpartition("; ")
    return Finding(name, "fail", found or refusal.sentence, remedy if found else "")
