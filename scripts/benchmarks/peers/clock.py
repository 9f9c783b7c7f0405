"""When the first job began and when the last had ended, in seconds since 1970: processes of one machine share the clock."""

import json
import time


class Clock:
    def __init__(self) -> None:
        self.jobs = 0
        self.first: float | None = None
        self.last: float | None = None

    def tick(self) -> None:
        now = time.time()
        self.first = self.first or now
        self.last = now
        self.jobs += 1

    def show(self) -> None:
        print(json.dumps({"jobs": self.jobs, "first": self.first, "last": self.last}), flush=True)
