"""HTML and SVG, put together so that no text gets into them but through one escaper."""

import html


class Markup(str):
    """What is markup already: made by `tag`, or written in our own code."""

    __slots__ = ()


def escaped(text: str) -> Markup:
    """`text` as it stands in an element or between double quotes, without control characters."""
    printable = "".join(each if each.isprintable() or each == "\n" else " " for each in text)
    return Markup(html.escape(printable))


def tag(name: str, *inside: str, **attributes: str | float) -> Markup:
    """An element. Texts in it and values of attributes are escaped, unless they are Markup.

    `class_` is the attribute `class`, `aria_label` is `aria-label`.
    """
    named = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_safe(str(value))}"'
        for key, value in attributes.items()
    )
    return Markup(f"<{name}{named}>{joined(*inside)}</{name}>")


def joined(*parts: str) -> Markup:
    """The parts one after the other, what is not Markup escaped."""
    return Markup("".join(_safe(part) for part in parts))


def _safe(part: str) -> Markup:
    return part if isinstance(part, Markup) else escaped(part)
