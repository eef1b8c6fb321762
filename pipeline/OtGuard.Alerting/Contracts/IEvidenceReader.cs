using OtGuard.Collectors;

namespace OtGuard.Alerting;

/// <summary>A capture that shows a deviation: its frames, with some before and after each.</summary>
/// <param name="Deviation">The deviation's id.</param>
/// <param name="Source">The source it was captured at.</param>
/// <param name="FileName">The name a copy is given: <c>ID.pcapng</c>.</param>
/// <param name="Sha256">SHA-256 of the capture, hexadecimal, lower case; null where it has not been written
/// yet.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="KeptAt">When it was written, by this machine's clock.</param>
public sealed record EvidenceCapture(
    string Deviation, string Source, string FileName, string? Sha256, long Bytes, DateTimeOffset KeptAt);

/// <summary>What was put together of several captures.</summary>
/// <param name="Frames">Frames.</param>
/// <param name="Bytes">Bytes of the capture.</param>
/// <param name="First">Time of the first; of no meaning without frames.</param>
/// <param name="Last">Time of the last; of no meaning without frames.</param>
public readonly record struct EvidenceSum(long Frames, long Bytes, CaptureTime First, CaptureTime Last);

/// <summary>A frame that is kept as evidence.</summary>
/// <param name="Number">Its number in the run that kept it.</param>
/// <param name="Time">When it was captured.</param>
/// <param name="LinkType">How <paramref name="Data"/> begins.</param>
/// <param name="Source">The source it was captured at.</param>
/// <param name="Interface">The interface, counted over all captures read together.</param>
/// <param name="OriginalLength">Length on the wire.</param>
/// <param name="Data">The captured bytes.</param>
public sealed record KeptFrame(
    long Number, CaptureTime Time, LinkType LinkType, string Source, int Interface, int OriginalLength,
    ReadOnlyMemory<byte> Data);

/// <summary>
/// Reads the evidence that the service keeps of deviations, each a capture (pcapng). Thread-safe, and of use while the
/// service writes.
/// </summary>
public interface IEvidenceReader
{
    /// <summary>
    /// The captures of deviations, in the order asked for; deviations without one are left out: they showed no frame,
    /// or the capture had to make room.
    /// </summary>
    Task<IReadOnlyList<EvidenceCapture>> FindAsync(
        IReadOnlyCollection<string> deviations, CancellationToken cancellation);

    /// <summary>The bytes of a capture as they were kept, which <see cref="EvidenceCapture.Sha256"/> is of.</summary>
    /// <exception cref="FileNotFoundException">It had to make room meanwhile.</exception>
    Stream Open(EvidenceCapture capture);

    /// <summary>Writes several captures as one: frames in the order of their times, each once.</summary>
    /// <param name="captures">The captures, <see cref="EvidenceReading.MaximumTogether"/> at most.</param>
    /// <param name="output">Takes the capture.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="FileNotFoundException">One had to make room meanwhile.</exception>
    Task<EvidenceSum> MergeAsync(
        IReadOnlyList<EvidenceCapture> captures, Stream output, CancellationToken cancellation);

    /// <summary>The frames of several captures in the order of their times, each once; read as they are asked for.</summary>
    /// <param name="captures">The captures, <see cref="EvidenceReading.MaximumTogether"/> at most.</param>
    /// <exception cref="FileNotFoundException">One had to make room meanwhile.</exception>
    IEnumerable<KeptFrame> ReadFrames(IReadOnlyList<EvidenceCapture> captures);
}

/// <summary>Reading evidence by what it was kept for.</summary>
public static class EvidenceReading
{
    /// <summary>Captures of one alert or incident at most, those of the first deviations: a flood is shown by its
    /// beginning.</summary>
    public const int MaximumTogether = 100;

    /// <summary>The captures of an alert's deviations, in the order they were stored.</summary>
    /// <param name="reader">The evidence.</param>
    /// <param name="store">The store that has the alert.</param>
    /// <param name="alert">The alert's id.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<IReadOnlyList<EvidenceCapture>> FindOfAlertAsync(
        this IEvidenceReader reader, IAlertStore store, string alert, CancellationToken cancellation)
    {
        var deviations = await store.ListDeviationsAsync(alert, 0, MaximumTogether, cancellation).ConfigureAwait(false);
        return await reader.FindAsync([.. deviations.Select(one => one.Deviation.Id)], cancellation).ConfigureAwait(false);
    }
}
