"""``python -m integrations.miniflux``: the handler as a small server of its own.

Exit codes: 0 done; 2 wrong usage; 3 the address cannot be listened on, or a setting is missing.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from collections.abc import Sequence
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from detector import DetectorError
from integrations.miniflux.application import create_app

__all__ = ["main"]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Handler(WSGIRequestHandler):
    timeout = 30  # a client that is silent longer is given up

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 its base class names it so
        logging.getLogger("integrations.miniflux").info("%s %s", self.address_string(), format % args)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until a signal ends it; events that were taken down are handled before.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default those of the process.

    Returns
    -------
    int
        The exit code.
    """
    parser = argparse.ArgumentParser(
        prog="python -m integrations.miniflux",
        description="Clean the new entries of Miniflux: receive its webhook, write back what changed.",
        epilog="The environment says the rest: MINIFLUX_URL, MINIFLUX_API_KEY, MINIFLUX_WEBHOOK_SECRET, and with CLEAN_URL "
        "(and CLEAN_KEY) a promo-detector service that cleans in the place of this process.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8081, help="port to listen on (default: %(default)s)")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        webhook = create_app()
        server = make_server(options.host, options.port, webhook, _Server, _Handler)
    except (DetectorError, OSError, OverflowError, ValueError) as error:
        print(f"integrations.miniflux: {error}", file=sys.stderr)
        return 3

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)
    logging.getLogger("integrations.miniflux").info("Listening at http://%s:%d", *server.server_address[:2])
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
        webhook.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
