"""Each Python block of docs/python.md and of the package's README is a whole program, and runs."""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys

import pytest
from support import ROOT

PAGES = [ROOT / "docs" / "python.md", ROOT / "bindings-python" / "README.md"]


def blocks(page: pathlib.Path) -> list[tuple[int, str]]:
    """The programs of a page with the lines on which they begin."""
    text = page.read_text()
    found = re.finditer(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [(text[: match.start(1)].count("\n") + 1, match[1]) for match in found]


CASES = [(page, line, block) for page in PAGES for line, block in blocks(page)]


@pytest.mark.parametrize(("page", "line", "block"), CASES, ids=[f"{page.name}:{line}" for page, line, _ in CASES])
def test_a_block_runs(page: pathlib.Path, line: int, block: str, tmp_path: pathlib.Path) -> None:
    # Lines of its own, so that a traceback names those of the page.
    program = tmp_path / "main.py"
    program.write_text("\n" * (line - 1) + block)
    done = subprocess.run([sys.executable, "-X", "dev", "-W", "ignore::DeprecationWarning", program.name], capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    # What a comment behind a `print` says is what is printed.
    said = re.findall(r"^ *print\(.*?\)  # (.+)$", block, re.MULTILINE)
    printed = done.stdout.splitlines()
    for text in said:
        assert any(matches(text, one) for one in printed), f"{text!r} is not in {printed}"


def matches(pattern: str, text: str) -> bool:
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.split("...")), text) is not None


def test_there_are_blocks_to_run() -> None:
    assert len(CASES) >= 10


def test_the_page_names_every_verb_setting_and_error() -> None:
    import json

    from otpkit import _otpkit, errors

    text = PAGES[0].read_text()
    schema = json.loads(_otpkit.settings_schema())
    names = {name if name != "global" else "global_" for name in schema["properties"]}
    for part in ("PolicySettings", "RouteSettings"):
        names |= set(schema["$defs"][part]["properties"])
    names |= set(errors.BY_CODE) | {kind.__name__ for kind in errors.BY_CODE.values()}
    names |= {"start", "check", "resend", "cancel", "status", "deliver", "unlock", "webhook", "outbox", "close", "from_json", "on_event"}
    missing = {name for name in names if f"`{name}`" not in text}
    assert not missing
