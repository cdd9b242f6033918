import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from seg_plugins.classical.cluster_regions import cluster
from tests.classical.base import RegionTester, two_halves


class TestKMeans(RegionTester):
    config = dict(type="ClusterRegions", method="kmeans", clusters=6)


class TestMixture(RegionTester):
    config = dict(type="ClusterRegions", method="gmm", clusters=4)

    def test_clusters_may_stay_whole(self):
        assert self.regions(two_halves(), split=False).max() + 1 <= 4


@pytest.mark.parametrize("method", ["kmeans", "gmm"])
def test_known_clusters_are_found(method):
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 600)
    features = np.array([[0, 0], [30, 0], [0, 40]])[truth] + rng.normal(0, 2, (600, 2))
    assert adjusted_rand_score(truth, cluster(features, method, 3)) == 1


@pytest.mark.parametrize("method", ["kmeans", "gmm"])
@pytest.mark.parametrize("rows", [1, 2, 3])
def test_fewer_rows_than_clusters_are_clusters_of_their_own(method, rows):
    features = np.eye(3)[:rows] * 40
    assert sorted(cluster(features, method, 12)) == list(range(rows))


def test_an_unknown_method_and_no_clusters_are_refused():
    from seg_plugins.classical.cluster_regions import ClusterRegions

    with pytest.raises(ValueError, match="kmeans"):
        ClusterRegions("dbscan")
    with pytest.raises(ValueError, match=r"clusters=0\): use 1 or more"):
        ClusterRegions(clusters=0)
