using System.Buffers.Binary;
using System.Text;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Substation;

/// <summary>Payloads of what else is spoken in a station.</summary>
internal static class BackgroundTraffic
{
    // Seconds from 1900, where NTP begins, to 1970.
    private const long NtpEpochOffset = 2_208_988_800;
    private const long NanosecondsPerSecond = 1_000_000_000;

    private static readonly MacAddress NearestBridge = MacAddress.Parse("01:80:c2:00:00:0e");
    private static readonly MacAddress AllBridges = MacAddress.Parse("01:80:c2:00:00:00");

    /// <summary>An NTP message (RFC 5905 §7.3): version 4, mode 3 of a client or 4 of a server.</summary>
    public static byte[] Ntp(bool server, long now, long originate = 0)
    {
        var message = new byte[48];
        message[0] = (byte)(4 << 3 | (server ? 4 : 3));
        message[1] = server ? (byte)1 : (byte)2;
        message[2] = 6;
        message[3] = 0xEC;
        if (server)
        {
            "GPS\0"u8.CopyTo(message.AsSpan(12));
            WriteNtpTime(message.AsSpan(16), now - NanosecondsPerSecond);
            WriteNtpTime(message.AsSpan(24), originate);
            WriteNtpTime(message.AsSpan(32), now);
        }

        WriteNtpTime(message.AsSpan(40), now);
        return message;
    }

    /// <summary>The switch announces itself (IEEE 802.1AB-2016 §8).</summary>
    public static byte[] Lldp(EthernetHost sender)
    {
        Span<byte> mac = stackalloc byte[MacAddress.Length];
        sender.Mac.WriteTo(mac);
        byte[] body =
        [
            .. LldpField(1, [4, .. mac]), .. LldpField(2, [7, .. "1"u8]), .. LldpField(3, [0, 120]),
            .. LldpField(5, Encoding.ASCII.GetBytes(sender.Name)), 0, 0,
        ];
        return Packet.Ethernet(sender.Mac, NearestBridge, 0x88CC, body);
    }

    /// <summary>A rapid spanning tree BPDU of the root bridge (IEEE 802.1D-2004 §9.3.3).</summary>
    public static byte[] SpanningTree(EthernetHost bridge)
    {
        var bpdu = new byte[36];
        bpdu[2] = 2;
        bpdu[3] = 2;
        bpdu[4] = 0x3C;
        bpdu[5] = 0x80;
        bridge.Mac.WriteTo(bpdu.AsSpan(7));
        bpdu[17] = 0x80;
        bridge.Mac.WriteTo(bpdu.AsSpan(19));
        BinaryPrimitives.WriteUInt16BigEndian(bpdu.AsSpan(25), 0x8001);
        bpdu[29] = 20;
        bpdu[31] = 2;
        bpdu[33] = 15;
        return Packet.Llc(bridge.Mac, AllBridges, 0x42, 0x42, 3, bpdu);
    }

    /// <summary>A breaker's state by GOOSE (IEC 61850-8-1:2011 §18, annex C), priority 4.</summary>
    public static byte[] Goose(
        EthernetHost publisher, ushort application, bool closed, long changed, uint state, uint sequence,
        TimeSpan heartbeat)
    {
        var name = publisher.Name;
        var time = new byte[8];
        BinaryPrimitives.WriteUInt32BigEndian(time, (uint)(changed / NanosecondsPerSecond));
        // Three bytes of fraction of a second, then quality: 24 bits of accuracy, clock synchronised.
        var fraction = (uint)((changed % NanosecondsPerSecond << 24) / NanosecondsPerSecond);
        time[4] = (byte)(fraction >> 16);
        time[5] = (byte)(fraction >> 8);
        time[6] = (byte)fraction;
        time[7] = 0x18;
        byte[] data = [.. Tlv(0x83, [closed ? (byte)1 : (byte)0]), .. Tlv(0x84, [3, 0, 0])];
        byte[] pdu = Tlv(0x61,
        [
            .. Tlv(0x80, Encoding.ASCII.GetBytes($"{name}LD0/LLN0$GO$gcb1")),
            .. Tlv(0x81, Integer((uint)(heartbeat.TotalMilliseconds * 2))),
            .. Tlv(0x82, Encoding.ASCII.GetBytes($"{name}LD0/LLN0$Position")),
            .. Tlv(0x83, Encoding.ASCII.GetBytes(name)), .. Tlv(0x84, time), .. Tlv(0x85, Integer(state)),
            .. Tlv(0x86, Integer(sequence)), .. Tlv(0x87, [0]), .. Tlv(0x88, Integer(1)), .. Tlv(0x89, [0]),
            .. Tlv(0x8A, Integer(2)), .. Tlv(0xAB, data),
        ]);
        var frame = new byte[8 + pdu.Length];
        BinaryPrimitives.WriteUInt16BigEndian(frame, application);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)frame.Length);
        pdu.CopyTo(frame, 8);
        var group = new MacAddress(0x010C_CD01_0000UL + application);
        return Packet.Ethernet(
            publisher.Mac, group, 0x88B8, frame, PacketOptions.Default with { Tags = [new VlanTag(0, 4)] });
    }

    /// <summary>An SNMPv2c Get of sysUpTime, or its response (RFC 3416 §3, RFC 3417).</summary>
    public static byte[] Snmp(uint request, uint? upTimeHundredths)
    {
        // 1.3.6.1.2.1.1.3.0
        byte[] name = Tlv(6, [0x2B, 6, 1, 2, 1, 1, 3, 0]);
        byte[] value = upTimeHundredths is { } hundredths ? Tlv(0x43, Integer(hundredths)) : [5, 0];
        byte[] bindings = Tlv(0x30, Tlv(0x30, [.. name, .. value]));
        byte[] pdu = Tlv(
            upTimeHundredths is null ? (byte)0xA0 : (byte)0xA2,
            [.. Tlv(2, Integer(request)), 2, 1, 0, 2, 1, 0, .. bindings]);
        return Tlv(0x30, [2, 1, 1, .. Tlv(4, "public"u8.ToArray()), .. pdu]);
    }

    private static void WriteNtpTime(Span<byte> destination, long nanoseconds)
    {
        var seconds = Math.DivRem(nanoseconds, NanosecondsPerSecond, out var rest);
        BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)(seconds + NtpEpochOffset));
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], (uint)((ulong)rest * (1UL << 32) / 1_000_000_000UL));
    }

    private static byte[] LldpField(int type, ReadOnlySpan<byte> value) =>
        [(byte)(type << 1 | value.Length >> 8), (byte)value.Length, .. value];

    // Basic encoding rules, lengths below 256.
    private static byte[] Tlv(byte tag, byte[] value) => value.Length < 128
        ? [tag, (byte)value.Length, .. value]
        : [tag, 0x81, (byte)value.Length, .. value];

    // The shortest two's complement of a number that is not negative.
    private static byte[] Integer(uint value)
    {
        Span<byte> bytes = stackalloc byte[5];
        bytes[0] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(bytes[1..], value);
        var start = 0;
        while (start < 4 && bytes[start] == 0 && bytes[start + 1] < 0x80) start++;
        return bytes[start..].ToArray();
    }
}
