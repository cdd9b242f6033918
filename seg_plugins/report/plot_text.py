"""Names as Matplotlib draws them."""

__all__ = ["plot_text"]


def plot_text(name: str) -> str:
    r"""Returns a name that is drawn as it is: what stands between dollar signs is no formula.

    >>> print(plot_text("$5 to $10"))
    \$5 to \$10
    """
    return name.replace("$", r"\$")
