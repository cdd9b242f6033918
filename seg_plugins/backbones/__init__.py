"""Encoders, and the loading of public weights into them."""

from .backbone_weights import BackboneWeights
from .deeplab_vgg import DeepLabVGG
from .fcn_vgg import FCNVGG
from .segnet_encoder import SegNetEncoder
from .vanilla_unet import UNet, VanillaUNet

__all__ = ["FCNVGG", "BackboneWeights", "DeepLabVGG", "SegNetEncoder", "UNet", "VanillaUNet"]
