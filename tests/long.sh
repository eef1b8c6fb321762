#!/usr/bin/env bash
# Campaigns that are too long for every run of the tests. Results are written to tests/results/ as tables with date and
# length, and committed.
#
#   tests/long.sh fuzz [SECONDS]           every fuzz target in this process for so long (default 600)
#   tests/long.sh opcua-normal [SECONDS]   normal operation of real OPC UA peers in each security mode for so long
#                                          (default 600): what is observed is what they logged, and nothing is raised
#   tests/long.sh delivery [DEVIATIONS [KILLS]]
#                                          a replay of so many deviations (default 100000) that is killed so often (default
#                                          20) while every server it sends to is killed and brought back
#   tests/long.sh live [RATES]             as root: a substation's traffic over a cable at rising rates (default
#                                          10000,30000,60000,100000,150000 packets/s), each for 100 s, into a running service
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
  opcua-normal)
    seconds=${2:-600}
    table=tests/results/opcua-normal.md
    dotnet build tests/OtGuard.Scenarios.Tests -c Release >/dev/null
    OTGUARD_OPCUA_NORMAL_SECONDS=$seconds OTGUARD_OPCUA_NORMAL_TABLE=$PWD/$table.part CI=true \
      dotnet run --project tests/OtGuard.Scenarios.Tests -c Release --no-build -- \
      --filter "FullyQualifiedName~OpcUa.NormalOperationTests|FullyQualifiedName~AttackTests.Attacks_are_named" || { rm -f "$table.part"; exit 1; }
    {
      echo "# Normal operation of OPC UA peers"
      echo
      echo "\`tests/long.sh opcua-normal $seconds\`, $(date -u +%Y-%m-%d), ${seconds} s a security mode."
      echo
      echo "| mode | packets | requests | connections | token renewals | result |"
      echo "|---|---|---|---|---|---|"
      sort "$table.part"
    } >"$table"
    rm -f "$table.part"
    cat "$table"
    ;;
  delivery)
    deviations=${2:-100000}
    kills=${3:-20}
    table=tests/results/delivery.md
    rm -f "$table.part"
    dotnet build tests/OtGuard.Storage.Tests -c Release >/dev/null
    OTGUARD_DELIVERY_DEVIATIONS=$deviations OTGUARD_DELIVERY_KILLS=$kills OTGUARD_DELIVERY_TABLE=$PWD/$table.part CI=true \
      dotnet run --project tests/OtGuard.Storage.Tests -c Release --no-build -- --filter "FullyQualifiedName~KillTests" ||
      { rm -f "$table.part"; exit 1; }
    {
      echo "# Delivery"
      echo
      echo "\`tests/long.sh delivery $deviations $kills\`, $(date -u +%Y-%m-%d): the replay killed $kills times, each server killed and"
      echo "brought back. Syslog, webhook, file and mail have no memory: what a crash left open is sent to them again, with the same id."
      echo
      echo "| where | sent | stored | duplicated | lost |"
      echo "|---|---|---|---|---|"
      cat "$table.part"
    } >"$table"
    rm -f "$table.part"
    cat "$table"
    ;;
  live)
    published=$(mktemp -d)
    trap 'rm -rf "$published"' EXIT
    dotnet publish pipeline/OtGuard.Host -c Release --ucr -o "$published" >/dev/null
    table=tests/results/live.md
    {
      echo "# Live"
      echo
      echo "\`tests/long.sh live ${2:-}\`, $(date -u +%Y-%m-%d), $(nproc) cores shared with the sender; load before:"
      echo "$(cut -d ' ' -f 1-3 /proc/loadavg)."
      echo
    } >"$table.part"
    python3 tests/live_rate.py "$published/otguard" "${2:-10000,30000,60000,100000,150000}" | tee -a "$table.part" ||
      { rm -f "$table.part"; exit 1; }
    mv "$table.part" "$table"
    ;;
  *)
    sed -n '2,14p' "$0"
    exit 2
    ;;
esac
