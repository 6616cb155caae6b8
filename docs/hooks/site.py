"""What the site makes of the pages: API pages, links out of docs/, mathematics.

The pages are Markdown that a forge shows too: mathematics between dollars, links
relative to docs/.
"""

import re
import sys
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # MkDocs runs this file alone

import gallery
from latex2mathml.converter import convert
from mkdocs.structure.files import File

ROOT = Path(__file__).parents[2]
API = {  # page: package, and what stands above its names
    "estimators": (
        "fixing_ntk.estimators",
        "For scikit-learn: pipelines, searches, cross-validation.",
    ),
    "persistence": ("fixing_ntk.estimators.persistence", "Fitted models in files, and back."),
    "solvers": ("fixing_ntk.solvers", "One problem, or a path of penalties, to a certified gap."),
    "masks": ("fixing_ntk.masks", "Sign patterns of gates: drawn, enumerated, measured, stored."),
    "programs": ("fixing_ntk.programs", "Objectives, duals and gaps: the one measure of accuracy."),
    "kernels": (
        "fixing_ntk.kernels",
        "Masking kernels, and the NTK in closed form and at finite width.",
    ),
    "relu": (
        "fixing_ntk.relu",
        "ReLU networks: their convex program, conversion, training.",
    ),
    "own": ("fixing_ntk.data.own", "A table of your own: read, described, prepared."),
}
FILE = re.compile(r"\[([^\]]*)\]\((?:\.\.|src)/[^)]*\)")  # a link that leaves the site
PUBLISHED = ROOT / "results/published"
CODE = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)
NAMED = re.compile(r"`(masks|programs|kernels|solvers|relu|estimators)\.(\w+)`")
MATHS = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+?)\$", re.DOTALL)


def public(package):
    """Names that a package or module exports."""
    return sorted(import_module(package).__all__, key=str.lower)


def home(package, name):
    """Where an exported name is defined: a module of the same name may stand beside it."""
    found = getattr(import_module(package), name)
    module = getattr(found, "__module__", None) or package
    return f"{module if module.startswith('fixing_ntk') else package}.{name}"


def on_files(files, config):
    """Add the API pages, the gallery, CONTRIBUTING.md, and the published tables and figures."""
    for script in sorted((ROOT / "docs/gallery").glob("*.py")):
        text, pictures = gallery.page(script)
        files.append(File.generated(config, f"gallery/{script.stem}.md", content=text))
        for name, content in pictures.items():
            files.append(File.generated(config, f"gallery/{name}", content=content))
    for page, (package, lead) in API.items():
        names = "\n\n".join(f"::: {home(package, name)}" for name in public(package))
        text = f"# {package}\n\n{lead}\n\n{names}\n"
        files.append(File.generated(config, f"api/{page}.md", content=text))
    for path in [ROOT / "CONTRIBUTING.md", *PUBLISHED.rglob("*.*")]:
        name = path.relative_to(ROOT).as_posix()
        name = "contributing.md" if name == "CONTRIBUTING.md" else name
        if path.suffix in (".svg", ".csv", ".json"):
            files.append(File.generated(config, name, abs_src_path=str(path)))
        elif path.suffix == ".md":
            heading = "" if name == "contributing.md" else f"# `{path.stem}`\n\n"
            files.append(File.generated(config, name, content=heading + path.read_text("utf-8")))
    files.append(File.generated(config, "results/published/index.md", content=_published()))
    return files


def _published():
    """A page that lists what is published."""
    kinds: dict[str, list[str]] = {}
    for path in sorted(PUBLISHED.rglob("*.*")):
        kinds.setdefault(path.relative_to(PUBLISHED).with_suffix("").as_posix(), []).append(
            path.suffix
        )
    lines = [
        f"| `{name}` | " + ", ".join(f"[{end[1:]}]({name}{end})" for end in ends) + " |"
        for name, ends in kinds.items()
    ]
    return "\n".join(["# Published tables and figures", "", "| | |", "|---|---|", *lines, ""])


def on_page_markdown(markdown, page, config, files):
    """Links and mathematics of a page; code stays as it is."""
    parts = CODE.split(markdown)
    parts[::2] = [MATHS.sub(_mathml, _linked(part, page)) for part in parts[::2]]
    parts[1::2] = [NAMED.sub(_to_api, part) for part in parts[1::2]]
    text = "".join(parts)
    # A link to a file that no page shows is its text; the file is in the project.
    return text if "/" in page.file.src_uri else FILE.sub(r"\1", text)


def _to_api(match):
    """A public name in code leads to its page."""
    package, name = f"fixing_ntk.{match[1]}", match[2]
    return f"[{match[0]}][{home(package, name)}]" if name in public(package) else match[0]


def _linked(text, page):
    """Links that leave docs/ go to the copy inside the site."""
    up = "../" * page.file.src_uri.count("/")
    text = text.replace("](../results/published/)", f"]({up}results/published/index.md)")
    text = text.replace("](../results/published/", f"]({up}results/published/")
    text = text.replace("](docs/", "](")  # of CONTRIBUTING.md, which stands beside the pages here
    return text.replace("](../CONTRIBUTING.md", f"]({up}contributing.md")


def _mathml(match):
    block, inline = match.groups()
    display = "block" if block else "inline"
    made = convert(" ".join((block or inline).split()), display=display)
    return f'\n<div class="maths">{made}</div>\n' if block else f"<span>{made}</span>"
