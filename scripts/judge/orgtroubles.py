"""What goes wrong between the product and the org, and inside the org: failures of the sandbox org, each with how long it lasts.

They concern the API version that the product speaks; the judge's own edits go by another one.
"""

from typing import Any

from .draw import Draw

# In percent, by name.
Odds = dict[str, float]

PRODUCT_VERSION, JUDGE_VERSION = "60.0", "66.0"
_BASE = f"/services/data/v{PRODUCT_VERSION}"
_PATHS = (_BASE, f"{_BASE}/query", f"{_BASE}/composite/sobjects", f"{_BASE}/jobs/query", f"{_BASE}/sobjects", "…/deleted", "…/deleted", "…/results", "…/describe")
# Failures that no pause mends, and those that one does.
_STATUSES = (
    (500, None), (503, None), (502, None), (429, None), (403, "REQUEST_LIMIT_EXCEEDED"), (400, "QUERY_TIMEOUT"), (400, "INVALID_QUERY_LOCATOR"),
    (400, "UNABLE_TO_LOCK_ROW"), (500, "SERVER_UNAVAILABLE"), (401, None), (404, "NOT_FOUND"), (400, "INVALID_FIELD"), (403, "API_DISABLED_FOR_ORG"))
_FAILURES = ("InvalidBatch : QUERY_TIMEOUT", "InternalServerError : unexpected exception", "ClientInputError : QUERY_TIMEOUT")


def _trouble(draw: Draw, odds: Odds, body: dict[str, Any], paths: tuple[str, ...] = _PATHS) -> dict[str, Any]:
    """A few answers, or all of them for longer than anybody should keep quiet about."""
    lasts = draw.chance(odds.get("lasting trouble", 0))
    count, seconds = (-1, draw.rng.choice((20, 30))) if lasts else (draw.rng.choice((1, 2, 3, 6)), draw.rng.choice((1, 3, 6)))
    return {"do": "trouble", "path": "trouble", "body": {"path_prefix": draw.rng.choice(paths), "count": count} | body, "seconds": seconds}


def status(draw: Draw, odds: Odds) -> dict[str, Any]:
    number, code = draw.rng.choice(_STATUSES)
    body: dict[str, Any] = {"kind": "status", "status": number}
    if code:
        body |= {"code": code, "message": "an error that the judge asked for"}
    if number in {429, 503} and draw.chance(30):
        body["retry_after_seconds"] = 1
    return _trouble(draw, odds, body)


def no_answer(draw: Draw, odds: Odds) -> dict[str, Any]:
    """The connection ends before the call was done, or after it."""
    kind = draw.rng.choice(("close", "reset", "close_after_commit", "close_after_commit", "reset_after_commit"))
    return _trouble(draw, odds, {"kind": kind}, (_BASE, f"{_BASE}/composite/sobjects", f"{_BASE}/composite/sobjects"))


def slow(draw: Draw, odds: Odds) -> dict[str, Any]:
    kind = draw.rng.choice(("slow", "latency", "latency"))
    path = draw.rng.choice((_BASE, f"{_BASE}/query", f"{_BASE}/composite/sobjects", "…/results"))
    if kind == "slow":
        body = {"kind": kind, "path_prefix": path, "count": 20, "ms_per_chunk": draw.rng.choice((100, 600, 2000))}
    else:
        median = draw.rng.choice((150, 600, 2000))
        body = {"kind": kind, "path_prefix": path, "count": 20, "median_ms": median, "p99_ms": 3 * median}
    return {"do": "trouble", "path": "trouble", "body": body, "seconds": draw.rng.choice((2, 4, 8))}


def spoiled(draw: Draw, odds: Odds) -> dict[str, Any]:
    """Answers that are none, or not whole."""
    return _trouble(draw, odds, {"kind": draw.rng.choice(("html", "truncate", "truncate_gzip", "drip"))})


def expire(draw: Draw, odds: Odds) -> dict[str, Any]:
    if draw.chance(50):
        return _trouble(draw, odds, {"kind": "expire_session"})
    return {"do": "trouble", "path": draw.rng.choice(("expire-sessions", "expire-cursors")), "body": {}, "seconds": 0}


def delete_log_fails(draw: Draw, odds: Odds) -> dict[str, Any]:
    """Nothing fails but the question what was deleted, and that for long: all else has to go on."""
    body = {"path_prefix": "…/deleted", "count": -1, "kind": "status", "status": draw.rng.choice((500, 503, 400))}
    return {"do": "trouble", "path": "trouble", "body": body, "seconds": draw.rng.choice((20, 30))}


def failing_bulk_jobs(draw: Draw, odds: Odds) -> dict[str, Any]:
    return {
        "do": "trouble", "path": "faults", "body": {"failing_jobs": draw.rng.choice((1, 1, 2, 3)), "job_failure": draw.rng.choice(_FAILURES)},
        "seconds": draw.rng.choice((4, 10))}


def locked_rows(draw: Draw, odds: Odds) -> dict[str, Any]:
    return {"do": "trouble", "path": "faults", "body": {"locked_rows_per_thousand": draw.rng.choice((100, 400))}, "seconds": draw.rng.choice((2, 6))}


def whims(draw: Draw, odds: Odds) -> dict[str, Any]:
    """What is allowed, and rare: rows in another order, small pages, late bulk jobs."""
    body = draw.rng.choice(({"shuffle_bulk_rows": True}, {"maximum_page_rows": 2}, {"shrink_pages": True}, {"bulk_delay_ms": 2500}))
    return {"do": "trouble", "path": "faults", "body": body, "seconds": draw.rng.choice((5, 10))}


def uncountable(draw: Draw, odds: Odds) -> dict[str, Any]:
    """Some objects have too many records to be counted, and yet are read and written."""
    return {"do": "trouble", "path": "faults", "body": {"uncountable": [draw.object()]}, "seconds": draw.rng.choice((10, 20))}


def retired(draw: Draw, odds: Odds) -> dict[str, Any]:
    """The version of the API that the connection speaks is answered no longer."""
    return {"do": "trouble", "path": "faults", "body": {"oldest_version": draw.rng.choice((61, 65))}, "seconds": draw.rng.choice((3, 8, 20))}


def quota(draw: Draw, odds: Odds) -> dict[str, Any]:
    return {"do": "trouble", "path": "faults", "body": {"api_quota": 0}, "seconds": draw.rng.choice((2, 5))}


TROUBLES = {
    "status": status, "no answer": no_answer, "slow": slow, "spoiled": spoiled, "expire": expire, "failing bulk jobs": failing_bulk_jobs,
    "delete log fails": delete_log_fails,
    "locked rows": locked_rows, "org's whims": whims, "uncountable": uncountable, "retired version": retired, "quota": quota,
}
