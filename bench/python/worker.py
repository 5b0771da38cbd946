"""Runs what bench/run.py asks for, one case at a time: a line `CASE COUNT [IN_FLIGHT URL]` in, a line of JSON out."""

import json
import sys

import cycle
import peers
import sends

CASES = {**cycle.CASES, **peers.CASES, **sends.CASES}

for line in sys.stdin:
    name, count, *rest = line.split()
    try:
        answer = CASES[name](int(count), *rest)
    except Exception as error:  # The runner prints it.
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps({"count": int(count), **answer}), flush=True)
