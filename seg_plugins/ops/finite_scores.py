"""Check of scores for NaN and infinity before they are used."""

import torch
from torch import Tensor

__all__ = ["check_finite"]


def check_finite(scores: Tensor, source: str = "") -> None:
    """Refuse scores that hold NaN or infinity; this costs one sum, and rarely a second pass.

    Args:
        scores: Floating point, of any shape.
        source: The image's file name, for the message.

    Raises:
        ValueError: The scores are not finite.
    """
    if torch.isfinite(scores.sum(dtype=torch.float32)):
        return
    if not all(torch.isfinite(end) for end in torch.aminmax(scores)):  # a sum may overflow
        raise ValueError(
            f"{source}{': ' * bool(source)}the model's scores are not finite (NaN or infinity): its weights "
            "are damaged, the training diverged (lower the learning rate), or the precision is too low (take "
            "float32)"
        )
