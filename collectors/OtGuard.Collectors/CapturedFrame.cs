namespace OtGuard.Collectors;

/// <summary>The link-layer header type of a capture (tcpdump.org LINKTYPE_ registry). Unknown values survive.</summary>
/// <param name="Value">The registry's number.</param>
public readonly record struct LinkType(ushort Value)
{
    /// <summary>LINKTYPE_NULL: BSD loopback, four bytes of address family in the writer's byte order.</summary>
    public static readonly LinkType Null = new(0);

    /// <summary>LINKTYPE_ETHERNET.</summary>
    public static readonly LinkType Ethernet = new(1);

    /// <summary>LINKTYPE_RAW: an IPv4 or IPv6 header first.</summary>
    public static readonly LinkType Raw = new(101);

    /// <summary>LINKTYPE_LOOP: OpenBSD loopback, the family in network order.</summary>
    public static readonly LinkType Loop = new(108);

    /// <summary>LINKTYPE_LINUX_SLL: Linux cooked capture, version 1.</summary>
    public static readonly LinkType LinuxCooked = new(113);

    /// <summary>LINKTYPE_CAN_SOCKETCAN.</summary>
    public static readonly LinkType SocketCan = new(227);

    /// <summary>LINKTYPE_IPV4.</summary>
    public static readonly LinkType IPv4 = new(228);

    /// <summary>LINKTYPE_IPV6.</summary>
    public static readonly LinkType IPv6 = new(229);

    /// <summary>LINKTYPE_LINUX_SLL2: Linux cooked capture, version 2.</summary>
    public static readonly LinkType LinuxCooked2 = new(276);
}

/// <summary>One frame as a source hands it out. The bytes are valid until the source is asked for the next one.</summary>
public readonly ref struct CapturedFrame
{
    /// <summary>Creates the view.</summary>
    public CapturedFrame(
        CaptureTime time, LinkType linkType, int source, long number, ReadOnlySpan<byte> data, int originalLength,
        int bus = -1)
    {
        Time = time;
        LinkType = linkType;
        Source = source;
        Number = number;
        Data = data;
        OriginalLength = originalLength;
        Bus = bus;
    }

    /// <summary>When the frame was captured.</summary>
    public CaptureTime Time { get; }

    /// <summary>How <see cref="Data"/> begins.</summary>
    public LinkType LinkType { get; }

    /// <summary>The interface the frame came in on: dense, from 0, over all files of a run.</summary>
    public int Source { get; }

    /// <summary>
    /// On a bus: its number by what the recorder calls it, from 0, so that it is the same in every recording of the
    /// same buses, whichever speaks first; -1 where the recorder gives it none.
    /// </summary>
    public int Bus { get; }

    /// <summary>1-based number of the frame in the order of the files.</summary>
    public long Number { get; }

    /// <summary>The captured bytes.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <summary>Length on the wire; greater than that of <see cref="Data"/> where a snapshot length cut the frame.</summary>
    public int OriginalLength { get; }
}

/// <summary>A stream of frames, from files or a wire. Not thread-safe.</summary>
public interface IFrameSource : IDisposable
{
    /// <summary>
    /// Hands out the next frame, or false at the end. What is unreadable is reported in <see cref="Notices"/> and
    /// skipped; it never throws for what a file contains.
    /// </summary>
    bool TryRead(out CapturedFrame frame);

    /// <summary>What was cut, skipped or odd, in the order found; bounded, the last entry says how many more there were.</summary>
    IReadOnlyList<SourceNotice> Notices { get; }
}

/// <summary>Something a person should know about a source: a truncated file, a length that lies, a clock going back.</summary>
/// <param name="File">The file or interface.</param>
/// <param name="Offset">Byte offset in the (uncompressed) file, or -1.</param>
/// <param name="FrameNumber">The 1-based number of the last frame read before it, 0 before the first.</param>
/// <param name="Text">One sentence.</param>
public sealed record SourceNotice(string File, long Offset, long FrameNumber, string Text);
