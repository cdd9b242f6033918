import pytest

from seg_plugins.converters import CONVERTERS


@pytest.mark.parametrize("name", CONVERTERS)
def test_every_converter_says_licence_citation_and_where_to_fetch(name):
    converter = CONVERTERS[name]
    assert converter.name == name and converter.num_classes > 1
    assert all(len(text) > 8 for text in (converter.licence, converter.citation, converter.fetch))
