import torch
from mmseg.registry import MODELS

from seg_plugins.decode_heads import AuxiliaryHeads
from tests.segmentors.base import samples

HEAD = dict(type="FCNHead", in_channels=8, channels=8, num_convs=1, concat_input=False, norm_cfg=None)
TRUNK = dict(type="EncoderDecoder", backbone=dict(type="UNet", base_channels=4, num_stages=2, strides=(1, 1),
             enc_num_convs=(1, 1), dec_num_convs=(1,), downsamples=(True,), enc_dilations=(1, 1),
             dec_dilations=(1,)))  # fmt: skip


def test_heads_take_the_class_count_and_what_they_share():
    heads = AuxiliaryHeads(7, [dict(channels=4), dict(num_classes=2)], common=HEAD)
    assert [(h.num_classes, h.channels) for h in heads] == [(7, 4), (2, 8)]


def test_it_acts_as_a_list_of_heads():
    """Keys, names of losses and their values are those that upstream has for a list."""
    listed = [dict(HEAD, num_classes=3, in_index=0), dict(HEAD, num_classes=3, in_index=0, channels=4)]
    ours = dict(type="AuxiliaryHeads", num_classes=3, heads=[dict(in_index=0), dict(in_index=0, channels=4)])
    networks = []
    for auxiliary in (listed, dict(ours, common=HEAD)):
        decode = dict(HEAD, num_classes=3, in_index=0)
        networks.append(MODELS.build(dict(TRUNK, decode_head=decode, auxiliary_head=auxiliary)))
    theirs, mine = networks
    mine.load_state_dict(theirs.state_dict(), strict=True)
    x, labels = torch.rand(2, 3, 16, 16), samples(2, 16, 16, 3)
    losses = [n.eval().loss(x, labels) for n in (mine, theirs)]
    assert {"aux_0.loss_ce", "aux_1.loss_ce"} < losses[0].keys()
    torch.testing.assert_close(losses[0], losses[1], rtol=0, atol=0)
