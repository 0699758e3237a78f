#!/bin/sh
# Builds the server and the generator and measures everything through both doors.
# Usage: bench/run.sh [more options of `vestnik-bench run`]
# Results: bench/results/<time>-<door>.md and .json. WORK_DIR says on which disk (default /var/tmp).
set -eu
cd "$(dirname "$0")/.."
work_dir=${WORK_DIR:-/var/tmp}
target=${CARGO_TARGET_DIR:-target}
cargo build --release -p vestnik-server -p vestnik-bench
mkdir -p bench/results
time=$(date -u +%Y%m%dT%H%M%SZ)
status=0
for door in tcp ws; do
    "$target/release/vestnik-bench" run all --door "$door" --work-dir "$work_dir" \
        --json "bench/results/$time-$door.json" "$@" >"bench/results/$time-$door.md" || status=$?
    cat "bench/results/$time-$door.md"
done
exit "$status"
