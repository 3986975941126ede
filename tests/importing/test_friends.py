"""Friends and requests of an XFChat: friends are mutual, and two people have one open request."""

from coterie.database.pool import OwnConnection
from tests.importing.conftest import Bring, positions_are_whole
from tests.importing.xfchat_source import XFChat, at, id_of


async def test_friends_and_requests(xfchat: XFChat, here: OwnConnection, bring: Bring) -> None:
    for name in ("ann", "ben", "cleo", "dan", "eve"):
        await xfchat.user(name, name)
    pairs = [("ann", "ben"), ("ben", "ann"), ("ann", "cleo"), ("ann", "ann"), ("dan", "ghost")]
    for number, (one, other) in enumerate(pairs):
        await xfchat.insert("contacts", user_id=id_of(one), contact_user_id=id_of(other), created_at=at(number))
    requests = [
        ("ann", "ben", "accepted", "be my friend"),
        ("ann", "ben", "pending", None),
        ("dan", "eve", "pending", "x" * 600),
        ("eve", "dan", "pending", None),
        ("dan", "eve", "pending", None),
        ("cleo", "dan", "rejected", None),
        ("cleo", "eve", "blocked", None),
        ("cleo", "cleo", "pending", None),
        ("cleo", "ghost", "pending", None),
    ]
    for number, (one, other, status, message) in enumerate(requests):
        await xfchat.insert(
            "friend_requests", id=id_of(f"request {number}"), from_user_id=id_of(one), to_user_id=id_of(other),
            status=status, message=message, created_at=at(number),
        )  # fmt: skip
    outcome = await bring("xfchat")
    found = await here.fetch("SELECT user_id, contact_user_id FROM contacts WHERE state = 'friend' AND knows_email")
    assert {tuple(row) for row in found} == {
        (id_of(one), id_of(other)) for one, other in [("ann", "ben"), ("ben", "ann"), ("ann", "cleo"), ("cleo", "ann")]
    }
    rows = await here.fetch("SELECT id, status, responded_at, length(message) AS length FROM friend_requests")
    assert {(row["id"], row["status"], row["responded_at"], row["length"]) for row in rows} == {
        (id_of("request 0"), "accepted", at(0), 12),
        (id_of("request 1"), "accepted", at(1), None),
        (id_of("request 2"), "pending", None, 500),
        (id_of("request 5"), "rejected", at(5), None),
        (id_of("request 6"), "rejected", at(6), None),
    }
    assert outcome.results["friend_requests"].left == 4
    assert outcome.results["contacts"].left == 2
    told = await here.fetch(
        "SELECT topic_id, type FROM changes WHERE key = $1", f"friend_requests/{id_of('request 2')}"
    )
    assert {tuple(row) for row in told} == {(id_of(name), "FRIEND_REQUEST_CREATE") for name in ("dan", "eve")}
    await positions_are_whole(here)
