"""The gate before the parser: size, characters, tokens.

It refuses what two readers of SQL read differently (decision 20) and what makes a parser work
without end (decision 20), before any parser sees it. Our own small scanner cuts the text into
strings, names and the rest; where sqlglot's tokenizer finds other strings than we do, the text is
refused.
"""

import re
from collections.abc import Iterator

from sqlglot.dialects.duckdb import DuckDB
from sqlglot.tokenizer_core import Token, TokenType

from kernel.errors import msgid
from sandbox.errors.guard import SqlTooLarge, SqlUnreadable

TEXT_BYTES = 20_000
TOKENS = 4_000
NESTING = 40
CHAIN = 60
LIST_ITEMS = 1_000
STRING_CHARACTERS = 4_000
NAME_CHARACTERS = 63

_PIECES = re.compile(
    r"(?P<string>'(?:[^']|'')*')|(?P<name>\"(?:[^\"]|\"\")*\")|(?P<line>--[^\n]*)|"
    r"(?P<block>/\*.*?\*/)|(?P<open>['\"]|/\*|\*/)|(?P<rest>[^'\"\-/*]+|[-/*])",
    re.DOTALL,
)
_CONTROL = re.compile(
    r"[^\S \t\n\r]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|"
    r"[\ufeff\u200b-\u200f\u2060-\u206f\u202a-\u202e]|\r(?!\n)"
)
_STRANGE = re.compile(r"[{}`#?@$\\!~]|:=|=>|->|<@|\|(?!\|)(?<!\|\|)|&|<<|>>|<=>")
_GLUED = re.compile(r"(?<![\w.])(?:\d[\d_]*\.?\d*(?:[eE][+-]?\d+)?)[A-Za-z_]")
_INTERVAL = re.compile(
    r"\A\s*\d{1,6}\s*(day|days|week|weeks|month|months|year|years|hour|hours|minute|minutes|"
    r"second|seconds|quarter|quarters)\s*\Z",
    re.IGNORECASE,
)
# Words that the engine takes as a modifier where the parser sees a name.
_MODIFIERS = {"EXPORT_STATE"}
_OPENING = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE}
_CLOSING = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END}
_OPERATORS = {
    TokenType.PLUS, TokenType.DASH, TokenType.STAR, TokenType.SLASH, TokenType.DIV,
    TokenType.MOD, TokenType.DPIPE, TokenType.AND, TokenType.OR, TokenType.NOT, TokenType.DOT,
    TokenType.DCOLON, TokenType.UNION, TokenType.EXCEPT, TokenType.INTERSECT,
    TokenType.L_BRACKET,
}  # fmt: skip
_BREAKS = {
    TokenType.COMMA, TokenType.FROM, TokenType.WHERE, TokenType.SELECT, TokenType.WHEN,
    TokenType.THEN,
}  # fmt: skip


def check_text(sql: str) -> list[Token]:
    """Let through a text of bearable size that reads the same everywhere; give its tokens.

    Raises:
        SqlTooLarge: the text, its nesting, a chain of operators or a list is over its limit.
        SqlUnreadable: a character or spelling that parsers disagree about.
    """
    if not isinstance(sql, str):
        raise _unreadable("", 0, msgid("send text"))
    _check_size(len(sql.encode("utf-8", "surrogatepass")), msgid("bytes of text"), TEXT_BYTES)
    _check_characters(sql)
    strings = _check_pieces(sql)
    try:
        tokens = DuckDB().tokenize(sql)
    except Exception as failure:
        raise _unreadable(sql, 0, msgid("quote texts with ' and names with \"")) from failure
    if [one.text for one in tokens if one.token_type == TokenType.STRING] != strings:
        raise _unreadable(sql, 0, msgid("quote texts with ' and double a ' inside"))
    _check_tokens(sql, tokens)
    return tokens


def _check_size(found: int, measure: str, limit: int) -> None:
    if found > limit:
        raise SqlTooLarge(measure=measure, limit=limit)


def _unreadable(sql: str, at: int, rewrite: str, **facts: str) -> SqlUnreadable:
    at = max(0, at)
    line = sql.count("\n", 0, at) + 1
    column = at - (sql.rfind("\n", 0, at) + 1) + 1
    return SqlUnreadable(line=line, column=column, rewrite=rewrite, **facts)


def _check_characters(sql: str) -> None:
    if found := _CONTROL.search(sql):
        raise _unreadable(sql, found.start(), msgid("remove the invisible character"))
    if any(0xD800 <= ord(c) <= 0xDFFF for c in sql):  # noqa: PLR2004 - the surrogates of Unicode
        raise _unreadable(sql, 0, msgid("send valid Unicode"))


def _pieces(sql: str) -> Iterator[re.Match[str]]:
    at = 0
    while at < len(sql):
        piece = _PIECES.match(sql, at)
        if piece is None or piece.lastgroup == "open":
            raise _unreadable(sql, at, msgid("close every quote and comment"))
        yield piece
        at = piece.end()


def _check_pieces(sql: str) -> list[str]:
    strings: list[str] = []
    plain = ""
    for piece in _pieces(sql):
        group, text, at = piece.lastgroup, piece.group(), piece.start()
        if group in ("string", "name"):
            _check_before_quote(sql, at, plain, is_string=group == "string")
            strings += [text[1:-1].replace("''", "'")] if group == "string" else []
            plain += "' '" if group == "string" else '"n"'
        elif group == "rest":
            plain += text
        else:
            _check_comment(sql, at, text)
            plain += " "
    _check_plain(sql, plain)
    _check_size(
        max(map(len, strings), default=0), msgid("characters of one text"), STRING_CHARACTERS
    )
    return strings


def _check_before_quote(sql: str, at: int, plain: str, *, is_string: bool) -> None:
    before = plain[-1:]
    if before and (before.isalnum() or before in "_&\"'"):
        raise _unreadable(sql, at, msgid("put a space before the quote and use no prefix"))
    if is_string and plain.rstrip()[-1:] == "'":
        raise _unreadable(sql, at, msgid("join texts with ||"))


def _check_comment(sql: str, at: int, text: str) -> None:
    if text.startswith("/*") and ("/*" in text[2:] or text[2:3] in ("+", "!")):
        raise _unreadable(sql, at, msgid("write plain comments without nesting or hints"))


def _check_plain(sql: str, plain: str) -> None:
    for found in _STRANGE.finditer(plain):
        if found.group() == "!" and plain[found.start() + 1 : found.start() + 2] == "=":
            continue
        sign = found.group()
        raise _unreadable(
            sql, sql.find(sign), msgid("the sign %(sign)s is not available"), sign=sign
        )
    if glued := _GLUED.search(plain):
        word = glued.group()
        raise _unreadable(
            sql, sql.find(word), msgid("put a space after the number in %(word)s"), word=word
        )


def _check_tokens(sql: str, tokens: list[Token]) -> None:
    _check_size(len(tokens), msgid("words and signs"), TOKENS)
    depth = chain = 0
    items = [0]
    for index, token in enumerate(tokens):
        kind = token.token_type
        if kind in _OPENING:
            depth += 1
            items.append(0)
        elif kind in _CLOSING:
            depth -= 1
            items = items[:-1] or [0]
        _check_size(depth, msgid("levels of nesting"), NESTING)
        items[-1] += kind == TokenType.COMMA
        _check_size(items[-1], msgid("items of a list"), LIST_ITEMS)
        chain = _chain_after(chain, kind)
        _check_size(chain, msgid("operators in a row"), CHAIN)
        if kind == TokenType.INTERVAL:
            _check_interval(sql, tokens[index + 1 : index + 3])
    for token in tokens:
        if token.text.upper() in _MODIFIERS and token.token_type != TokenType.STRING:
            raise _unreadable(
                sql, token.start, msgid("the word %(word)s is not available"), word=token.text
            )
        if token.token_type in (TokenType.VAR, TokenType.IDENTIFIER):
            _check_size(len(token.text), msgid("characters of a name"), NAME_CHARACTERS)


def _chain_after(chain: int, kind: TokenType) -> int:
    if kind in _OPERATORS:
        return chain + 1
    return 0 if kind in _BREAKS else chain


def _check_interval(sql: str, following: list[Token]) -> None:
    words = " ".join(one.text for one in following)
    first = following[0] if following else None
    if first is not None and first.token_type == TokenType.STRING:
        words = first.text if _INTERVAL.match(first.text) else words
    if not _INTERVAL.match(words):
        raise _unreadable(
            sql, first.start if first else 0, msgid("write INTERVAL 3 DAY, without a sign")
        )
