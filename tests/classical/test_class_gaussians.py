import pytest
import torch
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis

from seg_plugins.classical.class_gaussians import ClassGaussians


def data(pixels=900):
    generator = torch.Generator().manual_seed(0)
    labels = torch.multinomial(torch.tensor([0.6, 0.3, 0.1]), pixels, True, generator=generator)
    mix = torch.randn(3, 4, 4, generator=generator, dtype=torch.float64)
    noise = torch.randn(pixels, 1, 4, generator=generator, dtype=torch.float64)
    return (noise @ mix[labels])[:, 0] + 2 * labels[:, None], labels


def test_it_equals_scikit_learn():
    features, labels = data()
    model = ClassGaussians(3, 4, shrinkage=0.0, prior_weight=1.0)
    model.add(features, torch.nn.functional.one_hot(labels).double())
    reference = QuadraticDiscriminantAnalysis().fit(features.numpy(), labels.numpy())
    want = torch.from_numpy(reference.predict_proba(features.numpy()))
    assert torch.allclose(model(features).exp(), want, atol=0.02)  # it divides by n - 1
    assert (model(features).argmax(1) == want.argmax(1)).double().mean() > 0.995


def test_batches_add_up():
    features, labels = data()
    weights = torch.nn.functional.one_hot(labels).double()
    whole, parts = ClassGaussians(3, 4), ClassGaussians(3, 4)
    whole.add(features, weights)
    for half in (slice(0, 300), slice(300, None)):
        parts.add(features[half], weights[half])
    assert torch.allclose(whole(features), parts(features))


def test_the_statistics_are_the_state():
    features, labels = data()
    model, loaded = ClassGaussians(3, 4), ClassGaussians(3, 4)
    model.add(features, torch.nn.functional.one_hot(labels).double())
    with pytest.raises(ValueError, match=r"tools/train\.py"):
        loaded(features)
    loaded.load_state_dict(model.state_dict(), strict=True)
    assert torch.equal(loaded(features), model(features))


def test_a_class_never_seen_is_never_chosen_and_few_observations_suffice():
    model = ClassGaussians(4, 6)
    model.add(torch.randn(2, 6, dtype=torch.float64), torch.eye(4, dtype=torch.float64)[[0, 2]])
    scores = model(torch.randn(50, 6, dtype=torch.float64) * 100)
    assert torch.isfinite(scores).all() and set(scores.argmax(1).tolist()) <= {0, 2}


def test_the_prior_weight_moves_the_border():
    features, labels = data()
    features *= torch.rand(len(features), 1, generator=torch.Generator().manual_seed(1))  # classes overlap
    shares = []
    for prior in (0.0, 1.0):
        model = ClassGaussians(3, 4, prior_weight=prior)
        model.add(features, torch.nn.functional.one_hot(labels).double())
        shares.append(float((model(features).argmax(1) == 2).double().mean()))
    assert shares[0] > shares[1]
