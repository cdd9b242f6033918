"""Strict loading of public backbone weights, with messages that name every mismatch."""

import logging
from collections.abc import Mapping
from pathlib import Path

from mmengine.logging import print_log
from mmengine.registry import WEIGHT_INITIALIZERS
from torch import Tensor, nn

from seg_plugins.checkpoints.downloads import cache_path, fetch, is_address, resolve_weights
from seg_plugins.checkpoints.installed_weights import SCHEME, installed_file
from seg_plugins.checkpoints.safe_loading import is_trusted, read_checkpoint
from seg_plugins.checkpoints.weight_names import fit_vgg, spread_input, state_dict_of, vgg_to_caffe_names

__all__ = ["BackboneWeights", "load_backbone_weights"]

HEADS_OF_CLASSIFIERS = ("fc.", "head.", "classifier.", "fc8")
PREFIX = "backbone."
SET_IN_CONFIG = "--cfg-options model.backbone.init_cfg.checkpoint=FILE"
FROM_SCRATCH = "or train from scratch with --cfg-options model.backbone.init_cfg=None"


def read_weights(checkpoint: str) -> dict[str, Tensor]:
    """Read a weight file, downloading it once if it is an address.

    Raises:
        FileNotFoundError: The file is missing or cannot be downloaded, or its package is not installed.
        ValueError: The file is damaged, or asks for code and the run's config has no `trust_checkpoint=True`.
    """
    if checkpoint.startswith(SCHEME):
        try:
            address = str(installed_file(checkpoint))
        except FileNotFoundError as error:
            raise FileNotFoundError(f"backbone {error}; {FROM_SCRATCH}") from None
    else:
        address = resolve_weights(checkpoint)
    online = is_address(address)
    try:
        file = fetch(address) if online else Path(address)
        state = read_checkpoint(file, trusted=is_trusted())
    except ValueError as error:
        again = f". Delete the file to download it again from {address}" if online else ""
        raise ValueError(f"backbone weights: {error}{again}") from error
    except OSError as error:
        place = f"copy it to {cache_path(address)}, or give its path" if online else "give its path"
        raise FileNotFoundError(
            f"backbone weights {checkpoint} could not be read ({error}). Download {address} elsewhere "
            f"and {place}: {SET_IN_CONFIG}; {FROM_SCRATCH}"
        ) from error
    weights = state_dict_of(state)
    backbone = {k.removeprefix(PREFIX): v for k, v in weights.items() if k.startswith(PREFIX)}
    return backbone or weights


def translate(state: Mapping[str, Tensor], wanted: Mapping[str, Tensor], source: str) -> dict[str, Tensor]:
    """Rename the keys of a public file for the network that loads it.

    Args:
        state: State dictionary of the file.
        wanted: The network's own state dictionary.
        source: Name of the file, for messages.

    Raises:
        ValueError: A plain ResNet file for a deep-stem (V1c) network, or the other way round.
    """
    deep_stem, plain_stem = "stem.0.weight", "conv1.weight"
    if deep_stem in wanted and deep_stem not in state and plain_stem in state:
        raise ValueError(
            f"backbone weights {source}: a plain ResNet (one 7x7 stem convolution `conv1`); this backbone is "
            "a ResNetV1c, whose stem is three 3x3 convolutions. Use a V1c file such as "
            "open-mmlab://resnet50_v1c, or backbone type ResNet"
        )
    if plain_stem in wanted and plain_stem not in state and deep_stem in state:
        raise ValueError(
            f"backbone weights {source}: a ResNetV1c (deep stem); this backbone is a plain ResNet. "
            "Use a plain file, or backbone type ResNetV1c"
        )
    if "conv1_1.weight" in wanted:
        return fit_vgg(vgg_to_caffe_names(state), wanted)
    return dict(state)


def resize_positions(module: nn.Module, state: dict[str, Tensor]) -> None:
    """Resize a ViT's position embeddings, float (1, 1 + L, C), from a square grid to the module's own."""
    position = state.get("pos_embed")
    if position is None or not hasattr(module, "pos_embed") or position.shape == module.pos_embed.shape:
        return
    side = round((position.shape[1] - 1) ** 0.5)
    grid = tuple(pixels // module.patch_size for pixels in module.img_size)
    state["pos_embed"] = module.resize_pos_embed(position, grid, (side, side), module.interpolate_mode)


def load_backbone_weights(
    module: nn.Module, state: Mapping[str, Tensor], source: str, any_channels: bool = False
) -> list[str]:
    """Load a public state dictionary into a backbone.

    VGG: fc6 and fc7 may be missing from the file, everything else must fit.

    Args:
        module: Backbone; its `rename_weights(state, source)`, if it has one, translates the file's keys.
        state: State dictionary of the file.
        source: Name of the file, for messages.
        any_channels: Fit weights of RGB images to the channels of the network (`spread_input`).

    Returns:
        Keys that keep their initialisation.

    Raises:
        ValueError: Keys are missing or have another shape; the message names all.
    """
    wanted = module.state_dict()
    rename = getattr(module, "rename_weights", None)
    state = rename(state, source) if rename else translate(state, wanted, source)
    if any_channels:
        state = spread_input(state, wanted)
    resize_positions(module, state)
    counters = [k for k in wanted if k.endswith("num_batches_tracked")]
    fresh = [k for k in wanted if k not in state and k.startswith("fc")]
    missing = [k for k in wanted if k not in state and k not in fresh and k not in counters]
    wrong = [
        f"{k}: file {tuple(state[k].shape)}, network {tuple(v.shape)}"
        for k, v in wanted.items()
        if k in state and state[k].shape != v.shape
    ]
    if missing or wrong:
        fits = spread_input(state, wanted)
        only_input = not missing and all(fits[k].shape == v.shape for k, v in wanted.items() if k in fits)
        hint = ". For images of other channels set any_channels=True in its init_cfg" if only_input else ""
        unused = [k for k in state if k not in wanted and not k.startswith(HEADS_OF_CLASSIFIERS)]
        raise ValueError(
            f"backbone weights {source} do not fit {type(module).__name__}. "
            f"Missing ({len(missing)}): {', '.join(missing[:8]) or 'none'}. "
            f"Another shape ({len(wrong)}): {'; '.join(wrong[:8]) or 'none'}. "
            f"Not used ({len(unused)}): {', '.join(unused[:8]) or 'none'}" + hint
        )
    module.load_state_dict({**{k: wanted[k] for k in (*counters, *fresh)}, **state}, strict=False)
    return fresh


@WEIGHT_INITIALIZERS.register_module()
class BackboneWeights:
    """`init_cfg` that loads a public weight file into any backbone, strictly.

    Upstream's `Pretrained` loads what fits and logs the rest, so a wrong file means random weights.

    Args:
        checkpoint: Path, address (`#sha256=...` at its end is checked), `open-mmlab://NAME`, `mmcls://NAME`
            or `torchvision://NAME`, or `installed://NAME` for weights that come as a Python package.
        any_channels: Fit weights of RGB images to an encoder with another number of channels, by the sum over
            RGB divided by that number. Without it, such weights are refused.
    """

    def __init__(self, checkpoint: str, any_channels: bool = False) -> None:
        self.checkpoint = checkpoint
        self.any_channels = any_channels

    def __call__(self, module: nn.Module) -> None:
        """Load into `module`."""
        state = read_weights(self.checkpoint)
        fresh = load_backbone_weights(module, state, self.checkpoint, self.any_channels)
        print_log(f"backbone weights from {self.checkpoint}", logger="current")
        if fresh:
            print_log(
                f"not in {self.checkpoint}, randomly initialised: {', '.join(fresh)}",
                logger="current",
                level=logging.WARNING,
            )
