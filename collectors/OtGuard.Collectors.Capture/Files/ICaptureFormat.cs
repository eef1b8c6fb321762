using OtGuard.Collectors.Capture.Files.CanLogs;
using OtGuard.Collectors.Capture.Files.Pcap;
using OtGuard.Collectors.Capture.Files.Pcapng;

namespace OtGuard.Collectors.Capture.Files;

/// <summary>A file format: recognised by its content, never by the file's name. Stateless.</summary>
internal interface ICaptureFormat
{
    /// <summary>Short name: <c>pcap</c>.</summary>
    string Name { get; }

    /// <summary>Whether a file that begins so can be read. <paramref name="head"/> is shorter only where the file is.</summary>
    bool Recognise(ReadOnlySpan<byte> head);

    /// <summary>A reader for a file that was recognised.</summary>
    FrameReader Open(ReaderContext context);
}

/// <summary>The formats read. A further one is a class and a line here.</summary>
internal static class CaptureFormats
{
    /// <summary>Bytes of a (uncompressed) file that recognition may look at.</summary>
    public const int HeadBytes = 4096;

    private static readonly TableFormat Table = new();

    // Those with a mark of their own come first; the others read the head on trial.
    private static readonly ICaptureFormat[] All =
    [
        new PcapFormat(), new PcapngFormat(), new BlfFormat(), new AscFormat(), new TrcFormat(), new BusMasterFormat(),
        new CarBusFormat(), new CandumpFormat(), new LabelledFieldsFormat(), new CrtdFormat(), new MicrochipFormat(),
        Table,
    ];

    /// <summary>
    /// The format of a file that begins so, or null. Where the user names columns, a file that is nothing else is the table
    /// they are of.
    /// </summary>
    public static ICaptureFormat? Recognise(ReadOnlySpan<byte> head, CanColumns? columns)
    {
        foreach (var format in All)
            if (format != Table && format.Recognise(head)) return format;
        if (columns is null) return Table.Recognise(head) ? Table : null;
        return TableFormat.Recognise(head, columns) ? Table : null;
    }
}
