"""How large a frame from a client may be, in bytes: never does one vanish without a sign."""

import json
from typing import Any

import pytest

from tests.people import Community, Socket

TOO_LARGE = 1009


async def answered(socket: Socket, nonce: str) -> dict[str, Any]:
    found: dict[str, Any] = await socket.wait_for(
        lambda frame: frame["op"] != "DISPATCH" and (frame.get("d") or {}).get("nonce") == nonce
    )
    return found


def message(channel: str, content: str, nonce: str, *, is_escaped: bool) -> str:
    data = {"channel_id": channel, "content": content, "nonce": nonce}
    return json.dumps({"op": "MESSAGE_SEND", "d": data}, ensure_ascii=is_escaped)


@pytest.mark.parametrize("is_escaped", [True, False])
async def test_the_longest_message_is_taken_however_it_is_written(community: Community, is_escaped: bool) -> None:
    socket = await community.member.socket()
    await socket.socket.send_str(message(community.channel, "😀" * 4000, "n", is_escaped=is_escaped))
    assert (await answered(socket, "n"))["op"] == "MESSAGE_ACK"
    await socket.close()


async def test_a_message_that_is_too_large_is_refused_and_the_socket_stays(community: Community) -> None:
    socket = await community.member.socket()
    await socket.socket.send_str(message(community.channel, "😀" * 17_000, "n", is_escaped=False))
    refusal = await answered(socket, "n")
    assert (refusal["op"], refusal["d"]["code"]) == ("MESSAGE_REFUSED", "too_large")
    await socket.say("HEARTBEAT")
    await socket.wait_for(lambda frame: frame["op"] == "HEARTBEAT_ACK")
    await socket.close()


@pytest.mark.parametrize(
    "frame",
    [
        '{"op":"HEARTBEAT","d":"' + "x" * 16_400 + '"}',
        '{"op":"HEARTBEAT","d":"' + "😀" * 5_000 + '"}',
        '{"op":"UNKNOWN","d":"' + "x" * 16_400 + '"}',
        '{"op":"MESSAGE_SEND","d":{"content":"' + "x" * 70_000 + '"}}',
        "x" * 16_400,
        "x" * 300_000,
    ],
    ids=["letters", "bytes", "unknown", "no nonce", "no JSON", "beyond all"],
)
async def test_other_large_frames_end_the_connection(community: Community, frame: str) -> None:
    socket = await community.member.socket()
    await socket.socket.send_str(frame)
    assert await socket.wait_for_close() == TOO_LARGE


async def test_large_binary_frames_do_too(community: Community) -> None:
    socket = await community.member.socket()
    await socket.socket.send_bytes(b"x" * 16_385)
    assert await socket.wait_for_close() == TOO_LARGE


async def test_what_is_just_small_enough_is_answered(community: Community) -> None:
    socket = await community.member.socket()
    beginning, end = '{"op":"HEARTBEAT","d":"', '"}'
    await socket.socket.send_str(beginning + "x" * (16_384 - len(beginning + end)) + end)
    await socket.wait_for(lambda frame: frame["op"] == "HEARTBEAT_ACK")
    await socket.close()
