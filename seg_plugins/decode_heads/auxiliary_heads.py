"""Several auxiliary heads that take the class count from one place."""

from typing import Any

from mmengine.model import ModuleList
from mmseg.registry import MODELS

__all__ = ["AuxiliaryHeads"]


@MODELS.register_module()
class AuxiliaryHeads(ModuleList):
    """Auxiliary heads in a list, as `auxiliary_head=[...]` builds them, with the same weights and losses.

    A config cannot reach into a list of its base, so that each leaf would have to repeat all heads to give
    them its number of classes. Here it writes `auxiliary_head=dict(num_classes=...)`.

    Args:
        num_classes: Handed to each head that states none itself (boundary heads state 2).
        heads: Configs of the heads, each over `common`.
        common: What they share.
    """

    def __init__(
        self, num_classes: int, heads: list[dict[str, Any]], common: dict[str, Any] | None = None
    ) -> None:
        shared = {"num_classes": num_classes, **(common or {})}
        super().__init__([MODELS.build({**shared, **head}) for head in heads])
