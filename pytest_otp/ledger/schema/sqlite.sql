-- Money is an exact decimal in a TEXT column; moments are seconds since the epoch.

CREATE TABLE owner (
    id     TEXT PRIMARY KEY,
    run    TEXT NOT NULL,
    worker TEXT NOT NULL,
    live   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE lease (
    lease_id       TEXT PRIMARY KEY,  -- the idempotency key too
    state          TEXT NOT NULL,
    owner          TEXT NOT NULL REFERENCES owner (id),
    run            TEXT NOT NULL,
    test           TEXT NOT NULL,
    provider       TEXT NOT NULL,
    base_url       TEXT NOT NULL,
    service        TEXT NOT NULL,
    country        TEXT NOT NULL,
    tags           TEXT NOT NULL,     -- JSON array
    reuse          INTEGER NOT NULL DEFAULT 0,
    asked          TEXT,
    asked_currency TEXT,
    charged        TEXT,
    refunded       TEXT,
    charged_currency TEXT,            -- of refunded too
    balance        TEXT,              -- before the purchase, where it must decide
    balance_currency TEXT,
    balance_at     REAL NOT NULL,
    activation_id  TEXT,
    number         TEXT,
    expires_at     REAL,
    due_at         REAL,
    code_after_s   REAL,
    awaited_s      REAL,              -- from the start of the wait to its message
    late           INTEGER NOT NULL DEFAULT 0,  -- messages found when the test was done
    created_at     REAL NOT NULL,
    changed_at     REAL NOT NULL
) STRICT;

CREATE INDEX lease_run ON lease (run);

-- What is open is found at once, whatever the length of the history.
CREATE INDEX lease_open ON lease (owner)
    WHERE state IN ('intended', 'unknown', 'held', 'received', 'owed');

-- When messages arrive, by which polls are planned.
CREATE INDEX lease_arrival ON lease (provider, service, country, created_at)
    WHERE awaited_s IS NOT NULL;

-- The polls of one account take turns; each row says when the next one is free.
CREATE TABLE turn (
    account TEXT PRIMARY KEY,
    next_at REAL NOT NULL
) STRICT, WITHOUT ROWID;

-- Who waits at an account: a wait that nobody ended lapses by itself.
CREATE TABLE waiting (
    lease_id TEXT PRIMARY KEY,
    account  TEXT NOT NULL,
    until    REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX waiting_account ON waiting (account);

CREATE TABLE event (
    seq      INTEGER PRIMARY KEY,
    lease_id TEXT NOT NULL REFERENCES lease (lease_id),
    name     TEXT NOT NULL,
    at       REAL NOT NULL,
    body     TEXT NOT NULL            -- JSON
) STRICT;

CREATE INDEX event_lease ON event (lease_id, seq);

-- Sums are kept, not computed, so that a claim costs the same after a year.
CREATE TABLE budget (
    key      TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    currency TEXT NOT NULL,
    most     TEXT NOT NULL,           -- the limit at the last claim
    reserved TEXT NOT NULL,
    spent    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE claim (
    lease_id TEXT NOT NULL REFERENCES lease (lease_id),
    budget   TEXT NOT NULL REFERENCES budget (key),
    amount   TEXT NOT NULL,
    PRIMARY KEY (lease_id, budget)
) STRICT, WITHOUT ROWID;
