#!/usr/bin/env bash
# Runs every test. `tests/run.sh --install-peers` first installs the independent peers that some tests compare with
# (Debian packages, the npm packages of tests/peers and a kernel for an emulated machine, as root). Without them those tests are
# skipped and named; with CI=true a skipped test is a failure.
# The last line is "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")/.."

peers=(tshark tcpdump tcpreplay libpcap0.8 mbpoll python3-pymodbus python3-serial-asyncio python3-can
  gcc libc6-dev qemu-system-x86 busybox-static can-utils iproute2 influxdb systemd rsyslog rsyslog-gnutls openssl
  poppler-utils chromium sslscan gnupg)

# Debian's kernel for the emulated machine that has CAN: unpacked beside the user's other caches, not installed.
kernel="${OTGUARD_TEST_KERNEL:-$HOME/.cache/otguard-tests/linux}"

fetch_kernel() {
  local package folder
  package=$(apt-cache depends linux-image-amd64 | awk '/Depends: linux-image/ { print $2; exit }')
  [ -n "$package" ] || return 1
  [ -f "$kernel/boot/vmlinuz-${package#linux-image-}" ] && return 0
  folder=$(mktemp -d)
  chmod 755 "$folder"
  (cd "$folder" && apt-get download -qq "$package" && dpkg-deb --fsys-tarfile "$package"_*.deb >kernel.tar) &&
    mkdir -p "$kernel" &&
    tar -xf "$folder/kernel.tar" -C "$kernel" --wildcards './boot/vmlinuz*' \
      './lib/modules/*/kernel/net/can/*' './lib/modules/*/kernel/drivers/net/can/*'
  local result=$?
  rm -rf "$folder"
  return $result
}

# node-opcua needs Node.js 20: what is installed, else Debian's (20 from Debian 13 on), else the build in the npm registry.
node_release=20.20.2
node_is_new_enough() { [ "$(node -p 'process.versions.node.split(".")[0] >= 20' 2>/dev/null)" = true ]; }
install_npm_peers() {
  { node_is_new_enough && command -v npm; } >/dev/null ||
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nodejs npm >/dev/null || return
  if ! node_is_new_enough; then
    local machine=x64
    [ "$(uname -m)" = aarch64 ] && machine=arm64
    npm install --silent --ignore-scripts --no-audit --no-fund --prefix /usr/local/lib/otguard-node \
      "node-linux-$machine@$node_release" &&
      ln -sf "/usr/local/lib/otguard-node/node_modules/node-linux-$machine/bin/node" /usr/local/bin/node || return
    hash -r
  fi
  npm ci --silent --ignore-scripts --no-audit --no-fund --prefix tests/peers/opcua &&
    npm ci --silent --ignore-scripts --no-audit --no-fund --prefix tests/peers/stix &&
    npm ci --silent --ignore-scripts --no-audit --no-fund --prefix tests/peers/web
}

if [ "${1:-}" = "--install-peers" ]; then
  shift
  apt-get update -qq &&
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${peers[@]}" >/dev/null &&
    { [ "$(dpkg --print-architecture)" != amd64 ] || fetch_kernel; } && install_npm_peers || exit 4
elif [ $# -gt 0 ] && [ "${1#--}" = "$1" ]; then
  echo "usage: tests/run.sh [--install-peers] [options of dotnet test]" >&2
  exit 2
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# One project after the other: tests with real peers, live capture and a browser need the processor when their turn comes.
dotnet test OtGuard.sln -c Release --no-progress --max-parallel-test-modules 1 "$@" 2>&1 | tee "$log"
result=$?

skipped=$(grep -E '^ *skipped ' "$log" | sed -E 's/^ *skipped //; s/ \([0-9.a-z ]*\)$//' | sort -u)
if [ -n "$skipped" ]; then
  echo
  echo "Skipped, mostly for want of a peer or a capture (tests/run.sh --install-peers installs the peers):"
  sed 's/^/  /' <<<"$skipped"
fi

awk '/^ *total:/{t=$2} /^ *failed:/{f=$2} /^ *succeeded:/{p=$2} /^ *skipped:/{s=$2}
  END { if (t == "") exit 3
        ci = ENVIRON["CI"] == "true"
        printf "%d passed, %d failed\n", p, f + (ci ? s : 0)
        exit ci && s > 0 }' "$log" || { code=$?; [ $result -ne 0 ] || result=$code; }
exit $result
