-- Policy before it is signed. Nothing here is ever overwritten but what says who does something now (`claimed`) and how it ended.
CREATE TABLE drafts (
    id      bytea PRIMARY KEY,
    name    text NOT NULL,
    author  text NOT NULL,
    created bigint NOT NULL,
    closed  bigint
);

CREATE TABLE revisions (
    draft     bytea NOT NULL REFERENCES drafts (id),
    number    bigint NOT NULL,          -- from 1, without a gap
    author    text NOT NULL,
    saved     bigint NOT NULL,
    note      text NOT NULL,
    base      bigint NOT NULL,          -- the bundle it is compared with; 0: the pack that is built in
    catalogue bigint NOT NULL,          -- the bundle whose catalogue and files it takes; 0: the server's own
    texts     bytea NOT NULL,             -- JSON: the packs, byte for byte
    digest    text NOT NULL,             -- SHA-256 over them, hex
    PRIMARY KEY (draft, number)
);

-- What is asked of a revision: its checks, or what it would have decided about stored records.
CREATE TABLE trials (
    id       bytea PRIMARY KEY,
    draft    bytea NOT NULL,
    revision bigint NOT NULL,
    kind     text NOT NULL,
    asker    text NOT NULL,
    asked    bigint NOT NULL,
    since    bigint,
    claimed  bigint NOT NULL DEFAULT 0,
    attempts bigint NOT NULL DEFAULT 0,
    done     bigint,
    result   text,
    FOREIGN KEY (draft, revision) REFERENCES revisions (draft, number)
);
CREATE INDEX trials_of_revision ON trials (draft, revision, kind);
CREATE INDEX trials_waiting ON trials (asked) WHERE done IS NULL;

CREATE TABLE proposals (
    id       bytea PRIMARY KEY,
    draft    bytea NOT NULL,
    revision bigint NOT NULL,
    proposer text NOT NULL,
    proposed bigint NOT NULL,
    why      text NOT NULL,
    class    text NOT NULL,
    needed   bigint NOT NULL,           -- how many must approve
    audience text NOT NULL,              -- JSON
    days     bigint NOT NULL,           -- that the bundle is valid for
    stages   text NOT NULL,              -- JSON: how it is rolled out
    state    text NOT NULL,
    number   bigint,                    -- of the payload that was made last
    digest   text,
    payload  bytea,
    FOREIGN KEY (draft, revision) REFERENCES revisions (draft, number)
);
CREATE INDEX proposals_by_time ON proposals (proposed);

CREATE TABLE verdicts (
    proposal bytea NOT NULL REFERENCES proposals (id),
    person   text NOT NULL,
    given    bigint NOT NULL,
    approves bigint NOT NULL,
    why      text NOT NULL,
    PRIMARY KEY (proposal, person)
);

-- Bundles that not every device of their audience gets at once.
CREATE TABLE rollouts (
    bundle  bigint PRIMARY KEY REFERENCES bundles (number),
    stages  text NOT NULL,               -- JSON
    stage   bigint NOT NULL,            -- from 0
    entered bigint NOT NULL,
    state   text NOT NULL,
    steps   bigint NOT NULL             -- rows of its history: who goes on says from where
);

CREATE TABLE rollout_steps (
    bundle   bigint NOT NULL REFERENCES rollouts (bundle),
    number   bigint NOT NULL,
    time     bigint NOT NULL,
    actor    text NOT NULL,
    what     text NOT NULL,
    stage    bigint NOT NULL,
    why      text NOT NULL,
    evidence text,                       -- JSON
    PRIMARY KEY (bundle, number)
);

-- Messages since the stage began, of devices that run the bundle (arm 1) and of those that are not to have it yet (arm 0).
CREATE TABLE rollout_tallies (
    bundle    bigint NOT NULL,
    stage     bigint NOT NULL,
    arm       bigint NOT NULL,
    messages  bigint NOT NULL,
    blocked   bigint NOT NULL,
    overruled bigint NOT NULL,
    failed    bigint NOT NULL,
    PRIMARY KEY (bundle, stage, arm)
);

-- The bundle that a device says it refused.
ALTER TABLE devices ADD COLUMN refused_bundle bigint;
