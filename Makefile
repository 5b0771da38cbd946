# The commands of the project. `make test` is what CI runs.
.PHONY: test demo deps lint fmt clean

test: deps
	python3 scripts/test.py $(SUITES)

# Opens a login page and an inbox: `make demo`; `make demo CHECK=1` drives one login through and ends.
demo:
	CHECK=$(CHECK) bash scripts/demo.sh

# Installs what the tests need (as root, with apt); otherwise names what is missing.
deps:
	bash scripts/deps.sh

lint:
	cargo fmt --all --check
	cargo clippy --release --workspace --all-targets -- -D warnings

fmt:
	cargo fmt --all

clean:
	cargo clean
