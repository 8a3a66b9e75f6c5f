"""The QR code that leads from paper to the page where the paper can be checked (ISO/IEC 18004)."""

import segno
from markupsafe import Markup


def draw_qr(url: str) -> Markup:
    """The address as inline SVG with its quiet zone of four modules.

    Error correction M (15 %): the code stays readable under a fold or a stamp's edge, and coarse
    enough for a photocopy. It has no size of its own; the style sheet gives it one.
    """
    code = segno.make(url, error="m", micro=False, boost_error=False)
    drawn = code.svg_inline(border=4, omitsize=True, dark="#17212b", svgclass="qr", lineclass=None)
    return Markup(drawn)  # noqa: S704 - drawn by segno from modules, the text itself is not in it
