namespace OtGuard.Simulators.Wire;

/// <summary>What a frame belongs to, known because it was planted.</summary>
/// <param name="Event">Name of the attack or of the benign event, unique within a capture.</param>
/// <param name="IsAttack">False for a benign look-alike: such frames are labelled normal.</param>
/// <param name="Attacker">Who does it, by address.</param>
/// <param name="Victims">To whom, by address.</param>
/// <param name="Techniques">MITRE ATT&amp;CK for ICS identifiers (version 18.1).</param>
public sealed record TruthRecord(
    string Event, bool IsAttack, string Attacker, IReadOnlyList<string> Victims, IReadOnlyList<string> Techniques)
{
    /// <summary>An attack of which only the name matters.</summary>
    public static TruthRecord Attack(string name) => new(name, IsAttack: true, "", [], []);
}

/// <summary>Takes frames in the order of time.</summary>
public interface ICaptureSink
{
    /// <summary>Takes a frame; the bytes are not changed afterwards.</summary>
    void Write(long unixNanoseconds, ReadOnlySpan<byte> frame, TruthRecord? truth);
}

/// <summary>
/// A capture in the making: a virtual clock, frames in any order of time, and what each one truly is. Frames leave in
/// the order of time, those of the same time in the order they were added.
/// </summary>
/// <remarks>
/// Used in two ways. A test adds frames and calls <see cref="WriteTo(Stream)"/> once. A generator of long captures
/// calls <see cref="FlushUntil"/> as its own time advances, and only the frames of the near future stay in memory.
/// </remarks>
public sealed class CaptureBuilder
{
    /// <summary>2026-01-12T06:00:00Z, a Monday: where captures begin unless told otherwise.</summary>
    public const long DefaultStart = 1_768_197_600_000_000_000;

    private readonly PriorityQueue<(byte[] Frame, TruthRecord? Truth), (long Time, long Order)> _pending = new();
    private long _order;

    /// <summary>Creates an empty capture.</summary>
    /// <param name="start">Where the clock begins, in nanoseconds since 1970.</param>
    public CaptureBuilder(long start = DefaultStart)
    {
        Start = start;
        Now = start;
    }

    /// <summary>Where the clock began, in nanoseconds since 1970.</summary>
    public long Start { get; }

    /// <summary>The virtual clock in nanoseconds since 1970. It may be set back: frames are sorted.</summary>
    public long Now { get; set; }

    /// <summary>Frames added so far.</summary>
    public long Added { get; private set; }

    /// <summary>Frames that were not handed out yet.</summary>
    public int Pending => _pending.Count;

    /// <summary>Added to the times of what is handed out from now on, in nanoseconds: the recorder's clock is wrong.</summary>
    public long RecorderError { get; set; }

    /// <summary>True while what would be handed out is lost: the mirror port is down.</summary>
    public bool IsBlind { get; set; }

    /// <summary>Carries out what sessions do, where the site is played live; null where frames are written.</summary>
    internal ISessionPlayer? Player { get; init; }

    /// <summary>What frames belong to that are added without a record of their own.</summary>
    public TruthRecord? Truth { get; private set; }

    /// <summary>Lets the clock advance.</summary>
    public CaptureBuilder Wait(TimeSpan span)
    {
        Now += span.Ticks * 100;
        return this;
    }

    /// <summary>Adds a frame at the present time, as part of the event that is being marked.</summary>
    public void Add(byte[] frame) => Add(frame, Now, Truth);

    /// <summary>Adds a frame at the present time.</summary>
    public void Add(byte[] frame, TruthRecord? truth) => Add(frame, Now, truth);

    /// <summary>Adds a frame at a time of its own, in nanoseconds since 1970.</summary>
    public void Add(byte[] frame, long unixNanoseconds, TruthRecord? truth)
    {
        ArgumentNullException.ThrowIfNull(frame);
        if (Player is not null) return;
        _pending.Enqueue((frame, truth), (unixNanoseconds, _order++));
        Added++;
    }

    /// <summary>All frames added until the result is disposed belong to <paramref name="truth"/>.</summary>
    public IDisposable Mark(TruthRecord? truth)
    {
        var mark = new MarkScope(this, Truth);
        Truth = truth;
        return mark;
    }

    /// <summary>Hands out what is older than the moment given; nothing older may be added after.</summary>
    public void FlushUntil(long unixNanoseconds, ICaptureSink sink)
    {
        ArgumentNullException.ThrowIfNull(sink);
        while (_pending.TryPeek(out var entry, out var key) && key.Time < unixNanoseconds)
        {
            _pending.Dequeue();
            if (!IsBlind) sink.Write(key.Time + RecorderError, entry.Frame, entry.Truth);
        }
    }

    /// <summary>Hands out everything that is left.</summary>
    public void FlushAll(ICaptureSink sink) => FlushUntil(long.MaxValue, sink);

    /// <summary>Writes everything that is left as a pcap file with nanoseconds; the stream stays open.</summary>
    public void WriteTo(Stream stream) => FlushAll(new PcapWriter(stream));

    /// <summary>Everything that is left as the bytes of a pcap file.</summary>
    public byte[] ToPcap()
    {
        using var stream = new MemoryStream();
        WriteTo(stream);
        return stream.ToArray();
    }

    /// <summary>
    /// Writes <c>capture.pcap</c> and its ground truth into a folder, which is created (<see cref="CaptureFolder"/>).
    /// </summary>
    public CaptureSummary WriteTo(string folder)
    {
        using var capture = new CaptureFolder(folder);
        FlushAll(capture);
        return capture.Complete();
    }

    private sealed class MarkScope(CaptureBuilder builder, TruthRecord? before) : IDisposable
    {
        public void Dispose() => builder.Truth = before;
    }
}
