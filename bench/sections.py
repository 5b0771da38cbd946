"""What is measured, section by section."""

import json
import os
import pathlib
import shutil
import statistics
import subprocess
import time

import build

PENDING = 1_000_000


def cycle(lab):
    """`start` and `check` on the memory store: nobody pending, and a million others pending."""
    n = 5_000 if lab.quick else 20_000
    slow = 20 if lab.quick else 10
    rounds = 7 if lab.quick else 15
    lab.rounds(
        {
            "floor": ("rust", "floor", n),
            "parse": ("rust", "parse", n),
            "rust": ("rust", "cycle", n),
            "c": ("c", "otpkit", n),
            "node": ("node", "otpkit", n),
            "node-hand": ("node", "hand", n),
            "better-auth": ("node", "better-auth", n // slow),
            "python": ("python", "otpkit", n),
            "asyncio": ("python", "asyncio", n),
            "python-callback": ("python", "otpkit-callback", n // slow),
            "asyncio-callback": ("python", "asyncio-callback", n // slow),
            "python-hand": ("python", "hand", n),
            "asyncio-hand": ("python", "hand-async", n),
            "django-otp": ("python", "django-otp", n // slow // 5),
        },
        rounds,
        warm=3,
    )
    crowds = [("rust", "rust", ""), ("c", "c", "otpkit-"), ("node", "node", "otpkit-"), ("node-hand", "node", "hand-")]
    crowds += [("python", "python", "otpkit-"), ("asyncio", "python", "asyncio-")]
    for key, language, prefix in crowds[:1] if lab.quick else crowds:
        crowd(lab, key, language, prefix, n, rounds)


def crowd(lab, key, language, prefix, n, rounds):
    """Beside rounds of the same language with nobody pending, so that the ratio is of neighbours in time."""
    worker = lab.worker(language)
    filled = worker.ask(f"{prefix}fill", PENDING)
    if "error" in filled:
        lab.note(f"{key}-crowded", filled["error"])
        return
    names = {"": ("cycle", "cycle-crowded")}.get(prefix, (prefix.removesuffix("-"), f"{prefix}crowded"))
    lab.rounds({f"{key}-beside": (language, names[0], n), f"{key}-crowded": (language, names[1], n)}, rounds)
    worker.ask("empty", 0)


def memory(lab):
    """Bytes a pending verification: each variant in a process of its own."""
    for variant in ("defaults", "no-windows", "two-subjects", "one-subject-twice"):
        command = [build.BINARIES / "otpkit-bench-memory", variant, str(PENDING)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            lab.note(f"memory {variant}", done.stderr.strip())
            return
        lab.values[f"memory {variant}"] = json.loads(done.stdout)
    all_of, bare, two, twice = (lab.values[f"memory {name}"] for name in ("defaults", "no-windows", "two-subjects", "one-subject-twice"))
    # Two subjects' vectors grow in place or move, which leaves holes: resident, a subject is taken for what it asks for, the least that it can be.
    subject = two["counted"] - twice["counted"]
    for kind in ("counted", "resident"):
        windows = all_of[kind] - bare[kind]
        parts = {"all": all_of[kind], "windows": windows, "subject": subject, "verification": bare[kind] - subject}
        lab.values[f"memory {kind}"] = parts


def sqlite(lab):
    """The SQLite store beside bare statements, durable after each (WAL, synchronous=FULL)."""
    folder = build.OUT / "sqlite"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    few, many = (50, 400) if lab.quick else (200, 2_000)
    cases = {}
    for kind in ("bare", "transactions", "otpkit"):
        cases[f"sqlite-{kind} 1"] = ("rust", f"sqlite-{kind}", few, 1, folder)
        cases[f"sqlite-{kind} 64"] = ("rust", f"sqlite-{kind}", many, 64, folder)
    lab.rounds(cases, 5 if lab.quick else 15)


def sends(lab):
    """Messages to a server on this machine, 1, 50 and 500 in flight."""
    url = lab.place()
    # How many sends of a round take about a third of a second with one in flight, and with more.
    senders = {
        "reqwest-twilio": ("rust", 4_000, 12_000),
        "otpkit-twilio": ("rust", 4_000, 12_000),
        "reqwest-messagebird": ("rust", 4_000, 12_000),
        "otpkit-messagebird": ("rust", 4_000, 12_000),
        "undici-twilio": ("node", 3_000, 6_000),
        "undici-messagebird": ("node", 3_000, 6_000),
        "otpkit-twilio in Node": ("node", 3_000, 6_000),
        "otpkit-messagebird in Node": ("node", 3_000, 6_000),
        "twilio": ("node", 800, 1_500),
        "messagebird": ("node", 1_200, 3_000),
        "otpkit-twilio in Python": ("python", 3_000, 6_000),
        "twilio in Python": ("python", 300, 500),
    }
    share = 4 if lab.quick else 1
    for in_flight in (1, 50, 500):
        cases = {}
        for name, (language, one, more) in senders.items():
            case = f"send-{name.split(' ')[0]}"
            count = (one if in_flight == 1 else more) // share
            cases[f"{name} {in_flight}"] = (language, case, count, in_flight, url)
        lab.rounds(cases, 3 if lab.quick else 7)


def imports(lab):
    """How much longer a process takes that loads a package than an empty one, and how large things are."""
    node = lambda package: ("node", "--input-type=commonjs", "-e", f"require('{package}')" if package else "0")
    python = lambda module: (build.VENV / "bin" / "python", "-c", f"import {module}" if module else "0")
    programs = {
        "node": (node(""), build.NODE),
        "node otpkit": (node("otpkit"), build.NODE),
        "node messagebird": (node("messagebird"), build.NODE),
        "node twilio": (node("twilio"), build.NODE),
        "node better-auth": (node("better-auth"), build.NODE),
        "python": (python(""), build.OUT),
        "python otpkit": (python("otpkit"), build.OUT),
        "python twilio": (python("twilio.rest"), build.OUT),
        "python django_otp": (python("django_otp"), build.OUT),
    }
    for at in range(6 if lab.quick else 16):
        for key, (command, cwd) in programs.items():
            began = time.perf_counter_ns()
            done = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True)
            taken = time.perf_counter_ns() - began
            if done.returncode != 0:
                lab.note(f"import {key}", done.stderr.strip())
            elif at > 0:
                lab.results.setdefault(f"import {key}", {"wall_ns": []})["wall_ns"].append(taken)
    for key in programs:
        empty = lab.results[f"import {key.split(' ')[0]}"]["wall_ns"]
        own = lab.results.get(f"import {key}", {}).get("wall_ns", [])
        if " " in key and own:
            lab.values[f"import {key}"] = statistics.median(a - b for a, b in zip(own, empty))
    sizes(lab)


def sizes(lab):
    addon = next((build.NODE / "node_modules" / "otpkit" / "native").glob("*.node"))
    packages = build.VENV / "lib"
    module = next(packages.glob("python*/site-packages/otpkit/_otpkit*.so"))
    lab.values["sizes"] = {
        "addon (.node)": addon.stat().st_size,
        "npm tarball": build.tarball().stat().st_size,
        "Python module (.so)": module.stat().st_size,
        "wheel": build.wheel().stat().st_size,
        "libotpkit.so, stripped": stripped(next((build.C / "lib").glob("libotpkit.so.*.*.*"))),
        **{f"node_modules of {name}": installed(name) for name in ("otpkit", "messagebird", "twilio", "better-auth")},
    }


def stripped(library):
    copy = build.OUT / "stripped.so"
    subprocess.run(["strip", "--strip-unneeded", "-o", copy, library], check=True)
    return copy.stat().st_size


def installed(name):
    """A package with all that it needs, as the lock file has it; those that stand in for another are counted once."""
    seen, wanted, total = set(), [build.NODE / "node_modules" / name], 0
    while wanted:
        folder = wanted.pop()
        if folder in seen:
            continue
        seen.add(folder)
        own = [pathlib.Path(at) / file for at, folders, files in walk(folder) for file in files]
        total += sum(file.lstat().st_size for file in own)
        needs = json.loads((folder / "package.json").read_text()).get("dependencies", {})
        wanted += [found for need in needs if (found := resolve(folder, need))]
    return total


def walk(folder):
    for at, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != "node_modules"]
        yield at, folders, files


def resolve(folder, need):
    for parent in (folder, *folder.parents):
        found = parent / "node_modules" / need
        if found.is_dir():
            return found
        if parent == build.NODE:
            return None
    return None


ALL = {"cycle": cycle, "memory": memory, "sqlite": sqlite, "sends": sends, "imports": imports}
