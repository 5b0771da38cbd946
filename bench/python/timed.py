"""Wall time and CPU time of the whole process, in nanoseconds."""

import time


class Timed:
    def __enter__(self):
        self.cpu = time.process_time_ns()
        self.began = time.perf_counter_ns()
        return self

    def __exit__(self, *_):
        self.answer = {"ns": time.perf_counter_ns() - self.began, "cpu_ns": time.process_time_ns() - self.cpu}
