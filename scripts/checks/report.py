"""What a check prints: one line a comparison, and the verdict."""

import time


class Report:
    """Collects the outcome of comparisons."""

    def __init__(self) -> None:
        self.failures = 0
        self.comparisons = 0
        self.started = time.monotonic()

    def check(self, passed: bool, text: str) -> bool:
        """One line that says what was compared, with its figures."""
        self.comparisons += 1
        self.failures += 0 if passed else 1
        print(f"{'ok  ' if passed else 'FAIL'} {text}", flush=True)
        return passed

    def fail(self, text: str) -> None:
        self.check(False, text)

    def verdict(self) -> int:
        """Prints the last line; returns the exit status."""
        seconds = time.monotonic() - self.started
        if self.failures:
            print(f"FAIL {self.failures} of {self.comparisons} comparisons failed, in {seconds:.0f} s", flush=True)
            return 1
        print(f"ok   all {self.comparisons} comparisons hold, in {seconds:.0f} s", flush=True)
        return 0
