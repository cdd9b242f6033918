import subprocess
import sys

HEAVY = ("matplotlib", "scipy.stats", "skimage", "sklearn", "torchvision", "timm", "transformers", "rasterio")


def test_importing_the_package_stays_light_and_silent():
    """What only drawing, reports or extras need is not imported with the classes."""
    code = (
        "import sys, mmseg.models; before = set(sys.modules); import seg_plugins.register;"
        f"print(sorted(set({HEAVY!r}) & (set(sys.modules) - before)))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
