"""Tests of the hashes of lists of images."""

import hashlib
import json
from pathlib import Path

from seg_plugins.zoo.runs.lists import list_hashes

ROOT = Path(__file__).parents[3]


def test_lists_of_all_sources_are_hashed_by_name(tmp_path):
    for name in ("a", "b", "c"):
        (tmp_path / f"data/{name}.txt").parent.mkdir(exist_ok=True)
        (tmp_path / f"data/{name}.txt").write_text(name)
    source = dict(type="CheckedSegDataset", data_root="data", ann_file="other.txt")
    config = dict(
        train_dataloader=dict(
            dataset=dict(type="MultiSourceDataset", datasets=[source, source], ann_files=["a.txt", "b.txt"])
        ),
        val_dataloader=dict(dataset=dict(type="PackedSegDataset", dataset={**source, "ann_file": "c.txt"})),
        test_dataloader=dict(dataset=source),
    )
    found = list_hashes(config, tmp_path)
    assert found == {f"{name}.txt": hashlib.sha256(name.encode()).hexdigest() for name in ("a", "b", "c")}
    assert list_hashes(dict(train_dataloader=dict(dataset=dict(type="A"))), tmp_path) == {}


def test_records_are_of_the_lists_that_are_kept():
    """Whoever makes other lists of the same name gets other figures."""
    for path in (ROOT / "configs/suites/results").glob("*/*.json"):
        record = json.loads(path.read_text())
        for name, digest in (record.get("lists") or {}).items():
            data = record["config"].removesuffix(".py").split("k_")[-1].rpartition("-")[0]
            kept = ROOT / "configs/suites/lists" / data / Path(name).name
            assert hashlib.sha256(kept.read_bytes()).hexdigest() == digest, (path.name, name)
