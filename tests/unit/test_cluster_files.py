"""The files of docs/cluster: they can be read, name what there is, and agree with one another."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from sim.commands.designs import read_axes
from sim.scenario.load import load_scenario
from sim.studies.designs.values import read_values

FOLDER = Path(__file__).parents[2] / "docs" / "cluster"
SLURM, KUBERNETES = (FOLDER / name for name in ("slurm.sh", "kubernetes.yaml"))


def test_the_page_names_every_file() -> None:
    page = (FOLDER.parent / "cluster.md").read_text("utf-8")
    assert set(re.findall(r"\]\(cluster/([\w.]+)\)", page)) == {file.name for file in FOLDER.iterdir()}


def test_the_runner_is_python() -> None:
    tree = ast.parse((FOLDER / "slurm_runner.py").read_text("utf-8"))
    assert "SLURMRunner" in ast.dump(tree)
    assert "slurm_runner.py sweep" in SLURM.read_text("utf-8")


def resources() -> dict[str, Any]:
    return {each["kind"]: each for each in YAML(typ="safe").load_all(KUBERNETES.read_text("utf-8"))}


def test_the_parts_of_the_job_find_one_another() -> None:
    claim, job = resources()["PersistentVolumeClaim"], resources()["DaskJob"]
    name, pod, cluster = job["metadata"]["name"], job["spec"]["job"]["spec"], job["spec"]["cluster"]["spec"]
    [volume], [container] = pod["volumes"], pod["containers"]
    assert volume["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
    assert container["volumeMounts"][0]["name"] == volume["name"]
    assert f"--cluster tcp://{name}-scheduler:8786" in container["args"][0]
    assert cluster["scheduler"]["service"]["selector"]["dask.org/cluster-name"] == name
    images = {
        c["containers"][0]["image"] for c in (pod, cluster["worker"]["spec"], cluster["scheduler"]["spec"])
    }
    assert images == {"accession"}


@pytest.mark.parametrize("file", [SLURM, KUBERNETES], ids=lambda file: file.name)
def test_the_sweep_can_be_asked_for(file: Path) -> None:
    grid = re.findall(r"--grid (\S+)", file.read_text("utf-8"))
    axes = read_axes("--grid", grid)
    assert set(axes) <= set(load_scenario("status-quo").content.parameters)
    assert [len(read_values(values).cells) for values in axes.values()] == [50, 20]
