"""The wheel: what is in it, what is not, and that it installs where there is no compiler."""

from __future__ import annotations

import importlib.metadata
import os
import pathlib
import subprocess
import sys
import venv
import zipfile

import otpkit
import pytest
from otpkit import _otpkit
from support import ROOT


@pytest.fixture(scope="session")
def wheel() -> pathlib.Path:
    return pathlib.Path(os.environ["OTPKIT_WHEEL"])


def test_the_wheel_is_for_every_cpython_from_3_11_on(wheel: pathlib.Path) -> None:
    name, version, python, abi, platform = wheel.stem.split("-")
    assert (name, version, python, abi) == ("otpkit", otpkit.__version__, "cp311", "abi3")
    assert platform.startswith(("manylinux_2_", "linux_"))


def test_the_wheel_holds_the_package_and_nothing_else(wheel: pathlib.Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = next(archive.read(name).decode() for name in names if name.endswith("METADATA"))
    package = ROOT / "bindings-python" / "python" / "otpkit"
    sources = {f"otpkit/{path.name}" for path in package.iterdir() if path.suffix in (".py", ".pyi", ".typed")}
    assert "otpkit/py.typed" in sources
    inside = {name for name in names if not name.startswith(f"otpkit-{otpkit.__version__}.dist-info/")}
    assert inside == sources | {"otpkit/_otpkit.abi3.so"}
    assert "Requires-Dist" not in metadata
    assert "Requires-Python: >=3.11" in metadata
    assert "License-Expression: MIT OR Apache-2.0" in metadata


def test_the_version_is_that_of_the_core() -> None:
    assert otpkit.__version__ == _otpkit.VERSION == importlib.metadata.version("otpkit")


def test_the_seams_of_the_tests_are_absent(wheel: pathlib.Path) -> None:
    assert not [name for name in dir(_otpkit) if "test" in name.lower()]
    with zipfile.ZipFile(wheel) as archive:
        native = archive.read("otpkit/_otpkit.abi3.so")
    for seam in (b"TestClock", b"testing_fault", b"a fault that a test asked for"):
        assert seam not in native
    # The test of the test: what is searched like this is found where it is.
    assert b"keeper_wait" in native


def test_the_native_half_needs_the_c_library_only(wheel: pathlib.Path, tmp_path: pathlib.Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        native = archive.extract("otpkit/_otpkit.abi3.so", tmp_path)
    said = subprocess.run(["readelf", "-d", native], capture_output=True, text=True, check=True).stdout
    needed = {line.split("[")[1].rstrip("]") for line in said.splitlines() if "NEEDED" in line}
    assert needed <= {"libc.so.6", "libm.so.6", "libgcc_s.so.1", "libpthread.so.0", "libdl.so.2", "ld-linux-x86-64.so.2"}


def test_the_public_names_are_what_they_say() -> None:
    assert set(otpkit.__all__) <= set(dir(otpkit))
    for name in otpkit.__all__:
        thing = getattr(otpkit, name)
        if isinstance(thing, type):
            assert thing.__doc__, name
            assert thing.__module__.split(".")[0] == "otpkit"


def test_the_package_imports_fast() -> None:
    code = "import sys, time; t = time.perf_counter(); import otpkit._otpkit; print(time.perf_counter() - t)"
    native = sorted(float(subprocess.check_output([sys.executable, "-c", code])) for _ in range(5))[2]
    assert native < 0.5


def test_it_installs_into_an_empty_venv_without_a_compiler_and_the_quickstart_runs(
    wheel: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    where = tmp_path / "venv"
    venv.EnvBuilder(with_pip=True).create(where)
    python = where / "bin" / "python"
    # Nothing else is on the path: no compiler, no cargo, no linker.
    environment = {"PATH": str(where / "bin"), "HOME": str(tmp_path)}
    assert not any((where / "bin" / tool).exists() for tool in ("cc", "gcc", "clang", "ld", "cargo", "rustc", "maturin"))
    install = [str(python), "-m", "pip", "install", "--quiet", "--no-index", "--disable-pip-version-check", str(wheel)]
    subprocess.run(install, check=True, env=environment, cwd=tmp_path)
    listed = subprocess.run([str(python), "-m", "pip", "list"], capture_output=True, text=True, check=True, env=environment)
    assert {line.split()[0] for line in listed.stdout.splitlines()[2:]} <= {"otpkit", "pip", "setuptools"}
    quickstart = ROOT / "examples" / "python" / "quickstart" / "main.py"
    done = subprocess.run([str(python), str(quickstart)], capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "approved" in done.stdout
