"""The command line of the register, in a home of its own, through the command's own entry."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from kernel.console import exit_code
from kernel.errors import HexiError
from registry import cli
from registry.cli import Desk
from registry.service import Reader
from registry.states import Status
from tests.make import Maker
from tests.registry.form.test_batch import FILLED, as_xlsx


class Command:
    """``hexi registry`` over a test's home."""

    def __init__(self, make: Maker) -> None:
        home = make.home
        self.group = cli.make_group(lambda _: Desk(home.db, home.seal, make.clock(), Reader()))
        self.make = make

    def run(self, *words: str, person: str = "") -> Result:
        token = self.make.token(person) if person else ""
        return CliRunner().invoke(self.group, words, env={"HEXI_TOKEN": token})

    def ask(self, *words: str, person: str = "") -> Any:
        done = self.run(*words, person=person)
        assert done.exit_code == 0, (done.output, done.exception)
        return json.loads(done.stdout)

    def refused(self, *words: str, person: str = "") -> tuple[str, int]:
        """Code of the refusal and the exit code that the command makes of it."""
        error = self.run(*words, person=person).exception
        assert isinstance(error, HexiError), error
        return error.code, exit_code(error)


@pytest.fixture
def command(make: Maker) -> Command:
    return Command(make)


def test_the_register_is_searched_and_shown_as_of_a_day(command: Command, make: Maker) -> None:
    row = make.application(Status.EFFECTIVE)
    (found,) = command.ask("search", str(row.form["name"])[:8], "--json")
    assert (found["code"], found["status"]) == (row.code, "effective")
    assert command.ask("search", "--kind", "product") == []
    shown = command.ask("show", str(row.code))
    assert [one["status"] for one in shown["versions"]] == ["coded", "effective"]
    day = make.clock().date().isoformat()
    assert command.ask("show", str(row.code), "--as-of", day)["code"] == row.code
    early = command.refused("show", str(row.code), "--as-of", "2026-03-02")
    assert early == ("registry-entry-unknown", 66)
    assert command.refused("show", "X") == ("registry-certificate-unknown", 66)
    make.list_agency()
    certificate = make.property_application(Status.CERTIFIED)
    assert command.ask("show", str(certificate.code))["code"] == certificate.code


def test_what_is_due_and_what_is_open_is_listed(command: Command, make: Maker) -> None:
    row = make.application(Status.SUBMITTED)
    (due,) = command.ask("due", "--holder", "institution", "--until", "2026-12-31")
    assert (due["application_id"], due["limit"]) == (row.application_id, "acceptance")
    assert command.ask("due", "--register", "property") == []
    (opened,) = command.ask("applications", "--status", "submitted")
    assert opened["application_id"] == row.application_id
    assert command.ask("applications", "--type", "change") == []


def test_a_verb_is_done_as_the_holder_of_the_token(command: Command, make: Maker) -> None:
    row = make.application(Status.SUBMITTED)
    words = ("verb", row.application_id, "accept")
    assert command.refused(*words) == ("kernel-sign-in-needed", 77)
    assert command.refused(*words, person="enterprise")[1] == 66
    assert command.refused(*words, person="reviewer") == ("kernel-not-permitted", 77)
    stale = command.refused(*words, "--revision", "1", person="acceptor")
    assert stale == ("registry-application-changed", 65)
    done = command.ask(*words, person="acceptor")
    assert done["status"] == "accepted"
    command.ask("verb", row.application_id, "begin-review", person="reviewer")
    publish = ("verb", row.application_id, "publish-notice")
    assert command.refused(*publish, person="reviewer")[0] == "registry-checklist-incomplete"
    assert command.ask(*publish, "--checklist", person="reviewer")["status"] == "public_notice"


def test_limits_are_listed_set_and_counted_again(command: Command, make: Maker) -> None:
    make.application(Status.SUBMITTED)
    known = {one["key"]: one["in_force"] for one in command.ask("limits", "list")}
    assert known["acceptance"] == 3
    words = ("limits", "set", "acceptance", "2", "--source", "细则", "--from", "2026-03-02")
    assert command.refused(*words, person="handler") == ("kernel-not-permitted", 77)
    assert command.ask(*words, person="admin")["moved"] == 1
    assert command.ask("recount")["moved"] == 0
    known = {one["key"]: one["in_force"] for one in command.ask("limits", "list")}
    assert known["acceptance"] == 2
    before = command.ask("limits", "list", "--day", "2026-03-01")
    assert {one["key"]: one["in_force"] for one in before}["acceptance"] == 3


def test_a_holiday_notice_is_loaded_from_a_file(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "2031.json"
    days = [{"day": "2031-01-01", "is_working": False, "name": "元旦"}]
    file.write_text(json.dumps({"year": 2031, "source": "国办通知", "days": days}))
    assert command.ask("calendar", "load", str(file), person="admin")["looked_at"] == 0
    file.write_text("[]")
    assert command.run("calendar", "load", str(file), person="admin").exit_code == 2


def test_a_table_is_imported_once_for_a_key(command: Command, make: Maker, tmp_path: Path) -> None:
    blank = tmp_path / "blank.xlsx"
    assert command.ask("template", "--out", str(blank)) == {"file": str(blank)}
    assert blank.read_bytes().startswith(b"PK")
    file = tmp_path / "rows.xlsx"
    file.write_bytes(as_xlsx([list(FILLED), list(FILLED.values())]).getvalue())
    tried = command.ask("batch", str(file), "--dry-run", person="handler")
    assert (tried["rows"], tried["application_ids"]) == (1, [])
    done = command.ask("batch", str(file), "--key", "one", person="handler")
    assert command.ask("batch", str(file), "--key", "one", person="handler") == done
    assert make.read_application(done["application_ids"][0]).status is Status.DRAFT
    assert command.refused("batch", str(file)) == ("kernel-sign-in-needed", 77)
    bad = tmp_path / "bad.csv"
    bad.write_text("name\n\n")
    empty = command.ask("batch", str(bad), person="handler")
    assert (empty["rows"], empty["application_ids"]) == (0, [])


def test_conflicting_items_are_printed(command: Command, make: Maker) -> None:
    for department in ("公安厅", "卫健委"):
        item = {"name": "姓名", "type": "string", "source_department": department}
        make.application(Status.EFFECTIVE, form=make.form(items=[item]))
    (found,) = command.ask("conflicts")
    assert found["source_departments"] == ["公安厅", "卫健委"]
