"""The catalogue of errors: one entry a situation, each with a stable code, a status and a sentence.

Routes, sockets and streams all answer from here, so that a program can rely on `code` and a person can
read `error`. An unknown exception never reaches a client: it becomes `internal` with an id that stands in
the log too.
"""

from typing import Final


class CoterieError(Exception):
    """An answer other than success. `fields` names what is wrong with which input field."""

    def __init__(
        self,
        status: int,
        code: str,
        sentence: str,
        *,
        fields: dict[str, str] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(sentence)
        self.status: Final = status
        self.code: Final = code
        self.sentence: Final = sentence
        self.fields: Final = fields
        self.retry_after: Final = retry_after
