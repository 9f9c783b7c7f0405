"""procrastinate: psycopg's pool, batch_defer, a worker with many jobs at a time."""

import asyncio
import logging
import sys
import time

import procrastinate

from benchmarks.peers.clock import Clock

ENQUEUED_AT_ONCE = 1000

clock = Clock()


def make(url: str) -> tuple[procrastinate.App, procrastinate.tasks.Task]:
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url))

    @app.task(name="noop")
    async def noop() -> None:
        clock.tick()

    return app, noop


async def prepare(url: str) -> None:
    app, _ = make(url)
    async with app.open_async():
        await app.schema_manager.apply_schema_async()


async def enqueue(url: str, count: int) -> None:
    app, noop = make(url)
    async with app.open_async():
        clock.first, clock.jobs = time.time(), count
        for first in range(0, count, ENQUEUED_AT_ONCE):
            await noop.batch_defer_async(*({} for _ in range(min(ENQUEUED_AT_ONCE, count - first))))
        clock.last = time.time()
    clock.show()


async def drain(url: str, concurrency: int) -> None:
    app, _ = make(url)
    async with app.open_async():
        await app.run_worker_async(wait=False, concurrency=concurrency, install_signal_handlers=False)
    clock.show()


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    command, database = sys.argv[1:3]
    arguments = [int(argument) for argument in sys.argv[3:]]
    asyncio.run({"prepare": prepare, "enqueue": enqueue, "drain": drain}[command](database, *arguments))
