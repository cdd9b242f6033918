"""Every architecture, CPU-size for behaviour and paper-size for its parameter count."""

from tests.segmentors.base import ArchitectureTester


class TestFCN(ArchitectureTester):
    tiny = "fcn_tiny"
    paper = {"fcn_vgg16-8s": (21, 134.49), "fcn_vgg16-16s": (21, 134.82), "fcn_vgg16-32s": (21, 136.15)}
    odd_sizes = (*ArchitectureTester.odd_sizes, (1, 1))


class TestUNet(ArchitectureTester):
    tiny = "unet_tiny"
    paper = {"unet_c64": (10, 31.04)}
    odd_sizes = (*ArchitectureTester.odd_sizes, (1, 1))


class TestSegNet(ArchitectureTester):
    tiny = "segnet_tiny"
    paper = {"segnet_vgg16-bn": (11, 29.45)}
    odd_sizes = (*ArchitectureTester.odd_sizes, (1, 1))
