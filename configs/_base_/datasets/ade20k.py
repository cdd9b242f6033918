"""ADE20K, 150 classes, short side 512, crops of 512x512: 20210 train, 2000 val images.

Source: Zhou et al., Scene parsing through ADE20K dataset, CVPR 2017.

Prepare: `python tools/prepare_dataset.py ade20k --source DIR`
"""

_base_ = "short_side_512.py"

dataset_type = "ADE20KSegDataset"
data_root = "data/ade20k"
num_classes = 150
train_dataloader = dict(
    batch_size=4, dataset=dict(type=dataset_type, data_root=data_root, pipeline={{_base_.train_pipeline}})
)
val_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root, pipeline={{_base_.test_pipeline}}))
test_dataloader = val_dataloader
