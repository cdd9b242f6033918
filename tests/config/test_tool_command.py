import shlex

from seg_plugins.config.tool_command import tool_command


def test_a_shell_takes_the_words_as_they_are():
    words = ["a b", "it's", "$HOME", "`id`", "x;y", "a\nb", '"', "\\", "*", "k=v w", "ü"]
    assert shlex.split(tool_command("test", *words)) == ["python", "tools/test.py", *words]
