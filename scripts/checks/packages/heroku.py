"""heroku.yml and app.json: Heroku's documented keys, the Procfile's processes, and variables that Sluice reads.

https://devcenter.heroku.com/articles/build-docker-images-heroku-yml and https://devcenter.heroku.com/articles/app-json-schema
"""

import json
from pathlib import Path
from typing import Any

from ..report import Report
from . import commands
from .reading import documents

YML = {"setup", "build", "release", "run"}
APP = {
    "$schema", "name", "description", "keywords", "website", "repository", "logo", "success_url", "scripts", "env", "formation", "image", "addons",
    "buildpacks", "environments", "stack",
}
VARIABLE = {"description", "value", "required", "generator"}
FORMATION = {"quantity", "size"}


def unknown(given: dict[str, Any], known: set[str], place: str) -> list[str]:
    return [f"{place}{name}" for name in given if name not in known]


def command_of(process: Any) -> str:
    return process if isinstance(process, str) else " ".join(process["command"])


def check(report: Report, root: Path, home: Path) -> None:
    processes = commands.processes(root)
    yml = documents(home, root / "heroku.yml")[0]
    problems = unknown(yml, YML, "heroku.yml: ") + unknown(yml["build"], {"docker", "config"}, "heroku.yml: build.")
    problems += [f"heroku.yml: build.docker.{name}: no such file {path}" for name, path in yml["build"]["docker"].items() if not (root / path).exists()]
    given = {name: command_of(process) for name, process in yml["run"].items()} | {"release": command_of(yml["release"])}
    images = [process["image"] for process in [*yml["run"].values(), yml["release"]] if isinstance(process, dict)]
    problems += [f"heroku.yml: no image {image}" for image in images if image not in yml["build"]["docker"]]
    problems += [problem for command in given.values() if (problem := commands.complaint(root, command.split()))]
    if {name: command.split()[1] for name, command in given.items()} != processes:
        problems.append(f"heroku.yml: {given}, where the Procfile has {processes}")
    report.check(not problems, f"heroku.yml: one image, the Procfile's {', '.join(given)}{': ' + '; '.join(problems) if problems else ''}")

    app = json.loads((root / "app.json").read_text(encoding="utf-8"))
    problems = unknown(app, APP, "app.json: ")
    for name, variable in app["env"].items():
        problems += unknown(variable, VARIABLE, f"app.json: env.{name}.")
        if name not in commands.variables(root):
            problems.append(f"app.json: Sluice reads no variable {name}")
    for name, size in app["formation"].items():
        problems += unknown(size, FORMATION, f"app.json: formation.{name}.")
        if name not in processes:
            problems.append(f"app.json: the Procfile has no {name}")
    report.check(not problems, f"app.json: {len(app['env'])} variables, {', '.join(app['formation'])}{': ' + '; '.join(problems) if problems else ''}")
