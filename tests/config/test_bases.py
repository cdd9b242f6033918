import pytest
from mmengine.config import Config

from seg_plugins.config.bases import base_names, require_base


def test_bases_are_found_and_near_names_shown():
    assert {"fcn_tiny", "unet_tiny"} <= set(base_names("models"))
    assert require_base("schedules", "adamw_1k", "--schedule").name == "adamw_1k.py"
    with pytest.raises(ValueError, match=r"--model fcntiny is unknown\. Did you mean fcn_tiny"):
        require_base("models", "fcntiny", "--model")


def test_named_models_are_whole():
    networks = [name for name in base_names("models") if not name.startswith("classical_")]
    assert "fcn_tiny" in networks
    for name in networks:
        model = Config.fromfile(require_base("models", name, "--model")).model
        assert "type" in model.backbone and "type" in model.decode_head, name
