"""Archives as office programs and others write them."""

import io
import zipfile
from typing import Final

ODF: Final = "application/vnd.oasis.opendocument."
OOXML: Final = "application/vnd.openxmlformats-officedocument."


def archive(*names: str, comment: bytes = b"", mimetype: str = "", compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP with these entries; `mimetype` is the first one of an open format."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as file:
        if mimetype:
            file.writestr(zipfile.ZipInfo("mimetype"), mimetype)
        for name in names:
            file.writestr(name, f"<{name}/>" * 20)
        file.comment = comment
    return target.getvalue()


def office(directory: str, document: str, *others: str) -> bytes:
    return archive("[Content_Types].xml", "_rels/.rels", f"{directory}/{document}", *others)


DOCUMENTS: Final = {
    OOXML + "wordprocessingml.document": office("word", "document.xml", "docProps/app.xml"),
    OOXML + "spreadsheetml.sheet": office("xl", "workbook.xml", "xl/worksheets/sheet1.xml"),
    OOXML + "presentationml.presentation": office("ppt", "presentation.xml"),
    ODF + "text": archive("content.xml", mimetype=ODF + "text"),
    ODF + "spreadsheet": archive("content.xml", mimetype=ODF + "spreadsheet"),
    ODF + "presentation": archive("content.xml", mimetype=ODF + "presentation"),
    "application/epub+zip": archive("META-INF/container.xml", mimetype="application/epub+zip"),
}
PLAIN: Final = {
    "files": archive("notes.txt", "photos/beach.jpg"),
    "not compressed": archive("a.txt", compression=zipfile.ZIP_STORED),
    "with a comment": archive("a.txt", comment=b"made by hand"),
    "many thousand files": archive(*(f"node_modules/a-package/lib/file{number}.js" for number in range(2_000))),
    "a Word document with macros": office("word", "document.xml", "word/vbaProject.bin"),
    "an Excel workbook with macros": office("xl", "workbook.xml", "xl/vbaProject.bin"),
    "an Excel workbook with old macros": office("xl", "workbook.xml", "xl/macrosheets/sheet1.xml"),
    "a binary Excel workbook": office("xl", "workbook.bin"),
    "two documents in one": office("word", "document.xml", "xl/workbook.xml"),
    "an Android program": archive("AndroidManifest.xml", "classes.dex"),
    "a drawing of an open format": archive("content.xml", mimetype=ODF + "graphics"),
    "a type that is not declared first": archive("content.xml", "mimetype"),
    "an archive in an archive": archive("inner.zip", "word/document.xml"),
}
