"""Encoders."""

from .fcn_vgg import FCNVGG
from .segnet_encoder import SegNetEncoder
from .vanilla_unet import UNet, VanillaUNet

__all__ = ["FCNVGG", "SegNetEncoder", "UNet", "VanillaUNet"]
