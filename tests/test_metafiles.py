"""What the metafiles and the README of every algorithm say about its configs."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
FOLDERS = sorted(p.parent for p in (ROOT / "configs").glob("*/metafile.yaml"))


def leaves(folder):
    return sorted(p.stem for p in folder.glob("*.py"))


def test_every_learnt_algorithm_has_its_papers():
    """Classical methods train nothing that a model zoo could list."""
    others = {ROOT / "configs" / "_base_", ROOT / "configs" / "classical"}
    algorithms = {p.parent for p in (ROOT / "configs").glob("*/*.py")} - others
    assert FOLDERS and set(FOLDERS) == algorithms
    assert all((folder / "README.md").is_file() for folder in FOLDERS)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda f: f.name)
def test_metafile_lists_every_leaf_truly(folder):
    meta = yaml.safe_load((folder / "metafile.yaml").read_text())
    names = [c["Name"] for c in meta["Collections"]]
    assert sorted(m["Name"] for m in meta["Models"]) == leaves(folder)
    for model in meta["Models"]:
        assert (ROOT / model["Config"]).stem == model["Name"]
        assert model["In Collection"] in names
        gpus, batch, thousands = re.search(r"_(\d+)xb(\d+)-.*?(\d+)k_", model["Name"]).groups()
        assert model["Metadata"]["Batch Size"] == int(gpus) * int(batch)
        assert model["Metadata"]["Iterations"] == 1000 * int(thousands)
        for result in model.get("Results", ()):
            assert result["Source"] and result["Metrics"] and result["Dataset"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda f: f.name)
def test_readme_names_paper_command_and_tables(folder):
    text = (folder / "README.md").read_text()
    meta = yaml.safe_load((folder / "metafile.yaml").read_text())
    assert all(c["Paper"]["URL"] in text for c in meta["Collections"])
    commands = re.findall(r"^python tools/train\.py (\S+)", text, re.M)
    assert commands and all((ROOT / c).is_file() for c in commands)
    for suite in ("synth-cpu", "camvid-cpu"):
        rows = yaml.safe_load((ROOT / "configs" / "suites" / f"{suite}.yaml").read_text())["models"]
        has_rows = any(
            path.parent == folder for row in rows for path in (ROOT / "configs").glob(row["config"])
        )
        assert (f"<!-- table:{suite} algo={folder.name} -->" in text) == has_rows
    assert text.count("<!-- table:") == text.count("<!-- /table -->")
