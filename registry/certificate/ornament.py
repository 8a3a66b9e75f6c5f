"""What makes the paper look like one: the picture of the seal and the engraved ground.

Both are drawn from numbers and carry no proof: the proof is the signature inside the file
(``registry.certificate.seal``), and the page says so.
"""

import math

from markupsafe import Markup, escape

_SEAL_RADIUS = 50.0
# The name runs clockwise over the top and leaves the lower third to the seal's own words.
_ARC_DEGREES = 250.0
_MOST_GAP_DEGREES = 26.0
_STAR_POINTS = 5
_WAVES = 9
_WAVE_STEPS = 96


#: Vermilion, the colour of seals, and the two grounds: of the query sheet and of the certificate.
SEAL_COLOUR = "#c8332a"
SHEET_COLOUR = "#c9deef"
CERTIFICATE_COLOUR = "#efdfca"
# Attributes, and not the page's style sheet, because that does not reach into an inline drawing.
_LETTERS = 'font-family="Noto Serif CJK SC, Source Han Serif SC, serif" font-weight="700"'


def draw_seal(institution: str, words: str) -> Markup:
    """A round seal in the manner of State Council document 25 of 1999: star, name above, use below.

    The picture is 100 units wide; the style sheet gives it its size.
    """
    gap = min(_MOST_GAP_DEGREES, _ARC_DEGREES / max(len(institution), 1))
    first = -gap * (len(institution) - 1) / 2
    size = min(11.5, gap * 0.62)
    letters = "".join(
        f'<text transform="rotate({first + gap * index:.2f}) translate(0 -35.5)" '
        f'font-size="{size:.2f}" text-anchor="middle">{escape(letter)}</text>'
        for index, letter in enumerate(institution)
    )
    star = " ".join(f"{x:.2f},{y:.2f}" for x, y in _star(13.0, 5.0))
    return Markup(  # noqa: S704 - numbers of ours and escaped letters
        '<svg class="seal" viewBox="-50 -50 100 100" xmlns="http://www.w3.org/2000/svg" '
        f'fill="{SEAL_COLOUR}" {_LETTERS}>'
        f'<circle r="{_SEAL_RADIUS - 1.6:.1f}" fill="none" stroke="{SEAL_COLOUR}" '
        'stroke-width="2.4"/>'
        f'<polygon points="{star}" transform="translate(0 -2)"/>{letters}'
        f'<text y="31" font-size="9.5" text-anchor="middle">{escape(words)}</text></svg>'
    )


def draw_ground(colour: str) -> Markup:
    """A band of interlaced waves, as on engraved paper; 1000 by 60 units."""
    paths = []
    for wave in range(_WAVES):
        phase = math.tau * wave / _WAVES
        points = []
        for step in range(_WAVE_STEPS + 1):
            turn = math.tau * step / _WAVE_STEPS
            height = 21 * math.sin(3 * turn + phase) * math.cos(2 * turn) + 6 * math.sin(
                9 * turn - phase
            )
            points.append(f"{1000 * step / _WAVE_STEPS:.1f} {30 + height:.1f}")
        paths.append(f'<path d="M{" L".join(points)}"/>')
    return Markup(  # noqa: S704 - numbers of ours
        '<svg class="ground" viewBox="0 0 1000 60" preserveAspectRatio="none" fill="none" '
        f'stroke="{colour}" stroke-width="0.9" xmlns="http://www.w3.org/2000/svg">'
        f"{''.join(paths)}</svg>"
    )


def _star(outer: float, inner: float) -> list[tuple[float, float]]:
    corners = []
    for corner in range(2 * _STAR_POINTS):
        radius = inner if corner % 2 else outer
        angle = math.pi * corner / _STAR_POINTS
        corners.append((radius * math.sin(angle), -radius * math.cos(angle)))
    return corners
