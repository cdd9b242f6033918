"""Renaming and reshaping of public weight files for our networks. Pure functions on state dictionaries."""

import re
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

__all__ = [
    "decimate",
    "fit_vgg",
    "in_own_keys",
    "plain_weights",
    "spread_input",
    "state_dict_of",
    "vgg_to_caffe_names",
]

BRANCH = re.compile(r"(teacher|student)\.")
CONVS = [f"{s}_{i}" for s, count in enumerate((2, 2, 3, 3, 3), start=1) for i in range(1, count + 1)]
NESTS = ("state_dict", "model", "module", "model_state", "teacher")  # keys of weights in checkpoints
TORCHVISION_FC = {"classifier.0.": "fc6.", "classifier.3.": "fc7."}


def state_dict_of(checkpoint: Mapping[str, Any]) -> dict[str, Tensor]:
    """Return the tensors of a checkpoint, found under any usual key, without the `module.` of a wrapper.

    >>> list(state_dict_of({"model": {"module.backbone.w": torch.ones(1)}, "epoch": 3}))
    ['backbone.w']
    """
    for key in NESTS:
        if isinstance(checkpoint.get(key), Mapping):
            return state_dict_of(checkpoint[key])
    return {k.removeprefix("module."): v for k, v in checkpoint.items() if isinstance(v, Tensor)}


def plain_weights(weights: Mapping[str, Tensor], branch: str = "teacher") -> Mapping[str, Tensor]:
    """Return the weights of the segmentor that a regime trains; those of a plain one as they are.

    Args:
        weights: Names and tensors.
        branch: The regime's branch to take.

    >>> plain_weights({"teacher.a": 1, "student.a": 2}, "student"), plain_weights({"a": 3})
    ({'a': 2}, {'a': 3})
    """
    if not weights or not all(BRANCH.match(key) for key in weights):
        return weights
    return {k.removeprefix(f"{branch}."): v for k, v in weights.items() if k.startswith(f"{branch}.")}


def in_own_keys(
    model: nn.Module, weights: Mapping[str, Tensor], branch: str = "teacher"
) -> Mapping[str, Tensor]:
    """Rename weights for a model, if one of the two belongs to a regime and the other does not.

    Args:
        model: A segmentor, or one of a regime with the method `from_plain`.
        weights: Names and tensors of either kind.
        branch: Branch of a regime's weights that a plain segmentor gets.
    """
    of_regime = bool(weights) and all(BRANCH.match(key) for key in weights)
    if hasattr(model, "from_plain"):
        return weights if of_regime else model.from_plain(weights)
    if any(BRANCH.match(key) for key in model.state_dict()):
        return weights
    return plain_weights(weights, branch)


def spread_input(state: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Fit the first convolution of RGB weights to images of C channels.

    Each channel gets the sum over RGB, divided by C: an image whose channels are equal gives the same result.

    Args:
        state: State dictionary in the network's names.
        wanted: The network's own state dictionary.

    Returns:
        State dictionary in which a kernel (F, 3, k, k) is (F, C, k, k) where the network has that.

    >>> kernel = torch.ones(8, 3, 1, 1)
    >>> spread_input({"w": kernel}, {"w": torch.empty(8, 4, 1, 1)})["w"][0].flatten()
    tensor([0.7500, 0.7500, 0.7500, 0.7500])
    """
    fitted = dict(state)
    for key, own in wanted.items():
        weight = state.get(key)
        if weight is None or weight.dim() != 4 or weight.shape[1] != 3 or own.shape == weight.shape:
            continue
        channels = own.shape[1]
        if own.shape == (len(weight), channels, *weight.shape[2:]):
            fitted[key] = weight.sum(1, keepdim=True).expand_as(own) / channels
    return fitted


def vgg_to_caffe_names(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename torchvision's or OpenMMLab's VGG-16 (`features.N`) to `conv1_1` ... `fc7`, `bn1_1` ...

    Names in Caffe's style are kept; the ImageNet classifier (`fc8`, `classifier.6`) is dropped.

    Args:
        state: State dictionary of a VGG-16 with or without batch normalisation.

    Returns:
        State dictionary in Caffe's names.
    """
    renamed: dict[str, Tensor] = {}
    convolutions = iter(CONVS)
    layer_of: dict[str, str] = {}
    current = ""
    features = [k for k in state if k.startswith("features.")]
    for key in sorted(features, key=lambda k: int(k.split(".")[1])):
        layer = key.rsplit(".", 1)[0]
        if state[f"{layer}.weight"].dim() == 4 and layer not in layer_of:
            current = next(convolutions, "")
            layer_of[layer] = f"conv{current}"
    for key in features:
        layer, name = key.rsplit(".", 1)
        if layer not in layer_of:
            index = int(key.split(".")[1])
            before = [k for k in layer_of if int(k.split(".")[1]) <= index]
            nearest = max(before, key=lambda k: int(k.split(".")[1]))
            renamed[f"{layer_of[nearest].replace('conv', 'bn')}.{name}"] = state[key]
        else:
            renamed[f"{layer_of[layer]}.{name}"] = state[key]
    for key, value in state.items():
        for ours in [v + key.removeprefix(k) for k, v in TORCHVISION_FC.items() if key.startswith(k)]:
            renamed[ours] = value
        if re.match(r"(conv|bn|fc[67])", key):
            renamed[key] = value
    return renamed


def decimate(weight: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Keep evenly spaced entries of every axis, as when a 4096-channel 7x7 fc6 becomes 1024-channel 3x3.

    Chen et al., ICLR 2015, section 3.2 ("simple decimation").

    Args:
        weight: Float tensor, no axis shorter than in `shape`.
        shape: Target shape.

    Returns:
        Tensor of that shape.

    >>> decimate(torch.arange(7), (3,))
    tensor([0, 3, 6])
    >>> decimate(torch.arange(8), (2,))
    tensor([0, 4])
    """
    for axis, wanted in enumerate(shape):
        have = weight.shape[axis]
        step = have // wanted if have % wanted == 0 else (have - 1) // (wanted - 1)
        weight = weight.index_select(axis, torch.arange(wanted) * step)
    return weight


def fit_vgg(state: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Turn fc6 and fc7 into the convolutions, or branches of convolutions, that a network has.

    A fully connected fc6 over 512x7x7 is reshaped, a wider one is decimated, and `fc6_1`, `fc6_2`, ... each
    get a copy. Tensors that cannot be fitted are returned unchanged, so that the loader names them.

    Args:
        state: State dictionary in Caffe's names.
        wanted: The network's own state dictionary.

    Returns:
        State dictionary with the network's names and, where possible, shapes.
    """
    fitted = {k: v for k, v in state.items() if not k.startswith("fc")}
    for key, target in wanted.items():
        match = re.fullmatch(r"(fc[67])(?:_\d+)?\.(weight|bias)", key)
        if not match:
            continue
        source = state.get(key, state.get(f"{match[1]}.{match[2]}"))
        if source is None:
            continue
        if match[2] == "weight" and source.dim() == 2:
            side = 7 if match[1] == "fc6" else 1
            source = source.unflatten(1, (-1, side, side)) if source.shape[1] % side**2 == 0 else source
        fits = source.dim() == target.dim() and all(
            a >= b for a, b in zip(source.shape, target.shape, strict=True)
        )
        fitted[key] = decimate(source, tuple(target.shape)) if fits else source
    return fitted
