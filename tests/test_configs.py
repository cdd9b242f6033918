"""The name of every leaf states its content, and every leaf works."""

import ast
import copy
import itertools
import json
import re
from functools import cache
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.structures import PixelData
from mmseg.registry import DATASETS, METRICS, MODELS, TRANSFORMS
from mmseg.utils import register_all_modules

from seg_plugins.config.variables import reset_variables
from seg_plugins.models.deployed_config import deployed_config
from seg_plugins.runners.exactness import exact_loader, exact_loop
from seg_plugins.samplers.exact_multi_source_sampler import images_per_source
from tests.segmentors.base import WeightsOnMeta, samples

register_all_modules(init_default_scope=True)

ROOT = Path(__file__).parent.parent
CONFIGS = ROOT / "configs"
LEAVES = sorted(p for p in CONFIGS.glob("*/*.py") if p.parent.name not in ("_base_", "suites"))
NAME = re.compile(
    r"(?P<algo>[a-z0-9_+-]+)_(?P<arch>[a-z0-9-]+)_(?P<gpus>\d+)xb(?P<batch>\d+)"
    r"(?:-(?P<change>[a-z0-9.-]+?))?-(?:(?P<k>\d+)k|fit)_(?P<data>[a-z0-9-]+)-(?P<height>\d+)x(?P<width>\d+)"
)
DATA = {
    "camvid": 11,
    "synth-streets": 11,
    "cityscapes": 19,
    "ade20k": 150,
    "voc12aug": 21,
    "loveda": 7,
    "drive": 2,
    "isbi-em": 2,
    "epfl-roads": 2,
    "magnetic-tile": 6,
    "human-matte": 2,
}
LEAF_COUNT = 332
SURVEY = {
    *("deeplabv1", "deeplabv2", "deeplabv3", "deeplabv3plus", "fcn", "hrnet", "mask_rcnn", "pspnet"),
    *("segmenter", "segnet", "unet"),
}
KEYS = {
    *("model", "custom_imports", "default_scope", "env_cfg", "vis_backends", "visualizer", "log_processor"),
    *("log_level", "load_from", "resume", "randomness", "tta_model", "default_hooks", "custom_hooks"),
    *("dataset_type", "data_root", "num_classes", "crop_size", "max_iters", "runner_type"),
    *("train_pipeline", "test_pipeline", "tta_pipeline", "optim_wrapper", "param_scheduler"),
    *(f"{split}_{part}" for split in ("train", "val", "test") for part in ("dataloader", "cfg")),
    *("val_evaluator", "test_evaluator", "model_wrapper_cfg", "trust_checkpoint", "fast", "class_weight"),
}
OF_REGIMES = {
    *("semi_train_cfg", "semi_test_cfg", "labelled_list", "unlabelled_list", "unlabelled_pipeline"),
    *("unlabelled_dataset", "batch_size", "sources"),
}
REGIMES = ("few", "semi")  # change tokens of leaves that need not train as long as others
SAMPLERS = ("ExactInfiniteSampler", "ClassBalancedInfiniteSampler", "ExactMultiSourceSampler")
CROPS = {"RandomCrop", "FusedResizeCrop", "ClassBalancedCrop"}
STATED_ELSEWHERE = {"num_classes", "crop_size", "size", "max_iters", "end"}


def label(path):
    return path.relative_to(CONFIGS).as_posix()


@cache
def as_written(path):
    return Config.fromfile(path)


@cache
def load(path):
    """The config; of a regime the supervised part of it: the segmentor inside, and the labelled source."""
    cfg = deployed_config(as_written(path))[0]
    if cfg.train_dataloader.dataset.type != "MultiSourceDataset":
        return cfg
    cfg = copy.deepcopy(cfg)
    cfg.train_dataloader.dataset = cfg.train_dataloader.dataset.datasets[0]
    return cfg


def over(leaves=LEAVES):
    return pytest.mark.parametrize("leaf", leaves, ids=label)


def named(leaf):
    match = NAME.fullmatch(leaf.stem)
    assert match, (
        f"{label(leaf)} is not {{algo}}_{{arch}}_{{gpus}}xb{{batch}}[-{{change}}]-{{k}}k_{{data}}-{{H}}x{{W}}"
        " (fit for {k}k where a FitLoop makes one pass)"
    )
    return match


def is_of_regime(leaf):
    return (named(leaf)["change"] or "").split("-")[0] in REGIMES


def transforms(pipeline):
    """Transforms of a pipeline, wrapped ones included."""
    for transform in pipeline:
        yield transform
        yield from transforms(transform.get("transforms", []) if transform["type"] != "TestTimeAug" else [])


def heads(cfg):
    return [cfg.model[k] for k in ("decode_head", "auxiliary_head") if k in cfg.model]


@over()
def test_the_name_is_true(leaf):
    name, cfg = named(leaf), load(leaf)
    crop = (int(name["height"]), int(name["width"]))
    assert name["algo"] == leaf.parent.name
    assert name["data"] in DATA
    assert cfg.num_classes == DATA[name["data"]]
    assert Path(cfg.data_root).name == name["data"]
    assert cfg.train_dataloader.dataset.data_root == cfg.val_dataloader.dataset.data_root == cfg.data_root
    assert cfg.train_dataloader.batch_size == int(name["batch"])
    assert tuple(cfg.crop_size) == tuple(cfg.model.data_preprocessor["size"]) == crop
    crops = [t.crop_size for t in transforms(cfg.train_dataloader.dataset.pipeline) if t.type in CROPS]
    if name["k"] is None:  # one pass over whole images
        assert cfg.train_cfg.type == "FitLoop" and cfg.model.num_classes == cfg.num_classes and not crops
        assert "max_iters" not in cfg and "param_scheduler" not in cfg
        return
    iterations = 1000 * int(name["k"])
    assert cfg.max_iters == cfg.train_cfg.max_iters == iterations
    assert cfg.train_cfg.val_interval <= iterations
    assert max(s.end for s in cfg.param_scheduler) == iterations
    assert [tuple(c) for c in crops] == [crop]
    assert {head.num_classes for head in heads(cfg)} == {cfg.num_classes}


@over()
def test_nothing_has_to_be_replaced_for_runs_to_resume_exactly(leaf):
    cfg = as_written(leaf)
    assert exact_loop(cfg.train_cfg)[1] == exact_loader(cfg.train_dataloader)[1] == []
    assert cfg.train_dataloader.sampler.type in SAMPLERS


@over()
def test_no_stray_keys(leaf):
    assert set(load(leaf).keys()) - KEYS - (OF_REGIMES if is_of_regime(leaf) else set()) == set()


@over(list({leaf.parent: leaf for leaf in LEAVES}.values()))
def test_variables_of_bases_act(leaf):
    """A run of it warns of no variable that is set after it was used."""
    assert list(reset_variables(load(leaf))) == []


@over()
def test_testing_follows_validation(leaf):
    cfg = load(leaf)
    assert cfg.test_dataloader == cfg.val_dataloader
    assert cfg.test_evaluator == cfg.val_evaluator
    assert cfg.val_dataloader.dataset.pipeline == cfg.test_pipeline
    assert cfg.train_dataloader.dataset.pipeline == cfg.train_pipeline


@over()
def test_schedules_have_no_gap(leaf):
    begins = sorted((s.begin, s.end) for s in load(leaf).get("param_scheduler", []))
    assert not begins or begins[0][0] == 0
    assert all(a[1] == b[0] for a, b in itertools.pairwise(begins))


@over()
def test_the_non_finite_guard_can_watch_every_training(leaf):
    cfg = load(leaf)
    assert cfg.train_cfg.type == "FitLoop" or cfg.optim_wrapper.type == "AutocastOptimWrapper"


@over()
def test_no_number_is_typed_twice(leaf):
    """A leaf hands crop, class count and length on from the base that states them."""
    typed = [
        f"line {node.value.lineno}: {node.arg}"
        for node in ast.walk(ast.parse(leaf.read_text()))
        if isinstance(node, ast.keyword)
        and node.arg in STATED_ELSEWHERE
        and any(isinstance(n, ast.Constant) for n in ast.walk(node.value))
    ]
    assert typed == []


@over()
def test_a_leaf_changes_what_it_writes(leaf):
    """Values equal to the base's are noise, or a number stated twice."""
    tree = ast.parse(leaf.read_text())
    bases = next(n.value for n in tree.body if isinstance(n, ast.Assign) and n.targets[0].id == "_base_")
    parents = [Config.fromfile(leaf.parent / b)._cfg_dict for b in _as_list(ast.literal_eval(bases))]
    merged = {k: v for parent in parents for k, v in parent.items()}
    repeated = []
    for node in tree.body:
        if isinstance(node, ast.Assign) and node.targets[0].id != "_base_":
            repeated += list(_repeated(node.targets[0].id, node.value, merged))
    assert repeated == []


def _as_list(value):
    return value if isinstance(value, list) else [value]


def _repeated(path, node, base):
    key = path.rsplit(".", 1)[-1]
    if not isinstance(base, dict) or key not in base:
        return
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "dict":
        names = {k.arg for k in node.keywords}
        if "_delete_" not in names:
            for keyword in node.keywords:
                if keyword.arg != "type":
                    yield from _repeated(f"{path}.{keyword.arg}", keyword.value, base[key])
    elif isinstance(node, ast.Constant) and node.value == base[key]:
        yield path


@over()
def test_docstring_says_what_from_where_and_how(leaf):
    text = ast.get_docstring(ast.parse(leaf.read_text()))
    assert text
    lines = text.splitlines()
    assert lines[0].endswith(".")
    assert re.search(r"^Paper: .*https://", text, re.M)
    assert re.search(r"^Expect: .+", text, re.M)
    command = re.search(
        r"^Run: `(?P<tool>python tools/train\.py|tools/dist_train\.sh) (?P<arguments>[^`]+)`", text, re.M
    )
    assert command, "the docstring has no `Run:` line"
    arguments = command["arguments"].split()
    assert arguments[0] == leaf.relative_to(ROOT).as_posix()
    gpus = int(named(leaf)["gpus"])
    if gpus == 1:
        assert command["tool"].startswith("python") and len(arguments) == 1
    else:
        assert command["tool"].endswith("dist_train.sh") and arguments[1] == str(gpus)


LEARNT = [leaf for leaf in LEAVES if named(leaf)["k"]]
COMPARED = [leaf for leaf in LEARNT if not is_of_regime(leaf)]
WRAPPED = [leaf for leaf in LEARNT if as_written(leaf).model.get("segmentor")]


def model_key(leaf):
    """Leaves with equal keys hold the same network: they share one build."""
    model = copy.deepcopy(load(leaf).model.to_dict())
    model["data_preprocessor"].pop("size")
    if leaf.parent.name not in SURVEY:  # theirs are many and large: once for all class counts
        forget_class_counts(model)
        model["backbone"].pop("img_size", None)
        for key in ("crop_size", "stride"):  # of windows in tests
            model["test_cfg"].pop(key, None)
    return json.dumps(model, sort_keys=True, default=str)


def forget_class_counts(part):
    for value in part.values() if isinstance(part, dict) else part:
        if isinstance(value, dict | list):
            forget_class_counts(value)
    if isinstance(part, dict):
        part.pop("num_classes", None)


def same_network():
    groups = {}
    for leaf in LEARNT:
        groups.setdefault(model_key(leaf), []).append(leaf)
    return list(groups.values())


NETWORKS = same_network()


def build_network(cfg):
    """Build without weight files and memory, then fill with small numbers."""
    model = copy.deepcopy(cfg.model)
    model.backbone.init_cfg = None
    with WeightsOnMeta():
        network = MODELS.build(model)
    network.to_empty(device="cpu")
    for name, tensor in (*network.named_parameters(), *network.named_buffers()):
        value = 1.0 if "running_var" in name else 0.001
        tensor.data.fill_(0 if tensor.dtype == torch.long else value)
    return network


def labelled(count, height, width, cfg):
    """Ground truth as the leaf's training pipeline gives it."""
    made = samples(count, height, width, cfg.num_classes)
    if any(t.type == "GenerateEdge" for t in cfg.train_pipeline):
        for sample in made:
            sample.gt_edge_map = PixelData(data=torch.randint(0, 2, (1, height, width)))
    return made


@pytest.mark.parametrize("leaves", NETWORKS, ids=lambda g: label(g[0]))
def test_every_network_trains_and_predicts(leaves):
    """Build with the data set's class count, one loss on a synthetic batch, one prediction."""
    cfg = load(leaves[0])
    network = build_network(cfg)
    classes = cfg.num_classes
    assert network.decode_head.num_classes == classes
    outputs = network.decode_head.out_channels
    assert outputs == classes or (classes == 2 and outputs == 1)
    build_optim_wrapper(network, cfg.optim_wrapper)
    network.train()
    with torch.no_grad():
        losses = network.loss(torch.rand(2, 3, 64, 64), labelled(2, 64, 64, cfg))
        total = sum(value for name, value in losses.items() if "loss" in name)
        assert torch.isfinite(total) and total > 0
        network.eval()
        result = network.predict(torch.rand(1, 3, 64, 80), samples(1, 64, 80, classes))
    assert result[0].seg_logits.data.shape == (outputs, 64, 80)
    assert result[0].pred_sem_seg.data.shape == (1, 64, 80)
    assert result[0].pred_sem_seg.data.min() >= 0 and result[0].pred_sem_seg.data.max() < classes


@pytest.mark.parametrize(
    "leaves", [g for g in NETWORKS if "tiny" in named(g[0])["arch"]], ids=lambda g: label(g[0])
)
def test_every_tiny_network_takes_a_training_step(leaves):
    """With the leaf's own preprocessor and optimiser, from raw images; the parameters move."""
    cfg = load(leaves[0])
    network = MODELS.build(copy.deepcopy(cfg.model))
    wrapper = build_optim_wrapper(network, cfg.optim_wrapper)
    height, width = cfg.crop_size
    images = [torch.randint(0, 256, (3, height, width), dtype=torch.uint8) for _ in range(2)]
    before = copy.deepcopy(network.state_dict())
    log = network.train_step(dict(inputs=images, data_samples=labelled(2, height, width, cfg)), wrapper)
    assert torch.isfinite(log["loss"])
    assert any(not torch.equal(before[k], v) for k, v in network.state_dict().items())


def test_pipelines_datasets_and_metrics_exist():
    """Every transform and metric of every leaf builds; every data set has the classes that its base says."""
    for leaf in LEAVES:
        cfg = load(leaf)
        for pipeline in (cfg.train_pipeline, cfg.test_pipeline, cfg.tta_pipeline):
            for transform in pipeline:
                TRANSFORMS.build(copy.deepcopy(transform))
        for metric in _as_list(cfg.val_evaluator):
            METRICS.build(copy.deepcopy(metric))
        dataset = DATASETS.get(cfg.dataset_type)
        assert dataset is not None, cfg.dataset_type
        assert len(dataset.METAINFO["classes"]) == cfg.num_classes, label(leaf)


def test_every_architecture_meets_every_data_set():
    """CPU-size on the two data sets of the CPU tables; those of the survey in paper-size everywhere."""
    pairs = {(m["algo"], m["data"], "tiny" in m["arch"]) for m in map(named, LEARNT)}
    algorithms = {leaf.parent.name for leaf in LEARNT}
    assert algorithms >= SURVEY
    wanted = {(a, d, False) for a in SURVEY for d in DATA}
    wanted |= {(a, d, True) for a in algorithms for d in ("camvid", "synth-streets")}
    assert wanted - pairs == set()
    print(
        f"{len(LEAVES)} leaves; {len(LEARNT)} learnt, {len(algorithms)} algorithms, {len(NETWORKS)} networks"
    )
    assert len(LEAVES) == LEAF_COUNT
    assert sum(len(group) for group in NETWORKS) == len(LEARNT)


def test_tiny_models_of_one_data_set_train_equally_long():
    lengths = {(m["data"], m["k"], m["batch"]) for m in map(named, COMPARED) if "tiny" in m["arch"]}
    assert sorted(data for data, *_ in lengths) == sorted(
        {"camvid", "synth-streets", "isbi-em", "epfl-roads", "magnetic-tile", "human-matte"}
    )


@over(WRAPPED)
def test_a_regime_divides_its_batch_among_its_sources(leaf):
    cfg = as_written(leaf)
    assert is_of_regime(leaf)
    loader = cfg.train_dataloader
    assert loader.batch_size == loader.sampler.batch_size
    counts = images_per_source(loader.batch_size, loader.sampler.source_ratio)
    assert len(counts) == len(loader.dataset.datasets)
    for source in loader.dataset.datasets:
        DATASETS.get(source.type)
        assert source.data_root == cfg.data_root
        crops = [t.crop_size for t in transforms(source.pipeline) if t.type in CROPS]
        assert [tuple(crop) for crop in crops] == [tuple(cfg.crop_size)]
        for transform in source.pipeline:
            TRANSFORMS.build(copy.deepcopy(transform))
    assert all("seg_map_path" not in source.data_prefix for source in loader.dataset.datasets[1:])


@over(WRAPPED)
def test_a_regime_takes_a_training_step(leaf):
    """From raw images of all branches, with the warm-up over; the student moves, the teacher does not."""
    cfg = as_written(leaf)
    network = MODELS.build(copy.deepcopy(cfg.model))
    network.iteration = cfg.max_iters - 1
    wrapper = build_optim_wrapper(network, cfg.optim_wrapper)
    height, width = cfg.crop_size
    inputs, data_samples = {}, {}
    for branch in ("sup", "unsup_teacher", "unsup_student"):
        inputs[branch] = [torch.randint(0, 256, (3, height, width), dtype=torch.uint8) for _ in range(2)]
        data_samples[branch] = samples(2, height, width, cfg.num_classes)
    before = copy.deepcopy(network.state_dict())
    log = network.train_step(dict(inputs=inputs, data_samples=data_samples), wrapper)
    assert torch.isfinite(log["loss"]) and "kept_share" in log
    moved = {
        key.split(".")[0]
        for key, value in network.state_dict().items()
        if not torch.equal(before[key], value)
    }
    assert moved == {"student"}
