"""The names of a file: the one that people see, the one in its address, and the one in Content-Disposition."""

import re
import unicodedata
from typing import Final
from urllib.parse import quote, unquote
from uuid import UUID

from coterie.naming import visible

NAME_LENGTH: Final = 255
STORED_LENGTH: Final = 128

# What a double click runs, installs or mounts, and documents that can have macros: under the old endings (.doc, .xls),
# office programs run those of new documents too; DOCUMENTS says whose content is safe. The same list is on the page
# docs/protocol/executed-endings.md. Programs for an interpreter that systems do not come with, such as .py, are not in
# it: see decision 0018.
EXECUTED: Final = frozenset(
    """
    aab accde action ade adp air apk apks app applescript application appref-ms appx appxbundle bat btm cab chm cmd com
    command control cpl crt crx deb desktop diagcab diagcfg diagpkg dll dmg doc docm dot dotm ear elf exe flatpakref
    gadget hlp hta htm html img inf ins ipa iqy iso isp jar jnlp job js jse kext library-ms lnk mde mht mhtml mjs
    mobileconfig msc msi msix msixbundle msp mst msu nupkg osx oxt phar pif pkg pot potm ppa ppam pps ppsm ppt pptm prf
    ps1 ps1xml psc1 psd1 psm1 pyc pyw pyz rdp reg rgs rpm rtf run scf scpt scr sct search-ms settingcontent-ms shb shs
    sldm slk svg sys terminal theme themepack tool udl url vb vbe vbs vbscript vhd vhdx vsix vxd war wasm wbk webloc
    website workflow ws wsc wsf wsh xapk xbap xht xhtml xla xlam xll xlm xls xlsb xlsm xlt xltm xlw xpi xsl
    """.split()  # noqa: SIM905  (a list of a hundred lines otherwise)
)
ENDINGS: Final = {
    "application/octet-stream": ".bin",
    "application/epub+zip": ".epub",
    "application/pdf": ".pdf",
    "application/vnd.oasis.opendocument.presentation": ".odp",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/x-ole-storage": ".bin",
    "application/zip": ".zip",
    "audio/flac": ".flac",
    "audio/mp4": ".m4a",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "audio/wav": ".wav",
    "audio/webm": ".webm",
    "image/gif": ".gif",
    "image/heic": ".heic",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "text/plain": ".txt",
    "text/x-source": ".txt",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/webm": ".webm",
}
DOCUMENTS: Final = {"application/x-ole-storage": frozenset({"doc", "pps", "ppt", "xls"})}
"""Endings on the list that are kept for content of this type, since it has nothing that these programs would run."""

UNUSUAL: Final = re.compile(r"[^\w.-]")
UNQUOTABLE: Final = re.compile(r"[\x00-\x1f\x7f/\\]")
UNENCODED: Final = re.compile(r"[?%]")


def shown(given: str | None) -> str:
    """The name as its sender gave it, without unprintable or misleading characters; `file` if nothing is left."""
    kept = "".join("_" if unicodedata.category(each) in {"Cc", "Cs", "Zl", "Zp"} else each for each in given or "")
    return visible(kept)[:NAME_LENGTH] or "file"


def defused(filename: str, mime_type: str) -> str:
    """The name with the ending of its type after one that systems execute.

    Any type gets it: some programs that run such files skip what they cannot read. So does a name with such an ending
    in percent-encoding, which some clients decode.
    """
    if not any(_is_executed(name, mime_type) for name in (filename, _decoded(filename))):
        return filename
    ending = ENDINGS.get(mime_type, ".bin")
    return _stem(filename)[: NAME_LENGTH - len(ending)] + ending


def _is_executed(filename: str, mime_type: str) -> bool:
    _, dot, last = _stem(filename).lower().rpartition(".")
    return bool(dot) and last in EXECUTED and last not in DOCUMENTS.get(mime_type, ())


def _stem(filename: str) -> str:
    """Windows ignores dots and spaces at the end of a name."""
    return filename.rstrip(". ")


def _decoded(filename: str) -> str:
    """The name without percent-encoding, however often it is encoded."""
    while (plainer := unquote(filename)) != filename:
        filename = plainer
    return filename


def stored(file_id: UUID, filename: str) -> str:
    """The last part of a file's address: letters and digits of any script, dots, hyphens and underscores."""
    return f"{file_id.hex}_{UNUSUAL.sub('_', filename)[:STORED_LENGTH]}"


def content_disposition(kind: str, filename: str) -> str:
    """The header of RFC 6266: the name in ASCII for old clients, and in RFC 8187's encoding for all others.

    The former has no `%`, since browsers decode it there, against the standard.
    """
    name = UNQUOTABLE.sub("_", filename)
    ascii_name = UNENCODED.sub("_", name.replace('"', "'").encode("ascii", "replace").decode())
    return f"{kind}; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='')}"
