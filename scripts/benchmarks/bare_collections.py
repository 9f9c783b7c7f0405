"""The limit of writing to a slow org: a client that only updates, so many Collections calls of 200 records at a time."""

import json
import threading
import time
import urllib.request

from checks.cluster import CommandFailed

from .load_cluster import Org

COLLECTIONS = "/services/data/v60.0/composite/sobjects"
BATCH = 200


def bare_collections(org: Org, ids: list[str], threads: int) -> float:
    """Records a second."""
    parts = [ids[place:place + BATCH] for place in range(0, len(ids), BATCH)]
    lock = threading.Lock()
    failures: list[str] = []

    def work() -> None:
        while not failures:
            with lock:
                if not parts:
                    return
                part = parts.pop()
            try:
                update(org, part)
            except (OSError, CommandFailed) as error:
                failures.append(str(error))

    started = time.monotonic()
    running = [threading.Thread(target=work) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    if failures:
        raise CommandFailed(f"bare_collections: {failures[0]}")
    return len(ids) / (time.monotonic() - started)


def update(org: Org, ids: list[str]) -> None:
    records = [{"attributes": {"type": "Account"}, "id": one, "Phone": "3"} for one in ids]
    request = urllib.request.Request(
        org.url + COLLECTIONS, method="PATCH", data=json.dumps({"allOrNone": False, "records": records}).encode(),
        headers={"Authorization": f"Bearer {org.client.token}", "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        refused = [result for result in json.load(answer) if not result["success"]]
    if refused:
        raise CommandFailed(f"the org refused {len(refused)} records: {refused[0]}")
