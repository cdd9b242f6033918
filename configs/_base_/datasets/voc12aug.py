"""PASCAL VOC 2012 with SBD's labels, 21 classes, crops of 512x512: 10582 train, 1449 val images.

Sources: Everingham et al., The PASCAL VOC challenge, IJCV 88(2), 2010; Hariharan et al., Semantic contours
from inverse detectors, ICCV 2011.

Prepare: `python tools/prepare_dataset.py voc12aug --source DIR`
"""

_base_ = "short_side_512.py"

dataset_type = "VOC12AugSegDataset"
data_root = "data/voc12aug"
num_classes = 21
train_dataloader = dict(
    batch_size=4, dataset=dict(type=dataset_type, data_root=data_root, pipeline={{_base_.train_pipeline}})
)
val_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root, pipeline={{_base_.test_pipeline}}))
test_dataloader = val_dataloader
