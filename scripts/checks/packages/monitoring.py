"""Alert rules and the dashboard for Grafana: their PromQL parsed, their metrics those that Sluice has, and all of those documented."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from ..report import Report
from .reading import documents

PARSE = """
import json, sys, promql_parser
for expression in json.load(sys.stdin):
    try:
        promql_parser.parse(expression)
    except ValueError as error:
        sys.exit(f"{expression}: {error}")
"""
METRIC = re.compile(r"\b((?:sluice|process)_[a-z0-9_]+)\b")
# Names of the sources that look like metrics and are none.
NO_METRIC = {
    "process_versions", "sluice_events", "sluice_jobs", "sluice_poll", "sluice_results", "sluice_session", "sluice_staging",
}
SUFFIXES = ("_bucket", "_sum", "_count")


def metrics(root: Path) -> set[str]:
    """The names of the metrics that the sources have."""
    found: set[str] = set()
    for path in (root / "Sources").glob("**/*.swift"):
        found |= set(re.findall(r'"((?:sluice|process)_[a-z_]+)"', path.read_text(encoding="utf-8")))
    return found - NO_METRIC


def expressions_of(panels: list[dict[str, Any]]) -> list[str]:
    return [target["expr"] for panel in panels for target in panel.get("targets", [])]


def check(report: Report, root: Path, home: Path) -> None:
    rules = [rule for group in documents(home, root / "deploy/prometheus/alerts.yml")[0]["groups"] for rule in group["rules"]]
    names = [rule["alert"] for rule in rules]
    complete = all(rule["labels"]["severity"] in {"warning", "critical"} and {"summary", "description"} <= rule["annotations"].keys() for rule in rules)
    report.check(complete and len(set(names)) == len(names), f"alerts.yml: {len(rules)} rules, each with a severity and what to do")
    dashboard = json.loads((root / "deploy/grafana/sluice.json").read_text(encoding="utf-8"))
    panels = dashboard["panels"]
    ids = [panel["id"] for panel in panels]
    report.check(
        len(set(ids)) == len(ids) and all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels) and dashboard["uid"] == "sluice",
        f"grafana: {len(panels)} panels of their own ids, within the grid")
    expressions = [rule["expr"] for rule in rules] + expressions_of(panels)
    plain = [expression.replace("$__rate_interval", "5m") for expression in expressions]
    parsed = subprocess.run([home / "bin/python", "-c", PARSE], input=json.dumps(plain), capture_output=True, text=True, timeout=60, check=False)
    report.check(parsed.returncode == 0, f"PromQL: {len(plain)} expressions parse{': ' + parsed.stderr.strip() if parsed.returncode else ''}")
    known = metrics(root)
    histograms = {name + suffix for name in known if name.endswith("_seconds") for suffix in SUFFIXES}
    used = {name for expression in expressions for name in METRIC.findall(expression)}
    strangers = used - known - histograms
    report.check(not strangers, f"PromQL: {len(used)} metrics, all of them Sluice's{': not ' + ', '.join(sorted(strangers)) if strangers else ''}")
    text = (root / "docs/metrics.md").read_text(encoding="utf-8")
    missing = {name for name in known if f"`{name}`" not in text}
    report.check(not missing, f"docs/metrics.md names all {len(known)} metrics{': not ' + ', '.join(sorted(missing)) if missing else ''}")
