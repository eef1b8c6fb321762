using System.Buffers.Binary;

namespace OtGuard.Collectors.Capture.Tests.Network;

/// <summary>Builds packets byte by byte from the standards' layouts.</summary>
internal static class Wire
{
    public const byte Fin = 1;
    public const byte Syn = 2;
    public const byte Rst = 4;
    public const byte Psh = 8;
    public const byte Ack = 16;

    public static byte[] Concat(params byte[][] parts) => [.. parts.SelectMany(part => part)];

    public static byte[] U16(int value) => [(byte)(value >> 8), (byte)value];

    public static byte[] U32(uint value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];

    public static byte[] Mac(int number) => [2, 0, 0, 0, (byte)(number >> 8), (byte)number];

    public static byte[] Ethernet(int source, int destination, int etherType, byte[] payload) =>
        Concat(Mac(destination), Mac(source), U16(etherType), payload);

    public static byte[] IPv4(
        string source, string destination, byte protocol, byte[] payload, int id = 0, int fragment = 0, byte[]? options = null)
    {
        options ??= [];
        var header = Concat(
            [(byte)(0x45 + options.Length / 4), 0], U16(20 + options.Length + payload.Length), U16(id), U16(fragment),
            [64, protocol, 0, 0], U32((uint)NetworkAddress.Parse(source).Low), U32((uint)NetworkAddress.Parse(destination).Low),
            options);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(10), Checksum(header));
        return Concat(header, payload);
    }

    public static byte[] IPv6(string source, string destination, byte next, byte[] payload) => Concat(
        [0x60, 0, 0, 0], U16(payload.Length), [next, 64], Address6(source), Address6(destination), payload);

    public static byte[] Tcp(
        int sourcePort, int destinationPort, uint sequence, uint acknowledgement, byte flags, byte[]? payload = null, int checksum = 0) =>
        Concat(
            U16(sourcePort), U16(destinationPort), U32(sequence), U32(acknowledgement), [0x50, flags], U16(8192),
            U16(checksum), U16(0), payload ?? []);

    public static byte[] Udp(int sourcePort, int destinationPort, byte[] payload) =>
        Concat(U16(sourcePort), U16(destinationPort), U16(8 + payload.Length), U16(0), payload);

    public static byte[] Arp(int operation, int senderMac, string sender, int targetMac, string target) => Concat(
        U16(1), U16(0x0800), [6, 4], U16(operation), Mac(senderMac), U32((uint)NetworkAddress.Parse(sender).Low),
        Mac(targetMac), U32((uint)NetworkAddress.Parse(target).Low));

    public static byte[] Address6(string address)
    {
        var parsed = NetworkAddress.Parse(address);
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, parsed.High);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(8), parsed.Low);
        return bytes;
    }

    public static ushort Checksum(byte[] data)
    {
        uint sum = 0;
        for (var i = 0; i < data.Length; i += 2) sum += (uint)(data[i] << 8 | (i + 1 < data.Length ? data[i + 1] : 0));
        while (sum >> 16 != 0) sum = (sum >> 16) + (sum & 0xFFFF);
        return (ushort)~sum;
    }
}
