"""The model card of published weights: data, figures, limits, use."""

import html
import re
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from seg_plugins.config.tool_command import PROGRAM
from seg_plugins.datasets.multi_source_dataset import labelled_source

from .render import count
from .table import machine_words

__all__ = ["model_card"]

WEAK = 30.0  # IoU in per cent below which the limits name a class


def model_card(
    record: Mapping[str, Any],
    config: Mapping[str, Any],
    dataset_meta: Mapping[str, Any],
    digest: str,
    weights: str,
    config_name: str,
) -> str:
    """Render a model card in Markdown with a YAML header.

    Args:
        record: The run's record.
        config: The resolved config.
        dataset_meta: Class names and palette of the checkpoint.
        digest: The hash of the weights.
        weights: The name of the `.pth` file.
        config_name: The config's path from the checkout.
    """
    classes = list(dataset_meta.get("classes") or _iou(record))
    source = labelled_source(config.get("train_dataloader", {}).get("dataset", {}))[0]
    data = source.get("type", "unknown")
    size = record.get("input") or ("?", "?")
    parts = [
        f"---\nlibrary_name: mmsegmentation\npipeline_tag: image-segmentation\ntags: [{data}]\n---",
        f"# {_title(config_name, weights, record)}",
        f"{_headline(record, config)}; {count(record.get('parameters'), 1e6, 2)} M parameters.",
        "## Data",
        f"Trained on `{data}`, {record.get('iterations', '?')} iterations of {record.get('batch', '?')} "
        f"images, crop {size[0]} x {size[1]} (height x width), "
        f"precision {record.get('precision') or 'unknown'}. "
        f"{len(classes)} classes: {', '.join(map(_text, classes))}.",
        "## Figures",
        _figures(record, classes),
        "## Limits",
        _limits(record, size, classes),
        "## Use",
        _use(weights, config_name),
        "## Provenance",
        f"Config `{config_name}`{_changes(record)} (hash {record['config_hash']}), {_origin(record)}. "
        f"SHA-256 of the tensors: {digest}.",
    ]
    return "\n\n".join(parts) + "\n"


def _title(config_name: str, weights: str, record: Mapping[str, Any]) -> str:
    stem = Path(config_name).stem
    return stem if stem == Path(weights).stem else f"{stem}, seed {record['seed']}"  # the former has the seed


def _headline(record: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    metrics = record["metrics"]
    if not metrics:
        return "Not tested"
    metric = "mIoU" if "mIoU" in metrics else next(iter(metrics))
    return f"{metric} {metrics[metric]:.2f} on {_tested_on(config)}"


def _origin(record: Mapping[str, Any]) -> str:
    if "commit" not in record:
        return f"seed {record['seed']}; no suite record, so machine and versions are unknown"
    changes = " with uncommitted changes" if record.get("dirty") else ""
    versions = ", ".join(f"{name} {version}" for name, version in record["versions"].items())
    machine = machine_words(record["hardware"])
    return f"commit {record['commit'][:12]}{changes}, seed {record['seed']}; {machine}; {versions}"


def _text(name: str) -> str:
    """Escape a class name, so that it is neither HTML, nor a link, nor a border of a table."""
    return re.sub(r"([\\`*\[\]|#])", r"\\\1", html.escape(" ".join(name.split()), quote=False))


def _iou(record: Mapping[str, Any]) -> Mapping[str, float]:
    return record.get("classes", {}).get("IoU", {})


def _tested_on(config: Mapping[str, Any]) -> str:
    dataset = config.get("test_dataloader", {}).get("dataset", {})
    folder = dataset.get("ann_file") or dataset.get("data_prefix", {}).get("img_path")
    name = f"`{dataset.get('type', 'unknown')}`"
    return f"`{folder}` of {name}" if folder else name


def _changes(record: Mapping[str, Any]) -> str:
    options = record.get("options") or {}
    return f" with {', '.join(f'`{key}={value}`' for key, value in options.items())}" if options else ""


def _figures(record: Mapping[str, Any], classes: list[str]) -> str:
    if not record["metrics"]:
        return "None: the folder of the checkpoint has no test result."
    lines = ["| metric | per cent |", "| --- | ---: |"]
    lines += [f"| {name} | {value:.2f} |" for name, value in record["metrics"].items()]
    iou = _iou(record)
    lines += [f"| IoU {_text(name)} | {iou[name]:.2f} |" for name in sorted(iou, key=_place(classes))]
    return "\n".join(lines)


def _place(classes: list[str]) -> Callable[[str], int]:
    return lambda name: classes.index(name) if name in classes else len(classes)


def _limits(record: Mapping[str, Any], size: Any, classes: list[str]) -> str:
    iou = _iou(record)
    weak = [f"{_text(k)} ({iou[k]:.0f})" for k in sorted(iou, key=_place(classes)) if iou[k] < WEAK]
    listed = "commit" in record
    spread = "the suite's table shows the spread over seeds" if listed else "no suite record: no other seed"
    text = (
        f"Trained on one data set at {size[0]} x {size[1]}: other cameras, places, weather and scales were "
        f"not tested. One run; {spread}. Do not use it for decisions about "
        "people's safety without a test on the data that it will process."
    )
    return text + (f" Weak classes (IoU below {WEAK:.0f}): {', '.join(weak)}." if weak else "")


def _command(*words: str) -> str:
    """Return a command for the reader of the card, which does not depend on this machine."""
    return shlex.join([PROGRAM, *words])


def _use(weights: str, config_name: str) -> str:
    return (
        "```bash\n"
        f"{_command('predict', config_name, weights)} IMAGE... --out predictions\n"
        f"{_command('test', config_name, weights)}\n"
        "```\n\n"
        "```python\n"
        "from mmseg.apis import inference_model, init_model\n\n"
        f'model = init_model({config_name!r}, {weights!r}, device="cpu")\n'
        'result = inference_model(model, "image.png")\n'
        "```\n\n"
        "The `.safetensors` file beside it holds the same tensors without any pickled object: "
        "`model.load_state_dict(safetensors.torch.load_file(FILE))`."
    )
