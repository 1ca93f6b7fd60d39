CREATE TABLE lease (
    lease_id        TEXT PRIMARY KEY,
    state           TEXT NOT NULL,
    run             TEXT NOT NULL,
    worker          TEXT NOT NULL,
    test            TEXT NOT NULL,
    provider        TEXT NOT NULL,
    service         TEXT NOT NULL,
    country         TEXT NOT NULL,
    tags            TEXT NOT NULL,  -- JSON array
    idempotency_key TEXT NOT NULL,
    asked           TEXT,           -- exact decimal, in asked_currency
    asked_currency  TEXT,
    price           TEXT,           -- exact decimal, in price_currency
    price_currency  TEXT,
    activation_id   TEXT,
    number          TEXT,
    expires_at      TEXT,           -- ISO 8601
    created_at      REAL NOT NULL,  -- seconds since the epoch
    changed_at      REAL NOT NULL
) STRICT;

CREATE INDEX lease_run ON lease (run);

-- What is still open, whatever the length of the history.
CREATE INDEX lease_open ON lease (state)
    WHERE state IN ('intended', 'unknown', 'held', 'received', 'owed');

CREATE TABLE event (
    seq      INTEGER PRIMARY KEY,
    lease_id TEXT NOT NULL REFERENCES lease (lease_id),
    name     TEXT NOT NULL,
    at       REAL NOT NULL,
    body     TEXT NOT NULL          -- JSON
) STRICT;

CREATE INDEX event_lease ON event (lease_id, seq);
