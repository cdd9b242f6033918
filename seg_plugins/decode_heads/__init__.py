"""Decode heads, which turn an encoder's features into class scores."""

from .additive_fpn_head import AdditiveFPNHead
from .any_size_lraspp_head import AnySizeLRASPPHead
from .aspp_sum_head import ASPPSumHead
from .auxiliary_heads import AuxiliaryHeads
from .eomt_head import EoMTHead
from .esp_net_head import ESPNetHead
from .esp_net_v2_head import ESPNetV2Head
from .fcn_skip_head import FCNSkipHead
from .k_net_head import KNetHead
from .masked_attention_head import MaskedAttentionHead
from .seeded_ham_head import SeededHamHead
from .segnet_head import SegNetHead

__all__ = [
    "ASPPSumHead",
    "AdditiveFPNHead",
    "AnySizeLRASPPHead",
    "AuxiliaryHeads",
    "ESPNetHead",
    "ESPNetV2Head",
    "EoMTHead",
    "FCNSkipHead",
    "KNetHead",
    "MaskedAttentionHead",
    "SeededHamHead",
    "SegNetHead",
]
