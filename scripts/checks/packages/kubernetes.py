"""The manifests: Kubernetes' own schemas, KEDA's, and what the objects have to say to each other."""

import subprocess
from pathlib import Path
from typing import Any

from ..report import Report
from . import commands
from .reading import documents

# A model drops what it does not know: what comes back must be what went in.
KEDA = """
import sys, yaml
from cloudcoil.models.keda import v1alpha1 as keda
for document in yaml.safe_load_all(open(sys.argv[1], encoding="utf-8")):
    model = getattr(keda, document["kind"]).model_validate(document)
    back = model.model_dump(by_alias=True, exclude_unset=True, mode="json")
    def lost(given, kept, place):
        if isinstance(given, dict):
            for name, value in given.items():
                if not isinstance(kept, dict) or name not in kept:
                    yield f"{place}{name}: not in KEDA's schema"
                else:
                    yield from lost(value, kept[name], f"{place}{name}.")
        elif isinstance(given, list):
            for number, value in enumerate(given):
                yield from lost(value, kept[number], f"{place}{number}.")
        elif given != kept:
            yield f"{place}: {given!r} became {kept!r}"
    problems = list(lost(document, back, document["kind"] + "."))
    if problems:
        sys.exit("; ".join(problems))
"""


def check(report: Report, root: Path, home: Path) -> None:
    folder = root / "deploy/kubernetes"
    keda, kustomization = folder / "keda.yaml", folder / "kustomization.yaml"
    own = sorted(path for path in folder.glob("*.yaml") if path not in {keda, kustomization})
    checked = subprocess.run(
        [home / "bin/kubernetes-validate", "--strict", "--quiet", *own], capture_output=True, text=True, timeout=120, check=False)
    found = (checked.stdout + checked.stderr).strip()
    report.check(checked.returncode == 0, f"kubernetes: {len(own)} files by Kubernetes' schemas, strictly{': ' + found if found else ''}")
    checked = subprocess.run([home / "bin/python", "-c", KEDA, keda], capture_output=True, text=True, timeout=120, check=False)
    report.check(checked.returncode == 0, f"kubernetes: keda.yaml by KEDA's schema{': ' + checked.stderr.strip()[-400:] if checked.returncode else ''}")
    listed = documents(home, kustomization)[0]["resources"]
    report.check(sorted(listed) == [path.name for path in own], f"kubernetes: kustomization.yaml lists {len(listed)} files, all there are")
    objects = [document for path in own for document in documents(home, path)]
    problems = [problem for document in objects for problem in problems_of(root, document, objects)]
    target = documents(home, keda)[1]["spec"]["scaleTargetRef"]["name"]
    if target not in {document["metadata"]["name"] for document in objects if document["kind"] == "Deployment"}:
        problems.append(f"keda.yaml: no Deployment {target}")
    report.check(not problems, f"kubernetes: commands, variables, probes, selectors of {len(objects)} objects{': ' + '; '.join(problems) if problems else ''}")


def problems_of(root: Path, document: dict[str, Any], objects: list[dict[str, Any]]) -> list[str]:
    """What one object has wrong in itself or with the others."""
    kind, name = document["kind"], document["metadata"]["name"]
    problems = []
    if kind == "ConfigMap":
        problems = [f"Sluice reads no variable {variable}" for variable in document["data"] if variable not in commands.variables(root)]
    if kind in {"Deployment", "Job"}:
        pod = document["spec"]["template"]["spec"]
        for container in pod["containers"]:
            problem = commands.complaint(root, container["command"])
            problems += [problem] if problem else []
            ports = {port["name"] for port in container.get("ports", [])}
            probes = {probe: container[probe]["httpGet"] for probe in ("startupProbe", "livenessProbe", "readinessProbe") if probe in container}
            problems += [f"{probe} on a port {check['port']} that is none" for probe, check in probes.items() if check["port"] not in ports]
            if kind == "Deployment" and (len(probes) < 3 or probes["readinessProbe"]["path"] != "/readyz" or probes["livenessProbe"]["path"] != "/healthz"):
                problems.append("expected all three probes, readiness by /readyz and liveness by /healthz")
        if pod.get("terminationGracePeriodSeconds", 30) < 30:
            problems.append("a process has 25 s to end")
    if kind in {"PodDisruptionBudget", "Service"}:
        selector = document["spec"]["selector"]
        selector = selector.get("matchLabels", selector)
        labels = [other["spec"]["template"]["metadata"]["labels"] for other in objects if other["kind"] == "Deployment"]
        if not any(selector.items() <= one.items() for one in labels):
            problems.append(f"selects no Deployment's pods: {selector}")
    return [f"{kind} {name}: {problem}" for problem in problems]
