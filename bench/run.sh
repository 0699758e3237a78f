#!/bin/sh
# Builds the server and the generator and measures everything through both doors, beside the references and the peers
# that are installed (scripts/setup bench installs them): some fifteen minutes on two quiet cores.
#
# Usage: bench/run.sh [--report] [more options of `vestnik-bench run`]
#   --report   puts the tables into bench/REPORT.md and the plots into bench/plots as well
#
# Results: bench/results/<time>.md, .json for each door, and plots.
# WORK_DIR says on which disk (default /var/tmp), ARCHIVE how many messages lie in the history (default 10,000,000, which
# need 3 GB), PROFILE which build is measured (default bench-fast).
set -eu
cd "$(dirname "$0")/.."
work_dir=${WORK_DIR:-/var/tmp}
archive=${ARCHIVE:-10000000}
profile=${PROFILE:-bench-fast}
target=${CARGO_TARGET_DIR:-target}
report=
if [ "${1:-}" = --report ]; then
    report=yes
    shift
fi
# As `make bench` does: the server alone has the features that people run.
cargo build --profile "$profile" --locked --bin vestnik
cargo build --profile "$profile" --locked -p vestnik-bench
bench="$target/$profile/vestnik-bench"
mkdir -p bench/results
time=$(date -u +%Y%m%dT%H%M%SZ)
out=bench/results/$time
status=0
{
    printf '## TCP, beside references and peers\n\n'
    "$bench" run all --work-dir "$work_dir" --archive "$archive" --plots "$out-plots" --json "$out-tcp.json" "$@" || status=$?
    printf '\n## WebSocket\n\n'
    "$bench" run fan-out direct-sends resume --door ws --members 100 --peers none --work-dir "$work_dir" \
        --json "$out-ws.json" "$@" || status=$?
} >"$out.md"
cat "$out.md"
if [ -n "$report" ]; then
    mkdir -p bench/plots
    cp "$out-plots"/*.svg bench/plots/
    # What stands between the two marks is replaced; the plots lie elsewhere now.
    sed "s|]($time-plots/|](plots/|" "$out.md" >"$out-figures.md"
    awk -v from="$out-figures.md" '
        /^<!-- end of results -->$/ { inside = 0 }
        !inside { print }
        /^<!-- results -->$/ {
            inside = 1
            print ""
            while ((getline line < from) > 0) print line
        }
    ' bench/REPORT.md >"$out-report.md"
    rm "$out-figures.md"
    mv "$out-report.md" bench/REPORT.md
    echo "bench/REPORT.md has the new tables; its prose is yours to write." >&2
fi
echo "Results: $out.md, $out-tcp.json, $out-ws.json, $out-plots/" >&2
exit "$status"
