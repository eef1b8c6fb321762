using System.Buffers.Binary;

namespace OtGuard.Collectors.Capture.Network;

/// <summary>
/// Recognises frames seen twice where no sequence number of TCP tells: mirrored datagrams by their bytes, frames of PRP
/// and HSR by the number in their trailer or tag.
/// </summary>
/// <remarks>
/// A table of fixed size, each place overwritten by the next frame that falls there: forgetting lets a duplicate
/// through, which is the harmless side.
/// </remarks>
internal sealed class DuplicateFilter(TrafficOptions options)
{
    private const int Places = 4096;

    private readonly (ulong Signature, long Time)[] _seen = new (ulong, long)[Places];
    private readonly (ulong Signature, long Time)[] _numbered = new (ulong, long)[Places];
    private readonly long _window = options.DuplicateWindow.Ticks * 100;
    private readonly long _redundancyWindow = options.RedundancyWindow.Ticks * 100;

    /// <summary>True where the same bytes between the same two were seen just now.</summary>
    public bool IsRepeated(ulong identity, ReadOnlySpan<byte> bytes, CaptureTime time) =>
        IsRepeated(_seen, Hash(identity, bytes), time, _window);

    /// <summary>True where the sender's frame of this number was seen on the other path.</summary>
    public bool IsRepeated(ulong sourceMac, ushort number, CaptureTime time) =>
        IsRepeated(_numbered, Mix((sourceMac << 16 | number) ^ 0x5DEE_CE66), time, _redundancyWindow);

    /// <summary>Forgets everything seen.</summary>
    public void Clear()
    {
        Array.Clear(_seen);
        Array.Clear(_numbered);
    }

    public static ulong Mix(ulong value)
    {
        value *= 0xD6E8_FEB8_6659_FD93;
        value ^= value >> 32;
        value *= 0xD6E8_FEB8_6659_FD93;
        return value ^ value >> 32;
    }

    private static bool IsRepeated((ulong Signature, long Time)[] table, ulong signature, CaptureTime time, long window)
    {
        // 0 marks an empty place.
        signature |= 1;
        ref var place = ref table[(int)(signature >> 1) & (Places - 1)];
        var repeated = place.Signature == signature && FrameContext.IsWithin(time.UnixNanoseconds - place.Time, window);
        place = (signature, time.UnixNanoseconds);
        return repeated;
    }

    private static ulong Hash(ulong hash, ReadOnlySpan<byte> bytes)
    {
        hash ^= (ulong)bytes.Length * 0x9E37_79B9_7F4A_7C15;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            hash = (hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes)) * 0xD6E8_FEB8_6659_FD93;
            hash ^= hash >> 32;
        }

        ulong last = 0;
        foreach (var value in bytes) last = last << 8 | value;
        return Mix(hash ^ last);
    }
}
