"""What a wheel carries beside the package: the workflow, for `fixing_ntk.pipeline.places`."""

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CARRIED = (
    *("Snakefile", "config.yaml", "workflow"),
    *("results/published/when_it_pays.csv", "results/published/who_wins.csv"),
)


class Carry(BuildHookInterface):
    """Build hook that adds the workflow to a wheel; an editable installation uses the clone's."""

    def initialize(self, version, build_data):
        if version == "standard":
            into = {name: f"fixing_ntk/project/{name}" for name in CARRIED}
            build_data["force_include"].update(into)
