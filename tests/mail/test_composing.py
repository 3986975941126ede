"""What mails say: every text in every language, as plain text and as HTML in which nothing is markup but ours."""

import json
from string import Formatter
from typing import Any, Final, get_args

import pytest

from coterie.identifiers import new_id
from coterie.mail.composing import LANGUAGES, Mail, MailTemplate, compose
from coterie.settings.mail import MailLanguage
from coterie.settings.record import Settings
from tests.mail.server import FROM

SETTINGS: Final = Settings.read({"COTERIE_MAIL_FROM": FROM})
VALUES: Final = {"name": "ada", "time": "2026-11-25 10:00", "address": "192.0.2.0/24", "due": "2026-12-09 10:00"}
LINK: Final = "https://chat.example/#/reset/abc"


def texts(language: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((LANGUAGES / f"{language}.json").read_text())
    return found


def fields(value: Any) -> Any:
    """The same shape with the names of values instead of texts."""
    if isinstance(value, dict):
        return {name: fields(each) for name, each in value.items()}
    if isinstance(value, list):
        return [fields(each) for each in value]
    return sorted({name for _, name, _, _ in Formatter().parse(value) if name})


@pytest.mark.parametrize("language", get_args(MailLanguage))
def test_every_language_has_every_text(language: MailLanguage) -> None:
    assert {*texts(language)["mails"]} == {*get_args(MailTemplate)}
    english, own = fields(texts("en")), fields(texts(language))
    assert own == english


@pytest.mark.parametrize("language", get_args(MailLanguage))
@pytest.mark.parametrize("template", get_args(MailTemplate))
def test_every_text_is_composed(language: MailLanguage, template: MailTemplate) -> None:
    link = "" if template == "test" else LINK
    mail = compose(SETTINGS, "The Café", new_id(), Mail("ada@people.example", template, language, VALUES, link))
    plain, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert page is not None
    for said in (plain.get_content(), page.get_content()):
        assert link in said
        assert "{" not in said.partition("<style")[0]
    assert ('dir="rtl"' in page.get_content()) == (language == "ar")
    assert bytes(mail)


def test_nothing_in_a_value_is_markup() -> None:
    values = {**VALUES, "name": '<img src="x">{instance}'}
    mail = compose(SETTINGS, "A & <b>B</b>", new_id(), Mail("ada@people.example", "verify_email", "en", values, LINK))
    page = mail.get_body(("html",))
    assert page is not None
    said = page.get_content()
    assert "<img" not in said
    assert "<b>" not in said
    assert "A &amp; &lt;b&gt;B&lt;/b&gt;" in said
    assert "{instance}" in said


def test_what_has_no_value_is_left_out() -> None:
    mail = compose(SETTINGS, None, new_id(), Mail("a@b.example", "new_login", "en", {**VALUES, "address": ""}, LINK))
    plain = mail.get_body(("plain",))
    assert plain is not None
    assert "The address was" not in plain.get_content()
    assert "New login to Coterie" in mail["subject"]


def test_the_same_mail_has_the_same_id() -> None:
    id, mail = new_id(), Mail("ada@people.example", "test", "en", {})
    assert {compose(SETTINGS, None, id, mail)["message-id"] for _ in range(2)} == {f"<{id}@chat.example>"}
