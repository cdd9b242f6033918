"""`fpn_lite0_ohem.py` with Lovasz-softmax, which follows IoU, for a network that has been trained before."""

_base_ = "fpn_lite0_ohem.py"
model = dict(
    decode_head=dict(
        loss_decode=[
            dict(type="OhemCrossEntropyLoss"),
            dict(type="LovaszSoftmaxLoss", loss_weight=0.5),
        ]
    )
)
