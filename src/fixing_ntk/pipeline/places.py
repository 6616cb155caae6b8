"""Find the workflow's files: in the clone that the package is installed from, or in the package.

A wheel carries Snakefile, ``config.yaml`` and ``workflow/`` as ``fixing_ntk/project``.
"""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
CLONE = PACKAGE.parents[1]
IN_A_CLONE = (CLONE / "Snakefile").is_file()
HOME = CLONE if IN_A_CLONE else PACKAGE / "project"
