"""The settings of what uploads may contain: which types of files, and the scanner that looks for malware."""

from typing import Annotated, Final, Literal, TypeAlias

import msgspec

from coterie.settings.database import DatabaseSettings
from coterie.settings.server import variable_name
from coterie.settings.values import about

KnownFileType: TypeAlias = Literal[
    "application/epub+zip",
    "application/octet-stream",
    "application/pdf",
    "application/vnd.oasis.opendocument.presentation",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/x-ole-storage",
    "application/zip",
    "audio/flac",
    "audio/mp4",
    "audio/mpeg",
    "audio/ogg",
    "audio/wav",
    "audio/webm",
    "image/gif",
    "image/heic",
    "image/jpeg",
    "image/png",
    "image/webp",
    "text/plain",
    "text/x-source",
    "video/mp4",
    "video/quicktime",
    "video/webm",
]

ADDED: Final = (
    r"^(application|audio|font|image|model|video)/(?!.*(html|xml|script))[a-z0-9][a-z0-9.+-]{0,99}="
    r"(\d{1,3}:)?([0-9A-Fa-f]{2}){2,64}$"
)
"""No type under which a browser would run something, and at least two bytes."""


class UploadSettings(DatabaseSettings, frozen=True, kw_only=True, rename=variable_name):
    """The third part of `Settings`."""

    file_types_added: Annotated[
        tuple[Annotated[str, msgspec.Meta(pattern=ADDED)], ...],
        about(
            "Uploads",
            "Further types of files, each with the bytes at its beginning, in hexadecimal. They are accepted, and "
            "browsers always save them. See docs/operating/files.md.",
            expected="types such as application/gzip=1f8b or, after 257 bytes, application/x-tar=257:7573746172, "
            "separated by commas",
        ),
    ] = ()
    file_types_only: Annotated[
        tuple[KnownFileType, ...],
        about(
            "Uploads",
            "The only types of files that users can upload, besides those of COTERIE_FILE_TYPES_ADDED; empty for every "
            "file. The types are in docs/protocol/files.md.",
            expected="types such as image/png or application/pdf, separated by commas",
        ),
    ] = ()
    file_types_refused: Annotated[
        tuple[KnownFileType, ...],
        about(
            "Uploads",
            "Types of files that users cannot upload, of those in docs/protocol/files.md. "
            "application/octet-stream is every file of an unknown type.",
            expected="types such as application/zip or application/octet-stream, separated by commas",
        ),
    ] = ()
    scanner: Annotated[
        str,
        about(
            "Uploads",
            "ClamAV's clamd, which looks for malware in every uploaded file and picture. Empty for no scanner. See "
            "docs/operating/scanner.md.",
            expected="unix:/run/clamav/clamd.ctl or tcp://host:3310",
            pattern=r"^(unix:/\S+|tcp://([^\s/:]+|\[[0-9A-Fa-f:.]+\]):\d{1,5})$",
        ),
    ] = ""
    scanner_required: Annotated[
        bool,
        about(
            "Uploads",
            "Refuse uploads with 503 while nothing accepts connections at COTERIE_SCANNER. `off` accepts files without "
            "scanning them then.",
        ),
    ] = True
    scanner_timeout: Annotated[
        float,
        about(
            "Uploads",
            "How long the scanner can take for one file, in seconds. Slower scans are answered with 503.",
            ge=1,
            le=1800,
        ),
    ] = 60.0
