using OtGuard.Alerting;
using OtGuard.Exchange.Cases;

namespace OtGuard.Exchange.Evidence;

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
/// Evidence as the evidence store keeps it: a folder with one capture for each deviation, named by its id, and its hash
/// beside it. The frames around a deviation's own stay at home.
/// </summary>
public sealed class EvidenceFolder(string folder) : IEvidenceSource
{
    /// <inheritdoc/>
    public IReadOnlyList<EvidenceFrame> Find(CaseObservation observation)
    {
        var frames = new SortedDictionary<long, EvidenceFrame>();
        foreach (var deviation in observation.Deviations)
        {
            var path = Path.Combine(folder, deviation + ".pcapng");
            if (!File.Exists(path)) continue;
            var bytes = File.ReadAllBytes(path);
            var hashPath = Path.ChangeExtension(path, ".sha256");
            if (File.Exists(hashPath)
                && File.ReadAllText(hashPath).Split(' ')[0] != Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)))
                throw new ExchangeFormatException($"The evidence '{path}' was changed: its hash is not the one noted beside it.");
            foreach (var frame in Pcapng.Read(bytes))
                if (IEvidenceSource.Covers(observation.Frames, frame.Number) && frames.Count < IEvidenceSource.MostFrames)
                    frames.TryAdd(frame.Number, frame);
        }

        return [.. frames.Values];
    }
}
