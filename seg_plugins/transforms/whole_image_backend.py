"""A file backend by which upstream's own loader refuses truncated images too."""

from pathlib import Path

from mmengine.fileio import LocalBackend, register_backend

from .image_bytes import require_complete

__all__ = ["WholeImageBackend"]


class WholeImageBackend(LocalBackend):
    """Reads image files and refuses empty and truncated ones.

    `dict(type="LoadImageFromFile", backend_args=dict(backend="WholeImageBackend"))` is for test pipelines
    that upstream's inferencers shall take, which know that loader by its name only.
    """

    def get(self, filepath: str | Path) -> bytes:
        """The content of a file.

        Raises:
            FileNotFoundError: There is none.
            ValueError: It is empty or truncated.
        """
        data = super().get(filepath)
        require_complete(data, filepath)
        return data


register_backend("WholeImageBackend", WholeImageBackend)
