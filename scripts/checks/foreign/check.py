"""What every client's check has: the org it talks to, what the org says by itself, and a report."""

import json
import os
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from ..report import Report
from .sandbox import Witness


@dataclass
class Check:
    """The surroundings of one client's check."""

    url: str
    key_file: str
    database_url: str
    client_id: str
    client_secret: str
    username: str
    password: str
    directory: str
    organization_id: str
    witness: Witness
    report: Report

    def equal(self, got: object, expected: object, what: str) -> bool:
        """Compares what a client came by with what the org says."""
        if got == expected:
            return self.report.check(True, what)
        return self.report.check(False, f"{what}: {brief(got)}, expected {brief(expected)}")

    def true(self, passed: bool, what: str) -> bool:
        return self.report.check(passed, what)

    def run(self, *parts: Callable[["Check"], None]) -> None:
        """Runs each part; one that breaks off is a finding, and the next one runs all the same."""
        for part in parts:
            try:
                part(self)
            except Exception as error:  # pylint: disable=broad-except
                traceback.print_exc(file=sys.stderr)
                self.report.fail(f"{part.__name__}: {type(error).__name__}: {brief(error)}")
        sys.exit(self.report.verdict())


def brief(value: object) -> str:
    text = str(value) if isinstance(value, Exception) else repr(value)
    text = " ".join(text.split())
    return text if len(text) <= 300 else text[:300] + "…"


def start() -> Check:
    """The check that the runner has prepared."""
    given = json.loads(os.environ["SLUICE_CLIENT_CHECK"])
    return Check(witness=Witness(given["url"]), report=Report(), **given)
