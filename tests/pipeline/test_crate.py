"""A finished run as a research object: what it lists is what the run was made of and made."""

import hashlib
import json
import zipfile

import pytest

from fixing_ntk.pipeline.crate import CrateError, pack


@pytest.fixture(scope="module")
def crate(finished, tmp_path_factory):
    path = tmp_path_factory.mktemp("crate") / "tiny.zip"
    pack(finished.folder / "results/tiny", path)
    return zipfile.ZipFile(path)


@pytest.fixture(scope="module")
def entities(crate):
    graph = json.loads(crate.read("ro-crate-metadata.json"))["@graph"]
    return {entity["@id"]: entity for entity in graph}


def test_it_is_a_workflow_run_with_its_workflow(crate, entities):
    root = entities["./"]
    assert "https://w3id.org/ro/wfrun/workflow/0.5" in {one["@id"] for one in root["conformsTo"]}
    workflow = entities[root["mainEntity"]["@id"]]
    assert "ComputationalWorkflow" in workflow["@type"]
    assert entities[workflow["programmingLanguage"]["@id"]]["name"] == "Snakemake"
    assert {"Snakefile", "workflow/Snakefile", "config.yaml"} <= set(crate.namelist())


def test_every_output_is_there_with_its_sum(crate, entities, finished):
    action = entities["#run"]
    manifest = json.loads((finished.folder / "results/tiny/manifest.json").read_text())
    assert {one["@id"] for one in action["result"]} == {*manifest["outputs"], "manifest.json"}
    for name, expected in manifest["outputs"].items():
        assert entities[name]["sha256"] == expected == hashlib.sha256(crate.read(name)).hexdigest()
    assert action["startTime"] <= action["endTime"]


def test_every_setting_is_a_value_of_a_parameter(entities):
    values = [one for one in entities.values() if one["@type"] == "PropertyValue"]
    by_name = {one["name"]: json.loads(one["value"]) for one in values}
    assert by_name["seed"] == 0
    assert by_name["splits.full"] == 3
    assert all(entities[one["exampleOfWork"]["@id"]]["name"] == one["name"] for one in values)


def test_every_reference_leads_to_an_entity_or_elsewhere(entities):
    def references(value):
        if isinstance(value, dict):
            yield from [value["@id"]] if "@id" in value else []
        elif isinstance(value, list):
            for one in value:
                yield from references(one)

    found = {
        name for entity in entities.values() for v in entity.values() for name in references(v)
    }
    assert [name for name in found if not name.startswith("http") and name not in entities] == []


def test_inputs_have_their_sources_and_sums(finished, tmp_path):
    run = finished.copy(tmp_path / "copy").folder / "results/tiny"
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["inputs"] = {"results/downloads/pima/pima_R.dat": "a" * 64, "my table.csv": "b" * 64}
    (run / "manifest.json").write_text(json.dumps(manifest))
    pack(run, tmp_path / "c.zip")
    graph = json.loads(zipfile.ZipFile(tmp_path / "c.zip").read("ro-crate-metadata.json"))["@graph"]
    sums = {one.get("sha256"): one["@id"] for one in graph}
    assert sums["a" * 64].startswith("https://")
    assert sums["a" * 64].endswith("/data/pima/pima_R.dat")
    assert sums["b" * 64] == "file:///my%20table.csv"


def test_what_has_not_finished_is_refused(finished, tmp_path):
    with pytest.raises(CrateError, match="no finished run"):
        pack(tmp_path, tmp_path / "c.zip")
    run = finished.copy(tmp_path / "copy").folder / "results/tiny"
    text = (run / "tables/claims.csv").read_text()
    (run / "tables/claims.csv").write_text(text[:100])
    with pytest.raises(CrateError, match=r"claims\.csv is not what the run made"):
        pack(run, tmp_path / "c.zip")
    (run / "tables/claims.csv").unlink()
    with pytest.raises(CrateError, match=r"claims\.csv is missing: run again"):
        pack(run, tmp_path / "c.zip")
    assert not (tmp_path / "c.zip").exists()
