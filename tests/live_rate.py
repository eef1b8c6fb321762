#!/usr/bin/env python3
"""How much a service takes live, on this machine: what `tests/long.sh live` runs, as root, with the published program.

A simulated substation's traffic is played by tcpreplay over a cable between two network namespaces, at rising rates, into
`otguard run` with a baseline that has every family (vocabulary, rules, timing, all models), and with the ring of traffic and
evidence on. Sender and receiver share the machine. Beside it strangers write to a device, one after the other, so that
deviations come all the time; the time from a frame to what it shows is the service's own figure: its clock when the store
has confirmed it, less the kernel's stamp of the frame, which on such a cable is the moment it leaves the source.
"""
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request

OTGUARD = sys.argv[1]
TICKS = os.sysconf("SC_CLK_TCK")
PORT = 8471
STRANGERS_PER_SECOND = 20
SECONDS = 100
WARM = 15


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)}: {done.stderr}")
    return done.stdout + done.stderr


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data if len(data) % 2 == 0 else data + b"\0"))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def strangers(path, count):
    """A capture in which one host after the other connects to a device and sets a coil."""
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        at = 0

        def packet(source, target, sport, dport, seq, ack, flags, payload=b""):
            nonlocal at
            at += 1
            segment = struct.pack("!HHIIBBHHH", sport, dport, seq, ack, 0x50, flags, 8192, 0, 0) + payload
            pseudo = socket.inet_aton(source) + socket.inet_aton(target) + struct.pack("!HH", 6, len(segment))
            padded = segment + b"\0" * (len(segment) % 2)
            segment = segment[:16] + struct.pack("!H", checksum(pseudo + padded)) + segment[18:]
            header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(segment), at & 0xFFFF, 0, 64, 6, 0)
            header += socket.inet_aton(source) + socket.inet_aton(target)
            header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
            mac = {True: b"\x02\x00\x0a\x14\x00\x65", False: b"\x02\x00\x0a\x14\x63\x01"}
            is_device = source == "10.20.0.101"
            frame = mac[not is_device] + mac[is_device] + b"\x08\x00" + header + segment
            moment = at * 1_000_000 // (STRANGERS_PER_SECOND * 5)
            out.write(struct.pack("<IIII", moment // 1_000_000, moment % 1_000_000, len(frame), len(frame)) + frame)

        for n in range(count):
            host, device, port = f"10.20.{100 + n // 200}.{1 + n % 200}", "10.20.0.101", 40000 + n
            request = struct.pack("!HHHBBHH", 1, 0, 6, 1, 5, n % 8, 0xFF00)
            packet(host, device, port, 502, 1000, 0, 0x02)
            packet(device, host, 502, port, 5000, 1001, 0x12)
            packet(host, device, port, 502, 1001, 5001, 0x10)
            packet(host, device, port, 502, 1001, 5001, 0x18, request)
            packet(device, host, 502, port, 5001, 1001 + len(request), 0x18, request)


def processes(service):
    """The service, and what it started, by what they do."""
    found = {"service": service}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/cmdline", "rb") as file:
                words = file.read().decode(errors="replace").split("\0")
            with open(f"/proc/{name}/stat") as file:
                parent = int(file.read().rsplit(") ", 1)[1].split()[1])
        except OSError:
            continue
        if "capture-launcher" in words and parent == service:
            found["launcher"] = int(name)
        if "capture-process" in words and parent == found.get("launcher", -1):
            found["capture"] = int(name)
    if "capture" not in found and "launcher" in found:
        return processes_again(found)
    return found


def processes_again(found):
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as file:
                    parent = int(file.read().rsplit(") ", 1)[1].split()[1])
            except OSError:
                continue
            if parent == found["launcher"]:
                found["capture"] = int(name)
    return found


def cpu(process):
    with open(f"/proc/{process}/stat") as file:
        fields = file.read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory(process):
    with open(f"/proc/{process}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


class Cable:
    def __init__(self):
        self.far, self.near = f"ogf{os.getpid()}", f"ogn{os.getpid()}"

    def __enter__(self):
        for side in (self.far, self.near):
            run("ip", "netns", "add", side)
            for scope in ("all", "default"):
                run("ip", "netns", "exec", side, "sh", "-c", f"echo 1 > /proc/sys/net/ipv6/conf/{scope}/disable_ipv6")
        run("ip", "-n", self.far, "link", "add", "veth0", "type", "veth", "peer", "name", "veth1", "netns", self.near)
        run("ip", "-n", self.far, "link", "set", "veth0", "up")
        run("ip", "-n", self.near, "link", "set", "veth1", "up")
        run("ip", "-n", self.near, "link", "set", "lo", "up")
        time.sleep(1)
        return self

    def __exit__(self, *_):
        for side in (self.far, self.near):
            run("ip", "netns", "del", side)

    def play(self, *arguments):
        return subprocess.Popen(
            ["ip", "netns", "exec", self.far, "tcpreplay", "--quiet", "--preload-pcap", "-i", "veth0", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


class Service:
    def __init__(self, cable, folder):
        self.cable, self.folder = cable, folder

    def __enter__(self):
        shutil.rmtree(os.path.join(self.folder, "data"), ignore_errors=True)
        with open(os.path.join(self.folder, "otguard.json"), "w") as file:
            json.dump({
                "data": "data", "baseline": "plant.baseline", "http": {"port": PORT, "https": False},
                "sources": [{"name": "line", "address": "net:veth1?buffer=64MiB"}],
            }, file)
        self.log = open(os.path.join(self.folder, "log"), "w")
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", self.cable.near, OTGUARD, "run", "--config", os.path.join(self.folder, "otguard.json")],
            stdout=self.log, stderr=self.log)
        began = time.monotonic()
        while (self.health() or {}).get("sources", [{}])[0].get("state") != "running":
            if self.process.poll() is not None or time.monotonic() - began > 60:
                sys.exit(open(os.path.join(self.folder, "log")).read())
            time.sleep(0.2)
        time.sleep(1)
        self.parts = processes(self.process.pid)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def health(self):
        done = subprocess.run(
            ["ip", "netns", "exec", self.cable.near, sys.executable, "-c",
             f"import urllib.request; print(urllib.request.urlopen('http://127.0.0.1:{PORT}/healthz').read().decode())"],
            capture_output=True, text=True)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def settled(self):
        """Its health once no more frames come."""
        before = -1
        while True:
            now = self.health()
            frames = now["sources"][0]["frames"]
            if frames == before:
                return now
            before = frames
            time.sleep(2)


def seconds(value):
    return "–" if value is None else f"{value * 1000:.0f} ms"


def rate_trial(cable, folder, capture, frames, rate):
    """
    At one rate, for 100 s or until the capture is over, which is never played twice: what was there before is a repetition
    to TCP, and costs little. Strangers come once it has run for WARM seconds: a service that listens for months has its code
    compiled.
    """
    with Service(cable, folder) as service:
        used = {name: cpu(process) for name, process in service.parts.items()}
        before = time.monotonic()
        player = cable.play(f"--pps={rate}", f"--limit={min(frames, rate * SECONDS)}", capture)
        early = others = None
        while player.poll() is None:
            time.sleep(2)
            # Times are those while it plays: what is told of the silence behind it is late by its nature.
            now = service.health()
            if player.poll() is None:
                lag, verdict = now["lag"], now["verdictLag"]
            if others is None and time.monotonic() - before > WARM:
                others = cable.play(os.path.join(folder, "strangers.pcap"))
            if early is None and now["sources"][0]["frames"] >= 1_000_000:
                early = memory(service.parts["service"])
        said = player.communicate()[0]
        took = time.monotonic() - before
        load = {name: 100 * (cpu(process) - used[name]) / took for name, process in service.parts.items()}
        others.terminate()
        also = others.communicate()[0]
        health = service.settled()
        resident = {name: memory(process) for name, process in service.parts.items()}
    sent = sum(int(number) for text in (said, also) for number in re.findall(r"Successful packets:\s+(\d+)", text))
    real = float(re.findall(r"([\d.]+) pps", said)[0])
    source = health["sources"][0]
    print(f"asked {rate}, sent {sent} at {real:.0f}/s, read {source['frames']}, lost {source['lost']}", file=sys.stderr)
    ring = source["traffic"]["ring"]
    return (
        f"| {rate:,} | {real:,.0f} | {sent:,} | {source['frames']:,} | {source['lost']:,} | {ring['lostFrames']:,} "
        f"| {seconds(verdict['median'])} / {seconds(verdict['p99'])} | {seconds(lag['median'])} / {seconds(lag['p99'])} "
        f"({lag['count']:,}) | {load['service']:.0f} % / {load.get('capture', 0):.0f} % "
        f"| {early or 0:.0f} MiB, {resident['service']:.0f} MiB | {resident.get('capture', 0):.0f} / {resident.get('launcher', 0):.0f} MiB |"
    ), source["lost"] == 0 and real > 0.95 * rate


def frames_of(capture):
    """Packets of a pcap file."""
    count = 0
    with open(capture, "rb") as file:
        file.seek(24)
        while len(header := file.read(16)) == 16:
            file.seek(struct.unpack("<IIII", header)[2], 1)
            count += 1
    return count


HEAD = (
    "| asked, packets/s | sent at | sent | read | lost | not in the ring | frame to verdict, p50 / p99 "
    "| frame to stored, p50 / p99 (deviations) | CPU service / capture | memory of the service after 1 M packets, and at the end "
    "| memory capture / launcher |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|")


def main():
    rates = [int(word) for word in (sys.argv[2] if len(sys.argv) > 2 else "10000,30000,60000,100000,150000").split(",")]
    with tempfile.TemporaryDirectory() as folder, Cable() as cable:
        clean, played = os.path.join(folder, "clean"), os.path.join(folder, "played")
        run(OTGUARD, "simulate", "run", "substation", "--duration", "10m", "--poll", "0.1s", "-o", clean)
        run(OTGUARD, "simulate", "run", "substation", "--duration", "170m", "--poll", "0.1s", "--seed", "2", "-o", played)
        strangers(os.path.join(folder, "strangers.pcap"), 4000)
        capture = os.path.join(played, "capture.pcap")
        frames = frames_of(capture)
        run(OTGUARD, "learn", os.path.join(clean, "capture.pcap"), "-o", os.path.join(folder, "plant.baseline"))
        print(f"Vocabulary, rules, every family of models, the ring and evidence:\n\n{HEAD}", flush=True)
        best = 0
        for rate in rates:
            row, is_whole = rate_trial(cable, folder, capture, frames, rate)
            best = rate if is_whole else best
            print(row, flush=True)
        print(f"\nHighest rate asked for that was sent and read without loss: {best:,} packets/s.")


main()
