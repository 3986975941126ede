"""Judges who may edit a document at this moment; the statement that stores the edits checks that it still holds."""

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from coterie import errors
from coterie.database.connection import Connection
from coterie.documents.edit_insertion import Judgement
from coterie.documents.edit_queries import DocumentHead
from coterie.documents.errors import DOCUMENT_ARCHIVED
from coterie.errors import CoterieError
from coterie.permissions.authority import Authority
from coterie.permissions.bits import Permission
from coterie.permissions.cache import PermissionCache


class RightLostError(Exception):
    """An author of a batch lost the right to edit before it was stored."""


class Judged(NamedTuple):
    """What some users may do: the errors for those who cannot edit, and up to when all of it is so."""

    refusals: Mapping[UUID, CoterieError]
    authorities: Mapping[UUID, Authority]
    judgement: Judgement


async def judge(permissions: PermissionCache, connection: Connection, head: DocumentHead, users: set[UUID]) -> Judged:
    """Whether these users may edit the document."""
    among = list(users)
    judged = await permissions.judge(connection, [(head.channel_id, user) for user in among])
    refusals: dict[UUID, CoterieError] = {}
    for user, authority in zip(among, judged, strict=True):
        try:
            if authority is None:
                raise CoterieError(errors.NOT_FOUND)
            authority.check(Permission.SEND_MESSAGES)
            if head.is_archived:
                raise CoterieError(DOCUMENT_ARCHIVED)
        except CoterieError as error:
            refusals[user] = error
    as_of = min((authority.as_of for authority in judged if authority is not None), default=0)
    is_conversation = head.home == head.channel_id
    authorities = {authority.user_id: authority for authority in judged if authority is not None}
    return Judged(
        refusals, authorities, Judgement(head.home, head.as_of if is_conversation else as_of, is_conversation)
    )
