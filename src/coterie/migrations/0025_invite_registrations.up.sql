-- Who made their account by an invite may come in by the same one: that use was counted already.
CREATE TABLE invite_registrations (
    user_id UUID PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    invite_id UUID NOT NULL REFERENCES server_invites (id) ON DELETE CASCADE
);
CREATE INDEX invite_registrations_invite_id ON invite_registrations (invite_id);
