import numpy as np
from scipy.special import softmax

from tests.losses.base import IGNORE, LossTester


class TestSymmetricCrossEntropyLoss(LossTester):
    cfg = dict(type="SymmetricCrossEntropyLoss", alpha=0.1, beta=1.0)

    def reference(self, score, label):
        keep = label != IGNORE
        probs = softmax(score, axis=1).transpose(0, 2, 3, 1)[keep]
        onehot = np.eye(3)[label[keep]]
        ce = -(onehot * np.log(probs)).sum(1)
        log_onehot = np.where(onehot == 1, 0.0, -4.0)
        return np.mean(0.1 * ce - (probs * log_onehot).sum(1))
