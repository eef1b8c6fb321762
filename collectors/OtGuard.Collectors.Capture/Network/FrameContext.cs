namespace OtGuard.Collectors.Capture.Network;

/// <summary>
/// What the layers need to know of the frame in hand. One instance, rewritten for every frame: handing five values
/// through every call would cost more than the loads.
/// </summary>
internal sealed class FrameContext
{
    public long Number;
    public CaptureTime Time;
    public int WireBytes;
    public bool HasMac;
    public ulong SourceMac;
    public ulong DestinationMac;

    /// <summary>True where a redundancy trailer or tag showed that this frame was seen on the other path.</summary>
    public bool IsDuplicate;

    /// <summary>The other frames of a packet reassembled from fragments, to be counted with the one in hand.</summary>
    public List<FrameRecord>? Fragments;

    public Sighting Sighting => new(Time, Number);

    public FrameRecord Record => new(Number, Time, WireBytes);
}

/// <summary>A frame to be counted for a conversation that is not known yet.</summary>
internal readonly record struct FrameRecord(long Number, CaptureTime Time, int WireBytes, bool FromA = true);
