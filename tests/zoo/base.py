"""A small checkout with tools that only pretend to train: launching and collecting take milliseconds."""

import hashlib
import json
from pathlib import Path

from seg_plugins.zoo.suites.config_hash import RULE, _file, config_hash, resolved_config, section_hashes
from seg_plugins.zoo.suites.layout import Layout
from seg_plugins.zoo.suites.suite import load_suite

LEAF = """
max_iters = {iterations}
crop_size = (8, 8)
data_root = "data/toy"
work_dir = "work_dirs/somewhere"
model = dict(type="Net", width={width}, data_preprocessor=dict(size=crop_size))
train_pipeline = [dict(type="LoadImageFromFile"), dict(type="RandomFlip", prob=0.5)]
train_dataloader = dict(
    batch_size=4,
    num_workers=2,
    sampler=dict(type="InfiniteSampler", shuffle=True),
    dataset=dict(type="Toy", data_root=data_root, data_prefix=dict(img_path="images/train"),
                 pipeline=train_pipeline),
)
val_dataloader = dict(batch_size=1, sampler=dict(type="DefaultSampler"),
                      dataset=dict(type="Toy", data_root=data_root))
test_dataloader = val_dataloader
optim_wrapper = dict(type="OptimWrapper", optimizer=dict(type="SGD", lr=0.01))
param_scheduler = [dict(type="PolyLR", end=max_iters, by_epoch=False)]
train_cfg = dict(type="IterBasedTrainLoop", max_iters=max_iters, val_interval=max_iters)
val_evaluator = dict(type="Metric")
test_evaluator = val_evaluator
randomness = dict(seed=0)
default_hooks = dict(logger=dict(type="LoggerHook", interval=50))
log_level = "INFO"
launcher = "none"
"""

TRAIN = """
import json, sys, time
from pathlib import Path
config = Path(sys.argv[1])
options = dict(word.split("=", 1) for word in sys.argv if "=" in word)
seed = int(options["randomness.seed"])
work = Path(sys.argv[sys.argv.index("--work-dir") + 1])
log = work / "20260101_000000" / "vis_data"
log.mkdir(parents=True, exist_ok=True)
print("training", config.name, "seed", seed)
if "broken" in config.name:
    print("first cause")
    sys.exit("loss is not finite")
if "slow" in config.name:
    time.sleep(600)
with open(log / "scalars.json", "a") as file:
    for step in (50, 100):
        print(json.dumps({"loss": 2 / step, "time": 0.1, "step": step, "lr": 0.1}), file=file)
    print(json.dumps({"mIoU": 50.0 + 2 * seed, "step": 100}), file=file)
(work / "iter_100.pth").write_bytes(f"{config.name} {seed}".encode())
(work / "last_checkpoint").write_text(str(work / "iter_100.pth"))
"""

TEST = """
import json, sys
from pathlib import Path
options = dict(word.split("=", 1) for word in sys.argv if "=" in word)
seed = int(options["randomness.seed"])
assert Path(sys.argv[2]).is_file()
work = Path(sys.argv[sys.argv.index("--work-dir") + 1])
work.mkdir(parents=True, exist_ok=True)
more = 2 * seed
metrics = {"mIoU": 50.0 + more, "aAcc": 80.0, "IoU.road": 90.0 + more, "IoU.car": 10.0 + more, "note": "x"}
(work / "metrics.json").write_text(json.dumps({"metrics": metrics}))
"""


def make_checkout(root: Path) -> Layout:
    """Two configs, two pretended tools, a suite of 2 configs x 2 seeds."""
    for folder in ("configs/_base_/datasets", "configs/net", "configs/suites", "tools", "data/toy"):
        (root / folder).mkdir(parents=True)
    (root / "configs/_base_/datasets/toy.py").write_text("num_classes = 2\n")
    add_config(root, "net/net_a_1xb4-1k_toy-8x8.py")
    add_config(root, "net/net_b_1xb4-1k_toy-8x8.py", width=9)
    (root / "tools/train.py").write_text(TRAIN)
    (root / "tools/test.py").write_text(TEST)
    write_suite(root, "toy", {})
    return Layout(root)


def add_config(root: Path, name: str, iterations: int = 100, width: int = 8) -> str:
    """A leaf with a given schedule length and network width, and a cost entry for it."""
    path = root / "configs" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(LEAF.format(iterations=iterations, width=width))
    _file.cache_clear()
    costs = root / "configs/suites/costs.json"
    known = json.loads(costs.read_text()) if costs.exists() else {}
    costs.write_text(json.dumps({**known, name: fake_cost(Layout(root), name)}))
    return name


def fake_cost(layout: Layout, config: str) -> dict:
    """A cost entry that counts as measured, so that nothing builds the pretended network."""
    model = section_hashes(resolved_config(layout.configs / config))["model"]
    return {"parameters": 2_000_000, "flops": 3_000_000_000, "input": [8, 8], "model": model}


def write_suite(root: Path, name: str, changes: dict) -> None:
    """A suite file; JSON is YAML."""
    suite = {"title": "Toy", "data": "toy", "seeds": [0, 1], "models": ["net/net_a_*.py", "net/net_b_*.py"]}
    (root / "configs/suites" / f"{name}.yaml").write_text(json.dumps({**suite, **changes}))


def fake_record(layout: Layout, suite_name: str, row, figure: float = 60.0) -> dict:
    """The record that a run of a row would have."""
    config = resolved_config(layout.configs / row.model.config, row.model.options, row.seed)
    return {
        "suite": suite_name,
        "config": row.model.config,
        "seed": row.seed,
        "hash_rule": RULE,
        "config_hash": config_hash(config),
        "sections": section_hashes(config),
        "commit": "0123456789abcdef",
        "dirty": False,
        "versions": {"torch": "2.13.0"},
        "hardware": {"cpu": "Test CPU", "cores": 2, "threads": 2, "gpus": []},
        "precision": "float32",
        "images_per_second": 12.5,
        "wall_seconds": 120.0,
        "memory_mib": 512,
        "memory_kind": "process",
        "parameters": 2_000_000,
        "flops": 3_000_000_000,
        "metrics": {"mIoU": figure, "aAcc": 80.0},
        "classes": {"IoU": {"road": 90.0, "car": 2 * figure - 90.0}},
        "curve": {"loss": [[50, 1.0], [100, 0.5]], "mIoU": [[100, figure]]},
        "checkpoint_sha256": hashlib.sha256(row.slot.encode()).hexdigest(),
    }


def write_records(layout: Layout, name: str = "toy") -> None:
    """Records of all runs of a suite: 60 for seed 0, 62 for seed 1."""
    folder = layout.results(name)
    folder.mkdir(parents=True, exist_ok=True)
    for row in load_suite(layout, name).rows:
        record = fake_record(layout, name, row, 60.0 + 2 * row.seed)
        (folder / f"{row.slot}.json").write_text(json.dumps(record))
