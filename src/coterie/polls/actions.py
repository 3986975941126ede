"""Create polls, vote, retract and close: all through the gate of messages, like anything else in a channel."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from msgspec.structs import replace

from coterie import errors
from coterie.errors import CoterieError
from coterie.identifiers import new_id
from coterie.messages import actions as gate
from coterie.messages import poll_operations, polls
from coterie.messages.actions import Messages
from coterie.messages.author import UserAuthor
from coterie.messages.changing.request import ChangeRequest
from coterie.messages.models import Message, MessageCreation, Poll, PollOption
from coterie.messages.operations import Operation
from coterie.messages.parts import with_parts
from coterie.messages.sending import drafts
from coterie.messages.sending.attempt import Sending
from coterie.naming import BREAKS, visible
from coterie.polls import access, queries
from coterie.polls.errors import POLL_ANONYMOUS
from coterie.polls.models import DAYS, OPTION_BYTES, QUESTION_BYTES, PollCreation, PollVote, Voter, VoterPage


async def create(messages: Messages, channel_id: UUID, author_id: UUID, creation: PollCreation) -> Message:
    """Put a poll at the end of a channel, or of a thread; returns when it is durable."""
    asked = _poll(creation)
    said = MessageCreation(_text(asked), nonce=creation.nonce)
    draft = drafts.created(channel_id, author_id, said, creation.thread_id).draft
    draft = replace(draft, type="poll", poll=replace(asked, id=draft.id))
    message = await gate.create(messages, Sending(draft))
    return message if message.poll is not None else await _repeated(messages, message, asked)


async def read(messages: Messages, poll_id: UUID, user_id: UUID) -> Poll:
    """A poll with its results so far."""
    return await access.visible(messages, poll_id, user_id)


async def vote(messages: Messages, poll_id: UUID, user_id: UUID, choice: PollVote) -> Poll:
    """Replace the user's choice; the same again changes nothing."""
    if (chosen := choice.chosen) is None:
        await access.visible(messages, poll_id, user_id)
        raise _invalid("option_id", "Give either option_id or option_ids.")
    return await _change(messages, poll_id, user_id, poll_operations.vote(chosen))


async def retract(messages: Messages, poll_id: UUID, user_id: UUID) -> Poll:
    """Take the user's votes back, if there are any."""
    return await _change(messages, poll_id, user_id, poll_operations.retract())


async def close(messages: Messages, poll_id: UUID, user_id: UUID) -> Poll:
    """End a poll now, unless it has ended."""
    return await _change(messages, poll_id, user_id, poll_operations.close())


async def voters(messages: Messages, poll_id: UUID, user_id: UUID, page: VoterPage) -> list[Voter]:
    """A page of the users who voted for an option of a poll that is not anonymous."""
    poll = await access.visible(messages, poll_id, user_id)
    ids = [option.id for option in poll.options]
    if page.option_id not in ids:
        raise CoterieError(errors.NOT_FOUND)
    if poll.is_anonymous:
        raise CoterieError(POLL_ANONYMOUS)
    number = ids.index(page.option_id) + 1
    return await queries.voters(messages.database, poll_id, number, page.after, page.limit)


async def _change(messages: Messages, poll_id: UUID, user_id: UUID, operation: Operation) -> Poll:
    await gate.change(messages, ChangeRequest(poll_id, UserAuthor(user_id), operation, counted="ballot"))
    found = await polls.read(messages.database, [poll_id], user_id)
    if poll_id not in found:
        raise CoterieError(errors.NOT_FOUND)  # deleted since
    return found[poll_id]


async def _repeated(messages: Messages, message: Message, asked: Poll) -> Message:
    """The message that an earlier try made, or the same nonce first, if that asked the same."""
    [complete] = await with_parts(messages.database, [message], message.author_id)
    if not message.deleted and (complete.poll is None or _kind(complete.poll) != _kind(asked)):
        raise CoterieError(errors.NONCE_REUSED)
    return complete


def _kind(poll: Poll) -> tuple[str, list[str], bool, bool]:
    return poll.question, [option.text for option in poll.options], poll.is_multiple, poll.is_anonymous


def _poll(creation: PollCreation) -> Poll:
    question = _cleaned("question", creation.question, QUESTION_BYTES)
    options = [PollOption(new_id(), _cleaned("options", text, OPTION_BYTES)) for text in creation.options]
    return Poll(
        new_id(),
        question,
        options,
        is_multiple=creation.is_multiple,
        is_anonymous=creation.is_anonymous,
        ends_at=_end(creation.ends_at),
    )


def _text(poll: Poll) -> str:
    """What clients show that know no polls, and what the search finds."""
    return "\n".join((f"\N{BAR CHART} **Poll** {poll.question}", *(f"- {option.text}" for option in poll.options)))


def _cleaned(field: str, given: str, limit: int) -> str:
    """The text in one line, without characters that nobody sees."""
    text = visible(BREAKS.sub(" ", given))
    if not text:
        raise _invalid(field, "Something that people can see is needed.")
    if len(text.encode()) > limit:
        raise _invalid(field, f"At most {limit} bytes.")
    return text


def _end(ends_at: datetime | None) -> datetime | None:
    if ends_at is None:
        return None
    now = datetime.now(UTC)
    if ends_at.tzinfo is None or not now < ends_at <= now + timedelta(days=DAYS):
        raise _invalid("ends_at", f"A time in the next {DAYS} days, with its time zone.")
    return ends_at.astimezone(UTC)


def _invalid(field: str, sentence: str) -> CoterieError:
    return CoterieError(errors.INVALID, f"{field}: {sentence}", fields={field: sentence})
