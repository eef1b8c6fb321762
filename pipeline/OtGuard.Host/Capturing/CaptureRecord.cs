using System.Buffers;
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
    /// <summary>As JSON, written and read by hand: a serializer that looks at types takes longer to start than a source.</summary>
    public byte[] ToBytes()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("kind", Source.Kind);
            json.WriteNumber("linkType", Source.LinkType);
            json.WriteString("clock", Source.Clock);
            json.WriteString("mode", Source.Mode);
            json.WriteBoolean("acknowledges", Source.Acknowledges);
            json.WriteNumber("errorFrames", Source.ErrorFrames);
            json.WriteNumber("lostFrames", Source.LostFrames);
            json.WriteStartArray("losses");
            foreach (var loss in Source.Losses)
            {
                json.WriteStringValue(loss.Place);
                json.WriteNumberValue(loss.Frames);
            }

            json.WriteEndArray();
            json.WriteNumber("ownDrops", OwnDrops);
            json.WriteNumber("frames", Frames);
            if (InterfaceFrames is { } counted) json.WriteNumber("interfaceFrames", counted);
            Confinement.Write(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads it back.</summary>
    public static CaptureState Of(ReadOnlySpan<byte> bytes)
    {
        using var document = JsonDocument.Parse(bytes.ToArray());
        var json = document.RootElement;
        var places = json.GetProperty("losses");
        var losses = new LiveLoss[places.GetArrayLength() / 2];
        for (var i = 0; i < losses.Length; i++)
            losses[i] = new LiveLoss(places[2 * i].GetString()!, places[2 * i + 1].GetInt64());
        return new CaptureState(
            new SourceState(
                json.GetProperty("kind").GetString()!, json.GetProperty("linkType").GetUInt16(),
                json.GetProperty("clock").GetString()!, json.GetProperty("mode").GetString()!,
                json.GetProperty("acknowledges").GetBoolean(), json.GetProperty("errorFrames").GetInt64(),
                json.GetProperty("lostFrames").GetInt64(), losses),
            json.GetProperty("ownDrops").GetInt64(), json.GetProperty("frames").GetInt64(),
            json.TryGetProperty("interfaceFrames", out var counted) ? counted.GetInt64() : null,
            ConfinementState.Of(json));
    }
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
