"""The config that trains on a user's folder."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seg_plugins.config.bases import require_base
from seg_plugins.config.variables import keep_braces
from seg_plugins.datasets.image_sizes import ImageSizes
from seg_plugins.datasets.mask_code import MaskCode
from seg_plugins.files.package import shipped_folder, shipped_root

from .scale_rule import ScaleRule, crop_for, resizes, windows_of
from .unlabelled import Unlabelled

__all__ = [
    "FolderFacts",
    "config_path",
    "literal",
    "render_config",
    "require_bases",
]

# For three colours, it returns the same as LoadSegImage, and upstream's inferencer accepts it.
UPSTREAM_LOADER = 'dict(type="LoadImageFromFile", backend_args=dict(backend="WholeImageBackend"))'
TEMPLATE = '''"""Your own data set, prepared by `python tools/prepare_dataset.py folder`.

Train with `python tools/train.py` and the path of this file.
"""

# {name}: {train} train, {val} val images
# pixels of the classes: {shares}
_base_ = [
{bases}
]
data_root = {out}
num_classes = {num_classes}
crop_size = {crop}  # (H, W)
{scale}dataset = dict(
    type="FolderSegDataset",
    data_root=data_root,
    data_prefix=dict(img_path={images}, seg_map_path={masks}),
    classes={classes},
    values={values},
    ignored={ignored},
    img_suffix={endings},
    seg_map_suffix={suffix},{nearest}
)
load_image = dict(type="LoadSegImage"{load})
train_pipeline = [
    load_image,
    dict(type="LoadSegAnnotations"),
    {train_resize}
    dict(type="RandomCrop", crop_size=crop_size, cat_max_ratio=0.75),
    dict(type="RandomFlip", prob=0.5),
{distortion}    dict(type="PackSegInputs"),
]
test_pipeline = [
    {test_load},
{test_resize}    dict(type="LoadSegAnnotations"),
    dict(type="PackSegInputs"),
]
tta_pipeline = [
    load_image,
    dict(
        type="TestTimeAug",
        transforms=[
            {tta_resize},
            [dict(type="RandomFlip", prob=p, direction="horizontal") for p in (0.0, 1.0)],
            [dict(type="LoadSegAnnotations")],
            [dict(type="PackSegInputs")],
        ],
    ),
]
train_dataloader = dict(
    batch_size={batch},
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type="ExactInfiniteSampler", shuffle=True),
    dataset=dict(ann_file="splits/train.txt", pipeline=train_pipeline, **dataset),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=False, round_up=False),
    dataset=dict(ann_file="splits/val.txt", pipeline=test_pipeline, test_mode=True, **dataset),
)
test_dataloader = val_dataloader
val_evaluator = dict(type="ConfusionMetric", iou_metrics=["mIoU", "mDice"])
test_evaluator = val_evaluator
model = dict(
    data_preprocessor=dict(size=crop_size, mean={mean}, std={std}, bgr_to_rgb={rgb}),{channels}{windows}
    decode_head=dict(
        num_classes=num_classes,
        # rare classes count more, by median frequency; for equal weights take the line away
        loss_decode=dict(
            _delete_=True,
            type="ExactCrossEntropyLoss",
            class_weight={weights},
        ),
    ),
)
'''


@dataclass(frozen=True)
class FolderFacts:
    """Facts about a folder.

    Attributes:
        images: Folder of the images.
        masks: Folder of the masks.
        endings: Suffixes of the images.
        suffix: Replacement of an image's suffix in the name of its mask, or several.
        code: The mask code.
        counts: Number of images per split.
        shares: Fraction of the pixels of every class, 0..1.
        weights: Weight of every class.
        mean: Mean of every channel; red, green, blue for three channels.
        std: Standard deviation of every channel.
        raw: Whether the images have to be loaded unchanged: not 8 bits, or not 1 or 3 channels.
        sizes: Heights and widths of the images.
        scaling: Size of the images for the network.
        gaps: Whether images lack data, which the mean has to replace.
        notes: Notes for the user.
        unlabelled: Images without masks that are learnt from as well.
    """

    images: Path
    masks: Path
    endings: tuple[str, ...]
    suffix: str | tuple[str, ...]
    code: MaskCode
    counts: dict[str, int]
    shares: list[float]
    weights: list[float]
    mean: list[float]
    std: list[float]
    raw: bool
    sizes: ImageSizes
    scaling: ScaleRule
    gaps: bool = False
    notes: list[str] = field(default_factory=list)
    unlabelled: Unlabelled | None = None


def config_path(out: Path) -> Path:
    """Return the path of the config for `out`; it gives the work directory the folder's name."""
    return out / f"{out.resolve().name}.py"


def written_root(out: Path) -> Path:
    """Return the folder as the config names it: as given within a checkout, otherwise as an absolute path.

    Suites run in the checkout, independently of the current folder.
    """
    return out if Path.cwd() == shipped_root() else out.absolute()


def literal(value: Any) -> str:
    """Write names, paths and numbers as Python that a config file evaluates to the same values.

    >>> literal(["a", 7]), "{{" in literal("{{ fileDirname }}")
    ("['a', 7]", False)
    """
    return keep_braces(repr(value))


def load_options(facts: FolderFacts) -> str:
    """Return the options of the transform that loads images."""
    raw = ', color_type="unchanged"' if facts.raw else ""
    return f"{raw}, fill={rounded(facts.mean)}" if facts.gaps else raw


def rounded(values: list[float]) -> list[float]:
    """Round to four significant digits."""
    return [float(f"{value:.4g}") for value in values]


def require_bases(model: str, schedule: str) -> list[Path]:
    """Return the bases of a config.

    Raises:
        ValueError: If there is no such model or schedule.
    """
    folder = shipped_folder("configs") / "_base_"
    return [
        require_base("models", model, "--model"),
        require_base("schedules", schedule, "--schedule"),
        folder / "runtime.py",
        folder / "fast.py",
    ]


def render_config(facts: FolderFacts, out: Path, name: str, model: str, schedule: str, batch: int) -> str:
    """Render the config file.

    Args:
        facts: Facts about the folder.
        out: Folder of the file.
        name: Name of the data set.
        model: File of `configs/_base_/models`, without suffix.
        schedule: File of `configs/_base_/schedules`, without suffix.
        batch: Images per step.

    Raises:
        ValueError: If a base does not exist.
    """
    bases = [f"    {literal(os.path.relpath(path, out))}," for path in require_bases(model, schedule)]
    channels = len(facts.mean)
    plain = lambda value: value[0] if len(value) == 1 else list(value)  # noqa: E731
    return TEMPLATE.format(
        name=literal(name),
        out=literal(str(written_root(out))),
        bases="\n".join(bases),
        train=facts.counts["train"],
        val=facts.counts["val"],
        images=literal(str(facts.images.resolve())),
        masks=literal(str(facts.masks.resolve())),
        endings=literal(facts.endings),
        suffix=literal(facts.suffix),
        nearest="\n    nearest=True," if facts.code.nearest else "",
        num_classes=len(facts.code.classes),
        classes=literal(facts.code.classes),
        values=literal([plain(v) for v in facts.code.values]),
        ignored=literal([plain(v) for v in facts.code.ignored]),
        shares=", ".join(
            f"{literal(c)} {s:.2%}" for c, s in zip(facts.code.classes, facts.shares, strict=True)
        ),
        crop=crop_for(facts.sizes, facts.scaling.scale),
        windows=windows_of(facts.scaling, crop_for(facts.sizes, facts.scaling.scale)),
        **resizes(facts.scaling),
        load=load_options(facts),
        test_load=UPSTREAM_LOADER if not load_options(facts) else "load_image",
        distortion="" if facts.raw else '    dict(type="PhotoMetricDistortion"),\n',
        batch=batch,
        mean=rounded(facts.mean),
        std=rounded(facts.std),
        rgb=channels == 3,
        channels="" if channels == 3 else f"\n    backbone=dict(in_channels={channels}),",
        weights=rounded(facts.weights),
    )
