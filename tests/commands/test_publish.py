import pytest

from seg_plugins.commands.publish import main


def test_a_row_without_checkpoint_is_named_with_the_option(tmp_path):
    with pytest.raises(ValueError, match="unet"):
        main(["synth-cpu", "unett"])
    with pytest.raises(FileNotFoundError, match="has no checkpoint: pass --checkpoint FILE"):
        main(["synth-cpu", "unet_tiny_1xb4-1k_synth-streets-128x256.seed0", "--out", str(tmp_path)])
