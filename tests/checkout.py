"""Copy the whole project as a clone has it, for tests that run commands as a user types them."""

import os
import shutil
import subprocess
import sys

from project import HANGS, ROOT

OUTSIDE_MAKE = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}


class Checkout:
    """A copy of the project in a folder, with the files that a clone has and a ``.venv``.

    Files are those that Git tracks, and new ones that it does not ignore. ``.venv`` links to the
    environment that runs the tests.
    """

    def __init__(self, folder):
        files = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
        listed = subprocess.run(files, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        self.folder = folder
        for name in filter(None, listed.split("\0")):
            if (ROOT / name).exists():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        (self.folder / ".venv").symlink_to(sys.prefix)

    def run(self, command, **environment):
        """Run a command line in the copy, and return what it printed, errors included.

        It must succeed. ``environment`` has further variables.
        """
        done = self.try_to_run(command, **environment)
        assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}"
        return done.stdout

    def try_to_run(self, command, **environment):
        """Run a command line in the copy, and return the finished process, also after a failure."""
        return subprocess.run(
            command,
            shell=True,
            cwd=self.folder,
            env=OUTSIDE_MAKE | {"PYTHONPATH": str(self.folder / "src")} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=HANGS,
        )
