-- Policy before it is signed. Nothing here is ever overwritten but what says who does something now (`claimed`) and how it ended.
CREATE TABLE drafts (
    id      BLOB PRIMARY KEY,
    name    TEXT NOT NULL,
    author  TEXT NOT NULL,
    created INTEGER NOT NULL,
    closed  INTEGER
) STRICT;

CREATE TABLE revisions (
    draft     BLOB NOT NULL REFERENCES drafts (id),
    number    INTEGER NOT NULL,          -- from 1, without a gap
    author    TEXT NOT NULL,
    saved     INTEGER NOT NULL,
    note      TEXT NOT NULL,
    base      INTEGER NOT NULL,          -- the bundle it is compared with; 0: the pack that is built in
    catalogue INTEGER NOT NULL,          -- the bundle whose catalogue and files it takes; 0: the server's own
    texts     BLOB NOT NULL,             -- JSON: the packs, byte for byte
    digest    TEXT NOT NULL,             -- SHA-256 over them, hex
    PRIMARY KEY (draft, number)
) STRICT, WITHOUT ROWID;

-- What is asked of a revision: its checks, or what it would have decided about stored records.
CREATE TABLE trials (
    id       BLOB PRIMARY KEY,
    draft    BLOB NOT NULL,
    revision INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    asker    TEXT NOT NULL,
    asked    INTEGER NOT NULL,
    since    INTEGER,
    claimed  INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    done     INTEGER,
    result   TEXT,
    FOREIGN KEY (draft, revision) REFERENCES revisions (draft, number)
) STRICT;
CREATE INDEX trials_of_revision ON trials (draft, revision, kind);
CREATE INDEX trials_waiting ON trials (asked) WHERE done IS NULL;

CREATE TABLE proposals (
    id       BLOB PRIMARY KEY,
    draft    BLOB NOT NULL,
    revision INTEGER NOT NULL,
    proposer TEXT NOT NULL,
    proposed INTEGER NOT NULL,
    why      TEXT NOT NULL,
    class    TEXT NOT NULL,
    needed   INTEGER NOT NULL,           -- how many must approve
    audience TEXT NOT NULL,              -- JSON
    days     INTEGER NOT NULL,           -- that the bundle is valid for
    stages   TEXT NOT NULL,              -- JSON: how it is rolled out
    state    TEXT NOT NULL,
    number   INTEGER,                    -- of the payload that was made last
    digest   TEXT,
    payload  BLOB,
    FOREIGN KEY (draft, revision) REFERENCES revisions (draft, number)
) STRICT;
CREATE INDEX proposals_by_time ON proposals (proposed);

CREATE TABLE verdicts (
    proposal BLOB NOT NULL REFERENCES proposals (id),
    person   TEXT NOT NULL,
    given    INTEGER NOT NULL,
    approves INTEGER NOT NULL,
    why      TEXT NOT NULL,
    PRIMARY KEY (proposal, person)
) STRICT, WITHOUT ROWID;

-- Bundles that not every device of their audience gets at once.
CREATE TABLE rollouts (
    bundle  INTEGER PRIMARY KEY REFERENCES bundles (number),
    stages  TEXT NOT NULL,               -- JSON
    stage   INTEGER NOT NULL,            -- from 0
    entered INTEGER NOT NULL,
    state   TEXT NOT NULL,
    steps   INTEGER NOT NULL             -- rows of its history: who goes on says from where
) STRICT;

CREATE TABLE rollout_steps (
    bundle   INTEGER NOT NULL REFERENCES rollouts (bundle),
    number   INTEGER NOT NULL,
    time     INTEGER NOT NULL,
    actor    TEXT NOT NULL,
    what     TEXT NOT NULL,
    stage    INTEGER NOT NULL,
    why      TEXT NOT NULL,
    evidence TEXT,                       -- JSON
    PRIMARY KEY (bundle, number)
) STRICT, WITHOUT ROWID;

-- Messages since the stage began, of devices that run the bundle (arm 1) and of those that are not to have it yet (arm 0).
CREATE TABLE rollout_tallies (
    bundle    INTEGER NOT NULL,
    stage     INTEGER NOT NULL,
    arm       INTEGER NOT NULL,
    messages  INTEGER NOT NULL,
    blocked   INTEGER NOT NULL,
    overruled INTEGER NOT NULL,
    failed    INTEGER NOT NULL,
    PRIMARY KEY (bundle, stage, arm)
) STRICT, WITHOUT ROWID;

-- The bundle that a device says it refused.
ALTER TABLE devices ADD COLUMN refused_bundle INTEGER;
