"""Build the tiny run of the runner's tests, with three labelled and nine unlabelled images."""

from copy import deepcopy

import torch
from mmengine.hooks import Hook
from mmengine.registry import HOOKS

from tests.runners.base import no_workers, tiny

BRANCHES = ["sup", "unsup_teacher", "unsup_student"]


def semi(root, teacher=None, **options):
    """The tiny config as a regime; labels of the unlabelled images are deleted.

    Args:
        root: Folder of the run.
        teacher: More keys of `semi_train_cfg`.
        **options: As of `tiny`.
    """
    cfg = no_workers(tiny(root))
    names = [f"{i:02d}" for i in range(12)]
    for kind, listed in (("labelled", names[:3]), ("unlabelled", names[3:])):
        path = root / "data" / f"{kind}.txt"
        if not path.exists():  # else another rank may be reading it
            path.write_text("\n".join(listed))
    labelled = deepcopy(cfg.train_dataloader.dataset.to_dict())
    unlabelled = deepcopy(labelled)
    unlabelled["data_prefix"] = dict(img_path="images")
    steps = labelled["pipeline"]
    unlabelled["pipeline"] = [
        steps[0], *steps[2:5],
        dict(
            type="MultiBranch", branch_field=BRANCHES,
            unsup_teacher=[dict(type="PackSegInputs")],
            unsup_student=[dict(type="PhotoMetricDistortion"), dict(type="PackSegInputs")],
        ),
    ]  # fmt: skip
    for source in (labelled, unlabelled):
        source["type"] = "CheckedSegDataset"
    cfg.train_dataloader.dataset = dict(
        type="MultiSourceDataset",
        datasets=[labelled, unlabelled],
        ann_files=["labelled.txt", "unlabelled.txt"],
    )
    cfg.train_dataloader.sampler = dict(type="ExactMultiSourceSampler", batch_size=4, source_ratio=[1, 1])
    how = dict(threshold=0.5, warmup=3, ramp_up=4, mix=dict(type="CutMix", prob=1.0)) | (teacher or {})
    cfg.model = dict(type="TeacherStudentSegmentor", segmentor=cfg.model, semi_train_cfg=how)
    cfg.custom_hooks = [dict(type="EmaTeacherHook", momentum=0.1, interval=4)]
    cfg.merge_from_dict({key.replace("__", "."): value for key, value in options.items()})
    return cfg


def semi_with_workers(root, **options):
    """The same, loaded by the workers of the tiny config."""
    workers = tiny(root).train_dataloader.num_workers
    assert workers > 0
    return semi(root, train_dataloader__num_workers=workers, **options)


@HOOKS.register_module()
class PoisonBranchHook(Hook):
    """Makes a labelled image NaN in the batches of some iterations, counted from 0."""

    def __init__(self, iterations):
        self.iterations = iterations

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.iter in self.iterations:
            image = data_batch["inputs"]["sup"][0]
            data_batch["inputs"]["sup"][0] = torch.full(image.shape, float("nan"))
