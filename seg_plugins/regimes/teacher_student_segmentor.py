"""A segmentor that also learns from unlabelled images, with labels from its own moving average."""

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from mmseg.models.segmentors.base import BaseSegmentor
from mmseg.registry import MODELS
from mmseg.utils import OptSampleList, SampleList
from torch import Tensor, nn

from .moving_average import copy_network
from .multi_branch_pre_processor import MultiBranchPreProcessor
from .pseudo_labels import (
    is_image,
    joint_loss,
    labels_and_confidence,
    mean_of_labelled,
    pseudo_samples,
    ramp_up,
    weighted,
)

__all__ = ["TeacherStudentSegmentor"]

BRANCHES = ("teacher", "student")
IGNORED = 255


@MODELS.register_module()
class TeacherStudentSegmentor(BaseSegmentor):
    """Trains a student on labels and on the predictions of its teacher; tests like the inner segmentor.

    The teacher labels the weak view of each unlabelled image. Pixels with too little confidence are
    ignored. The others may be mixed with other images, and the student learns them from the strong view.
    `EmaTeacherHook` updates the teacher. Sources: Tarvainen and Valpola, NeurIPS 2017 (mean teacher); Sohn et
    al., NeurIPS 2020 (FixMatch); Yang et al., CVPR 2023 (UniMatch). The names are those of MMDetection's
    `SemiBaseDetector`.

    A plain checkpoint of the segmentor is loaded into both branches.

    Args:
        segmentor: Config of the segmentor, as in a supervised config.
        semi_train_cfg: How to learn from unlabelled images:

            * `threshold`: smallest probability of a pseudo label, in 0..1;
            * `unsup_weight`: factor of the loss of unlabelled images, which is a mean over all of their
              pixels; pixels without confidence count as 0;
            * `warmup`: iterations with labels only;
            * `ramp_up`: iterations after the warm-up in which the factor rises; see `ramp_up`;
            * `mix`: config of `CutMix` or `ClassMix`, or None;
            * `mix_from`: source of the pasted images: "unlabelled" for other images of the batch, "labelled"
              for labelled images;
            * `joint`: whether the network processes labelled and unlabelled images as one batch.
        semi_test_cfg: `predict_on`: "teacher" or "student".
        init_cfg: As for any module of MMEngine.

    Raises:
        ValueError: A key or value is unknown.
    """

    DEFAULTS: ClassVar[dict[str, Any]] = dict(
        threshold=0.8,
        unsup_weight=1.0,
        warmup=200,
        ramp_up=500,
        mix=None,
        mix_from="unlabelled",
        joint=True,
    )

    def __init__(
        self,
        segmentor: dict,
        semi_train_cfg: dict | None = None,
        semi_test_cfg: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        student = MODELS.build(segmentor)
        super().__init__(MultiBranchPreProcessor(student.data_preprocessor), init_cfg)
        self.student = student
        self.teacher = MODELS.build(segmentor)
        self.teacher.requires_grad_(False).eval()
        copy_network(self.teacher, self.student)
        self.settings = checked_settings(self.DEFAULTS, semi_train_cfg)
        self.mix = MODELS.build(self.settings["mix"]) if self.settings["mix"] else None
        self.predict_on = (semi_test_cfg or {}).get("predict_on", "teacher")
        if self.predict_on not in BRANCHES:
            raise ValueError(f"semi_test_cfg.predict_on={self.predict_on!r}: choose one of {BRANCHES}")
        self.iteration: int | None = None
        self.register_buffer("labelled_pixels", torch.zeros(2, self.num_classes), persistent=False)
        self._register_load_state_dict_pre_hook(self._take_plain_weights)

    @classmethod
    def deployed_cfg(cls, model_cfg: dict) -> tuple[dict, str]:
        """Return the config of the segmentor that is used after training, and its branch."""
        branch = (model_cfg.get("semi_test_cfg") or {}).get("predict_on", "teacher")
        return model_cfg["segmentor"], branch

    @property
    def deployed(self) -> nn.Module:
        """Branch that predicts."""
        return getattr(self, self.predict_on)

    def init_weights(self) -> None:
        """Initialise the student, and copy it to the teacher."""
        self.student.init_weights()
        copy_network(self.teacher, self.student)

    def train(self, mode: bool = True) -> "TeacherStudentSegmentor":
        """Set the mode of the student; the teacher always stays in evaluation mode."""
        super().train(mode)
        self.teacher.eval()
        return self

    def loss(
        self, inputs: dict[str, Tensor] | Tensor, data_samples: dict[str, SampleList] | SampleList
    ) -> dict:
        """Compute the losses of a batch.

        Args:
            inputs: Branch to normalised images (n, C, H, W), as `MultiBranchPreProcessor` returns them; or
                images of a validation.
            data_samples: Samples of the images.

        Returns:
            The segmentor's losses of labelled images; after the warm-up, also those of unlabelled images, and
            `kept_share`, the fraction of unlabelled pixels with a pseudo label.

        Raises:
            ValueError: No `EmaTeacherHook` updates the teacher, or the batch has no labelled or no unlabelled
                images.
        """
        if isinstance(inputs, Tensor):
            return self.deployed.loss(inputs, data_samples)
        if self.iteration is None:
            raise ValueError(
                "TeacherStudentSegmentor: nothing updates the teacher. Add "
                'default_hooks=dict(teacher=dict(type="EmaTeacherHook"))'
            )
        if "sup" not in inputs:
            raise ValueError("a batch has no labelled image: use ExactMultiSourceSampler")
        past = self.iteration - self.settings["warmup"]
        if past < 0:
            return self.student.loss(inputs["sup"], data_samples["sup"])
        if "unsup_teacher" not in inputs:
            raise ValueError("a batch has no unlabelled image: use ExactMultiSourceSampler")
        images, samples, kept = self.strong_batch(inputs, data_samples)
        weight = kept * self.settings["unsup_weight"] * ramp_up(past, self.settings["ramp_up"])
        if self.settings["joint"]:
            groups = (data_samples["sup"], samples)
            losses = joint_loss(self.student, (inputs["sup"], images), groups, weight)
        else:
            losses = self.student.loss(inputs["sup"], data_samples["sup"])
            with mean_of_labelled(self.student):
                losses |= weighted(self.student.loss(images, samples), weight)
        return losses | dict(kept_share=kept)

    @torch.no_grad()
    def strong_batch(
        self, inputs: dict[str, Tensor], data_samples: dict[str, SampleList]
    ) -> tuple[Tensor, SampleList, Tensor]:
        """Label the weak views, and build the student's batch from the strong ones.

        Returns:
            Images (n, C, H, W), their samples with pseudo labels, and the fraction of kept pixels, ().
        """
        weak, strong = inputs["unsup_teacher"], inputs["unsup_student"]
        whole = dict(img_shape=weak.shape[-2:], pad_shape=weak.shape[-2:])  # as padded, else it is cropped
        metas = [sample.metainfo | whole for sample in data_samples["unsup_teacher"]]
        logits = self.teacher.encode_decode(weak, metas)
        labels, confidence = labels_and_confidence(logits, getattr(self.decode_head, "threshold", None))
        valid = is_image(data_samples["unsup_teacher"], weak.shape[-2:], weak.device)
        keep = valid & (confidence >= self.settings["threshold"])
        self.count(labels, valid, keep)
        labels = labels.masked_fill(~keep, IGNORED)
        if self.mix is not None:
            strong, labels, valid = self.mixed(strong, labels, valid, inputs, data_samples)
        kept = (labels != IGNORED).sum() / valid.sum().clamp_min(1)
        return strong, pseudo_samples(data_samples["unsup_student"], labels), kept

    def mixed(
        self,
        images: Tensor,
        labels: Tensor,
        valid: Tensor,
        inputs: dict[str, Tensor],
        data_samples: dict[str, SampleList],
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Paste parts of other images, with their labels, into strong views."""
        count = len(images)
        if self.settings["mix_from"] == "labelled":
            rows = torch.arange(count, device=images.device) % len(inputs["sup"])
            truth = torch.stack([s.gt_sem_seg.data[0].long() for s in data_samples["sup"]])
            other_images, other_labels = inputs["sup"][rows], truth[rows]
            other_valid = is_image(data_samples["sup"], truth.shape[-2:], truth.device)[rows]
        elif count < 2:
            raise ValueError(
                f"{type(self.mix).__name__} mixes unlabelled images, and a batch has {count}: raise "
                "train_dataloader.batch_size, or set semi_train_cfg.mix_from='labelled'"
            )
        else:
            other_images, other_labels, other_valid = (part.flip(0) for part in (images, labels, valid))
        mask = self.mix.mask(other_labels)
        return (
            torch.where(mask[:, None], other_images, images),
            torch.where(mask, other_labels, labels),
            torch.where(mask, other_valid, valid),
        )

    def count(self, labels: Tensor, valid: Tensor, keep: Tensor) -> None:
        """Sum the pixels that the teacher assigned to each class, and those of them that were kept."""
        for row, chosen in enumerate((valid, keep)):
            pixels = torch.zeros_like(self.labelled_pixels[row])
            pixels.scatter_add_(0, labels.flatten(), chosen.flatten().to(pixels.dtype))
            self.labelled_pixels[row] += pixels

    def predict(self, inputs: Tensor, data_samples: OptSampleList = None) -> SampleList:
        """Predict as the deployed branch does."""
        return self.deployed.predict(inputs, data_samples)

    def _forward(self, inputs: Tensor, data_samples: OptSampleList = None) -> Any:
        return self.deployed._forward(inputs, data_samples)

    def extract_feat(self, inputs: Tensor) -> Any:
        """Return the features of the deployed branch."""
        return self.deployed.extract_feat(inputs)

    def encode_decode(self, inputs: Tensor, batch_data_samples: Any) -> Tensor:
        """Return the logits (N, K, H, W) of the deployed branch."""
        return self.deployed.encode_decode(inputs, batch_data_samples)

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name in HANDED_THROUGH:
                return getattr(self.deployed, name)
            raise

    @staticmethod
    def from_plain(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the weights of a plain segmentor under the keys of both branches."""
        return {f"{branch}.{key}": value for branch in BRANCHES for key, value in weights.items()}

    def _take_plain_weights(self, state_dict: dict[str, Tensor], prefix: str, *_: Any) -> None:
        """Copy the weights of a plain segmentor to both branches before loading."""
        own = {k.removeprefix(prefix): k for k in state_dict if k.startswith(prefix)}
        if own and not any(key.startswith(tuple(f"{branch}." for branch in BRANCHES)) for key in own):
            plain = {key: state_dict.pop(name) for key, name in own.items()}
            state_dict.update({f"{prefix}{key}": value for key, value in self.from_plain(plain).items()})


HANDED_THROUGH = ("align_corners", "decode_head", "inference", "num_classes", "out_channels", "test_cfg")


def checked_settings(defaults: dict[str, Any], given: dict[str, Any] | None) -> dict[str, Any]:
    """Merge the defaults with `semi_train_cfg`.

    Raises:
        ValueError: A key is unknown, or a value is out of range.
    """
    given = dict(given or {})
    if unknown := sorted(given.keys() - defaults.keys()):
        raise ValueError(f"semi_train_cfg has no {unknown}; its keys are {sorted(defaults)}")
    settings = {**defaults, **given}
    if not 0 <= settings["threshold"] < 1:
        raise ValueError(f"semi_train_cfg.threshold={settings['threshold']}: use a probability in 0..1")
    if settings["mix_from"] not in ("unlabelled", "labelled"):
        raise ValueError(f"semi_train_cfg.mix_from={settings['mix_from']!r}: use 'unlabelled' or 'labelled'")
    return settings
