"""The whole project as a clone would be, for commands as a user types them."""

import os
import shutil
import subprocess
import sys

from project import HANGS, ROOT

OUTSIDE_MAKE = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}


class Checkout:
    """A copy of the project as a clone would be, after its set-up."""

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
        """Run a command line; what it printed."""
        done = self.try_to_run(command, **environment)
        assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}"
        return done.stdout

    def try_to_run(self, command, **environment):
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
