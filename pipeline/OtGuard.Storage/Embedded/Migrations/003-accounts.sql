-- Accounts and tokens of the dashboard, and a running number of every change of an alert.

CREATE TABLE account (
  name TEXT PRIMARY KEY COLLATE NOCASE,
  body TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE api_token (
  id         TEXT    PRIMARY KEY,
  owner      TEXT    NOT NULL COLLATE NOCASE,
  created_at INTEGER NOT NULL,
  body       TEXT    NOT NULL
) WITHOUT ROWID;
CREATE INDEX api_token_owner ON api_token (owner, created_at);

ALTER TABLE alert ADD COLUMN change INTEGER NOT NULL DEFAULT 0;
UPDATE alert SET change = number;
CREATE INDEX alert_change ON alert (change);
-- The number of the latest change is kept by itself: an alert that was removed must not give its number to another.
INSERT INTO counter (name, value) SELECT 'alert-changes', coalesce(max(number), 0) FROM alert;
CREATE TRIGGER alert_body_is_changed AFTER UPDATE OF body ON alert BEGIN
  UPDATE counter SET value = value + 1 WHERE name = 'alert-changes';
  UPDATE alert SET change = (SELECT value FROM counter WHERE name = 'alert-changes') WHERE number = new.number;
END;
