"""Importing `seg_plugins.register` registers every class; nothing else loads torch or mmseg."""

import subprocess
import sys

import pytest

IMPORT_AS_A_CONFIG_DOES = """
import warnings
from mmengine.utils import import_modules_from_strings
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    import_modules_from_strings(["seg_plugins"], allow_failed_imports=False)
print([str(w.message) for w in said if "seg_plugins" in str(w.message)])
"""


def python(code):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize("name", ["seg_plugins", "seg_plugins.commands"])
def test_the_package_itself_loads_neither_torch_nor_mmseg(name):
    code = (
        f"import sys, {name}; print([m for m in ('torch', 'mmseg', 'mmengine', 'cv2') if m in sys.modules])"
    )
    assert python(code) == "[]"


def test_registering_registers():
    code = "import seg_plugins.register; from mmseg.registry import MODELS; print('SoftDiceLoss' in MODELS)"
    assert python(code) == "True"


def test_a_config_of_before_is_told_which_line_to_change():
    said = python(IMPORT_AS_A_CONFIG_DOES)
    assert "custom_imports" in said and "seg_plugins.register" in said
    assert python("import seg_plugins.register\n" + IMPORT_AS_A_CONFIG_DOES) == "[]"  # as our tools do


def test_code_of_before_registers_where_mmseg_is_loaded():
    code = "from mmseg.registry import MODELS; import seg_plugins; print('SoftDiceLoss' in MODELS)"
    assert python(code) == "True"
