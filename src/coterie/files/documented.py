"""How the API document describes requests and answers that are not JSON."""

from dataclasses import dataclass

from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType

BYTES = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)


def form(**properties: Schema) -> RequestBody:
    """A multipart form whose parts are all required."""
    schema = Schema(type=OpenAPIType.OBJECT, properties=dict(properties), required=list(properties))
    return RequestBody(content={"multipart/form-data": OpenAPIMediaType(schema=schema)}, required=True)


@dataclass
class FilesOperation(Operation):
    """Takes files in parts named `files`."""

    def __post_init__(self) -> None:
        self.request_body = form(files=Schema(type=OpenAPIType.ARRAY, items=BYTES, min_items=1))


@dataclass
class PictureOperation(Operation):
    """Takes one picture."""

    def __post_init__(self) -> None:
        self.request_body = form(image=BYTES)


@dataclass
class EmojiOperation(Operation):
    """Takes a picture and its name."""

    def __post_init__(self) -> None:
        name = Schema(type=OpenAPIType.STRING, pattern="^[a-z0-9_-]{1,32}$")
        self.request_body = form(name=name, image=BYTES)


@dataclass
class FileOperation(Operation):
    """Answers a file, whole or in part."""

    def __post_init__(self) -> None:
        content = {"*/*": OpenAPIMediaType(schema=BYTES)}
        self.responses = {
            "200": OpenAPIResponse(description="The file.", content=content),
            "206": OpenAPIResponse(description="The part of the file that Range requests.", content=content),
            "304": OpenAPIResponse(description="The file has not changed since the one that If-None-Match names."),
        }
