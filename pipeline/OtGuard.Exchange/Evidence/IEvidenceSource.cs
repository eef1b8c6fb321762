using System.Security.Cryptography;
using OtGuard.Alerting;
using OtGuard.Exchange.Cases;

namespace OtGuard.Exchange.Evidence;

/// <summary>What evidence is made of.</summary>
/// <param name="Source">Where frames are found.</param>
/// <param name="Reading">What reads them.</param>
public sealed record EvidenceParts(IEvidenceSource Source, IFrameReading Reading);

/// <summary>Finds the frames that show an observation.</summary>
public interface IEvidenceSource
{
    /// <summary>Is told what will be asked for, so that captures are read once.</summary>
    void Prepare(IReadOnlyList<CaseObservation> observations)
    {
    }

    /// <summary>
    /// Exactly the frames concerned, in their order, at most <see cref="MostFrames"/>; empty where none are kept.
    /// </summary>
    /// <exception cref="ExchangeFormatException">What is kept was changed, or cannot be read.</exception>
    IReadOnlyList<EvidenceFrame> Find(CaseObservation observation);

    /// <summary>Frames of one observation at most: more prove no more.</summary>
    const int MostFrames = 1000;

    /// <summary>Whether a frame is one of those ranges.</summary>
    static bool Covers(IReadOnlyList<FrameRange> ranges, long number)
    {
        foreach (var range in ranges)
            if (number >= range.First && number <= range.Last) return true;
        return false;
    }
}

/// <summary>
/// Evidence as the service keeps it: a capture for each deviation, with its hash. The frames around a deviation's own stay
/// at home.
/// </summary>
public sealed class KeptEvidence(IEvidenceReader reader) : IEvidenceSource
{
    /// <inheritdoc/>
    public IReadOnlyList<EvidenceFrame> Find(CaseObservation observation)
    {
        var frames = new SortedDictionary<long, EvidenceFrame>();
        var captures = reader.FindAsync([.. observation.Deviations], CancellationToken.None).GetAwaiter().GetResult();
        foreach (var capture in captures)
        {
            using var stream = reader.Open(capture);
            using var copy = new MemoryStream();
            stream.CopyTo(copy);
            var bytes = copy.ToArray();
            if (capture.Sha256 is { } hash && hash != Convert.ToHexStringLower(SHA256.HashData(bytes)))
            {
                throw new ExchangeFormatException(
                    $"The evidence '{capture.FileName}' was changed: its hash is not the one noted beside it.");
            }

            foreach (var frame in Pcapng.Read(bytes))
                if (IEvidenceSource.Covers(observation.Frames, frame.Number) && frames.Count < IEvidenceSource.MostFrames)
                    frames.TryAdd(frame.Number, frame);
        }

        return [.. frames.Values];
    }
}
