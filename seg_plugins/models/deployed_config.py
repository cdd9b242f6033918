"""The config of the segmentor that a regime trains."""

from copy import deepcopy

from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.utils import import_modules_from_strings
from mmseg.registry import MODELS

from seg_plugins.datasets.multi_source_dataset import labelled_source

__all__ = ["deployed_config"]

OF_REGIMES = ("EmaTeacherHook",)  # hooks that need a regime's segmentor


def deployed_config(cfg: Config) -> tuple[Config, str]:
    """Return the config whose model is the one that is used after training.

    A regime's segmentor says by its class method `deployed_cfg` which segmentor it trains; other configs are
    returned as they are. Of a regime's config, the result trains that segmentor on the labelled images alone.

    Args:
        cfg: A config with `model`.

    Returns:
        The config, and the branch of a regime's weights that belongs to it, "teacher" where there are none.
    """
    init_default_scope(cfg.get("default_scope") or "mmseg")
    kind = cfg.model.get("type")
    if isinstance(kind, str):
        if MODELS.get(kind) is None and cfg.get("custom_imports"):
            import_modules_from_strings(**cfg.custom_imports)
        kind = MODELS.get(kind)
    if not hasattr(kind, "deployed_cfg"):
        return cfg, "teacher"
    plain = deepcopy(cfg)
    model, branch = kind.deployed_cfg(plain.model)
    plain.model = model
    loader = plain.get("train_dataloader")
    if loader:
        source, inside = labelled_source(loader.dataset)
        loader.dataset = source
        if inside:
            loader.sampler = dict(type="ExactInfiniteSampler", shuffle=True)
    hooks = plain.get("custom_hooks") or []
    plain.custom_hooks = [hook for hook in hooks if hook["type"] not in OF_REGIMES]
    return plain, branch
