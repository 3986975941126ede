"""Converts the texts of the environment to the values of settings, and describes those that are invalid.

All problems are reported at once, each with the variable's name and what is expected, but never a secret's value.
"""

import difflib
import ipaddress
import typing
from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

PREFIX: Final = "COTERIE_"
PAGE: Final = "`python -m coterie.commands.settings_page`"
"""The page of settings where only the program is installed."""
SWITCH: Final = {"on": True, "true": True, "yes": True, "1": True}
SWITCH_OFF: Final = {"off": False, "false": False, "no": False, "0": False}


class SettingsError(Exception):
    """One or more variables are invalid.

    `problems` has one sentence for each, which begins with its name and shows no secret; `valid` has the values of the
    others, by their fields.
    """

    def __init__(self, problems: list[str], valid: Mapping[str, Any] | None = None) -> None:
        super().__init__("; ".join(problems))
        self.problems: Final = problems
        self.valid: Final = valid or {}


def about(section: str, description: str, *, expected: str = "", secret: bool = False, **limits: Any) -> Any:
    """A field's annotation: its section on the page, what it means, what a value looks like."""
    extra = {"section": section, "expected": expected, "secret": secret}
    return msgspec.Meta(description=description, extra=extra, **limits)


def values(
    fields: tuple[msgspec.structs.FieldInfo, ...], environment: Mapping[str, str], defaults: Mapping[str, str]
) -> dict[str, Any]:
    """The values of the fields that the texts name; raises SettingsError with all problems at once."""
    given = {name: text for name, text in {**defaults, **_set(environment)}.items() if text.strip()}
    problems = _unknown(given, [field.encode_name for field in fields])
    found: dict[str, Any] = {}
    for field in fields:
        if field.encode_name not in given:
            continue
        try:
            found[field.name] = _convert(field, given[field.encode_name].strip())
        except ValueError:
            problems.append(_complaint(field, given[field.encode_name]))
    if problems:
        raise SettingsError(problems, found)
    return found


def meta(field: msgspec.structs.FieldInfo) -> msgspec.Meta:
    """The field's own annotation, as `about` made it."""
    note = typing.get_args(field.type)[-1]
    assert isinstance(note, msgspec.Meta)
    return note


def is_secret(field: msgspec.structs.FieldInfo) -> bool:
    return bool((meta(field).extra or {})["secret"])


def expectation(field: msgspec.structs.FieldInfo) -> str:
    """What a value of this setting looks like, as the end of a sentence."""
    note, kind = meta(field), typing.get_args(field.type)[0]
    if written := (note.extra or {})["expected"]:
        return str(written)
    if kind is bool:
        return "on or off"
    if typing.get_origin(kind) is Literal:
        return " or ".join(typing.get_args(kind))
    number = "a whole number" if kind is int else "a number"
    least = f"from {note.ge:g}" if note.ge is not None else f"above {note.gt:g}"
    return f"{number} {least} to {note.le:,}".replace(",", "") if note.le is not None else f"{number} {least}"


def _set(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in environment.items() if text.strip()}


def _unknown(given: Mapping[str, str], known: list[str]) -> list[str]:
    strangers = sorted(name for name in given if name.startswith(PREFIX) and name not in known)
    return [f"{name} is not a Coterie setting{_suggestion(name, known)}" for name in strangers]


def _suggestion(name: str, known: list[str]) -> str:
    plain = name.removeprefix(PREFIX)
    by_plain = {each.removeprefix(PREFIX): each for each in known}
    near = difflib.get_close_matches(plain, by_plain, n=1, cutoff=0.75)
    return f"; did you mean {by_plain[near[0]]}?" if near else f"; remove it, or see {PAGE}"


def _convert(field: msgspec.structs.FieldInfo, text: str) -> Any:
    kind = typing.get_args(field.type)[0]
    value: Any = text
    if kind is bool:
        value = (SWITCH | SWITCH_OFF).get(text.lower(), text)
    elif typing.get_origin(kind) is tuple:
        value = [part.strip() for part in text.split(",") if part.strip()]
    converted = msgspec.convert(value, field.type, strict=False, dec_hook=lambda made, raw: made(raw))
    if field.name == "trusted_proxies":
        return tuple(_network(part) for part in converted)
    if field.name == "outgoing_allowed":
        return tuple(_place(part) for part in converted)
    if isinstance(converted, float) and converted != converted:
        raise ValueError(text)
    return converted


def _complaint(field: msgspec.structs.FieldInfo, text: str) -> str:
    shown = "" if is_secret(field) else f", not {text.strip()[:100]!r}"
    return f"{field.encode_name} must be {expectation(field)}{shown}"


def _network(text: str) -> str:
    """The network as it is usually written: 10.0.0.1/8 is 10.0.0.0/8."""
    return str(ipaddress.ip_network(text, strict=False))


def split_place(text: str) -> tuple[str, int]:
    """The address and the port of `192.0.2.1:80` or `[2001:db8::1]:80`."""
    host, _, port = text.rpartition(":")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _place(text: str) -> str:
    """The address and port as they are usually written."""
    host, port = split_place(text)
    address = ipaddress.ip_address(host)
    if not 0 < port < 65536 or (address.version == 6) != text.startswith("["):
        raise ValueError(text)
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"
