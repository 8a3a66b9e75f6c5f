"""The readable truth of both registers: at which status which role may do which verb, for which types.

One line a lawful cell: status, verb, role, types. Everything else is refused. The types are initials:
``i`` initial, ``h`` change, ``c`` correction, ``p`` a party's correction, ``x`` cancellation,
``r`` renewal, ``t`` transfer. ``*`` as a role is anybody, also a visitor; ``clock`` is nobody.
"""

LETTERS = {
    "i": "initial",
    "h": "change",
    "c": "correction",
    "p": "party-correction",
    "x": "cancellation",
    "r": "renewal",
    "t": "transfer",
}

RESOURCES = """
draft               edit                     handler          ihcxr
draft               agree                    entity_reviewer  i
draft               send-to-internal-review  handler          ihcxr
draft               withdraw                 handler          ihcxr
internal_review     return-to-draft          entity_reviewer  ihcxr
internal_review     submit                   entity_reviewer  ihcxr
submitted           request-supplement       acceptor         ihcxr
submitted           decline                  acceptor         ihcxrp
submitted           accept                   acceptor         ihcxrp
submitted           withdraw                 handler          ihcxr
submitted           agree                    entity_reviewer  p
supplement          edit                     handler          ihcxr
supplement          refile                   handler          ihcxr
supplement          withdraw                 handler          ihcxr
accepted            begin-review             reviewer         ihcrp
accepted            complete                 reviewer         x
accepted            withdraw                 handler          ihcxr
accepted            agree                    entity_reviewer  p
formal_review       publish-notice           reviewer         i
formal_review       complete                 reviewer         hcrp
formal_review       reject                   reviewer         ihcrp
formal_review       withdraw                 handler          ihcxr
formal_review       agree                    entity_reviewer  p
public_notice       object                   *                i
public_notice       issue-code               coder            i
objection           object                   *                i
objection           uphold-objection         reviewer         i
objection           dismiss-objection        reviewer         i
coded               put-into-effect          coder            i
"""

PROPERTY = """
draft               edit                     handler          ithrx
draft               agree                    entity_reviewer  ithrx
draft               file                     handler          ithrx
draft               withdraw                 handler          ithrx
submitted           request-supplement       acceptor         ithrx
submitted           decline                  acceptor         ithrx
submitted           accept                   acceptor         ithrx
submitted           accept-by-silence        clock            ithrx
submitted           hand-over                acceptor         ithrx
submitted           withdraw                 handler          ithrx
supplement          edit                     handler          ithrx
supplement          refile                   handler          ithrx
supplement          lapse                    clock            ithrx
supplement          withdraw                 handler          ithrx
accepted            begin-review             reviewer         ithrx
accepted            withdraw                 handler          ithrx
substantive_review  request-proof            reviewer         ithrx
substantive_review  extend-review            reviewer         ithrx
substantive_review  terminate                reviewer         ithrx
substantive_review  refuse                   reviewer         ithrx
substantive_review  publish-notice           reviewer         it
substantive_review  waive-notice             reviewer         it
substantive_review  approve                  reviewer         hrx
substantive_review  withdraw                 handler          ithrx
proof_requested     edit                     handler          ithrx
proof_requested     provide-proof            handler          ithrx
proof_requested     terminate                reviewer         ithrx
proof_requested     withdraw                 handler          ithrx
public_notice       object                   *                it
public_notice       record-evidence          coder            ithrx
objection           object                   *                it
objection           uphold-objection         reviewer         it
objection           dismiss-objection        reviewer         it
public_notice       terminate                reviewer         ithrx
approved            terminate                reviewer         ithrx
approved            record-evidence          coder            ithrx
recorded            certify                  coder            ithrx
"""

#: status, verb, role: what the institution may do to an entry (A) or certificate (B).
ENTRIES = {
    "resources": """
effective  revoke  coder
effective  cancel  coder
effective  expire  clock
""",
    "property": """
effective  cancel       coder
effective  expire       clock
effective  remark       coder
effective  lift-remark  coder
""",
}


def cells(table: str) -> dict[tuple[str, str, str], set[str]]:
    """Roles by (type, status, verb)."""
    found: dict[tuple[str, str, str], set[str]] = {}
    for line in table.strip().splitlines():
        status, verb, role, letters = line.split()
        for letter in letters:
            found.setdefault((LETTERS[letter], status, verb), set()).add(role)
    return found


LAWFUL = {"resources": cells(RESOURCES), "property": cells(PROPERTY)}
