"""Outside shapes of what stands behind the question mark: moments, filters, kinds of forms."""

from datetime import datetime, time
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate

from kernel.clock import CHINA
from registry.queries import ApplicationSearch, DueSearch, EntrySearch
from registry.rules.clocks import Holder
from registry.schemas.bodies import KINDS
from registry.service import Mode
from registry.states import EntryStatus, Register, Status, Type

_DAY_LENGTH = len("2026-03-02")
#: Years outside of these are slips, and some databases cannot hold their moments.
_FIRST_YEAR, _LAST_YEAR = 1900, 9000
#: PostgreSQL takes no NUL in a text, and nobody looks for one.
_NO_NUL = validate.Regexp(r"[^\x00]*\Z")


class Moment(fields.AwareDateTime):
    """A moment as in RFC 3339; a day alone means its end where the law applies."""

    def _deserialize(
        self,
        value: Any,  # noqa: ANN401 - marshmallow's hook
        attr: str | None,
        data: Any,  # noqa: ANN401 - as above
        **more: Any,  # noqa: ANN401 - as above
    ) -> datetime:
        if isinstance(value, str) and len(value) == _DAY_LENGTH:
            day = fields.Date()._deserialize(value, attr, data, **more)  # noqa: SLF001 - a field inside of a field
            moment = datetime.combine(day, time.max, CHINA)
        else:
            moment = super()._deserialize(value, attr, data, **more)
        if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
            raise ValidationError("Not a valid date.")
        return moment


def _choice(choices: type[Register | Type | Status | Holder | EntryStatus]) -> fields.String:
    known = [one.value for one in choices]
    return fields.String(load_default="", validate=validate.OneOf(("", *known)))


class Arguments(Schema):
    """Arguments of an address; ``limit`` and ``cursor`` are read by ``kernel.web.paging``."""

    class Meta:
        """What others read is left to them."""

        unknown = EXCLUDE


class AsOfArguments(Arguments):
    """The moment as at which something is asked for."""

    as_of = Moment(
        load_default=None,
        format="iso",
        metadata={"description": "RFC 3339; a day alone (2026-03-02) means its end in China"},
    )


class SearchArguments(AsOfArguments):
    """What to look for in the register."""

    q = fields.String(load_default="", validate=validate.And(validate.Length(0, 200), _NO_NUL))
    region = fields.String(load_default="", validate=validate.Regexp(r"[0-9]{0,6}\Z"))
    industry = fields.String(load_default="", validate=validate.Length(0, 2))
    kind = fields.String(load_default="", validate=validate.OneOf(("", *KINDS)))
    status = _choice(EntryStatus)

    @post_load
    def to_search(self, values: dict[str, Any], **_: Any) -> EntrySearch:  # noqa: ANN401 - marshmallow's hook
        """The search as the register's own value."""
        text = values.pop("q")
        return EntrySearch(text=text, **values)


class ApplicationArguments(Arguments):
    """Which applications to list."""

    register = _choice(Register)
    type = _choice(Type)
    status = _choice(Status)

    @post_load
    def to_search(self, values: dict[str, Any], **_: Any) -> ApplicationSearch:  # noqa: ANN401 - marshmallow's hook
        """The search as the register's own value."""
        return ApplicationSearch(**values)


class DueArguments(AsOfArguments):
    """Which running clocks to list: who holds the ball, due until when, in which register."""

    holder = _choice(Holder)
    register = _choice(Register)
    until = fields.Date(load_default=None)

    @post_load
    def to_search(self, values: dict[str, Any], **_: Any) -> DueSearch:  # noqa: ANN401 - marshmallow's hook
        """The search as the register's own value."""
        return DueSearch(**values)


class LimitArguments(AsOfArguments):
    """On which day limits are asked for, as they were known at which moment."""

    day = fields.Date(load_default=None)


class ItemArguments(Arguments):
    """Items by a part of their name."""

    name = fields.String(load_default="", validate=validate.And(validate.Length(0, 80), _NO_NUL))


class FormArguments(Arguments):
    """A form: of which register, registration type and kind."""

    register = fields.Enum(Register, by_value=True, load_default=Register.RESOURCES)
    type = fields.Enum(Type, by_value=True, load_default=Type.INITIAL)
    kind = fields.String(load_default="resource", validate=validate.OneOf(KINDS))


class TemplateArguments(Arguments):
    """A table of forms: of which register and kind."""

    register = fields.Enum(Register, by_value=True, load_default=Register.RESOURCES)
    kind = fields.String(load_default="resource", validate=validate.OneOf(KINDS))


class BatchArguments(TemplateArguments):
    """A batch: take it whole or its good rows, or only look."""

    mode = fields.Enum(Mode, by_value=True, load_default=Mode.ALL)
    dry_run = fields.Boolean(load_default=False)


class PaperArguments(Arguments):
    """In which language a certificate is printed."""

    lang = fields.String(load_default="zh-Hans", validate=validate.OneOf(("zh-Hans", "en")))
