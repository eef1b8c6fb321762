#!/usr/bin/env bash
# Campaigns that are too long for every run of the tests. Results are written to tests/results/ as tables with date and
# length, and committed.
#
#   tests/long.sh fuzz [SECONDS]   every fuzz target in this process for so long (default 600)
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p tests/results

case "${1:-fuzz}" in
  fuzz)
    seconds=${2:-600}
    dotnet build tests/OtGuard.Fuzzing -c Release >/dev/null
    run=(dotnet run --project tests/OtGuard.Fuzzing -c Release --no-build --)
    table=tests/results/fuzzing.md
    {
      echo "# Fuzzing"
      echo
      echo "\`tests/long.sh fuzz $seconds\`, $(date -u +%Y-%m-%d), ${seconds} s a target, mutations of seed inputs in one process."
      echo
      echo "| target | result |"
      echo "|---|---|"
    } >"$table.part"
    failed=0
    for target in $("${run[@]}" list); do
      echo "Fuzzing $target for $seconds s ..." >&2
      result=$("${run[@]}" smoke "$target" "${seconds}s" "$RANDOM" | tail -n 1) || failed=1
      echo "| $target | $result |" | tee -a "$table.part"
    done
    mv "$table.part" "$table"
    exit $failed
    ;;
  *)
    sed -n '2,6p' "$0"
    exit 2
    ;;
esac
