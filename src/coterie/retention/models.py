"""What retention would remove."""

from datetime import datetime

from msgspec import Struct


class RetentionPreview(Struct, frozen=True):
    """What would go now: messages, the bytes of their files and thumbnails, and the time of the oldest.

    With `has_more` at least one more message would go, and the bytes are those of the messages that were counted.
    """

    messages: int
    has_more: bool
    file_bytes: int
    oldest_at: datetime | None
