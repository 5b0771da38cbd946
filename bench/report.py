"""The machine, the figures to reach, and the page."""

import json
import os
import pathlib
import re
import statistics
import subprocess

import build

BY_HAND = "written by hand (16-byte id, 6 digits, HMAC-SHA256, expiry, attempts)"
IN_FLIGHT = (1, 50, 500)


def machine():
    cpu = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    system = re.search(r'PRETTY_NAME="(.*)"', pathlib.Path("/etc/os-release").read_text())
    locked = json.loads((build.NODE / "package-lock.json").read_text())["packages"]
    return {
        "cpu": cpu.group(1) if cpu else "unknown",
        "cores": os.cpu_count(),
        "kernel": os.uname().release,
        "system": system.group(1) if system else "unknown",
        "load_at_start": os.getloadavg()[0],
        "commit": said("git", "rev-parse", "--short", "HEAD") + ("" if said("git", "status", "--porcelain") == "" else " with changes"),
        "profile": build.PROFILE,
        "rustc": said("rustc", "--version"),
        "gcc": said("gcc", "--version").split("\n")[0],
        "node": said("node", "--version"),
        "python": said(build.VENV / "bin" / "python", "--version"),
        **{name: locked[f"node_modules/{name}"]["version"] for name in ("better-auth", "messagebird", "twilio", "undici")},
        **{f"{name} (PyPI)": version for name, version in pinned().items() if name in ("Django", "django-otp", "twilio")},
        **crates("reqwest", "sqlx"),
    }


def said(*command):
    done = subprocess.run([str(word) for word in command], cwd=build.ROOT, capture_output=True, text=True)
    return done.stdout.strip()


def pinned():
    lines = (build.HERE / "python" / "requirements.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if "==" in line)


def crates(*names):
    lock = (build.ROOT / "Cargo.lock").read_text()
    return {name: re.search(rf'name = "{name}"\nversion = "(.*)"', lock).group(1) for name in names}


class Figures:
    def __init__(self, lab):
        self.lab = lab
        self.rows = []

    def add(self, what, limit, value, unit="x", cpu=None):
        """`limit` is "<= 0.5" or ">= 25"; `cpu` is the same ratio of CPU times, which a busy machine moves less."""
        sign, bound = limit.split(" ")
        reached = None if value is None else (value <= float(bound) if sign == "<=" else value >= float(bound))
        self.rows.append({"what": what, "limit": limit, "unit": unit, "value": value, "by_cpu": cpu, "reached": reached})

    def time(self, what, limit, over, under, less=None):
        self.add(what, limit, self.ratio(over, under, "wall_ns", less), cpu=self.ratio(over, under, "cpu_ns", less))

    def ratio(self, over, under, kind="wall_ns", less=None):
        """The median of the rounds' ratios: both sides of each were measured beside one another."""
        results = self.lab.results
        if over not in results or under not in results:
            return None
        tops, bottoms = results[over][kind], results[under][kind]
        if not tops or not bottoms:
            return None
        if less is not None:
            tops = [top - part for top, part in zip(tops, results[less][kind])]
        return statistics.median(top / bottom for top, bottom in zip(tops, bottoms))


def figures(lab):
    them = Figures(lab)
    if "rust" in lab.results:
        them.time("Rust start + check without the recipient's parse, of the floor's time", "<= 5", "rust", "floor", less="parse")
        them.time("Rust at 1,000,000 pending, of its time at none", "<= 2", "rust-crowded", "rust-beside")
        them.time("Node `await start` + `await check`, of the time by hand", "<= 0.5", "node", "node-hand")
        them.time("better-auth's time, of Node's", ">= 25", "better-auth", "node")
        them.time("Python start + check, of the time by hand", "<= 0.7", "python", "python-hand")
        them.time("asyncio start + check, of the (blocking) time by hand", "<= 1", "asyncio", "python-hand")
    if "memory resident" in lab.values:
        for kind, words in (("resident", "resident"), ("counted", "as allocated")):
            value = lab.values[f"memory {kind}"]["verification"]
            them.add(f"Bytes a pending verification with its indexes, {words}", "<= 200", value, "B")
    if "sqlite-bare 1" in lab.results:
        them.time("SQLite start + check, of the bare statements' time", "<= 1.3", "sqlite-otpkit 1", "sqlite-bare 1")
        them.time("SQLite, throughput at 64 in flight, of one at a time", ">= 5", "sqlite-otpkit 1", "sqlite-otpkit 64")
    if "reqwest-twilio 1" in lab.results:
        for vendor, share in (("twilio", "<= 0.3"), ("messagebird", "<= 0.5")):
            for n in IN_FLIGHT:
                rust, node, peer = f"otpkit-{vendor} {n}", f"otpkit-{vendor} in Node {n}", f"{vendor} {n}"
                them.time(f"{vendor}-sms, {n} in flight: Rust's sends a second, of reqwest's", ">= 0.85", f"reqwest-{vendor} {n}", rust)
                them.time(f"{vendor}-sms, {n} in flight: Node's sends a second, of undici's", ">= 1.2", f"undici-{vendor} {n}", node)
                them.add(f"{vendor}-sms, {n} in flight: Node's CPU a send, of `{vendor}`'s", share, them.ratio(node, peer, "cpu_ns"))
    return them.rows


def page(results, lab):
    facts = results["machine"]
    parts = [f"{facts['cpu']}, {facts['cores']} cores, {facts['system']}, Linux {facts['kernel']}; load {facts['load_at_start']:.1f} at the start, "
             f"{facts['load_at_end']:.1f} at the end; commit {facts['commit']}, profile `{facts['profile']}`; {facts['seconds']} s"
             + (", QUICK." if results["quick"] else "."), ""]
    versions = {k: v for k, v in facts.items() if k not in ("cpu", "cores", "kernel", "system", "load_at_start", "load_at_end", "commit", "profile", "seconds")}
    parts += [", ".join(f"{name} {version}" if name not in ("rustc", "gcc", "python") else version for name, version in versions.items()) + ".", ""]
    for section in (cycles, memory, sqlite, sends, imports):
        parts += section(lab)
    parts += ["Figures", ""] + figure_table(results["figures"])
    return "\n".join(parts) + "\n"


def table(head, rows):
    rows = [[str(cell) for cell in row] for row in [head, *rows]]
    widths = [max(len(row[at]) for row in rows) for at in range(len(head))]
    line = lambda row: "| " + " | ".join(cell.ljust(width) if at == 0 else cell.rjust(width) for at, (cell, width) in enumerate(zip(row, widths))) + " |"
    rule = "|" + "|".join("-" * (width + 1) + (":" if at else "-") for at, width in enumerate(widths)) + "|"
    return [line(rows[0]), rule, *map(line, rows[1:]), ""]


def number(value, places=0):
    return "-" if value is None else f"{value:,.{places}f}"


def cycles(lab):
    if "rust" not in lab.results:
        return []
    floor = lab.wall("floor")
    rows = []
    for key, words in (
        ("floor", "floor: 16-byte id and 6 digits by getrandom, two HMAC-SHA256"),
        ("parse", "parsing one phone number (part of each otpkit row)"),
        ("rust", "otpkit, Rust"),
        ("c", "otpkit, C"),
        ("node", "otpkit, Node"),
        ("node-hand", f"Node, async, {BY_HAND}"),
        ("better-auth", "better-auth phoneNumber, send + consume, secondary storage in a Map"),
        ("python", "otpkit, Python"),
        ("asyncio", "otpkit, asyncio"),
        ("python-callback", "otpkit, Python, the sender in Python (on a thread of its own)"),
        ("asyncio-callback", "otpkit, asyncio, the sender a coroutine"),
        ("python-hand", f"Python, {BY_HAND}"),
        ("asyncio-hand", "asyncio, the same"),
        ("django-otp", "django-otp SideChannelDevice, SQLite in memory"),
    ):
        wall, crowded, beside = lab.wall(key), lab.wall(f"{key}-crowded"), lab.wall(f"{key}-beside")
        times = None if crowded is None else crowded / beside
        rows.append([words, number(wall), number(lab.cpu(key)), number(wall and wall / floor, 1), number(crowded), number(times, 2)])
    return ["start + check in memory, ns a pair (medians of interleaved rounds, one thread)", ""] + table(
        ["", "time", "CPU", "x floor", "1M pending", "x none"], rows)


def memory(lab):
    if "memory resident" not in lab.values:
        return []
    rows = [
        [words, *(number(lab.values[f"memory {kind}"][part]) for kind in ("counted", "resident"))]
        for words, part in (
            ("a pending verification with its indexes", "verification"),
            ("its subject's counters", "subject"),
            ("its recipient's window counters", "windows"),
            ("in all", "all"),
        )
    ]
    blocks = lab.values["memory defaults"]["by_size"]
    sizes = ", ".join(f"{block['blocks']:.2f} of {block['bytes']} B" for block in blocks)
    return ["Memory store, bytes a pending verification, 1,000,000 pending", ""] + table(["", "allocated", "resident"], rows) + [
        f"Allocations of their own for each: {sizes}; the rest is tables and queues.", ""]


def sqlite(lab):
    if "sqlite-bare 1" not in lab.results:
        return []
    rows = []
    for kind, words in (("bare", "bare INSERT, then UPDATE RETURNING"), ("transactions", "bare BEGIN IMMEDIATE, SELECT, upsert, COMMIT, twice"), ("otpkit", "otpkit")):
        one, many = lab.wall(f"sqlite-{kind} 1"), lab.wall(f"sqlite-{kind} 64")
        missing = f"sqlite-{kind} 1" in lab.missing
        rows.append([words, "not in this build" if missing else number(one and one / 1000, 1), number(many and many / 1000, 1), number(one and many and one / many, 1)])
    return ["SQLite (sqlx, WAL, synchronous=FULL), us a start + check", ""] + table(["", "one at a time", "64 in flight", "throughput x"], rows)


def sends(lab):
    if "reqwest-twilio 1" not in lab.results:
        return []
    rows = []
    for name in ("reqwest-twilio", "otpkit-twilio", "reqwest-messagebird", "otpkit-messagebird", "undici-twilio", "otpkit-twilio in Node", "twilio",
                 "undici-messagebird", "otpkit-messagebird in Node", "messagebird", "twilio in Python", "otpkit-twilio in Python"):
        missing = f"{name} 1" in lab.missing
        row = [name if " in " in name else f"{name} in {'Rust' if 'reqwest' in name or 'otpkit' in name else 'Node'}"]
        for n in IN_FLIGHT:
            wall, cpu = lab.wall(f"{name} {n}"), lab.cpu(f"{name} {n}")
            row += ["not in this build" if missing and n == 1 else number(wall and 1e9 / wall), number(cpu and cpu / 1000, 1)]
        rows.append(row)
    head = ["", *(words for n in IN_FLIGHT for words in (f"sends/s, {n}", "CPU us"))]
    return ["Sends to a server on this machine (HTTP/1.1, no TLS), by sends in flight", ""] + table(head, rows)


def imports(lab):
    if "sizes" not in lab.values:
        return []
    rows = [[key.removeprefix("import "), number(lab.values[key] / 1e6, 1)] for key in lab.values if key.startswith("import ")]
    sizes = [[name, number(size / 1024)] for name, size in lab.values["sizes"].items()]
    return ["Loading a package, ms more than an empty program", ""] + table(["", "ms"], rows) + ["Sizes, KiB", ""] + table(["", "KiB"], sizes)


def figure_table(rows):
    place = lambda value: "-" if value is None else f"{value:,.2f}"
    words = {True: "reached", False: "NOT REACHED", None: "not in this build, or not measured"}
    shown = [[row["what"], row["limit"], place(row["value"]), place(row["by_cpu"]), words[row["reached"]]] for row in rows]
    return table(["", "to reach", "measured", "by CPU time", ""], shown)
