-- What was done in the plant, and what was last seen on its buses: the latest of each source.

CREATE TABLE act (
  source TEXT    NOT NULL,
  kind   INTEGER NOT NULL,
  key    TEXT    NOT NULL,
  time   INTEGER NOT NULL,
  body   TEXT    NOT NULL,
  PRIMARY KEY (source, kind, key)
) WITHOUT ROWID;
CREATE INDEX act_time ON act (source, kind, time);
CREATE INDEX act_age ON act (time);
