-- What devices ask leave for. No content: types, levels, and a digest under a key that never leaves the device.
CREATE TABLE exception_requests (
    id          bytea PRIMARY KEY,
    device      bytea NOT NULL,
    event       bytea NOT NULL,
    username    text NOT NULL,
    destination text NOT NULL,
    tier        text NOT NULL,
    level       text NOT NULL,
    types       text NOT NULL,           -- JSON
    rules       text NOT NULL,           -- JSON
    approvers   bigint NOT NULL,
    most_hours  bigint NOT NULL,
    most_uses   bigint NOT NULL,
    digest      text NOT NULL,
    reason      text NOT NULL,
    asked       bigint NOT NULL,
    expires     bigint NOT NULL,
    state       text NOT NULL,           -- pending, approved, refused, revoked
    votes       bigint NOT NULL,
    decided     bigint,
    decider     text,
    why         text NOT NULL,
    number      bigint NOT NULL,        -- rises with every answer
    signed      bytea,                    -- the exception
    until       bigint,
    UNIQUE (device, event)
);
CREATE INDEX exception_requests_by_time ON exception_requests (asked);
CREATE INDEX exception_requests_by_answer ON exception_requests (decided);

CREATE TABLE exception_votes (
    request  bytea NOT NULL REFERENCES exception_requests (id),
    approver text NOT NULL,
    given    bigint NOT NULL,
    hours    bigint NOT NULL,
    uses     bigint NOT NULL,
    PRIMARY KEY (request, approver)
);
