"""GET and PATCH /api/users/@me/privacy"""

from typing import Any

import pytest

from tests.serving import Register

PATH = "/api/users/@me/privacy"
DEFAULT = {"friend_requests_from": "everyone", "direct_messages_from": "everyone", "send_read_receipts": True}


async def test_it_works(register: Register) -> None:
    person, other = await register(), await register()
    assert await person.expect(200, "GET", PATH) == DEFAULT
    changed = await person.expect(200, "PATCH", PATH, {"direct_messages_from": "friends"})
    assert changed == {**DEFAULT, "direct_messages_from": "friends"}
    assert await person.expect(200, "PATCH", PATH, {"send_read_receipts": False}) == {
        **changed,
        "send_read_receipts": False,
    }
    assert await other.expect(200, "GET", PATH) == DEFAULT


async def test_your_own_devices_receive_it_and_nobody_else(register: Register) -> None:
    person, other = await register(), await register()
    device, ear = await person.socket(), await other.socket()
    for _ in range(2):  # the second changes nothing
        await person.expect(200, "PATCH", PATH, {"friend_requests_from": "nobody"})
    assert device.ready["privacy"] == DEFAULT
    await device.settle()
    await ear.settle()
    [told] = device.of("PRIVACY_UPDATE")
    assert told["d"] == {**DEFAULT, "friend_requests_from": "nobody"}
    assert ear.of("PRIVACY_UPDATE") == []


@pytest.mark.parametrize(
    "body",
    [
        {"friend_requests_from": "strangers"},
        {"direct_messages_from": None},
        {"send_read_receipts": "yes"},
        {"send_read_receipts": None},
    ],
)
async def test_a_wrong_value_is_named(register: Register, body: dict[str, Any]) -> None:
    person = await register()
    answer = await person.patch(PATH, body)
    assert answer.status in (400, 422)
    assert list(answer.body["fields"]) == list(body)
    assert await person.expect(200, "GET", PATH) == DEFAULT
