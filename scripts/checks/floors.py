"""Imports go only downwards: a module may import modules of lower floors, never of its own.

docs/architecture.md draws the floors. The sandbox org's modules stand apart, so that they can check the product: neither may import the other.
They have floors of their own, and none of them grows so large that a release build waits for it.
"""

import re
import sys
from pathlib import Path

FLOORS = {
    "CLibpq": 0, "CLibcurl": 0, "COpenSSL": 0, "CZlib": 0, "CMalloc": 0,
    "CQueueMigrations": 0, "CCatalogMigrations": 0, "CDashboardAssets": 0, "CSandboxSchema": 0, "ForeignText": 0, "Redaction": 0,
    "Postgres": 1, "HTTPTransport": 1, "Secrets": 1, "Prometheus": 1, "LogLines": 1, "SharedValues": 1,
    "JobQueue": 2, "Salesforce": 2, "OTLP": 2,
    "Catalog": 3, "MappedSchema": 3,
    "Accounts": 4, "SyncJournal": 4, "LoggedChanges": 4, "SchemaInspection": 4, "Outlets": 4, "WebServer": 4,
    "Sync": 5, "Monitoring": 5,
    "SyncWrite": 6, "SyncInspection": 6,
    "Cluster": 7, "API": 7, "Dashboard": 7,
    "sluice": 8,
}
SANDBOX = {
    "SandboxBytes": 0,
    "SandboxData": 1, "SandboxHTTP": 1,
    "SandboxQuery": 2,
    "SandboxStore": 3,
    "SandboxLogin": 4, "SandboxREST": 4,
    "SandboxBulk": 5, "SandboxStreaming": 5,
    "SandboxOrg": 6,
    "sandbox-org": 7,
}
# A module is one compilation on one core in a release build.
SANDBOX_LINES = 6000
# The C libraries are each the business of one module of the product; the sandbox org may use them beside it.
ONLY_BY = {
    "CLibpq": "Postgres", "CLibcurl": "HTTPTransport", "COpenSSL": "Secrets", "CZlib": "SandboxHTTP", "CMalloc": "sluice",
    "CQueueMigrations": "JobQueue", "CCatalogMigrations": "Catalog", "CDashboardAssets": "Dashboard", "CSandboxSchema": "SandboxData",
}
# DESIGN.md's column "knows nothing of".
NEVER = {
    ("Salesforce", "Postgres"), ("JobQueue", "Salesforce"), ("Catalog", "Salesforce"), ("Accounts", "Salesforce"), ("SyncJournal", "Salesforce"),
    ("MappedSchema", "Salesforce"), ("LoggedChanges", "Salesforce"), ("SchemaInspection", "Salesforce"),
}
IMPORT = re.compile(r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:\w+\s+)?(\w+)", re.M)


def complaint(module: str, imported: str) -> str | None:
    if module in SANDBOX:
        if FLOORS.get(imported, 0) > 0:
            return "the sandbox org shares no code with the product"
        if SANDBOX.get(imported, -1) >= SANDBOX[module]:
            return f"the sandbox org's floor {SANDBOX[module]} imports its floor {SANDBOX[imported]}"
        return None
    if imported in SANDBOX:
        return "the product does not know the sandbox org"
    if imported not in FLOORS:
        return None
    if ONLY_BY.get(imported, module) != module:
        return f"only {ONLY_BY[imported]} uses {imported}"
    if (module, imported) in NEVER:
        return f"{module} knows nothing of {imported}"
    if FLOORS[imported] >= FLOORS[module]:
        return f"floor {FLOORS[module]} imports floor {FLOORS[imported]}"
    return None


def main() -> int:
    found = 0
    lines: dict[str, int] = {}
    sources = Path(__file__).resolve().parents[2] / "Sources"
    for file in sorted(sources.glob("*/**/*.swift")):
        module = file.relative_to(sources).parts[0]
        if module not in FLOORS and module not in SANDBOX:
            print(f"{file.relative_to(sources.parent)}: module {module} has no floor in scripts/checks/floors.py")
            found += 1
            continue
        text = file.read_text(encoding="utf-8")
        lines[module] = lines.get(module, 0) + text.count("\n")
        for match in IMPORT.finditer(text):
            problem = complaint(module, match.group(1))
            if problem:
                line = text.count("\n", 0, match.start(1)) + 1
                print(f"{file.relative_to(sources.parent)}:{line}: import {match.group(1)}: {problem}")
                found += 1
    for module in sorted(SANDBOX):
        if lines.get(module, 0) > SANDBOX_LINES:
            print(f"Sources/{module}: {lines[module]} lines, more than {SANDBOX_LINES}: a release build waits for it")
            found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
