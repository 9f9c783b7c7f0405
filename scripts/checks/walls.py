"""SQL on a table is written in the modules that own the table, and nowhere else (docs/architecture.md, the floors)."""

import re
import sys
from pathlib import Path

# What only these modules spell. Comments may name what they like.
WALLS = [
    ({"MappedSchema", "LoggedChanges", "SchemaInspection"}, re.compile(r"\b_trigger_log(?:_archive|_id_seq)?\b")),
    ({"MappedSchema", "LoggedChanges"}, re.compile(r"\bsf_message\b|\bprocessed_tx\b")),
    ({"MappedSchema", "SchemaInspection"}, re.compile(r"\b_sf_event_log\b")),
    ({"MappedSchema"}, re.compile(r"\bhc_\w+_(?:logger|status)\b")),
    (
        {"JobQueue"},
        re.compile(
            r"\bsluice\.(?:jobs|finished_jobs|schedules|schedule_runs|workers|connection_limits|history_planes"
            r"|all_jobs|running_jobs|waiting_jobs|failed_jobs|queue_depth|recent_times|live_workers)\b"
        ),
    ),
]
# Stood before the wall did: a migration that has landed is never edited.
OLDER = {"Catalog/Migrations/V009_keys_and_variables.sql"}
COMMENT = re.compile(r"^\s*(?://|--)")


def main() -> int:
    found = 0
    sources = Path(__file__).resolve().parents[2] / "Sources"
    for file in sorted(sources.glob("*/**/*")):
        path = file.relative_to(sources)
        if file.suffix not in {".swift", ".sql"} or path.parts[0].lower().startswith("sandbox") or path.as_posix() in OLDER:
            continue
        for owners, spelled in WALLS:
            if path.parts[0] in owners:
                continue
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                match = None if COMMENT.match(line) else spelled.search(line)
                if match:
                    print(f"Sources/{path}:{number}: {match.group()} is spelled outside {' and '.join(sorted(owners))}")
                    found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
