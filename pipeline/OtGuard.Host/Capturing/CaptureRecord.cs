using System.Runtime.InteropServices;
using System.Text.Json;
using OtGuard.Collectors;

namespace OtGuard.Host.Capturing;

/// <summary>What a record says that goes from the capture process to its parent.</summary>
internal enum CaptureRecordKind : byte
{
    /// <summary>A frame.</summary>
    Frame = 1,

    /// <summary>Nothing waits, and time has come so far: the tick of a line where nothing comes.</summary>
    Time,

    /// <summary>A <see cref="CaptureState"/>: the first one says that the interface is open.</summary>
    State,

    /// <summary>A sentence of the source.</summary>
    Notice,

    /// <summary>The interface was not opened; a sentence says why. Nothing follows.</summary>
    Fault,

    /// <summary>No frame will come any more. Nothing follows.</summary>
    End,
}

/// <summary>The header of a record; what it says follows. Both ends run on one machine, in its byte order.</summary>
/// <param name="Length">Bytes that follow.</param>
/// <param name="OriginalLength">Of a frame: its length on the wire.</param>
/// <param name="UnixNanoseconds">Of a frame or a tick: when.</param>
/// <param name="LinkType">Of a frame: how it begins.</param>
/// <param name="Kind">What it says.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct CaptureRecord(
    int Length, int OriginalLength, long UnixNanoseconds, ushort LinkType, CaptureRecordKind Kind)
{
    /// <summary>Bytes of the header.</summary>
    public const int HeaderBytes = 24;

    /// <summary>Longest that may follow: libpcap's largest frame. What claims more is a broken channel.</summary>
    public const int MaximumLength = 512 << 10;
}

/// <summary>What the capture process tells of itself and its source: at the start, and once a second.</summary>
/// <param name="Source">What was received, as of <paramref name="Frames"/>.</param>
/// <param name="OwnDrops">Frames that the parent was too slow to take.</param>
/// <param name="Frames">Frames put into the channel so far.</param>
/// <param name="InterfaceFrames">What the kernel counted on the interface, null where it does not.</param>
/// <param name="Confinement">What keeps the process from sending.</param>
internal sealed record CaptureState(
    SourceState Source, long OwnDrops, long Frames, long? InterfaceFrames, ConfinementState Confinement)
{
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this);

    public static CaptureState? Of(ReadOnlySpan<byte> bytes) => JsonSerializer.Deserialize<CaptureState>(bytes);
}

/// <summary>The part of a <see cref="LiveSourceReport"/> that only who reads the interface knows.</summary>
internal sealed record SourceState(
    string Kind, ushort LinkType, string Clock, string Mode, bool Acknowledges, long ErrorFrames, long LostFrames,
    IReadOnlyList<LiveLoss> Losses)
{
    public static SourceState Of(LiveSourceReport report) => new(
        report.Kind, report.LinkType.Value, report.Clock, report.Mode, report.Acknowledges, report.ErrorFrames,
        report.LostFrames, report.Losses);
}
