"""Every architecture, CPU-size for behaviour and paper-size for its parameter count."""

from tests.segmentors.base import ArchitectureTester


class TestFCN(ArchitectureTester):
    tiny = "fcn_tiny"
    paper = {
        "fcn_vgg16-8s": (21, 134.49),
        "fcn_vgg16-16s": (21, 134.82),
        "fcn_vgg16-32s": (21, 136.15),
        "fcn_r50-d8": (19, 49.50, 47.13),
        "fcn_r101-d8": (19, 68.49, 66.13),
    }


class TestUNet(ArchitectureTester):
    tiny = "unet_tiny"
    paper = {"unet_c64": (10, 31.04), "unet_s5-d16": (19, 29.06, 28.99)}


class TestSegNet(ArchitectureTester):
    tiny = "segnet_tiny"
    paper = {"segnet_vgg16-bn": (11, 29.45)}


class TestDeepLabV1(ArchitectureTester):
    tiny = "deeplabv1_tiny"
    paper = {"deeplabv1_vgg16-largefov": (21, 20.51)}


class TestDeepLabV2(ArchitectureTester):
    tiny = "deeplabv2_tiny"
    paper = {"deeplabv2_r101-aspp": (21, 44.05), "deeplabv2_vgg16-aspp": (21, 37.88)}


class TestDeepLabV3(ArchitectureTester):
    tiny = "deeplabv3_tiny"
    paper = {"deeplabv3_r50-d8": (19, 68.11, 65.75), "deeplabv3_r101-d8": (19, 87.11, 84.74)}


class TestDeepLabV3Plus(ArchitectureTester):
    tiny = "deeplabv3plus_tiny"
    paper = {"deeplabv3plus_r50-d8": (19, 43.59, 41.23), "deeplabv3plus_r101-d8": (19, 62.58, 60.22)}


class TestPSPNet(ArchitectureTester):
    tiny = "pspnet_tiny"
    paper = {"pspnet_r50-d8": (19, 48.98, 46.61), "pspnet_r101-d8": (19, 67.97, 65.60)}


class TestHRNet(ArchitectureTester):
    tiny = "hrnet_tiny"
    paper = {"hrnet_w18": (19, 9.64), "hrnet_w48": (19, 65.86)}


class TestSegmenter(ArchitectureTester):
    tiny = "segmenter_tiny"
    learning_rate = 1e-3
    paper = {"segmenter_vit-s": (150, 26.03), "segmenter_vit-l": (150, 333.23)}
