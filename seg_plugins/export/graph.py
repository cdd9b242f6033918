"""What is exported of a segmentor: from pixels to logits, and by option normalisation and labels."""

import torch
from mmcv.cnn.bricks.conv2d_adaptive_padding import Conv2dAdaptivePadding
from torch import Tensor, nn

from seg_plugins.decode_heads.masked_attention_head import MaskedAttentionHead
from seg_plugins.models import LoadedModel
from seg_plugins.models.export_facts import ExportFacts
from seg_plugins.segmentors.mask_rcnn import MaskRCNN

from .matrix_pooling import MatrixPooling

__all__ = ["ExportGraph", "require_exportable"]


class ExportGraph(nn.Module):
    """A segmentor as a function of one image.

    A part whose forward pass branches on values of its buffers has a method `fix_branches`, which makes
    numbers of them.

    Args:
        network: The segmentor, in evaluation mode.
        facts: Say which input and which outputs.
    """

    def __init__(self, network: nn.Module, facts: ExportFacts) -> None:
        super().__init__()
        self.network, self.facts = network, facts
        for module in network.modules():
            if hasattr(module, "fix_branches"):
                module.fix_branches()
        if facts.input == "uint8" and facts.mean:
            self.register_buffer("mean", torch.tensor(facts.mean).view(-1, 1, 1))
            self.register_buffer("std", torch.tensor(facts.std).view(-1, 1, 1))

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        """Compute the outputs that the facts name.

        Args:
            image: (1, C, H, W) float32, normalised, or (1, H, W, C) uint8.

        Returns:
            Logits (1, K, H, W) float32; then, by option, labels (1, H, W) uint8, with more than 256 classes
            int32, and their probability (1, H, W) float32.
        """
        if self.facts.input == "uint8":
            image = image.permute(0, 3, 1, 2).float()
            image = (image - self.mean) / self.std if self.facts.mean else image
        size = image.shape[2:]
        with MatrixPooling():
            logits = self.network.encode_decode(image, [{"img_shape": size, "ori_shape": size}])
        if len(self.facts.outputs) == 1:
            return (logits,)
        if logits.shape[1] == 1:
            foreground = logits[:, 0].sigmoid()
            chosen = foreground > self.facts.threshold
            return logits, chosen.to(torch.uint8), torch.where(chosen, foreground, 1 - foreground)
        labels = logits.argmax(1).to(torch.uint8 if logits.shape[1] <= 256 else torch.int32)
        return logits, labels, logits.softmax(1).amax(1)


def require_exportable(loaded: LoadedModel, labels: bool, uint8: bool, fixed: bool = False) -> None:
    """Refuse what no graph can hold.

    Raises:
        ValueError: The segmentor is no network that gives scores, or the options do not fit it.
    """
    network, name = loaded.network, type(loaded.network).__name__
    own_steps = isinstance(network, MaskRCNN) or not loaded.gives_scores
    if own_steps or not any(True for _ in network.parameters()):
        raise ValueError(f"{name} cannot be exported: it predicts in steps of its own, which are no network")
    if isinstance(head := network.decode_head, MaskedAttentionHead):
        raise ValueError(
            f"{name} of {type(head).__name__} cannot be exported: no file of it was shown to be right"
        )
    if not fixed and any(isinstance(module, Conv2dAdaptivePadding) for module in network.modules()):
        raise ValueError(
            f"{name} of {type(network.backbone).__name__} is exported for one size only: add --fixed HxW"
        )
    if labels and len(steps := getattr(network, "postprocess", ())):
        kinds = ", ".join(type(step).__name__ for step in steps)
        raise ValueError(
            f"--labels: model.postprocess ({kinds}) runs after the network, not in a file: leave out --labels"
        )
    if labels and (loaded.config.model.get("test_cfg") or {}).get("mode") == "slide":
        raise ValueError(
            "--labels: model.test_cfg.mode='slide' blends windows after the network: leave out --labels"
        )
    if uint8 and (loaded.input_spec.value_range != (0.0, 255.0) or not loaded.pipeline.eight_bits):
        raise ValueError("--uint8: the config loads images of more than 8 bits: leave out --uint8")
