"""A PostgreSQL server for tests: the one that $TEST_POSTGRES_URL names, or one of our own.

Our own is made from scratch in a temporary folder and listens on the loopback only. It trusts
nobody, so that a wrong password is refused as it is elsewhere; it sorts text as people do ("a"
before "B"), which is not how Python sorts; and it writes nothing through to the disk, for no power
cut is tested here.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

VARIABLE: Final = "TEST_POSTGRES_URL"
NEEDED: Final = (
    "these tests need a PostgreSQL: install the package postgresql, or name a server of yours "
    f"in {VARIABLE}, as in postgresql://user:password@127.0.0.1/postgres"
)
PASSWORD: Final = "s3cret of the loopback"
_SETTINGS: Final = ("listen_addresses=127.0.0.1", "fsync=off", "max_connections=200")
# Its input ends when we close it or die.
_KEEPER: Final = """
    programs=$1 home=$2
    shift 2
    "$programs/initdb" -D "$home/data" --username=otp --pwfile="$home/password" \\
        --auth=scram-sha-256 --encoding=UTF8 --locale=C --locale-provider=icu --icu-locale=en-US \\
        --no-sync >"$home/log" 2>&1 &&
        "$programs/pg_ctl" -D "$home/data" start -w -l "$home/log" -o "$*" >/dev/null &&
        echo ready || cat "$home/log" >&2
    read -r _
    "$programs/pg_ctl" -D "$home/data" stop -m immediate >/dev/null
    rm -rf "$home"
"""


class Postgres:
    """A server in which each test gets a database of its own.

    Attributes:
        url: of a database whose user may make others.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._names = (f"otp_test_{os.getpid()}_{n}" for n in count())

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of an empty database, which is gone afterwards."""
        name = next(self._names)
        self.run(f"CREATE DATABASE {name}")
        try:
            yield urlsplit(self.url)._replace(path=f"/{name}").geturl()
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def run(self, statement: str) -> None:
        """Run a statement as the user who may do everything."""
        with psycopg.connect(self.url, autocommit=True) as db:
            db.execute(statement)


def programs() -> Path | None:
    """The folder of the newest PostgreSQL's programs; None where none is installed."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    # Debian keeps them off the PATH, a folder a version.
    debian = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(debian, key=lambda path: float(path.parts[-3]), default=None)
    return newest.parent if newest else None


def _runuser() -> str:
    # `su` leaves the system's folders off the PATH of root.
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    return shutil.which("runuser", path=path) or "runuser"


@contextmanager
def started(folder_of_programs: Path) -> Iterator[Postgres]:
    """A server of our own, stopped and deleted afterwards, also when this process is killed."""
    # Not below pytest's own folder, which no other user may enter.
    home = Path(tempfile.mkdtemp(prefix="otp-postgres-"))
    # As root, PostgreSQL refuses to run.
    user = [_runuser(), "-u", "postgres", "--"] if os.geteuid() == 0 else []
    password = home / "password"
    password.write_text(PASSWORD)
    if user:
        shutil.chown(home, "postgres")
        shutil.chown(password, "postgres")
    port = _free_port()
    settings = (*_SETTINGS, f"port={port}", f"unix_socket_directories={home}")
    options = [f"-c {setting}" for setting in settings]
    keeper = subprocess.Popen(
        [*user, "sh", "-c", _KEEPER, "sh", str(folder_of_programs), str(home), *options],
        cwd="/",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # Ctrl-C is for the tests, which stop the server when they are done with it.
        start_new_session=True,
    )
    try:
        assert keeper.stdout
        assert keeper.stdout.readline() == "ready\n", "the server did not start; see above"
        yield Postgres(f"postgresql://otp:{quote(PASSWORD)}@127.0.0.1:{port}/postgres")
    finally:
        keeper.communicate()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
