-- Scheduled events: messages of a type of their own. `starts_at` and `ends_at` are those of the next date of an event
-- that repeats; `first_local` is the first date as clocks in `time_zone` show it, in ISO form, from which the others are counted.
-- `over_at` is when it leaves the list, `remind_at` when people are told next, `moves_on_at` when the next date begins
-- to count. `version` is the position of its newest change, 0 before.
ALTER TABLE messages DROP CONSTRAINT messages_type_check,
    ADD CONSTRAINT messages_type_check CHECK (type IN ('text', 'image', 'file', 'poll', 'event', 'system')) NOT VALID;

CREATE TABLE scheduled_events (
    message_id       UUID PRIMARY KEY REFERENCES messages ON DELETE CASCADE,
    channel_id       UUID NOT NULL,
    name             TEXT NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 200),
    description      TEXT CHECK (char_length(description) <= 2000),
    place            TEXT CHECK (char_length(place) <= 200),
    voice_channel_id UUID,
    starts_at        TIMESTAMPTZ NOT NULL,
    ends_at          TIMESTAMPTZ CHECK (ends_at > starts_at),
    time_zone        TEXT NOT NULL,
    repeat           TEXT CHECK (repeat IN ('daily', 'weekly', 'biweekly', 'monthly')),
    first_local      TEXT NOT NULL,
    reminder_minutes INTEGER CHECK (reminder_minutes BETWEEN 0 AND 10080),
    is_cancelled     BOOLEAN NOT NULL DEFAULT FALSE,
    over_at          TIMESTAMPTZ NOT NULL,
    remind_at        TIMESTAMPTZ,
    moves_on_at      TIMESTAMPTZ,
    version          BIGINT NOT NULL DEFAULT 0 CHECK (version >= 0)
);
CREATE INDEX scheduled_events_upcoming ON scheduled_events (channel_id, over_at);
CREATE INDEX scheduled_events_due ON scheduled_events (least(remind_at, moves_on_at))
    WHERE least(remind_at, moves_on_at) IS NOT NULL;

-- A user's answer: 1 is interested, 2 is coming, 3 is not coming.
CREATE TABLE event_answers (
    message_id UUID NOT NULL REFERENCES scheduled_events ON DELETE CASCADE,
    user_id    UUID NOT NULL REFERENCES users ON DELETE CASCADE,
    answer     SMALLINT NOT NULL CHECK (answer BETWEEN 1 AND 3),
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (message_id, user_id)
);
CREATE INDEX event_answers_user ON event_answers (user_id);
