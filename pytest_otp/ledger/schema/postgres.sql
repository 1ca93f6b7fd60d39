-- As schema/sqlite.sql: the same tables and columns, so that one set of statements serves both.
-- Money is an exact decimal in a TEXT column; moments are seconds since the epoch. Budgets are
-- locked in the order of their keys: COLLATE "C" is the order that the kit sorts by as well.

CREATE TABLE owner (
    id     TEXT PRIMARY KEY,
    run    TEXT NOT NULL,
    worker TEXT NOT NULL,
    live   INTEGER NOT NULL
);

CREATE TABLE lease (
    lease_id       TEXT COLLATE "C" PRIMARY KEY,  -- the idempotency key too
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
    balance_at     DOUBLE PRECISION NOT NULL,
    activation_id  TEXT,
    number         TEXT,
    expires_at     DOUBLE PRECISION,
    due_at         DOUBLE PRECISION,
    code_after_s   DOUBLE PRECISION,
    awaited_s      DOUBLE PRECISION,  -- from the start of the wait to its message
    late           INTEGER NOT NULL DEFAULT 0,  -- messages found when the test was done
    created_at     DOUBLE PRECISION NOT NULL,
    changed_at     DOUBLE PRECISION NOT NULL
);

CREATE INDEX lease_run ON lease (run);

-- What is open is found at once, whatever the length of the history.
CREATE INDEX lease_open ON lease (owner)
    WHERE state IN ('intended', 'unknown', 'held', 'received', 'owed');

-- When messages arrive, by which polls are planned.
CREATE INDEX lease_arrival ON lease (provider, service, country, created_at)
    WHERE awaited_s IS NOT NULL;

-- The polls of one account take turns; each row says when the next one is free.
CREATE TABLE turn (
    account TEXT COLLATE "C" PRIMARY KEY,
    next_at DOUBLE PRECISION NOT NULL
);

-- Who waits at an account: a wait that nobody ended lapses by itself.
CREATE TABLE waiting (
    lease_id TEXT COLLATE "C" PRIMARY KEY,
    account  TEXT NOT NULL,
    until    DOUBLE PRECISION NOT NULL
);

CREATE INDEX waiting_account ON waiting (account);

CREATE TABLE event (
    seq      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lease_id TEXT COLLATE "C" NOT NULL REFERENCES lease (lease_id),
    name     TEXT NOT NULL,
    at       DOUBLE PRECISION NOT NULL,
    body     TEXT NOT NULL            -- JSON
);

CREATE INDEX event_lease ON event (lease_id, seq);

-- Sums are kept, not computed, so that a claim costs the same after a year.
CREATE TABLE budget (
    key      TEXT COLLATE "C" PRIMARY KEY,
    name     TEXT NOT NULL,
    currency TEXT NOT NULL,
    most     TEXT NOT NULL,           -- the limit at the last claim
    reserved TEXT NOT NULL,
    spent    TEXT NOT NULL
);

CREATE TABLE claim (
    lease_id TEXT COLLATE "C" NOT NULL REFERENCES lease (lease_id),
    budget   TEXT COLLATE "C" NOT NULL REFERENCES budget (key),
    amount   TEXT NOT NULL,
    PRIMARY KEY (lease_id, budget)
);

-- Last: where this table is, all the others are.
CREATE TABLE ledger (version INTEGER NOT NULL);
