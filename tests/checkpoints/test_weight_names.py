import torch

from seg_plugins.backbones import FCNVGG, DeepLabVGG, SegNetEncoder
from seg_plugins.checkpoints.weight_names import decimate, fit_vgg, state_dict_of, vgg_to_caffe_names

WIDTHS = (2, 2, 3, 4, 5)
TORCHVISION = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)
TORCHVISION_BN = (0, 3, 7, 10, 14, 17, 20, 24, 27, 30, 34, 37, 40)


def convolutions(model):
    return [n for n, m in model.named_children() if n.startswith("conv")]


def torchvision_file(model, bn=False):
    """The state dictionary that torchvision's vgg16 or vgg16_bn of these widths would have."""
    state = model.state_dict()
    indices = TORCHVISION_BN if bn else TORCHVISION
    made = {}
    for name, index in zip(convolutions(model), indices, strict=True):
        for key, value in state.items():
            layer, _, kind = key.partition(".")
            if layer == name:
                made[f"features.{index}.{kind}"] = value
            if layer == name.replace("conv", "bn"):
                made[f"features.{index + 1}.{kind}"] = value
    return made


def test_torchvision_names():
    model = FCNVGG(widths=WIDTHS, fc_channels=6)
    file = torchvision_file(model)
    file |= {"classifier.0.weight": torch.rand(6, 5 * 49), "classifier.6.weight": torch.rand(10, 6)}
    named = vgg_to_caffe_names(file)
    assert set(named) == {k for k in model.state_dict() if "conv" in k} | {"fc6.weight"}
    assert all(torch.equal(named[k], v) for k, v in model.state_dict().items() if "conv" in k)


def test_torchvision_names_with_batch_normalisation():
    model = SegNetEncoder(widths=WIDTHS)
    for name, buffer in model.named_buffers():
        if "running" in name:
            buffer.normal_()
    named = vgg_to_caffe_names(torchvision_file(model, bn=True))
    assert set(named) == set(model.state_dict())
    assert all(torch.equal(named[k], v) for k, v in model.state_dict().items())


def test_openmmlab_names_with_batch_normalisation():
    """`features.N.conv.weight` and `features.N.bn.weight`, in one index."""
    model = SegNetEncoder(widths=WIDTHS)
    file = {}
    for index, name in enumerate(convolutions(model)):
        for key, value in model.state_dict().items():
            layer, _, kind = key.partition(".")
            for ours, theirs in ((name, "conv"), (name.replace("conv", "bn"), "bn")):
                if layer == ours:
                    file[f"features.{index * 2}.{theirs}.{kind}"] = value
    assert set(vgg_to_caffe_names(file)) == set(model.state_dict())


def test_caffe_names_pass():
    file = {"conv1_1.weight": torch.rand(2, 3, 3, 3), "fc6.bias": torch.rand(6), "fc8.bias": torch.rand(6)}
    assert set(vgg_to_caffe_names(file)) == {"conv1_1.weight", "fc6.bias"}


def test_fully_connected_layer_becomes_a_convolution():
    wanted = FCNVGG(widths=WIDTHS, fc_channels=6).state_dict()
    linear = torch.rand(6, 5 * 49)
    fitted = fit_vgg({"fc6.weight": linear}, wanted)
    assert torch.equal(fitted["fc6.weight"].flatten(1), linear)


def test_every_branch_of_deeplab_gets_the_decimated_layer():
    wanted = DeepLabVGG(widths=WIDTHS, fc_channels=2, fc_dilations=(6, 12)).state_dict()
    full = torch.rand(8, 5, 7, 7)
    fitted = fit_vgg({"fc6.weight": full, "fc6.bias": torch.arange(8.0)}, wanted)
    assert torch.equal(fitted["fc6_1.weight"], full[::4, :, ::3, ::3])
    assert torch.equal(fitted["fc6_2.weight"], fitted["fc6_1.weight"])
    assert fitted["fc6_1.bias"].tolist() == [0.0, 4.0]


def test_decimate_keeps_both_ends_where_it_can():
    assert decimate(torch.arange(7), (3,)).tolist() == [0, 3, 6]
    assert decimate(torch.arange(4096), (1024,)).tolist() == list(range(0, 4096, 4))


def test_usual_nests_and_prefixes_are_found():
    tensor = torch.ones(1)
    for nest in (
        dict(state_dict={"a": tensor}),
        dict(model={"module.a": tensor}),
        dict(state_dict=dict(teacher={"a": tensor})),
        {"a": tensor, "epoch": 3},
    ):
        assert state_dict_of(nest) == {"a": tensor}
