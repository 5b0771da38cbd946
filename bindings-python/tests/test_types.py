"""Types: mypy and pyright find nothing wrong in the package and the examples, and what is wrong in wrong calls."""

from __future__ import annotations

import ast
import inspect
import os
import pathlib
import re
import subprocess
import sys
import typing

import otpkit
import pytest
from otpkit import settings
from support import ROOT

HERE = pathlib.Path(__file__).parent
BINDING = ROOT / "bindings-python"
EXAMPLES = sorted((ROOT / "examples" / "python").iterdir())


def run(*command: object, cwd: pathlib.Path) -> str:
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, cwd=cwd, env={**os.environ, "NO_COLOR": "1"})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def mypy(*arguments: object, cwd: pathlib.Path) -> str:
    cache = ROOT / "target" / "python" / "mypy"
    return run(sys.executable, "-m", "mypy", "--strict", "--cache-dir", cache, *arguments, cwd=cwd)


def pyright(*arguments: object, cwd: pathlib.Path) -> str:
    return run(BINDING / "node_modules" / ".bin" / "pyright", "--pythonpath", sys.executable, *arguments, cwd=cwd)


def test_mypy_finds_nothing_in_the_package() -> None:
    assert "no issues" in mypy("-p", "otpkit", cwd=HERE)


def test_mypy_finds_what_is_wrong_in_wrong_calls_and_nothing_else() -> None:
    # An `ignore` without an error is an error of its own under --strict.
    mypy("--python-version", "3.11", "typed_usage.py", cwd=HERE)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_the_examples_are_typed(example: pathlib.Path) -> None:
    files = sorted(path.name for path in example.glob("*.py"))
    assert "main.py" in files
    mypy(*files, cwd=example)
    pyright(".", cwd=example)


def test_pyright_finds_nothing_in_the_package() -> None:
    assert "0 errors, 0 warnings" in pyright("-p", ".", cwd=BINDING)


def test_pyright_finds_what_is_wrong_in_wrong_calls_and_nothing_else() -> None:
    command = [BINDING / "node_modules" / ".bin" / "pyright", "--pythonpath", sys.executable, "typed_usage.py"]
    lines = (HERE / "typed_usage.py").read_text().splitlines()
    marked = {number for number, line in enumerate(lines, 1) if "# type: ignore" in line}
    unmarked = HERE / "typed_usage_unmarked.py"
    unmarked.write_text("\n".join(line.split("  # type: ignore")[0] for line in lines) + "\n")
    try:
        done = subprocess.run([*command[:-1], unmarked], capture_output=True, text=True, cwd=HERE)
    finally:
        unmarked.unlink()
    found = {int(number) for number in re.findall(r"unmarked\.py:(\d+):\d+ - error", done.stdout)}
    assert found == marked, done.stdout


def test_every_public_name_has_a_known_type() -> None:
    command = [BINDING / "node_modules" / ".bin" / "pyright", "--verifytypes", "otpkit", "--ignoreexternal"]
    path = f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
    said = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PATH": path}, cwd=HERE).stdout
    assert int(re.findall(r"Symbols exported by .otpkit.: (\d+)", said)[0]) > 250
    assert re.findall(r"With unknown type: (\d+)", said) == ["0", "0"], said
    # `code` and `group` of each error are of the type that their base class says.
    complaints = {line.rsplit(" - error: ")[1] for line in said.splitlines() if " - error: " in line}
    assert complaints <= {"Ambiguous base class override", "Return type is partially unknown"}, said


def arguments_in_the_stub(face: str) -> dict[str, list[str]]:
    tree = ast.parse((BINDING / "python" / "otpkit" / "_client.pyi").read_text())
    (stub,) = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == face]
    methods = [node for node in stub.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {method.name: [argument.arg for argument in method.args.kwonlyargs] for method in methods}


@pytest.mark.parametrize("face", ["Otpkit", "AsyncOtpkit"])
def test_the_verbs_take_what_their_types_say(face: str) -> None:
    stub = arguments_in_the_stub(face)
    for verb in ("start", "check", "resend", "cancel", "status", "deliver", "unlock", "from_json"):
        parameters = inspect.signature(getattr(getattr(otpkit, face), verb)).parameters.values()
        assert [one.name for one in parameters if one.kind is one.KEYWORD_ONLY] == stub[verb], verb
    assert set(stub["__init__"]) == set(typing.get_type_hints(settings.Settings))


def test_the_stubs_are_what_the_modules_have() -> None:
    allowed = HERE / "stubtest-allowed.txt"
    run(
        sys.executable, "-m", "mypy.stubtest", "otpkit", "--allowlist", allowed,
        "--mypy-config-file", BINDING / "pyproject.toml", cwd=HERE,
    )  # fmt: skip


def test_the_package_says_that_it_is_typed() -> None:
    assert otpkit.__file__
    assert (pathlib.Path(otpkit.__file__).parent / "py.typed").exists()
