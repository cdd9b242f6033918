from seg_plugins.zoo.suites.model import Model, Need, Row

CONFIG = "unet/unet_tiny_4xb2-1k_toy-8x8.py"


def test_names_of_lines_and_runs():
    model = Model(CONFIG, (0, 3), "U-Net", "toy", variant="mim")
    assert (model.line, model.stem) == ("unet_tiny_4xb2-1k_toy-8x8.mim", "unet_tiny_4xb2-1k_toy-8x8")
    assert (model.algo, model.devices) == ("unet", 4) and model.trains
    assert Row(model, 3).slot == "unet_tiny_4xb2-1k_toy-8x8.mim.seed3"


def test_a_need_takes_the_same_seed_or_one_for_all():
    needs = (Need("a", "toy"), Need("b", "toy", "model.teacher", seed=0), Need("c", "other"))
    row = Row(Model(CONFIG, (3,), "U-Net", "toy", needs=needs), 3)
    assert row.needed("toy") == ["a.seed3", "b.seed0"] and row.needed("other") == ["c.seed3"]


def test_a_row_that_tests_the_needed_checkpoint_does_not_train():
    assert not Model(CONFIG, (0,), "U-Net", "toy", needs=(Need("a", "toy", "test"),)).trains
