using System.Buffers.Binary;
using OtGuard.Collectors;
using OtGuard.Collectors.Capture.Identification;

namespace OtGuard.Fuzzing.Targets;

/// <summary>
/// Names a payload: transport in the first byte, both ports in the next four, then the data. What is named must be in the
/// table of names, must stay so when the same bytes are asked again, and must not depend on what lies behind the data.
/// </summary>
public sealed class IdentificationTarget : IFuzzTarget
{
    private const int HeaderBytes = 5;

    /// <inheritdoc/>
    public string Name => "identification";

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> data)
    {
        if (data.Length < HeaderBytes) return;
        var payload = data[HeaderBytes..];
        var found = Identify(data, payload);

        // Guard bytes around the payload: what is read past its ends would change the answer.
        foreach (var guard in (byte[])[0x00, 0xFF, 0x68])
        {
            var guarded = new byte[payload.Length + 64];
            Array.Fill(guarded, guard);
            payload.CopyTo(guarded.AsSpan(32));
            if (Identify(data, guarded.AsSpan(32, payload.Length)) != found)
                throw new InvalidOperationException("The answer depends on bytes outside of the payload.");
        }

        if (found.Verdict == ClaimVerdict.Yes && found.Name is null) throw new InvalidOperationException("Claimed without a name.");
        if (found.Verdict == ClaimVerdict.No && found.Name is not null) throw new InvalidOperationException("Named without a claim.");
        if (found.Name is { } name && ProtocolNames.Find(name) is null) throw new InvalidOperationException($"{name} is not in the table.");
        if (found.Verdict == ClaimVerdict.NeedMoreData && (IsUdp(data) || payload.Length >= ProtocolIdentifier.EnoughBytes))
            throw new InvalidOperationException("Waits where there is nothing to wait for.");

        var etherType = BinaryPrimitives.ReadUInt16BigEndian(data[1..]);
        if (ProtocolIdentifier.NameOfEtherType(etherType, payload) is { } link && ProtocolNames.Find(link) is null)
            throw new InvalidOperationException($"{link} is not in the table.");
    }

    /// <inheritdoc/>
    public IEnumerable<byte[]> Seeds =>
    [
        Seed(0, 2404, [0x68, 0x0E, 0, 0, 0, 0, 0x64, 1, 6, 0, 10, 0, 0, 0, 0, 0x14]),
        Seed(0, 20000, [0x05, 0x64, 0x05, 0xC0, 0x01, 0x00, 0x00, 0x04, 0xE9, 0x21]),
        Seed(0, 102, [3, 0, 0, 0x16, 0x11, 0xE0, 0, 0, 0, 1, 0, 0xC0, 1, 10, 0xC1, 2, 1, 0, 0xC2, 2, 1, 2]),
        Seed(0, 102, [3, 0, 0, 0x19, 2, 0xF0, 0x80, 0x32, 1, 0, 0, 4, 0, 0, 8, 0, 0, 0xF0, 0, 0, 1, 0, 1, 1, 0xE0]),
        Seed(0, 102, [3, 0, 0, 0x24, 2, 0xF0, 0x80, 1, 0, 1, 0, 0x61, 0x17, 0x30, 0x15, 2, 1, 3, 0xA0, 0x10, 0xA0, 0x0E]),
        Seed(0, 502, [0x16, 3, 1, 0, 0x2F, 1, 0, 0, 0x2B, 3, 3]),
        Seed(0, 23, [0xFF, 0xFD, 0x18, 0xFF, 0xFD, 0x20]),
        Seed(1, 53, [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 0x77, 0x77, 0x77, 0, 0, 1, 0, 1]),
        Seed(1, 161, [0x30, 0x0B, 2, 1, 1, 4, 2, 0x61, 0x62, 0xA0, 2, 2, 0]),
        Seed(1, 1812, [1, 42, 0, 26, .. new byte[16], 1, 6, 0x62, 0x6F, 0x62, 0x21]),
        Seed(1, 547, [1, 16, 32, 48, 0, 1, 0, 2, 0xAA, 0xBB]),
        Seed(1, 30490, [0xFF, 0xFF, 0x81, 0, 0, 0, 0, 8, 0, 0, 0, 1, 1, 1, 2, 0]),
        Seed(1, 69, [0, 1, 0x66, 0, 0x6F, 0x63, 0x74, 0x65, 0x74, 0]),
    ];

    private static bool IsUdp(ReadOnlySpan<byte> data) => (data[0] & 1) != 0;

    private static Identification Identify(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload) =>
        ProtocolIdentifier.Identify(new Probe(
            payload,
            IsUdp(header) ? Transport.Udp : Transport.Tcp,
            BinaryPrimitives.ReadUInt16BigEndian(header[1..]),
            BinaryPrimitives.ReadUInt16BigEndian(header[3..]),
            null));

    private static byte[] Seed(byte transport, ushort port, byte[] payload) =>
        [transport, 0xC3, 0x50, (byte)(port >> 8), (byte)port, .. payload];
}
