"""Every architecture, CPU-size for behaviour and paper-size for its parameter count."""

from tests.segmentors.base import ArchitectureTester, samples_with_edges


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


class TestSegFormer(ArchitectureTester):
    tiny = "segformer_tiny"
    odd_sizes = ((64, 96), (61, 83), (33, 47))
    paper = {"segformer_mit-b0": (19, 3.72), "segformer_mit-b5": (19, 81.97)}


class TestSegNeXt(ArchitectureTester):
    tiny = "segnext_tiny"
    paper = {"segnext_mscan-t": (150, 4.26), "segnext_mscan-s": (150, 13.93)}


class TestBiSeNetV1(ArchitectureTester):
    tiny = "bisenetv1_tiny"
    paper = {"bisenetv1_r18-d32": (19, 13.43, 13.28)}


class TestBiSeNetV2(ArchitectureTester):
    tiny = "bisenetv2_tiny"
    paper = {"bisenetv2_fcn": (19, 14.80, 3.36)}


class TestPIDNet(ArchitectureTester):
    tiny = "pidnet_tiny"
    watched = "decode.loss_sem_i"
    labels = staticmethod(samples_with_edges)
    paper = {"pidnet_s": (19, 7.72), "pidnet_m": (19, 28.76)}


class TestDDRNet(ArchitectureTester):
    tiny = "ddrnet_tiny"
    watched = "decode.loss_context"
    paper = {"ddrnet_23-slim": (19, 5.73), "ddrnet_23": (19, 20.30)}


class TestSTDC(ArchitectureTester):
    tiny = "stdc_tiny"
    paper = {"stdc_stdc1": (19, 8.57, 8.28), "stdc_stdc2": (19, 12.60, 12.31)}


class TestFastSCNN(ArchitectureTester):
    tiny = "fastscnn_tiny"
    paper = {"fastscnn_fcn": (19, 1.46, 1.40)}


class TestCGNet(ArchitectureTester):
    tiny = "cgnet_tiny"
    paper = {"cgnet_fcn": (19, 0.50)}


class TestERFNet(ArchitectureTester):
    tiny = "erfnet_tiny"
    odd_sizes = ((64, 96), (61, 83), (33, 47), (7, 5))
    paper = {"erfnet_fcn": (19, 2.08)}


class TestICNet(ArchitectureTester):
    tiny = "icnet_tiny"
    odd_sizes = ((64, 96), (61, 83), (33, 47), (16, 17))
    paper = {"icnet_r18-d8": (19, 25.17, 24.87)}


class TestUPerNet(ArchitectureTester):
    tiny = "upernet_tiny"
    paper = {"upernet_r18": (19, 41.40, 40.81)}


class TestUPerNetOnSwin(ArchitectureTester):
    tiny = "upernet_tiny-swin"
    paper = {"upernet_swin-t": (150, 59.94, 59.02)}


class TestDPT(ArchitectureTester):
    tiny = "dpt_tiny"
    learning_rate = 1e-3
    paper = {"dpt_vit-b16": (150, 109.70)}


class TestKNet(ArchitectureTester):
    tiny = "knet_tiny"
    watched = "decode.loss_ce.s2"
    paper = {"knet_r50-d8-fcn": (150, 62.81, 60.41)}


class TestLRASPP(ArchitectureTester):
    tiny = "lraspp_tiny"
    paper = {"lraspp_m-v3-d8": (19, 3.28), "lraspp_m-v3s-d8": (19, 1.14)}


class MaskClassificationTester(ArchitectureTester):
    """The head gives masks and classes of queries instead of logits."""

    watched = "decode.loss_mask"
    learning_rate = 1e-3

    @staticmethod
    def logits(model, images):
        size = images.shape[2:]
        return model.encode_decode(images, [dict(ori_shape=size, img_shape=size)] * len(images))


class TestEoMT(MaskClassificationTester):
    tiny = "eomt_tiny"
    paper = {"eomt_vit-l": (19, 315.89)}


class TestMask2Former(MaskClassificationTester):
    tiny = "mask2former_tiny"
    paper = {"mask2former_r50": (19, 44.01), "mask2former_swin-t": (19, 47.41)}


class TestFPN(ArchitectureTester):
    tiny = "fpn_tiny-lite0"
    paper = {"fpn_lite0": (11, 3.05)}


class TestESPNet(ArchitectureTester):
    tiny = "espnet_tiny"
    paper = {"espnet_p2-q8": (20, 0.364)}


class TestESPNetV2(ArchitectureTester):
    tiny = "espnetv2_tiny"
    paper = {"espnetv2_s20": (20, 0.789)}


class TestUNetPlusPlus(ArchitectureTester):
    tiny = "unetplusplus_tiny"
    paper = {"unetplusplus_c32": (1, 9.046, 9.046)}


class TestNNUNet(ArchitectureTester):
    tiny = "nnunet_tiny"
    paper = {"nnunet_c32": (2, 33.47, 33.47)}  # by hand, see test_planned_unet.py
