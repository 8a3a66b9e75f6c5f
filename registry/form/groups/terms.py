"""Words that both forms use."""

PRODUCT_KINDS = ("product", "service")
WHOLE_FORM = ("initial", "change", "correction", "party-correction")
EVERY_TYPE = (*WHOLE_FORM, "renewal", "cancellation", "transfer")
#: Digits with an optional country code, blanks and hyphens.
PHONE = r"\+?[0-9][0-9 -]{5,24}"
#: S4 annex 6.
CERTIFICATE = r"SJ[0-9]{2}[0-9][0-9]{4}(0[1-9]|1[0-2])(?!0000)[0-9]{4}"
