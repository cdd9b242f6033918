"""An exported file in the place of a segmentor's own computation."""

from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from torch import Tensor, nn

from seg_plugins.segmentors.tiled_encoder_decoder import TiledEncoderDecoder

from .exported_file import EXTRA, ExportedFile, require_same_config

__all__ = ["ExportedNetwork", "engine_of", "engine_threads", "use_exported"]


class ExportedNetwork:
    """ONNX Runtime on an exported file, on the CPU, called like `encode_decode`.

    Args:
        file: The file.
        threads: Threads of ONNX Runtime; None takes as many as PyTorch.

    Raises:
        ValueError: ONNX Runtime is missing, or too old for the file.
    """

    def __init__(self, file: ExportedFile, threads: int | None = None) -> None:
        try:
            import onnxruntime
        except ImportError:
            raise ValueError(f"exported file {file.path}: to use it, {EXTRA}") from None
        self.path, self.facts = file.path, file.facts
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or torch.get_num_threads()
        options.log_severity_level = 3
        try:
            self.session = onnxruntime.InferenceSession(
                file.data, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # of ONNX Runtime's own kinds
            raise ValueError(
                f"exported file {file.path} does not run in onnxruntime {onnxruntime.__version__}: "
                f"{str(error).splitlines()[0]}. Update it ({EXTRA} --upgrade), or export the file again"
            ) from None

    def __call__(self, inputs: Tensor, metas: Any = None) -> Tensor:
        """Compute the logits (N, K, H, W) float32 of normalised images (N, C, H, W), one image at a time.

        Raises:
            ValueError: The file does not take images of this size.
        """
        facts, size = self.facts, tuple(inputs.shape[2:])
        if facts.size is not None and size != tuple(facts.size):
            raise ValueError(
                f"exported file {self.path} takes images of {facts.size[0]}x{facts.size[1]} only, not "
                f"{size[0]}x{size[1]}: export it without --fixed, or set this size in the config's test"
            )
        if min(size) < facts.min_size:
            raise ValueError(
                f"image of {size[0]}x{size[1]}: exported file {self.path} takes images from "
                f"{facts.min_size}x{facts.min_size} on"
            )
        logits = [self.logits(image) for image in inputs.detach().float().cpu().split(1)]
        return torch.cat(logits).to(inputs.device)

    def logits(self, image: Tensor) -> Tensor:
        """Compute the logits (1, K, H, W) of a normalised image (1, C, H, W)."""
        pixels = image.numpy()
        if self.facts.input == "uint8":
            pixels = self.as_bytes(pixels)
        (logits,) = self.session.run(["logits"], {"image": np.ascontiguousarray(pixels)})
        return torch.from_numpy(logits)

    def as_bytes(self, pixels: np.ndarray) -> np.ndarray:
        """Return (1, H, W, C) uint8, the pixels of which (1, C, H, W) are the normalised ones."""
        facts = self.facts
        if facts.mean:
            mean, std = (np.float32(x).reshape(1, -1, 1, 1) for x in (facts.mean, facts.std))
            pixels = pixels * std + mean
        return pixels.round().clip(0, 255).astype(np.uint8).transpose(0, 2, 3, 1)


def engine_of(network: nn.Module) -> ExportedNetwork | None:
    """Return the exported file that computes in a network's place; None if the network does itself."""
    return network.__dict__.get("engine")


def engine_threads(cfg: Config) -> int | None:
    """Return `engine.threads` of a config.

    Raises:
        ValueError: It is no number of threads.
    """
    engine = cfg.get("engine") or {}
    if unknown := sorted(set(engine) - {"threads"}):
        raise ValueError(f"engine.{unknown[0]}: there is no such setting: use engine=dict(threads=2)")
    threads = engine.get("threads")
    if threads is not None and (type(threads) is not int or threads < 1):
        raise ValueError(f"engine.threads={threads!r}: use an integer of at least 1")
    return threads


def use_exported(network: nn.Module, file: ExportedFile, cfg: Config) -> None:
    """Let an exported file compute a network's scores; everything around stays the network's own.

    Windows, views, post-processing and the way back to an image's size are what they are with a checkpoint.
    The network's own weights are dropped.

    Args:
        network: The segmentor that `cfg` builds, changed in place.
        file: The file.
        cfg: The config.

    Raises:
        ValueError: File and config disagree, or the file does not run here.
    """
    require_same_config(file, cfg)
    steps = file.facts.steps
    fitted = network.postprocess.state_dict() if hasattr(network, "postprocess") else {}
    if steps.keys() != fitted.keys():
        raise ValueError(
            f"exported file {file.path} and config disagree in model.postprocess: fitted numbers are "
            f"{sorted(steps)} there, {sorted(fitted)} here. Export the file again with this config"
        )
    for name, buffer in fitted.items():
        buffer.copy_(torch.tensor(steps[name], dtype=buffer.dtype).reshape(buffer.shape))
    engine = ExportedNetwork(file, engine_threads(cfg))
    for name, child in network.named_children():  # whose memory nobody needs
        if name not in ("data_preprocessor", "postprocess"):
            for parameter in child.parameters():
                parameter.data = parameter.data.new_empty(0)
    network.engine, network.encode_decode = engine, engine
    if isinstance(network, TiledEncoderDecoder):
        network.extract_feat = engine
        network.decode_head.forward = keep


def keep(scores: Tensor) -> Tensor:
    """Return scores unchanged."""
    return scores
