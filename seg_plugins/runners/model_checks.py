"""Checks of a model before the first step, for what would stop or spoil a training."""

from collections.abc import Iterator, Sequence

import torch
from torch import nn

__all__ = [
    "check_class_count",
    "check_class_weights",
    "check_crop",
    "check_learns",
    "check_levels",
    "check_loss_names",
    "heads_of",
]

MOST_CLASSES = 255
SMALL_CROP = 64  # pixels
WEIGHTS = ("class_weight", "alpha")  # alpha of a focal loss is one number, or one per class


def heads_of(model: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Yield the names and modules of all heads that classify pixels."""
    for name, module in model.named_modules():
        if isinstance(getattr(module, "num_classes", None), int) and hasattr(module, "loss_decode"):
            yield name, module


def head_losses(head: nn.Module) -> Iterator[nn.Module]:
    """Yield a head's loss modules, including nested ones."""
    if isinstance(head.loss_decode, nn.Module):
        yield from head.loss_decode.modules()


def check_learns(model: nn.Module) -> None:
    """Raise ValueError if the model has no trainable parameter."""
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise ValueError(
            "no parameter of the model learns: all are frozen (FreezeHook.modules, backbone.frozen_stages, "
            "requires_grad), or there are none. Free some; train_cfg.type='FitLoop' is for models without"
        )


def check_crop(model: nn.Module) -> None:
    """Raise ValueError if the encoder cannot take images of the size of the training crop.

    Only crops that some encoder may find too small are tried. Statistics and modes stay as they are.
    """
    preprocessor, encoder = getattr(model, "data_preprocessor", None), getattr(model, "backbone", None)
    size = getattr(preprocessor, "size", None)
    if size is None or encoder is None or min(size) >= SMALL_CROP:
        return
    weight = next((p for p in encoder.parameters() if p.ndim == 4), None)
    if weight is None or not hasattr(preprocessor, "mean"):
        return
    modes = [(module, module.training) for module in encoder.modules()]
    encoder.eval()
    try:
        with torch.no_grad():
            encoder(torch.zeros(1, len(preprocessor.mean), *size, device=weight.device, dtype=weight.dtype))
    except (RuntimeError, ValueError, ZeroDivisionError, IndexError) as error:
        raise ValueError(
            f"model.data_preprocessor.size={tuple(size)}: this crop is too small for "
            f"{type(encoder).__name__}, which strides further than it reaches ({error}): take larger crops"
        ) from error
    finally:
        for module, training in modes:
            module.training = training


def check_levels(model: nn.Module) -> None:
    """Raise ValueError if a head reads more maps than the encoder gives.

    Looked up is what the encoder says (`out_indices`); a neck may change their number, and is left out.
    """
    encoder = getattr(model, "backbone", None)
    given = getattr(encoder, "out_indices", None)
    if not isinstance(given, Sequence) or getattr(model, "neck", None) is not None:
        return
    for name, head in heads_of(model):
        wanted = getattr(head, "in_index", None)
        if wanted is None:
            continue
        indices = list(wanted) if isinstance(wanted, Sequence) else [wanted]
        absent = [index for index in indices if not -len(given) <= index < len(given)]
        if absent:
            raise ValueError(
                f"model.{name}.in_index={wanted} asks for map {absent[0]}, and {type(encoder).__name__} "
                f"gives {len(given)} (0 to {len(given) - 1}): set model.backbone.out_indices, now "
                f"{tuple(given)}, or in_index and in_channels of the head"
            )


def check_class_weights(model: nn.Module) -> None:
    """Raise ValueError if the number of class weights of a loss differs from its head's number of classes.

    A one-channel head has two classes: losses of this package weight both, upstream's only the channel.
    """
    for name, head in heads_of(model):
        channels = getattr(head, "out_channels", None) or head.num_classes
        for loss in head_losses(head):
            ours = type(loss).__module__.startswith("seg_plugins.")
            wanted = max(2, channels) if ours else channels
            for key in WEIGHTS:
                weights = getattr(loss, key, None)
                if weights is not None and hasattr(weights, "__len__") and len(weights) != wanted:
                    raise ValueError(
                        f"model.{name}.loss_decode: {key} of {type(loss).__name__} has {len(weights)} values "
                        f"and needs {wanted}, one for each class"
                    )


def check_loss_names(model: nn.Module) -> list[str]:
    """Return the names of losses that upstream logs but does not train: those without "loss" in the name.

    Raises:
        ValueError: A head has no other loss.
    """
    left_out: list[str] = []
    for name, head in heads_of(model):
        members = head.loss_decode
        members = members if isinstance(members, nn.ModuleList) else [members]
        names = [str(loss.loss_name) for loss in members if hasattr(loss, "loss_name")]
        absent = [word for word in names if "loss" not in word]
        if absent and len(absent) == len(members):
            raise ValueError(
                f"model.{name}.loss_decode: loss_name={absent[0]!r} does not contain 'loss', so nothing of "
                f"this head is trained: call it 'loss_{absent[0]}'"
            )
        left_out += [f"model.{name}.loss_decode.loss_name={word!r}" for word in absent]
    return left_out


def check_class_count(model: nn.Module, transforms: set[str]) -> None:
    """Check that every class has an id that masks can hold and that is not ignored.

    Args:
        model: The model.
        transforms: Type names of the training pipeline.

    Raises:
        ValueError: There are more than 255 classes, and 255 is ignored or masks are read as 8 bits.
    """
    for name, head in heads_of(model):
        if head.num_classes <= MOST_CLASSES:
            continue
        ignored = getattr(head, "ignore_index", MOST_CLASSES)
        eight_bit = sorted(transforms & {"LoadAnnotations", "LoadSegAnnotations", "LoadPacked"})
        if 0 <= ignored < head.num_classes:
            reason = f"ignore_index={ignored} is the id of one of them"
        elif eight_bit:
            reason = f"{eight_bit[0]} reads masks in 8 bits"
        else:
            continue
        raise ValueError(
            f"model.{name}.num_classes={head.num_classes}: {reason}. This works for up to {MOST_CLASSES} "
            "classes. For more, set ignore_index of heads, metrics and padding to a larger id, and read "
            "the masks with a transform of your own"
        )
