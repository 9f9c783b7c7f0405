"""pgqueuer: asyncpg under uvloop, bulk enqueue, batches; autovacuum tuned by its own command."""

import sys
import time
from datetime import timedelta

import asyncpg
import uvloop
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.domain.types import QueueExecutionMode
from pgqueuer.models import Job
from pgqueuer.queries import Queries

from benchmarks.peers.clock import Clock

ENQUEUED_AT_ONCE = 1000


async def prepare(url: str) -> None:
    connection = await asyncpg.connect(url)
    queries = Queries(AsyncpgDriver(connection))
    await queries.install()
    await queries.optimize_autovacuum()
    await connection.close()


async def enqueue(url: str, count: int) -> None:
    connection = await asyncpg.connect(url)
    queries = Queries(AsyncpgDriver(connection))
    clock = Clock()
    clock.first, clock.jobs = time.time(), count
    for first in range(0, count, ENQUEUED_AT_ONCE):
        size = min(ENQUEUED_AT_ONCE, count - first)
        await queries.enqueue(["noop"] * size, [None] * size, [0] * size)
    clock.last = time.time()
    clock.show()
    await connection.close()


async def drain(url: str, batch: int) -> None:
    connection = await asyncpg.connect(url)
    queue = PgQueuer(AsyncpgDriver(connection))
    clock = Clock()

    @queue.entrypoint("noop")
    async def noop(_job: Job) -> None:
        clock.tick()

    await queue.run(dequeue_timeout=timedelta(seconds=1), batch_size=batch, mode=QueueExecutionMode.drain)
    clock.show()


if __name__ == "__main__":
    command, database = sys.argv[1:3]
    arguments = [int(argument) for argument in sys.argv[3:]]
    uvloop.run({"prepare": prepare, "enqueue": enqueue, "drain": drain}[command](database, *arguments))
