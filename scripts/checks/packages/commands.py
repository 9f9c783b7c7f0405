"""The commands and variables that packages may name: those that Sluice has."""

import re
from pathlib import Path

# What each process's command line takes, in the sources: `@Option var metricsPort` is --metrics-port.
SOURCES = {
    "api": ["APICommand.swift", "MetricsOptions.swift"],
    "scheduler": ["SchedulerCommand.swift", "MetricsOptions.swift"],
    "worker": ["WorkerCommand.swift", "MetricsOptions.swift"],
    "migrate": ["MigrateCommand.swift"],
}


def options(root: Path, command: str) -> set[str]:
    """The options of a subcommand."""
    found = set()
    for name in SOURCES[command]:
        text = (root / "Sources/sluice/Processes" / name).read_text(encoding="utf-8")
        for variable in re.findall(r"@(?:Option|Flag)\b[^\n]*\n\s*(?:private )?var (\w+)", text):
            found.add("--" + re.sub(r"[A-Z]", lambda match: "-" + match.group().lower(), variable))
    return found


def complaint(root: Path, words: list[str]) -> str | None:
    """What is wrong with a command line that begins with `sluice`; None when nothing is."""
    if len(words) < 2 or words[0].rpartition("/")[2] != "sluice" or words[1] not in SOURCES:
        return f"{' '.join(words)}: expected sluice and one of {', '.join(SOURCES)}"
    unknown = [word for word in words[2:] if word.startswith("--") and word not in options(root, words[1])]
    return f"sluice {words[1]} has no option {', '.join(unknown)}" if unknown else None


def variables(root: Path) -> set[str]:
    """The variables that Sluice reads, by the list of them."""
    return set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", (root / "config/sluice.env").read_text(encoding="utf-8"), re.M))


def processes(root: Path) -> dict[str, str]:
    """The Procfile's processes and their subcommands."""
    found = re.findall(r"^(\w+): .*?/sluice (\w+)", (root / "Procfile").read_text(encoding="utf-8"), re.M)
    return dict(found)
