"""Runs the browser's checks one after another; each line of output is one comparison."""

import argparse
import sys
import traceback
from pathlib import Path

from playwright.sync_api import sync_playwright

from ..processes import end_on_signals
from . import acts, editing, looks, open_pages, operations, setting_up
from .world import World, launch

STEPS = [
    looks.sign_in_form,
    acts.figures,
    acts.poll_and_reload,
    acts.pause_and_resume,
    acts.histogram_by_keys,
    acts.metrics,
    acts.edit_mapping,
    acts.errored_write,
    acts.hostile_names,
    operations.explorer,
    operations.repair_failed_write,
    operations.overwrite_either_side,
    operations.find_by_letters,
    operations.logs_and_drains,
    operations.jobs,
    operations.settings,
    operations.import_by_file,
    setting_up.what_stands_in_schemas,
    setting_up.a_connection_from_nothing,
    setting_up.a_schema_that_is_adopted,
    operations.sql_preview,
    editing.live_validations,
    editing.without_a_script,
    editing.removed_field,
    acts.without_scripts,
    acts.viewer,
    looks.every_tab_of_every_role,
    looks.every_tab_in_every_look,
    # The last: what it makes happen is not for pictures.
    open_pages.pages_left_open,
]


def main(arguments: list[str]) -> int:
    end_on_signals()
    parser = argparse.ArgumentParser(prog="checks.browser")
    parser.add_argument("build", choices=["debug", "release"])
    parser.add_argument("--screenshots", type=Path)
    parser.add_argument("--only", nargs="+", choices=[step.__name__ for step in STEPS], help="these steps alone, while one is worked on")
    options = parser.parse_args(arguments)
    if options.screenshots is not None:
        options.screenshots.mkdir(parents=True, exist_ok=True)
    world = World(options.build, options.screenshots)
    try:
        world.start()
        with sync_playwright() as playwright:
            browser = launch(playwright)
            for step in [step for step in STEPS if not options.only or step.__name__ in options.only]:
                try:
                    step(world, browser)
                except Exception as error:  # A step that breaks off is a finding like any other.
                    world.check(False, f"{step.__name__}: {type(error).__name__}: {str(error)[:400]}")
                    with open(world.cluster.logs / "check.log", "a", encoding="utf-8") as log:
                        traceback.print_exc(file=log)
            browser.close()
        world.check(not world.complaints, f"no browser complained{': ' + ' | '.join(world.complaints[:5]) if world.complaints else ''}")
    except Exception as error:
        world.check(False, f"setting up: {type(error).__name__}: {error}")
    except KeyboardInterrupt:
        world.check(False, "interrupted")
    finally:
        world.stop()
    return world.report.verdict()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
