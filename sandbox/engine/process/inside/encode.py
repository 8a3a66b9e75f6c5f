"""A value of DuckDB as a JSON value that every reader holds exactly."""

import datetime
import math
from collections.abc import Mapping
from typing import Any

#: RFC 8259 section 6: whole numbers beyond this are not exact in every reader.
_MOST_EXACT = 2**53 - 1


def encode_value(value: Any) -> Any:  # noqa: ANN401 - whatever the engine returns
    """The JSON value: itself where that is exact, else text; bytes are hexadecimal."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if -_MOST_EXACT <= value <= _MOST_EXACT else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return _encode_rarer(value)


def _encode_rarer(value: Any) -> Any:  # noqa: ANN401 - as above
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list | tuple):
        return [encode_value(one) for one in value]
    if isinstance(value, Mapping):
        return {str(key): encode_value(one) for key, one in value.items()}
    return str(value)
