"""Friends, requests, blocks and privacy as they go over the wire."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

Circle = Literal["everyone", "servers", "friends", "nobody"]


class Privacy(Struct, frozen=True):
    """Who may come near somebody, and whether others see how far they have read.

    `servers` are people who share a server, and friends. For requests, which friends need not send, `friends` are the
    friends of friends.
    """

    friend_requests_from: Circle
    direct_messages_from: Circle
    send_read_receipts: bool


class PrivacyChange(Struct, frozen=True):
    """A missing field keeps its value."""

    friend_requests_from: Circle | UnsetType = UNSET
    direct_messages_from: Circle | UnsetType = UNSET
    send_read_receipts: bool | UnsetType = UNSET
