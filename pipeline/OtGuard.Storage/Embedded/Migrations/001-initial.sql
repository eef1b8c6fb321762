-- Times: *_time is capture time in nanoseconds since 1970; *_at is the machine's clock in ticks of 100 ns since year 1, UTC.
-- "body" is the record as JSON; columns beside it are what is searched by.

CREATE TABLE deviation (
  sequence    INTEGER PRIMARY KEY AUTOINCREMENT,
  id          TEXT    NOT NULL UNIQUE,
  kind        TEXT    NOT NULL,
  actor       TEXT,
  severity    INTEGER NOT NULL,
  first_time  INTEGER NOT NULL,
  last_time   INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  revision    INTEGER NOT NULL,
  alert       TEXT,
  trail       TEXT    NOT NULL,
  series      TEXT    NOT NULL,
  point_time  INTEGER NOT NULL,
  asset_tag   TEXT,
  body        TEXT    NOT NULL
);
CREATE INDEX deviation_alert ON deviation (alert, sequence);
CREATE INDEX deviation_kind ON deviation (kind);
CREATE INDEX deviation_actor ON deviation (actor);
CREATE INDEX deviation_received ON deviation (received_at);
CREATE UNIQUE INDEX deviation_point ON deviation (series, point_time);

CREATE TABLE alert (
  number           INTEGER PRIMARY KEY AUTOINCREMENT,
  id               TEXT    NOT NULL UNIQUE,
  fingerprint      TEXT    NOT NULL,
  kind             TEXT    NOT NULL,
  actor            TEXT,
  asset            TEXT,
  state            INTEGER NOT NULL,
  severity         INTEGER NOT NULL,
  first_time       INTEGER NOT NULL,
  last_time        INTEGER NOT NULL,
  last_received_at INTEGER NOT NULL,
  muted_until_at   INTEGER,
  incident         TEXT,
  series           TEXT    NOT NULL,
  point_time       INTEGER NOT NULL,
  body             TEXT    NOT NULL
);
CREATE INDEX alert_fingerprint ON alert (fingerprint, number);
CREATE INDEX alert_kind ON alert (kind, last_time);
CREATE INDEX alert_actor ON alert (actor, last_time);
CREATE INDEX alert_asset ON alert (asset, last_time);
CREATE INDEX alert_open ON alert (last_received_at) WHERE state <> 2;
CREATE INDEX alert_muted ON alert (muted_until_at) WHERE state = 3;
CREATE INDEX alert_incident ON alert (incident) WHERE incident IS NOT NULL;
CREATE UNIQUE INDEX alert_point ON alert (series, point_time);

CREATE TABLE incident (
  number    INTEGER PRIMARY KEY AUTOINCREMENT,
  id        TEXT    NOT NULL UNIQUE,
  state     INTEGER NOT NULL,
  last_time INTEGER NOT NULL,
  body      TEXT    NOT NULL
);

CREATE TABLE proposal (
  number      INTEGER PRIMARY KEY AUTOINCREMENT,
  id          TEXT    NOT NULL UNIQUE,
  fingerprint TEXT    NOT NULL,
  baseline    TEXT,
  state       INTEGER NOT NULL,
  body        TEXT    NOT NULL
);
CREATE INDEX proposal_fingerprint ON proposal (fingerprint, state);

CREATE TABLE maintenance_window (
  id         TEXT    PRIMARY KEY,
  from_time  INTEGER NOT NULL,
  until_time INTEGER NOT NULL,
  held       INTEGER NOT NULL,
  body       TEXT    NOT NULL
) WITHOUT ROWID;
CREATE INDEX maintenance_window_time ON maintenance_window (until_time);

CREATE TABLE annunciation (
  console TEXT    NOT NULL,
  time    INTEGER NOT NULL,
  exempt  INTEGER NOT NULL
);
CREATE INDEX annunciation_time ON annunciation (console, time);

-- Append-only: the triggers refuse what the hashes would show.
CREATE TABLE journal (
  chain    TEXT    NOT NULL,
  sequence INTEGER NOT NULL,
  at       INTEGER NOT NULL,
  who      TEXT    NOT NULL,
  why      TEXT    NOT NULL,
  verb     TEXT    NOT NULL,
  subject  TEXT    NOT NULL,
  detail   TEXT    NOT NULL,
  previous TEXT    NOT NULL,
  hash     TEXT    NOT NULL,
  PRIMARY KEY (chain, sequence)
);
CREATE INDEX journal_subject ON journal (subject);
CREATE TRIGGER journal_is_not_changed BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_is_not_deleted BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TABLE message (
  sequence   INTEGER PRIMARY KEY AUTOINCREMENT,
  id         TEXT    NOT NULL,
  content    INTEGER NOT NULL,
  reason     TEXT    NOT NULL,
  queued_at  INTEGER NOT NULL,
  point_time INTEGER,
  asset_tag  TEXT,
  body       TEXT    NOT NULL
);

CREATE TABLE delivery (
  destination TEXT    NOT NULL,
  sequence    INTEGER NOT NULL REFERENCES message (sequence),
  PRIMARY KEY (destination, sequence)
) WITHOUT ROWID;
CREATE INDEX delivery_message ON delivery (sequence);

CREATE TABLE destination (
  name            TEXT    PRIMARY KEY,
  delivered       INTEGER NOT NULL DEFAULT 0,
  dead            INTEGER NOT NULL DEFAULT 0,
  dropped         INTEGER NOT NULL DEFAULT 0,
  attempts        INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER,
  last_fault      TEXT
) WITHOUT ROWID;

CREATE TABLE dead_letter (
  number      INTEGER PRIMARY KEY AUTOINCREMENT,
  destination TEXT    NOT NULL,
  sequence    INTEGER NOT NULL,
  id          TEXT    NOT NULL,
  content     INTEGER NOT NULL,
  message_reason TEXT NOT NULL,
  queued_at   INTEGER NOT NULL,
  point_time  INTEGER,
  asset_tag   TEXT,
  body        TEXT    NOT NULL,
  reason      TEXT    NOT NULL,
  at          INTEGER NOT NULL
);

CREATE TABLE series (
  number      INTEGER PRIMARY KEY AUTOINCREMENT,
  measurement TEXT    NOT NULL,
  field       TEXT    NOT NULL,
  tags        TEXT    NOT NULL,
  UNIQUE (measurement, field, tags)
);

CREATE TABLE point (
  series INTEGER NOT NULL,
  time   INTEGER NOT NULL,
  value  NOT NULL,
  PRIMARY KEY (series, time)
) WITHOUT ROWID;
CREATE INDEX point_time ON point (time);

CREATE TABLE asset_tag (
  asset TEXT PRIMARY KEY
) WITHOUT ROWID;

CREATE TABLE counter (
  name  TEXT    PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;
