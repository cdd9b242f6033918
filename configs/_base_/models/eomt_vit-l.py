"""EoMT-L: DINOv2's ViT-L with registers, patches resized to 16x16, 100 queries in the last four blocks."""

_base_ = "eomt.py"
model = dict(
    backbone=dict(
        patch_size=16,
        embed_dims=1024,
        num_layers=24,
        num_heads=16,
        num_registers=4,
        query_layers=4,
        init_cfg=dict(
            type="BackboneWeights",
            checkpoint="https://dl.fbaipublicfiles.com/dinov2/dinov2_vitl14/dinov2_vitl14_reg4_pretrain.pth",
        ),
    ),
    decode_head=dict(in_channels=1024, num_queries=100, fewer_queries=True, query_layers=4, num_upscales=2),
)
