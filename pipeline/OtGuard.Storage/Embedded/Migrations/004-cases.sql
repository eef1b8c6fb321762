-- Cases on their way to partners. Append-only: corrections follow, nothing is rewritten.

CREATE TABLE case_file (
  number   INTEGER PRIMARY KEY AUTOINCREMENT,
  id       TEXT    NOT NULL UNIQUE,
  incident TEXT    NOT NULL UNIQUE
);

CREATE TABLE case_record (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  case_id  TEXT    NOT NULL REFERENCES case_file (id),
  id       TEXT    NOT NULL UNIQUE,
  kind     INTEGER NOT NULL,
  at       INTEGER NOT NULL,
  body     TEXT    NOT NULL
);
CREATE INDEX case_record_case ON case_record (case_id, sequence);
CREATE TRIGGER case_record_is_not_changed BEFORE UPDATE ON case_record BEGIN SELECT RAISE(ABORT, 'cases are append-only'); END;
CREATE TRIGGER case_record_is_not_deleted BEFORE DELETE ON case_record BEGIN SELECT RAISE(ABORT, 'cases are append-only'); END;
