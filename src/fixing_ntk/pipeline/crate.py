"""Pack a finished run as a Workflow Run RO-Crate, a zip file for an archive.

Profile: Workflow Run Crate 0.5 (Leo et al., PLOS ONE 19, 2024, https://w3id.org/ro/wfrun/workflow/0.5).
"""

import json
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from urllib.parse import quote

from fixing_ntk.data.download import GITHUB
from fixing_ntk.pipeline.places import HOME
from fixing_ntk.pipeline.sums import sha256

PROFILES = [
    "https://w3id.org/ro/wfrun/process/0.5",
    "https://w3id.org/ro/wfrun/workflow/0.5",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0",
]
SNAKEMAKE = "https://w3id.org/workflowhub/workflow-ro-crate#snakemake"
LICENSE = "https://spdx.org/licenses/MIT"
ABOUT = "NTK and multiple kernel learning over masking kernels, each fit with a duality gap."


class CrateError(ValueError):
    """A run cannot be packed; the message says what to do."""


def pack(folder, output):
    """Write a finished run as a zip file: outputs, workflow, and the sources of its inputs.

    Parameters
    ----------
    folder : str or Path
        Folder of the run, ``results/NAME``.
    output : str or Path
        The zip file. It names the inputs with their sha256 and sources, but does not hold them,
        since data of others have licences of their own. The workflow's files are packed as they are
        now; the commit of the run is stated beside them.

    Raises
    ------
    CrateError
        Where the run has no manifest and so has not finished, an output in it is missing, or an
        output or input has another sha256 than in it. An input that is gone is no error.
    """
    from rocrate.model import ComputationalWorkflow, ContextEntity
    from rocrate.rocrate import ROCrate

    folder = Path(folder)
    file = folder / "manifest.json"
    if not file.is_file():
        raise CrateError(f"{folder}: no finished run; `fixing-ntk` makes one")
    made = json.loads(file.read_text(encoding="utf-8"))
    missing = [name for name in made["outputs"] if not (folder / name).is_file()]
    if missing:
        raise CrateError(f"{folder / missing[0]} is missing: run again, and then pack")
    changed = [name for name, sum_ in made["outputs"].items() if sha256(folder / name) != sum_]
    changed += [name for name, sum_ in made["inputs"].items() if _differs(name, sum_)]
    if changed:
        raise CrateError(f"{changed[0]} is not what the run made or read: run again, and then pack")
    crate = ROCrate(version="1.1")  # the version that the profile is for
    crate.name = f"fixing_ntk: run {made['config'].get('name', folder.name)}"
    crate.description, crate.license = ABOUT, LICENSE
    for url in (*PROFILES, LICENSE):
        kind = "CreativeWork"
        crate.add(ContextEntity(crate, url, {"@type": kind, "name": url.split("/", 3)[3]}))
    crate.root_dataset["conformsTo"] = [{"@id": url} for url in PROFILES]

    def add(name_of, /, **properties):
        return crate.add(ContextEntity(crate, name_of, properties))

    language = add(
        SNAKEMAKE,
        **{"@type": "ComputerLanguage"},
        name="Snakemake",
        version=made["versions"].get("snakemake", metadata.version("snakemake")),
        identifier={"@id": "https://doi.org/10.1093/bioinformatics/bts480"},
        url={"@id": "https://snakemake.readthedocs.io"},
    )
    workflow = crate.add(
        ComputationalWorkflow(
            crate,
            HOME / "Snakefile",
            "Snakefile",
            properties={
                "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow"],
                "name": "fixing_ntk",
                "version": made["commit"],
                "programmingLanguage": _ref(language),
                "license": {"@id": LICENSE},
            },
        )
    )
    crate.mainEntity = workflow
    crate.add_directory(HOME / "workflow", "workflow", properties={"name": "rules and scripts"})
    crate.add_file(HOME / "config.yaml", "config.yaml", properties={"name": "configuration"})
    software = [
        add(f"#{name}", **{"@type": "SoftwareApplication"}, name=name, version=version)
        for name, version in made["versions"].items()
    ]
    workflow["softwareRequirements"] = [_ref(one) for one in software]
    workflow["input"], values = [], []
    for key, value in _flat(made["config"]):
        parameter = add(
            f"#parameter-{key}",
            **{"@type": "FormalParameter"},
            additionalType="PropertyValue",
            conformsTo={"@id": "https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE"},
            name=key,
        )
        workflow.append_to("input", parameter)
        values.append(
            add(
                f"#value-{key}",
                **{"@type": "PropertyValue"},
                exampleOfWork=_ref(parameter),
                name=key,
                value=json.dumps(value),
            )
        )
    inputs = [
        crate.add_file(_source(name), properties={"name": name, "sha256": sum_})
        for name, sum_ in made["inputs"].items()
        if not name.endswith(".snakemake_timestamp")
    ]
    outputs = [
        crate.add_file(folder / name, name, properties={"name": name, "sha256": sum_})
        for name, sum_ in made["outputs"].items()
    ]
    outputs.append(crate.add_file(file, "manifest.json", properties={"name": "manifest"}))
    logs = [path.stat().st_mtime for path in (folder / "logs").rglob("*.log")]
    action = add(
        "#run",
        **{"@type": "CreateAction"},
        name=f"Run of the workflow on {made['machine']['system']}",
        description=json.dumps(made["machine"]),
        instrument=_ref(workflow),
        object=[_ref(one) for one in (*inputs, *values)],
        result=[_ref(one) for one in outputs],
        startTime=_time(min(logs, default=file.stat().st_mtime)),
        endTime=_time(file.stat().st_mtime),
        actionStatus={"@id": "http://schema.org/CompletedActionStatus"},
    )
    crate.root_dataset["mentions"] = [_ref(action)]
    crate.write_zip(output)


def _differs(name, sum_):
    """Say whether an input file exists and has another sha256 than ``sum_``."""
    return Path(name).is_file() and sha256(name) != sum_


def _ref(entity):
    return {"@id": entity.id}


def _flat(config, above=""):
    """Yield pairs of a dotted key, such as ``splits.test_size``, and its value.

    ``above`` is the beginning of every key, with its dot. An empty dict counts as a value.
    """
    for key, value in config.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def _source(name):
    """Return the address of an input of the run, given its path.

    It is the public address of a file in results/downloads/, whatever mirror it came from, and
    ``file:///`` with the file's name for any other path, such as the user's own table.
    """
    _, _, rest = name.partition("results/downloads/")
    return f"{GITHUB}/data/{quote(rest)}" if rest else f"file:///{quote(Path(name).name)}"


def _time(seconds):
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
