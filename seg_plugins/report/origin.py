"""The origin of a figure: versions of packages, commit of the code."""

import platform
import subprocess
from importlib import metadata
from pathlib import Path

import seg_plugins

__all__ = ["code_commit", "versions"]

PACKAGES = (
    ("mmsegmentation", "onedl-mmsegmentation"),
    ("mmengine", "onedl-mmengine"),
    ("mmcv", "onedl-mmcv", "mmcv-lite"),
    ("torch",),
    ("numpy",),
    ("opencv-python", "opencv-python-headless"),
)


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that affect results, by distribution name."""
    found = {"python": platform.python_version()}
    for names in PACKAGES:
        for name in names:
            try:
                found[name] = metadata.version(name)
            except metadata.PackageNotFoundError:
                continue
    return found


def code_commit() -> str:
    """Return the commit of this package's checkout, with "+" if files were changed; "" without a checkout.

    An installed package may lie in another project's checkout, where git does not track it.
    """
    folder = Path(seg_plugins.__file__).parent

    def git(*words: str) -> str | None:
        try:
            done = subprocess.run(
                ["git", "-C", str(folder), *words], capture_output=True, text=True, check=False
            )
        except OSError:
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    if git("ls-files", "--error-unmatch", "__init__.py") is None:
        return ""
    commit = git("rev-parse", "--short=10", "HEAD") or ""
    return commit + "+" * bool(git("status", "--porcelain", "--untracked-files=no", "--", "."))
