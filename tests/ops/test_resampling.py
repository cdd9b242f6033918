import numpy as np

from seg_plugins.ops.resampling import bootstrap_interval, bootstrap_sums


def mean_of_pixels(sums):
    return sums[:, 0] / sums[:, 1]


def test_the_interval_of_a_mean_agrees_with_the_normal_theory():
    rng = np.random.default_rng(1)
    values = rng.normal(50, 10, 400)
    areas = np.stack([values, np.ones(400)], axis=1)
    low, high = bootstrap_interval(areas, mean_of_pixels, draws=4000)
    half = 1.96 * values.std() / np.sqrt(400)
    np.testing.assert_allclose([low, high], [values.mean() - half, values.mean() + half], atol=0.12)


def test_equal_images_have_no_spread():
    areas = np.tile([3, 4], (20, 1))
    assert bootstrap_interval(areas, mean_of_pixels, draws=100) == (0.75, 0.75)


def test_the_same_seed_draws_the_same_images():
    areas = np.arange(60).reshape(10, 2, 3)
    np.testing.assert_array_equal(bootstrap_sums(areas, 300, seed=3), bootstrap_sums(areas, 300, seed=3))
    assert bootstrap_sums(areas, 300).shape == (300, 2, 3)


def test_every_draw_holds_as_many_images_as_the_data_set():
    assert (bootstrap_sums(np.ones((7, 1)), 500) == 7).all()


def test_no_image_gives_no_interval():
    assert np.isnan(bootstrap_interval(np.zeros((0, 2)), mean_of_pixels)).all()
