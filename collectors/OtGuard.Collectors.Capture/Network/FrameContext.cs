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
    /// <summary>True where a snapshot length cut the frame, so that a longer packet is no lie.</summary>
    public bool IsCut;
    public bool HasMac;
    public ulong SourceMac;
    public ulong DestinationMac;

    /// <summary>True where a redundancy trailer or tag showed that this frame was seen on the other path.</summary>
    public bool IsDuplicate;

    /// <summary>The other frames of a packet reassembled from fragments, to be counted with the one in hand.</summary>
    public List<FrameRecord>? Fragments;

    /// <summary>
    /// Puts another frame's number in place and returns the one that was there: what is written because time went by is
    /// shown by the connection's own last frame, not by the one that happens to be in hand.
    /// </summary>
    public long Exchange(long number)
    {
        var before = Number;
        Number = number;
        return before;
    }

    /// <summary>Whether a difference lies within ± a window; unlike the absolute value it bears any time a file claims.</summary>
    public static bool IsWithin(long difference, long window) => unchecked((ulong)(difference + window)) <= 2 * (ulong)window;

    /// <summary>Whether the frame went to all or to a group on its link, whatever its IP address looks like.</summary>
    public bool IsToGroup => HasMac && (DestinationMac >> 40 & 1) != 0;

    /// <summary>The frame that brought the payload in hand, where that had to wait for what was missing before it.</summary>
    public Sighting? HeldBack;

    public Sighting Sighting => HeldBack ?? new Sighting(Time, Number);

    public FrameRecord Record => new(Number, Time, WireBytes);
}

/// <summary>A frame to be counted for a conversation that is not known yet.</summary>
internal readonly record struct FrameRecord(long Number, CaptureTime Time, int WireBytes, bool FromA = true);
