"""Encoders, and the loading of public weights into them."""

from .backbone_weights import BackboneWeights
from .conv_ne_xt import ConvNeXt
from .deeplab_vgg import DeepLabVGG
from .efficient_net_lite import EfficientNetLite
from .esp_net import ESPNet
from .esp_net_v2 import ESPNetV2
from .fcn_vgg import FCNVGG
from .padded_ddr_net import PaddedDDRNet
from .padded_pid_net import PaddedPIDNet
from .planned_unet import PlannedUNet
from .query_vit import QueryViT
from .segnet_encoder import SegNetEncoder
from .unet_plus_plus import UNetPlusPlus
from .vanilla_unet import UNet, VanillaUNet

__all__ = [
    "FCNVGG",
    "BackboneWeights",
    "ConvNeXt",
    "DeepLabVGG",
    "ESPNet",
    "ESPNetV2",
    "EfficientNetLite",
    "PaddedDDRNet",
    "PaddedPIDNet",
    "PlannedUNet",
    "QueryViT",
    "SegNetEncoder",
    "UNet",
    "UNetPlusPlus",
    "VanillaUNet",
]
