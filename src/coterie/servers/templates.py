"""The built-in server templates: which channels a new server begins with."""

from datetime import UTC, datetime
from typing import Final, Literal
from uuid import UUID

from coterie.servers.models import ServerTemplate, TemplateChannel

RELEASED: Final = datetime(2026, 1, 1, tzinfo=UTC)


def _channels(information: str, text: str, voice: str) -> list[TemplateChannel]:
    """Space-separated channel names (an underscore stands for a space) under the three usual categories."""
    kinds: list[tuple[str, str, Literal["text", "voice"]]] = [
        ("Information", information, "text"),
        ("Text Channels", text, "text"),
        ("Voice Channels", voice, "voice"),
    ]
    listed = [(name, type, category) for category, names, type in kinds for name in names.split()]
    return [
        TemplateChannel(name.replace("_", " "), type, category, position)
        for position, (name, type, category) in enumerate(listed)
    ]


TEMPLATES: Final = [
    ServerTemplate(
        id=UUID("00000000-0000-7000-8000-000000000001"),
        name="Community",
        description="A place for a club, a project or a neighbourhood.",
        category="community",
        channels=_channels("announcements rules", "general off-topic", "General"),
        is_builtin=True,
        created_at=RELEASED,
    ),
    ServerTemplate(
        id=UUID("00000000-0000-7000-8000-000000000002"),
        name="Gaming",
        description="For people who play together.",
        category="gaming",
        channels=_channels("announcements", "general gaming-chat", "General Gaming"),
        is_builtin=True,
        created_at=RELEASED,
    ),
    ServerTemplate(
        id=UUID("00000000-0000-7000-8000-000000000003"),
        name="Study Group",
        description="For a course or a study circle.",
        category="study",
        channels=_channels("announcements resources", "homework-help", "Study_Room"),
        is_builtin=True,
        created_at=RELEASED,
    ),
]


def template(template_id: UUID) -> ServerTemplate | None:
    return next((each for each in TEMPLATES if each.id == template_id), None)
