"""`python -m signup_app --port 0` serves the site on 127.0.0.1 and prints its URL."""

import argparse
import socket

import uvicorn

from .app import create_app


def main() -> None:
    """Serve until a signal says stop."""
    parser = argparse.ArgumentParser(prog="signup_app")
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one")
    port = parser.parse_args().port
    server = uvicorn.Server(uvicorn.Config(create_app(), log_level="warning"))
    with socket.create_server(("127.0.0.1", port)) as listener:
        # Connections queue from here on, so whoever reads the URL may use it at once.
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)  # noqa: T201 - that is its interface
        server.run(sockets=[listener])


if __name__ == "__main__":
    main()
