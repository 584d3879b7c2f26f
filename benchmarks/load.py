"""Put the service under load: eight connections, two workers, good and bad requests, and reloads.

``python benchmarks/load.py`` runs three parts, each against a server of its own on the loopback address, and ends with 1
if a request was lost or answered with 5xx, or if memory grew:

1. eight connections for sixty seconds, with one request in five bad on purpose;
2. the same for thirty seconds, while the workers are replaced three times;
3. the requests a second of ``POST /v1/clean`` beside an address that only parses the same JSON and sends it back.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import http.client
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
ARTICLE = (ROOT / "examples" / "article.txt").read_text(encoding="utf-8")
TITLE = (ROOT / "examples" / "title.txt").read_text(encoding="utf-8").strip()
ENGLISH = "Shares of the pump maker rose 4 percent on Monday after it raised its forecast.\n\nSubscribe now to get our free report!"
N_CONNECTIONS, N_WORKERS, BAD_PART, WARM_UP_S = 8, 2, 0.2, 10.0
MAX_GROWTH_KB = 8 * 1024
JSON = {"Content-Type": "application/json"}


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


GOOD = [
    ("/v1/clean", _json({"text": ARTICLE, "title": TITLE}), JSON),
    ("/v1/clean", _json({"text": ARTICLE, "title": TITLE, "explain": True, "offset_unit": "utf16"}), JSON),
    ("/v1/clean", _json({"text": ENGLISH}), JSON),
    ("/v1/clean", gzip.compress(_json({"text": ARTICLE})), {**JSON, "Content-Encoding": "gzip"}),
    ("/v1/batch", _json({"documents": [{"id": n, "text": ENGLISH} for n in range(3)] + [{"id": "bad"}]}), JSON),
    ("/v1/batch", b"\n".join(_json({"id": n, "text": ENGLISH}) for n in range(5)), {"Content-Type": "application/x-ndjson"}),
    ("/v1/headline", _json({"titles": [TITLE, "Diese Aktie könnte sich jetzt verdoppeln!"]}), JSON),
]
BAD = [
    (400, "/v1/clean", b'{"text": ', JSON),
    (400, "/v1/clean", b'{"text": "\xff"}', JSON),
    (400, "/v1/clean", b"[" * 5000, JSON),
    (400, "/v1/clean", b"no gzip", {**JSON, "Content-Encoding": "gzip"}),
    (404, "/v1/nothing", b"{}", JSON),
    (413, "/v1/clean", gzip.compress(b" " * 40_000_000), {**JSON, "Content-Encoding": "gzip"}),
    (415, "/v1/clean", b"x", {"Content-Type": "text/plain"}),
    (422, "/v1/clean", _json({"text": 3, "threshold": 7}), JSON),
    (422, "/v1/headline", _json({}), JSON),
]


@contextlib.contextmanager
def served(*arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Start a server and yield it with its port."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("wb") as file:
            command = [sys.executable, *(arguments or ("-m", "api.command", "serve")), "--port", "0", "--workers", str(N_WORKERS)]
            process = subprocess.Popen(command, stderr=file)
        try:
            while not (found := re.search(r"Listening at: http://127\.0\.0\.1:(\d+)", log.read_text())):
                if process.poll() is not None:
                    raise RuntimeError(log.read_text())
                time.sleep(0.05)
            yield process, int(found[1])
            process.send_signal(signal.SIGTERM)
            if process.wait(60):
                raise RuntimeError(log.read_text()[-2000:])
        finally:
            process.kill()


def workers(process: subprocess.Popen[bytes]) -> list[int]:
    """Return the processes that answer."""
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def memory_kb(process: subprocess.Popen[bytes]) -> int:
    """Return the memory that the workers hold for themselves."""
    total = 0
    for pid in workers(process):
        with contextlib.suppress(OSError):  # one that has just ended
            rows = Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += sum(int(size) for size in re.findall(r"^Private_\w+:\s+(\d+) kB", rows, re.MULTILINE))
    return total


class Tally:
    """What the clients saw."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.wrong: Counter[str] = Counter()
        self.times: list[float] = []


def client(port: int, seed: int, until: float, tally: Tally) -> None:
    """Ask until a time, on a connection that is kept."""
    chance = random.Random(seed)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while time.monotonic() < until:
        if chance.random() < BAD_PART:
            expected, path, body, headers = chance.choice(BAD)
        else:
            expected, (path, body, headers) = 200, chance.choice(GOOD)
        begin = time.perf_counter()
        try:
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException) as error:
            tally.wrong[f"lost: {type(error).__name__}"] += 1
            connection.close()
            continue
        tally.statuses[response.status] += 1
        if response.status == 200:
            tally.times.append(time.perf_counter() - begin)
        if response.status != expected:
            tally.wrong[f"{path}: {response.status} where {expected} was right"] += 1
    connection.close()


def load(seconds: float, n_reloads: int) -> bool:
    """Run the clients, reload meanwhile, print what came of it; return whether all is well."""
    with served() as (process, port):
        tallies, begin = [Tally() for _ in range(N_CONNECTIONS)], time.monotonic()
        until = begin + seconds
        threads = [threading.Thread(target=client, args=(port, n, until, tallies[n])) for n in range(N_CONNECTIONS)]
        for thread in threads:
            thread.start()
        samples: list[tuple[float, int]] = []
        reloads = [begin + seconds * (n + 1) / (n_reloads + 1) for n in range(n_reloads)]
        n_replaced = 0
        while (now := time.monotonic()) < until:
            if reloads and now >= reloads[0]:
                old = set(workers(process))
                process.send_signal(signal.SIGHUP)
                reloads.pop(0)
                while set(workers(process)) & old and time.monotonic() < until + 30:
                    time.sleep(0.1)
                n_replaced += len(old)
            samples.append((now - begin, memory_kb(process)))
            time.sleep(1)
        for thread in threads:
            thread.join()
    statuses: Counter[int] = sum((tally.statuses for tally in tallies), Counter())
    wrong: Counter[str] = sum((tally.wrong for tally in tallies), Counter())
    times = sorted(t for tally in tallies for t in tally.times)
    total = statuses.total()
    print(f"{N_CONNECTIONS} connections, {N_WORKERS} workers, {seconds:.0f} s, {n_replaced} workers replaced")
    print(f"  requests    {total}, {total / seconds:.0f} a second; " + ", ".join(f"{s}: {n}" for s, n in sorted(statuses.items())))
    print(f"  time of 200 median {1000 * times[len(times) // 2]:.1f} ms, 99 % {1000 * times[int(len(times) * 0.99)]:.1f} ms")
    is_flat = True
    if not n_reloads:
        # The least of each window is what is held between requests: one body that unpacks to the limit takes 32 MB meanwhile.
        early = min(kb for at, kb in samples if WARM_UP_S <= at < 2 * WARM_UP_S)
        late = min(kb for at, kb in samples if at >= seconds - WARM_UP_S)
        is_flat = late - early < MAX_GROWTH_KB
        peak = max(kb for _, kb in samples)
        print(f"  memory      {early / 1024:.0f} MB after ten seconds, {late / 1024:.0f} MB at the end, peak {peak / 1024:.0f} MB, of both")
    n_5xx = sum(n for status, n in statuses.items() if status >= 500)
    print(f"  lost        {sum(n for what, n in wrong.items() if what.startswith('lost'))}, 5xx: {n_5xx}")
    for what, n in wrong.items():
        print(f"  WRONG       {n} times {what}")
    return not wrong and not n_5xx and is_flat


def echo_server() -> None:
    """Serve with one more address, which parses JSON and sends it back."""
    from flask import Flask, Response, request

    import api.app
    from api.command import main

    original = api.app.create_app

    def create_app(*arguments: Any) -> Flask:
        app = original(*arguments)

        @app.post("/echo")
        def echo() -> Response:
            return Response(json.dumps(json.loads(request.get_data())), content_type="application/json")

        return app

    api.app.create_app = create_app
    sys.exit(main(sys.argv[2:]))


def rate(port: int, path: str, body: bytes, seconds: float) -> float:
    """Return the requests a second that wrk counts."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        quoted = "".join(f"\\{byte:03d}" for byte in body)
        script.write(f'wrk.method = "POST"\nwrk.body = "{quoted}"\nwrk.headers["Content-Type"] = "application/json"\n')
        script.flush()
        command = ["wrk", f"-c{N_CONNECTIONS}", "-t1", f"-d{seconds:.0f}s", "-s", script.name, f"http://127.0.0.1:{port}{path}"]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in output:
        raise RuntimeError(output)
    found = re.search(r"Requests/sec:\s+([\d.]+)", output)
    if not found:
        raise RuntimeError(output)
    return float(found[1])


def beside_echo(seconds: float) -> None:
    """Compare the cleaning with an address that only parses and answers the same JSON."""
    if shutil.which("wrk") is None:
        print("wrk is not installed; 'apt-get install wrk' brings it")
        return
    body = _json({"text": ARTICLE, "title": TITLE})
    with served(__file__, "--echo-server", "serve") as (_, port):
        for path in ("/echo", "/v1/clean"):
            rate(port, path, body, 2)
        rates: dict[str, list[float]] = {"/echo": [], "/v1/clean": []}
        for _ in range(3):
            for path, found in rates.items():
                found.append(rate(port, path, body, seconds))
    echo, clean = (sorted(found)[1] for found in rates.values())
    print(f"wrk, {N_CONNECTIONS} connections, an article of {len(ARTICLE)} characters, medians of three turns")
    print(f"  parse and echo {echo:7.0f} a second")
    print(f"  /v1/clean      {clean:7.0f} a second, {clean / echo:.2f} of it")


def main() -> int:
    """Run the parts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60, help="of the first part; the second has half (default: %(default)s)")
    seconds = parser.parse_args().seconds
    print(f"{os.uname().machine}, {os.cpu_count()} cores shared with the clients, Python {sys.version.split()[0]}")
    is_well = load(seconds, 0)
    is_well &= load(seconds / 2, 3)
    beside_echo(5)
    return 0 if is_well else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--echo-server"]:
        echo_server()
    sys.exit(main())
