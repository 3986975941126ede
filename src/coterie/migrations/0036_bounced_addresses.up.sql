-- Addresses, in small letters, to which mail could not be delivered. Nothing more is sent to them.
CREATE TABLE bounced_addresses (
    address    TEXT PRIMARY KEY CHECK (address = lower(address)),
    reply      TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX bounced_addresses_created_at ON bounced_addresses (created_at);
