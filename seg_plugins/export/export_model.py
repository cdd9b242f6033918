"""From config and checkpoint to an exported file, which stays only if it computes what the network does."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from mmengine.config import Config

from seg_plugins.files.atomic import atomic_path
from seg_plugins.models import LoadedModel, load_model
from seg_plugins.models.export_facts import ExportFacts, facts_of_config
from seg_plugins.models.exported_file import ExportedFile, is_exported, seal
from seg_plugins.models.exported_network import ExportedNetwork, engine_threads
from seg_plugins.models.input_spec import statistics_of
from seg_plugins.report.origin import code_commit

from .graph import ExportGraph, require_exportable
from .onnx_graph import onnx_graph
from .parity import (
    Agreement,
    SizeParity,
    compare_at,
    compare_on_images,
    resized_images,
    speed_of,
    test_data,
    test_input,
)

__all__ = ["ExportOptions", "ExportReport", "export_model"]

LEAST = (32, 64)  # smallest sides that are tried, in pixels
ERROR = 1e-4  # largest difference of scores, as a fraction of their range
EQUAL = 0.9999  # of labels
MIOU = 0.05


@dataclass(frozen=True)
class ExportOptions:
    """How to export.

    Attributes:
        labels: Add labels and their confidence to the outputs.
        uint8: Take the pixels of an image file and normalise in the graph.
        fixed: (H, W) if the file is to take this size only.
        images: Number of images of the test on which labels and mIoU are compared.
        licence: Licence of the weights.
    """

    labels: bool = False
    uint8: bool = False
    fixed: tuple[int, int] | None = None
    images: int = 100
    licence: str = ""


@dataclass(frozen=True)
class ExportReport:
    """What was measured of an exported file.

    Attributes:
        megabytes: Size of the file in 10^6 bytes.
        sizes: Parity of scores, size by size.
        agreement: On images of the test; None without data.
        milliseconds: Of the network and of the file, for an image of `sizes[0]`.
        facts: The file's metadata.
    """

    megabytes: float
    sizes: list[SizeParity]
    agreement: Agreement | None
    milliseconds: tuple[float, float]
    facts: ExportFacts


def classes_of(loaded: LoadedModel, stated: list[str] | None, checkpoint: str | Path) -> list[str]:
    """Return the names of the classes: a checkpoint's, or the config's if it holds none.

    Raises:
        ValueError: Checkpoint and config name other classes.
    """
    names = list(loaded.classes)
    if stated is None or stated == names:
        return names
    held = (loaded.meta.get("dataset_meta") or {}).get("classes")
    if not held and len(stated) == len(names):
        return stated
    raise ValueError(
        f"checkpoint {checkpoint} and the config name other classes: {', '.join(names)} there, "
        f"{', '.join(stated)} here. Export it with the config that it was trained with"
    )


def facts_of(loaded: LoadedModel, options: ExportOptions, checkpoint: str | Path) -> ExportFacts:
    """Return the metadata for a model's exported file.

    Raises:
        ValueError: Checkpoint and config name other classes.
    """
    stated = facts_of_config(loaded.config)
    mean, _ = statistics_of(loaded.network)
    steps = getattr(loaded.network, "postprocess", None)
    fitted = {} if steps is None else steps.state_dict()
    one_channel = getattr(loaded.network, "out_channels", None) == 1
    facts = ExportFacts(
        classes=classes_of(loaded, stated.get("classes"), checkpoint),
        palette=[[int(v) for v in colour] for colour in loaded.palette],
        channels=loaded.input_spec.channels,
        channel_order=loaded.input_spec.order,
        mean=stated["mean"] if mean else [],
        std=stated["std"] if mean else [],
        bgr_to_rgb=stated["bgr_to_rgb"],
        input="uint8" if options.uint8 else "float32",
        outputs=["logits", "labels", "confidence"] if options.labels else ["logits"],
        size=None if options.fixed is None else list(options.fixed),
        min_size=1,
        threshold=loaded.network.decode_head.threshold if one_channel else None,
        loader=stated["loader"],
        scale=stated["scale"],
        model=stated["model"],
        steps={name: value.flatten().tolist() for name, value in fitted.items()},
        config=Path(loaded.config.filename or "").stem,
        licence=options.licence,
        commit=code_commit(),
    )
    return replace(facts, **json.loads(json.dumps(asdict(facts))))  # tuples become what JSON gives back


def fails(parity: SizeParity) -> bool:
    """Return whether a graph computes something else than its network."""
    return parity.error > ERROR or parity.equal < EQUAL


def check_sizes(loaded: LoadedModel, engine: ExportedNetwork, image: Any) -> tuple[list[SizeParity], int]:
    """Compare the graph with the network at several sizes, or at its only one.

    Returns:
        The comparisons, and the smallest side at which they agree.

    Raises:
        ValueError: They differ.
    """
    network, fixed = loaded.network, engine.facts.size
    for least in LEAST:
        images = [image] if fixed else list(resized_images(image, least))
        if engine.facts.input == "uint8":  # resizing leaves fractions
            images = [whole_bytes(one, engine.facts) for one in images]
        found = [compare_at(one, network.encode_decode, engine) for one in images]
        rows = [parity for parity in found if parity is not None]
        wrong = [parity for parity in rows if fails(parity)]
        if not wrong and rows:
            return rows, 1 if fixed else least
    if not rows:
        raise ValueError(f"{type(network).__name__} itself takes none of the sizes at which it was compared")
    worst = wrong[0]
    told = (
        worst.reason
        or f"{100 * worst.equal:.2f} % of labels equal, scores differ by {100 * worst.error:.2g} %"
    )
    advice = "." if fixed else ". Something in the network depends on the size of the image: take sizes from "
    advice += "" if fixed else "tensors in its code, or fix the size with --fixed HxW"
    raise ValueError(
        f"the exported graph computes something else than {type(network).__name__} at "
        f"{worst.size[0]}x{worst.size[1]} ({told}), so that nothing was written{advice}"
    )


def export_model(
    cfg: Config, checkpoint: str | Path, out: str | Path, options: ExportOptions
) -> ExportReport:
    """Export a trained segmentor; the file is written only if it computes what the network does.

    Args:
        cfg: The config.
        checkpoint: Its weights.
        out: The file to write, `.onnx`.
        options: How to export.

    Raises:
        ValueError: The segmentor cannot be exported, or its graph computes something else.
    """
    out = Path(out)
    if not is_exported(out):
        raise ValueError(f"--out {out}: the name has to end in .onnx")
    if is_exported(checkpoint):
        raise ValueError(
            f"checkpoint {checkpoint} is exported already: give the checkpoint that it was made of"
        )
    loaded = load_model(cfg, checkpoint, device="cpu")
    require_exportable(loaded, options.labels, options.uint8, options.fixed is not None)
    facts = facts_of(loaded, options, checkpoint)
    model = onnx_graph(ExportGraph(loaded.network, facts))
    data = test_data(loaded)
    image = test_input(loaded, data)
    if options.fixed is not None and tuple(image.shape[2:]) != options.fixed:
        from torch.nn.functional import interpolate

        image = interpolate(image, options.fixed, mode="bilinear", align_corners=False)
    threads = engine_threads(cfg)
    engine = ExportedNetwork(ExportedFile(out, model.SerializeToString(), facts), threads)
    rows, least = check_sizes(loaded, engine, image)
    facts = replace(facts, min_size=least)
    seal(model, facts)
    with atomic_path(out) as path:
        path.write_bytes(model.SerializeToString())
        agreement = checked_agreement(loaded, cfg, path, data, options)
        megabytes = path.stat().st_size / 1e6
    return ExportReport(
        megabytes, rows, agreement, speed_of(image, loaded.network.encode_decode, engine), facts
    )


def checked_agreement(
    loaded: LoadedModel, cfg: Config, path: Path, data: Any, options: ExportOptions
) -> Agreement | None:
    """Load the file as every tool does, and compare it with the network on the images of the test.

    Raises:
        ValueError: It loses more than rounding explains.
    """
    exported = load_model(cfg, path, device="cpu")
    if data is None or options.images < 1:
        return None
    found = compare_on_images(loaded.network, exported.network, data, options.images, len(loaded.classes))
    if found.miou is not None and abs(found.miou[0] - found.miou[1]) > MIOU:
        raise ValueError(
            f"the exported graph has mIoU {found.miou[1]:.2f} on {found.images} images, the network "
            f"{found.miou[0]:.2f}: nothing was written"
        )
    return found


def whole_bytes(image: Any, facts: ExportFacts) -> Any:
    """Return normalised pixels whose numbers in the file are integers in 0..255."""
    if not facts.mean:
        return image.round().clamp(0, 255)
    mean, std = (image.new_tensor(values).view(1, -1, 1, 1) for values in (facts.mean, facts.std))
    return ((image * std + mean).round().clamp(0, 255) - mean) / std
