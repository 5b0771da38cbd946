"""Measures otpkit beside floors and peers, prints a table, and keeps everything in target/bench/results.json.

    python3 bench/run.py [build] [measure]

Without a word it does both. QUICK=1 in the environment measures less often (about 2 minutes instead of about 6); PROFILE=release builds faster
than `dist`, and is not what is published; ONLY=memory,sqlite runs some sections. See docs/benchmarks.md.
"""

import json
import os
import signal
import sys
import time

import build
import report
import sections
from lab import Lab


def main():
    words = sys.argv[1:] or ["build", "measure"]
    if unknown := [word for word in words if word not in ("build", "measure")]:
        sys.exit(f"bench/run.py knows `build` and `measure`, not {', '.join(unknown)}")
    if "build" in words:
        build.everything()
    if "measure" not in words:
        return
    wanted = os.environ.get("ONLY", ",".join(sections.ALL)).split(",")
    if unknown := [name for name in wanted if name not in sections.ALL]:
        sys.exit(f"no such section: {', '.join(unknown)}; there are {', '.join(sections.ALL)}")

    quick = os.environ.get("QUICK", "") not in ("", "0")
    # Whatever hangs, this ends; the processes end with their standard input.
    signal.signal(signal.SIGALRM, lambda *_: sys.exit("bench: it took longer than it ever should; something hangs"))
    signal.alarm(300 if quick else 720)
    began = time.monotonic()
    facts = report.machine()
    lab = Lab(quick=quick)
    try:
        for name in wanted:
            print(f"measuring: {name}", file=sys.stderr, flush=True)
            sections.ALL[name](lab)
    finally:
        lab.close()
    facts["seconds"] = round(time.monotonic() - began)
    facts["load_at_end"] = os.getloadavg()[0]
    results = {"machine": facts, "quick": lab.quick, "rounds": lab.results, "values": lab.values, "figures": report.figures(lab)}
    build.OUT.joinpath("results.json").write_text(json.dumps(results, indent=1) + "\n")
    text = report.page(results, lab)
    build.OUT.joinpath("results.md").write_text(text)
    print(text)
    if lab.errors:
        sys.exit("not measured, because of an error:\n" + "\n".join(f"  {key}: {why}" for key, why in lab.errors.items()))


if __name__ == "__main__":
    main()
