"""docs/commands.md, written from what the executable says of itself: python3 -m checks.commands_page EXECUTABLE [--write]"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[2] / "docs/commands.md"
HEAD = """# Commands

Written by `python3 -m checks.commands_page` from what `sluice --experimental-dump-help` says; `scripts/documents` tells when it is older.
`sluice COMMAND --help` says the same. All commands but the processes take `--json` where they print something.

Completions: `sluice --generate-completion-script bash` (or `zsh`, `fish`) prints them; `scripts/manuals` makes man pages.

## Exit statuses

| status | means |
|---|---|
| 0 | done; a process: it was asked to stop, and did |
| 1 | it failed, and one line on standard error says why; `sluice doctor`: there are warnings |
| 2 | `sluice doctor`: there are errors |
| 64 | the command line was not understood (EX_USAGE) |
| 78 | a variable is missing or malformed, the key is another, or a limit of the system too low (EX_CONFIG): no restart mends it |

Errors are one line. The names of variables are those of [config/sluice.env](../config/sluice.env).
"""


def name_of(argument: dict[str, Any]) -> str:
    """An argument as it is typed."""
    if argument["kind"] == "positional":
        return f"`{argument['valueName'].upper()}`"
    names = ["-" * (2 if name["kind"] == "long" else 1) + name["name"] for name in argument["names"]]
    value = f" {argument['valueName'].upper()}" if argument["kind"] == "option" else ""
    return f"`{', '.join(names)}{value}`"


def section(command: dict[str, Any], path: list[str]) -> list[str]:
    """A command and all below it."""
    below = [one for one in command.get("subcommands", []) if one["commandName"] != "help"]
    if below:
        return [line for one in below for line in section(one, [*path, one["commandName"]])]
    text, _, example = command.get("discussion", "").rpartition("Example: ")
    lines = [f"## sluice {' '.join(path)}", "", command["abstract"]]
    if text.strip():
        lines += ["", " ".join(text.split())]
    lines += ["", "```text", example.strip(), "```"]
    rows = [one for one in command.get("arguments", []) if one["names" if one["kind"] != "positional" else "valueName"] and one["valueName"] not in {"help", "version"}]
    if rows:
        lines += ["", "| | |", "|---|---|"]
        for one in rows:
            said = " ".join(one.get("abstract", "").split()).replace("|", "\\|")
            default = f" Default: {one['defaultValue']}." if one.get("defaultValue") and one["kind"] != "flag" else ""
            lines.append(f"| {name_of(one)} | {said}{default} |")
    return [*lines, ""]


def page(executable: str) -> str:
    said = subprocess.run(
        [executable, "--experimental-dump-help"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=True).stdout
    return HEAD + "\n" + "\n".join(section(json.loads(said)["command"], [])).rstrip() + "\n"


if __name__ == "__main__":
    written = page(sys.argv[1])
    if "--write" in sys.argv:
        PAGE.write_text(written, encoding="utf-8")
    elif written != PAGE.read_text(encoding="utf-8"):
        sys.exit("docs/commands.md is not what the executable says: python3 -m checks.commands_page EXECUTABLE --write")
