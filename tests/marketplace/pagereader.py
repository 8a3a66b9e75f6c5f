"""A browser without scripts: signs in through the form, follows forms, sees the visible text."""

import html
import re
from dataclasses import dataclass

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kernel.web.language import LANGUAGE_COOKIE

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
_FORM = re.compile(r"<form\b[^>]*>.*?</form>", re.DOTALL)
_OTHER_LANGUAGE = re.compile(r'<(?!html)(\w+)[^>]*\blang="en"[^>]*>.*?</\1>', re.DOTALL)
_SILENT = re.compile(r"<(script|style|pre|textarea|template)\b.*?</\1>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


@dataclass
class PageReader:
    """One person in one language."""

    client: FlaskClient
    language: str = "zh-Hans"

    def __post_init__(self) -> None:
        self.client.set_cookie(LANGUAGE_COOKIE, self.language)

    def sign_in(self, name: str, password: str) -> None:
        reply = self.send("/sign-in", "/sign-in", name=name, password=password)
        assert reply.status_code == 302, visible_text(reply)

    def get(self, path: str) -> TestResponse:
        return self.client.get(path)

    def send(self, page: str, action: str, **values: str) -> TestResponse:
        """Open a page and send its form for an action, hidden fields included.

        ``action`` is the form's own address or that of one of its buttons.
        """
        text = self.get(page).get_data(as_text=True)
        fitting = [form for form in _FORM.findall(text) if f'ction="{action}"' in form]
        assert fitting, f"no form for {action} on {page}"
        hidden = {name: html.unescape(value) for name, value in _HIDDEN.findall(fitting[0])}
        return self.client.post(action, data={**hidden, **values})

    def force(self, action: str, **values: str) -> TestResponse:
        """Send what no page offers, with the token of this person's own session: rights alone refuse it."""
        text = self.get("/").get_data(as_text=True)
        token = dict(_HIDDEN.findall(text))["csrf_token"]
        return self.client.post(action, data={"csrf_token": html.unescape(token), **values})

    def decide(self, page: str, verb: str, **values: str) -> TestResponse:
        """Press the button of one verb on the page of a thing."""
        return self.send(page, f"{page}/{verb}", **values)


def visible_text(reply: TestResponse) -> str:
    """What a page says, without code, without what is marked as English."""
    text = _SILENT.sub(" ", reply.get_data(as_text=True))
    text = _TAG.sub("\n", _OTHER_LANGUAGE.sub(" ", text))
    return re.sub(r"[ \t]*\n\s*", "\n", html.unescape(text))
