"""Builds what is measured, as it is published, and installs the peers, each pinned by its lock file, all under target/bench."""

import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
HERE = ROOT / "bench"
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
OUT = TARGET / "bench"
NODE = OUT / "node"
VENV = OUT / "venv"
C = OUT / "c"
PROFILE = os.environ.get("PROFILE", "dist")
BINARIES = TARGET / PROFILE

# One value for every build, so that the bindings share what was built (see CONTRIBUTING.md).
os.environ["PYO3_BUILD_EXTENSION_MODULE"] = "1"
QUIET_PIP = ["--quiet", "--disable-pip-version-check", "--no-deps"]
QUIET_NPM = ["--no-audit", "--no-fund", "--loglevel=error", "--ignore-scripts"]


def run(*command, cwd=ROOT, **environment):
    subprocess.run([str(word) for word in command], cwd=cwd, check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr, env={**os.environ, **environment})


def everything():
    OUT.mkdir(parents=True, exist_ok=True)
    print(f"building with the profile {PROFILE}; the first time takes some minutes", file=sys.stderr, flush=True)
    # Each on its own: built together they would share the features that any of them wants, which what is published does not.
    run("cargo", "build", "--quiet", "--locked", "--profile", PROFILE, "-p", "otpkit-bench")
    node()
    python()
    c()


def node():
    """The package as npm would publish it, and beside it the peers."""
    face = ROOT / "bindings-node"
    run("npm", "ci", *QUIET_NPM, cwd=face)
    package = OUT / "package"
    shutil.rmtree(package, ignore_errors=True)
    package.mkdir(parents=True)
    for name in ("package.json", "README.md"):
        shutil.copy(face / name, package)
    run("npx", "--no-install", "tsc", "-p", ".", "--outDir", package / "dist", cwd=face)
    run("node", "scripts/addon.mjs", "--profile", PROFILE, "--to", package / "native", cwd=face)
    for old in OUT.glob("otpkit-*.tgz"):
        old.unlink()
    run("npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", OUT, cwd=package)

    NODE.mkdir(exist_ok=True)
    for file in (HERE / "node").iterdir():
        if file.is_file():
            shutil.copy(file, NODE)
    run("npm", "ci", *QUIET_NPM, cwd=NODE)
    run("npm", "install", "--no-save", "--no-package-lock", *QUIET_NPM, tarball(), cwd=NODE)


def python():
    """The wheel as PyPI would have it, and beside it the peers."""
    tools = OUT / "tools"
    requirements = ROOT / "bindings-python" / "requirements-build.txt"
    fresh(tools, requirements)
    wheels = OUT / "wheels"
    shutil.rmtree(wheels, ignore_errors=True)
    maturin = [tools / "bin" / "maturin", "build", "--quiet", "--locked", "--profile", PROFILE, "--interpreter", sys.executable, "--out", wheels]
    run(*maturin, cwd=ROOT / "bindings-python")
    fresh(VENV, HERE / "python" / "requirements.txt")
    run(VENV / "bin" / "pip", "install", *QUIET_PIP, "--force-reinstall", wheel())


def fresh(venv, requirements):
    """An environment with exactly these; kept as long as the list stays as it is."""
    noted = venv / "requirements.txt"
    if noted.exists() and noted.read_text() == requirements.read_text():
        return
    shutil.rmtree(venv, ignore_errors=True)
    run(sys.executable, "-m", "venv", venv)
    # maturin has no dependencies here; the peers' list holds all of theirs.
    run(venv / "bin" / "pip", "install", *QUIET_PIP, "-r", requirements)
    shutil.copy(requirements, noted)


def c():
    shutil.rmtree(C, ignore_errors=True)
    run("bindings-c/install.sh", PREFIX=str(C), PROFILE=PROFILE)
    warnings = ("-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-O2")
    library = (f"-L{C}/lib", "-lotpkit", f"-Wl,-rpath,{C}/lib")
    run("gcc", *warnings, f"-I{C}/include", HERE / "c" / "worker.c", "-o", C / "worker", *library)


def tarball():
    return next(OUT.glob("otpkit-*.tgz"))


def wheel():
    return next((OUT / "wheels").glob("otpkit-*.whl"))
