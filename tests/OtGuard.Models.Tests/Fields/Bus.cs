using OtGuard.Collectors;
using OtGuard.Models.Fields;

namespace OtGuard.Models.Tests.Fields;

/// <summary>Makes payloads of one identifier and learns their fields.</summary>
internal static class Bus
{
    internal const uint Identifier = 0x1A0;

    internal static IReadOnlyList<CanFieldMap> Learn(int frames, Func<int, byte[]> payload)
    {
        var learner = new FieldLearner();
        for (var frame = 0; frame < frames; frame++)
            learner.Add(0, Identifier, CaptureTime.FromSeconds(1_700_000_000, frame * 1000L), payload(frame));
        return learner.Build();
    }

    internal static IReadOnlyList<CanField> Fields(int frames, Func<int, byte[]> payload) => Learn(frames, payload)[0].Fields;

    /// <summary>A payload whose bytes 2 to 5 are random, with a counter of four bits in byte 1.</summary>
    internal static byte[] Payload(Random random, int frame, int length = 8)
    {
        var payload = new byte[length];
        random.NextBytes(payload.AsSpan(2, length - 3));
        payload[1] = (byte)(frame & 0xF);
        return payload;
    }

    /// <summary>CRC of 8 bits, bit by bit: another way than the one under test.</summary>
    internal static byte Crc8(ReadOnlySpan<byte> data, int polynomial, int start, int final)
    {
        var crc = start;
        foreach (var value in data)
        {
            for (var bit = 7; bit >= 0; bit--)
            {
                var top = crc >> 7 & 1;
                crc = crc << 1 & 0xFF;
                if (top != (value >> bit & 1)) crc ^= polynomial;
            }
        }

        return (byte)(crc ^ final);
    }

    /// <summary>CRC of 16 bits likewise.</summary>
    internal static ushort Crc16(ReadOnlySpan<byte> data, int polynomial, int start)
    {
        var crc = start;
        foreach (var value in data)
        {
            for (var bit = 7; bit >= 0; bit--)
            {
                var top = crc >> 15 & 1;
                crc = crc << 1 & 0xFFFF;
                if (top != (value >> bit & 1)) crc ^= polynomial;
            }
        }

        return (ushort)crc;
    }
}
