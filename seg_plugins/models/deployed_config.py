"""The config of the segmentor that a regime trains."""

from copy import deepcopy

from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS

__all__ = ["deployed_config"]


def deployed_config(cfg: Config) -> tuple[Config, str]:
    """Return the config whose model is the one that is used after training.

    A regime's segmentor says by its class method `deployed_cfg` which segmentor it trains; other configs are
    returned as they are.

    Args:
        cfg: A config with `model`.

    Returns:
        The config, and the branch of a regime's weights that belongs to it, "teacher" where there are none.
    """
    init_default_scope(cfg.get("default_scope") or "mmseg")
    kind = cfg.model.get("type")
    kind = MODELS.get(kind) if isinstance(kind, str) else kind
    if not hasattr(kind, "deployed_cfg"):
        return cfg, "teacher"
    plain = deepcopy(cfg)
    model, branch = kind.deployed_cfg(plain.model)
    plain.model = model
    return plain, branch
