"""The two stores have the same tables, so that one set of statements serves both."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg

from pytest_otp import ledger as stores
from pytest_otp.core.rows import Owner

IN_SQLITE = """
    SELECT tables.name, columns.name
    FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns
    WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%'
"""
IN_POSTGRES = """
    SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = 'pytest_otp' AND table_name <> 'ledger'
"""
INDEXES_IN_SQLITE = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
INDEXES_IN_POSTGRES = """
    SELECT indexname FROM pg_indexes
    WHERE schemaname = 'pytest_otp' AND indexname NOT LIKE '%_pkey'
"""
UNORDERED_TEXT = """
    SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = 'pytest_otp' AND table_name IN ('budget', 'claim')
    AND column_name IN ('key', 'budget') AND collation_name IS DISTINCT FROM 'C'
"""


def test_both_stores_have_the_same_columns_and_indexes(tmp_path: Path, database: str) -> None:
    """What one of them lacks, the shared statements could not use."""
    path = tmp_path / "ledger.sqlite3"
    for where in (path, database):
        stores.open(where, Owner("owner-1")).close()
    with closing(sqlite3.connect(path)) as file, psycopg.connect(database) as server:
        assert set(file.execute(IN_SQLITE)) == set(server.execute(IN_POSTGRES))
        assert set(file.execute(INDEXES_IN_SQLITE)) == set(server.execute(INDEXES_IN_POSTGRES))


def test_budgets_are_sorted_as_the_kit_sorts_them(database: str) -> None:
    """Rows that are locked in two orders would wait for each other."""
    stores.open(database, Owner("owner-1")).close()
    with psycopg.connect(database) as server:
        assert server.execute(UNORDERED_TEXT).fetchall() == []


def test_docs_name_every_table(tmp_path: Path) -> None:
    """``docs/ledger.md`` tells what is stored."""
    path = tmp_path / "ledger.sqlite3"
    stores.open(path, Owner("owner-1")).close()
    with closing(sqlite3.connect(path)) as file:
        tables = {name for name, _ in file.execute(IN_SQLITE)}
    told = (Path(__file__).parents[2] / "docs" / "ledger.md").read_text("utf-8")
    rows = [line.split("|")[1] for line in told.splitlines() if line.startswith("| `")]
    assert {name.strip(" `") for row in rows for name in row.split(",")} == tables
