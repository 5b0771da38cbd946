# The commands of the project. `make test` is what CI runs.
.PHONY: test bench demo deps lint fmt clean

test: deps
	python3 scripts/test.py $(SUITES)

# Measures otpkit beside floors and peers: about 6 minutes after the build; `make bench QUICK=1` about 2. See docs/benchmarks.md.
bench:
	QUICK=$(QUICK) python3 bench/run.py

# Opens a login page and an inbox: `make demo`; `make demo CHECK=1` drives one login through and ends.
demo:
	CHECK=$(CHECK) bash scripts/demo.sh

# Installs what the tests need (as root, with apt); otherwise names what is missing.
deps:
	bash scripts/deps.sh

lint:
	cargo fmt --all --check
	cargo clippy --release --workspace --exclude otpkit-node --all-targets -- -D warnings
# Under `cfg(test)`, which --all-targets sets, its exports vanish and everything behind them is unused.
	cargo clippy --release -p otpkit-node -- -D warnings

fmt:
	cargo fmt --all

clean:
	cargo clean
