"""Why something was not believed. Nothing else leaves this package, however hostile the input."""


class LedgerError(Exception):
    """Root of the verifier's refusals; the text names the check that failed and no input bytes."""


class BadFormat(LedgerError):
    """The bytes are not what the format says: wrong type, not canonical, missing, too large."""


class BadProof(LedgerError):
    """The hashes do not lead from the entry to the root."""


class BadSignature(LedgerError):
    """A signature does not fit the key and the bytes."""


class NotTrusted(LedgerError):
    """A key or a log that the trust folder does not name."""
