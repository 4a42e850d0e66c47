-- The bundle that overtook a roll-out.
ALTER TABLE rollouts ADD COLUMN overtaken_by INTEGER;

-- Those that were overtaken before anybody said so: each group of their audience has a newer bundle that was not rolled back.
UPDATE rollouts SET state = 'overtaken', steps = steps + 1, overtaken_by = (
    SELECT max(newer.number) FROM (
        SELECT min(n.number) AS number FROM audiences a
        JOIN audiences n ON n.device_group = a.device_group AND n.number > a.number
        LEFT JOIN rollouts t ON t.bundle = n.number
        WHERE a.number = rollouts.bundle AND coalesce(t.state, '') <> 'rolled-back' GROUP BY a.device_group
    ) AS newer
) WHERE state IN ('running', 'paused') AND NOT EXISTS (
    SELECT 1 FROM audiences a WHERE a.number = rollouts.bundle AND NOT EXISTS (
        SELECT 1 FROM audiences n LEFT JOIN rollouts t ON t.bundle = n.number
        WHERE n.device_group = a.device_group AND n.number > a.number AND coalesce(t.state, '') <> 'rolled-back'
    )
);
INSERT INTO rollout_steps (bundle, number, time, actor, what, stage, why)
SELECT r.bundle, r.steps, b.published, 'server', 'overtake', r.stage, 'bundle ' || r.overtaken_by || ' took its place'
FROM rollouts r JOIN bundles b ON b.number = r.overtaken_by WHERE r.state = 'overtaken';

-- Reports of weeks that go by mail, once to each receiver. Sent when `sent` is set, given up when `dead` is.
CREATE TABLE week_mails (
    week     INTEGER NOT NULL,           -- its Monday
    receiver TEXT NOT NULL,
    due      INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    sent     INTEGER,
    dead     INTEGER,
    error    TEXT,
    PRIMARY KEY (week, receiver)
) STRICT, WITHOUT ROWID;
