"""The processes that are measured, and the rounds that they take in turn."""

import json
import os
import statistics
import subprocess

import build

#: What an error of a setting says when the build does not have it yet.
NOT_IN_THIS_BUILD = ("no provider of this type is known", "no store is known under")


class Worker:
    """A process that runs one case a line; see bench/src/main.rs, bench/node/worker.mjs, bench/python/worker.py, bench/c/worker.c."""

    def __init__(self, *command, cwd):
        quiet = {**os.environ, "NODE_NO_WARNINGS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        self.process = subprocess.Popen(
            [str(word) for word in command], cwd=cwd, env=quiet, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def ask(self, *words):
        try:
            self.process.stdin.write(" ".join(map(str, words)) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        return json.loads(line) if line else {"error": "the process ended; its last words are above"}

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Lab:
    def __init__(self, quick):
        self.quick = quick
        #: By case: nanoseconds an operation of each round, wall and CPU time.
        self.results = {}
        #: What is not taken in rounds: bytes, sizes.
        self.values = {}
        self.errors = {}
        self.missing = {}
        self.workers = {}
        self.server = None

    def worker(self, language):
        if language not in self.workers:
            commands = {
                "rust": ((build.BINARIES / "otpkit-bench",), build.OUT),
                "node": (("node", "worker.mjs"), build.NODE),
                "python": ((build.VENV / "bin" / "python", "worker.py"), build.HERE / "python"),
                "c": ((build.C / "worker",), build.OUT),
            }
            command, cwd = commands[language]
            self.workers[language] = Worker(*command, cwd=cwd)
        return self.workers[language]

    def place(self):
        """The address of the server that takes messages; it runs as long as the lab does."""
        if self.server is None:
            command = [build.BINARIES / "otpkit-bench-server"]
            self.server = subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self.url = self.server.stdout.readline().strip()
        return self.url

    def rounds(self, cases, rounds, warm=1):
        """Runs each case once a round, so that what slows the machine for a while slows all of them. `cases`: key -> (language, words)."""
        for at in range(rounds + warm):
            for key, (language, *words) in cases.items():
                if key in self.missing or key in self.errors:
                    continue
                answer = self.worker(language).ask(*words)
                if "error" in answer:
                    self.note(key, answer["error"])
                elif at >= warm:
                    result = self.results.setdefault(key, {"wall_ns": [], "cpu_ns": []})
                    result["wall_ns"].append(answer["ns"] / answer["count"])
                    if "cpu_ns" in answer:
                        result["cpu_ns"].append(answer["cpu_ns"] / answer["count"])

    def note(self, key, error):
        missing = any(words in error for words in NOT_IN_THIS_BUILD)
        (self.missing if missing else self.errors)[key] = error

    def wall(self, key):
        return self.median(key, "wall_ns")

    def cpu(self, key):
        return self.median(key, "cpu_ns")

    def median(self, key, kind):
        taken = self.results.get(key, {}).get(kind)
        return statistics.median(taken) if taken else None

    def close(self):
        for worker in self.workers.values():
            worker.close()
        if self.server is not None:
            self.server.stdin.close()
            self.server.wait(10)
