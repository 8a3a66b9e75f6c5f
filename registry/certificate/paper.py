"""The printed result of a registration: one sheet of facts, drawn as a PDF.

Two papers share one layout. Register A hands out a *query sheet* (登记结果查询单): a record with its
code, and no statement about who owns anything (S1 Art. 13). Register B hands out a *certificate*
(数据产权登记凭证): the rights of each holder, with the effect of S4 Art. 31; where it differs from
the stored record, the record wins (Art. 27).

A paper is told as of a moment and is the same bytes whenever it is drawn from the same facts.
"""

import hashlib
import logging
import shutil
import subprocess
import warnings
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Final

from markupsafe import Markup

from kernel.clock import CHINA
from kernel.errors import Unavailable, msgid
from registry.certificate.ornament import (
    CERTIFICATE_COLOUR,
    SHEET_COLOUR,
    draw_ground,
    draw_seal,
)

#: The names of the two registers in ``Paper.register``.
RESOURCES: Final = "resources"
PROPERTY: Final = "property"
_VOID: Final = frozenset({"expired", "cancelled", "revoked"})
_FONT_TIMEOUT_SECONDS: Final = 20


class CertificateFontMissing(Unavailable):
    """No font of this machine has Chinese letters: the paper would be empty boxes."""

    code = "registry-certificate-font-missing"
    title = msgid("This machine cannot print Chinese")
    detail = msgid(
        "Install the packages fonts-noto-cjk and fontconfig, restart, and ask again. The entry and "
        "its page are not touched."
    )


@dataclass(frozen=True, slots=True)
class HeldRight:
    """One right of one holder (S4 Art. 3 and 21), in the reader's words; no day: as the paper."""

    holder: str
    right: str
    until: date | None = None
    limits: str = ""


@dataclass(frozen=True, slots=True)
class PastChange:
    """One line of the public history: its type in the reader's words, and its day; no content."""

    type: str
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """The facts of one sheet. Words are in the reader's language; names are as filed.

    ``register`` is ``resources`` (A) or ``property`` (B). ``evidence_on`` is the day of the code in
    A and of the stored evidence in B. ``language`` is ``zh-Hans`` or ``en``.
    """

    register: str
    code: str
    name: str
    summary: str
    holders: tuple[str, ...]
    kind: str
    registration_type: str
    status: str
    status_word: str
    evidence_on: date
    valid_until: date | None
    institution: str
    as_of: datetime
    verify_url: str
    manifest_sha256: str
    receipt_id: str
    restrictions: str = ""
    rights: tuple[HeldRight, ...] = ()
    remarks: tuple[str, ...] = ()
    history: tuple[PastChange, ...] = ()
    facts: tuple[tuple[str, str], ...] = field(default=())
    language: str = "zh-Hans"

    @property
    def is_void(self) -> bool:
        """The entry is no longer in force, and the sheet says so across its whole width."""
        return self.status in _VOID

    @property
    def is_certificate(self) -> bool:
        """It is a certificate of register B, and not a query sheet of register A."""
        return self.register == PROPERTY

    @property
    def seal_svg(self) -> Markup:
        """The picture of the institution's registration seal; the words on it are Chinese."""
        return draw_seal(self.institution, "登记专用章")

    @property
    def ground_svg(self) -> Markup:
        """The engraved band behind the title."""
        return draw_ground(CERTIFICATE_COLOUR if self.is_certificate else SHEET_COLOUR)

    def day(self, day: date) -> str:
        """A calendar day as the reader writes it: 2026年11月22日, or 22 November 2026."""
        if self.language.startswith("zh"):
            return f"{day.year}年{day.month}月{day.day}日"
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"

    def moment(self, moment: datetime) -> str:
        """A moment in China Standard Time, to the minute."""
        local = moment.astimezone(CHINA)
        return f"{self.day(local.date())} {local:%H:%M}"


# Not from the locale: what is printed must not depend on the machine.
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def check_fonts() -> None:
    """Make sure that Chinese can be drawn on this machine; asked once a process.

    Raises:
        CertificateFontMissing: fontconfig knows no font for Chinese, or is not there itself.
    """
    if not _has_chinese_font():
        raise CertificateFontMissing


@cache
def _has_chinese_font() -> bool:
    # A process, because fontconfig has no other door for Python: asked once, with a fixed question.
    program = shutil.which("fc-list")
    if program is None:
        return False
    asked = subprocess.run(  # noqa: S603 - a fixed question, nothing of a request is in it
        [program, ":lang=zh-cn", "family"],
        capture_output=True,
        check=False,
        timeout=_FONT_TIMEOUT_SECONDS,
    )
    return bool(asked.stdout.strip())


def render_pdf(code: str, html: str) -> bytes:
    """Draw a page that was made from ``templates/print`` for the thing with that code.

    PDF/A-2u (ISO 19005-2), tagged; the identifier comes from the code and the page, the dates from the page,
    so that the same facts are the same bytes. Nothing is fetched, neither from a network nor from a
    file: a page that refers to anything is drawn without it.

    Raises:
        CertificateFontMissing: Chinese cannot be drawn on this machine.
    """
    check_fonts()
    # Half a second of imports that only printing needs.
    from weasyprint import HTML  # noqa: PLC0415 - keeps the start of every other command short

    # The library reports each refused address and unknown style on its own logger; ours to ignore.
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    page = HTML(string=html, url_fetcher=_fetcher(), base_url=None)
    with warnings.catch_warnings():
        # It leaves the file of its own colour profile to be closed by the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        drawn: bytes = page.write_pdf(
            pdf_identifier=hashlib.sha256(f"{code}\n{html}".encode()).digest()[:16],
            pdf_variant="pdf/a-2u",
            pdf_tags=True,
        )
    return drawn


def _fetcher() -> object:
    from weasyprint.urls import URLFetcher  # noqa: PLC0415 - as above

    # No protocol at all, so that also file: and data: are refused.
    return URLFetcher(allowed_protocols=frozenset(), allow_redirects=False)
