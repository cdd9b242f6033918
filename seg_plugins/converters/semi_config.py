"""Writes the config that learns from unlabelled images as well, beside that of the labelled ones."""

import os
from pathlib import Path

from seg_plugins.config.bases import require_base
from seg_plugins.config.reading import file_config
from seg_plugins.files.package import shipped_folder

from .folder_config import FolderFacts, config_path, literal
from .scale_rule import resizes
from .unlabelled import Unlabelled

__all__ = ["UNLABELLED_LIST", "render_semi", "semi_path"]

UNLABELLED_LIST = "splits/unlabelled.txt"
FEW = 4  # classes, below which whole rectangles are pasted
TEMPLATE = '''"""One's own data set with unlabelled images, made by `python tools/prepare_dataset.py folder`.

A teacher, the average of the network so far, labels images that have no masks; configs/regimes.md tells more.
Train with `python tools/train.py` and the path of this file. The result is an ordinary model.
"""

# {name}: {labelled} labelled and {unlabelled} unlabelled images for training
_base_ = [
    {config},
    {regime},
]
batch_size = {batch}  # half of them labelled
{scale}crop_size = {{{{_base_.crop_size}}}}
unlabelled = dict(
    type="FolderSegDataset",
    data_root={{{{_base_.data_root}}}},
    data_prefix=dict(img_path={folder}),
    ann_file={list},
    classes={{{{_base_.dataset.classes}}}},
    values={{{{_base_.dataset.values}}}},
    ignored={{{{_base_.dataset.ignored}}}},
    img_suffix={endings},
    pipeline=[
        {{{{_base_.load_image}}}},
        {resize}
        dict(type="RandomCrop", crop_size=crop_size),
        dict(type="RandomFlip", prob=0.5),
        dict(
            type="MultiBranch",
            branch_field=["sup", "unsup_teacher", "unsup_student"],
            unsup_teacher=[dict(type="PackSegInputs")],
            unsup_student=[
{distortion}                dict(type="RandomBlur", prob=0.5),
                dict(type="PackSegInputs"),
            ],
        ),
    ],
)
model = dict(
    _delete_=True,
    type="TeacherStudentSegmentor",
    segmentor={{{{_base_.model}}}},
    semi_train_cfg=dict(
        threshold=0.8,  # least probability of a label of the teacher
        warmup={warmup},  # iterations with labels only
        ramp_up={ramp},  # iterations until unlabelled images count in full
        {mix},
    ),
)
train_dataloader = dict(
    batch_size=batch_size,
    sampler=dict(
        _delete_=True, type="ExactMultiSourceSampler", batch_size=batch_size, source_ratio=[1, 1]
    ),
    dataset=dict(
        _delete_=True,
        type="MultiSourceDataset",
        datasets=[{{{{_base_.train_dataloader.dataset}}}}, unlabelled],
    ),
)
'''


def semi_path(out: Path) -> Path:
    """Return the path of the config, beside that of the labelled images alone."""
    config = config_path(out)
    return config.with_name(f"{config.stem}_semi.py")


def mixing(classes: int) -> str:
    """Return how images are mixed: rectangles are pasted, of many classes parts of labelled images."""
    if classes < FEW:
        return 'mix=dict(type="CutMix", prob=1.0)'
    return f'mix=dict(type="ClassMix", num_classes={classes}),\n        mix_from="labelled"'


def render_semi(
    facts: FolderFacts, unlabelled: Unlabelled, out: Path, name: str, schedule: str, batch: int
) -> str:
    """Render the config file.

    Args:
        facts: What was found out about the labelled images.
        unlabelled: The other images.
        out: Folder that the file is written to.
        name: Name of the data set.
        schedule: File of `configs/_base_/schedules`, without ending.
        batch: Labelled images a step; there are as many unlabelled ones.
    """
    regime = shipped_folder("configs") / "_base_" / "regimes" / "semi_supervised.py"
    path = require_base("schedules", schedule, "--schedule")
    iterations = file_config(str(path), import_modules=False).get("max_iters", 1000)
    strong = '                dict(type="PhotoMetricDistortion"),\n'
    scaled = facts.scaling.scale is not None
    return TEMPLATE.format(
        name=literal(name),
        labelled=facts.counts["train"],
        unlabelled=len(unlabelled.stems),
        config=literal(config_path(out).name),
        regime=literal(os.path.relpath(regime, out)),
        batch=2 * batch,
        scale="scale = {{_base_.scale}}\n" if scaled else "",
        folder=literal(str(unlabelled.folder.resolve())),
        list=literal(UNLABELLED_LIST),
        endings=literal(unlabelled.endings),
        resize=resizes(facts.scaling)["train_resize"],
        distortion="" if facts.raw else strong,
        warmup=iterations // 10,
        ramp=iterations * 3 // 10,
        mix=mixing(len(facts.code.classes)),
    )
