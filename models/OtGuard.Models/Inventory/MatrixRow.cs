using OtGuard.Collectors;

namespace OtGuard.Models;

/// <summary>What a client uses of a server's unit: one function code with its sub-code.</summary>
/// <param name="Unit">Unit identifier, -1 where the protocol has none.</param>
/// <param name="Code">The protocol's number of the operation.</param>
/// <param name="SubCode">Its refinement, or -1.</param>
public readonly record struct FunctionKey(short Unit, short Code, int SubCode);

/// <summary>A kind of objects read or written at a unit.</summary>
/// <param name="Unit">Unit identifier, -1 where the protocol has none.</param>
/// <param name="Space">The kind of objects.</param>
/// <param name="IsWrite">True for written, false for read.</param>
public readonly record struct RangeKey(short Unit, TargetSpace Space, bool IsWrite);

/// <summary>The request that is repeated: what a polling period is measured on.</summary>
internal readonly record struct PollKey(short Unit, short Code, uint Start, int Count);

/// <summary>How often a function was used and how it was answered.</summary>
public sealed class FunctionUse
{
    /// <summary>Exchanges of it.</summary>
    public long Count { get; internal set; }

    /// <summary>Refused ones.</summary>
    public long Rejected { get; internal set; }

    /// <summary>Unanswered ones.</summary>
    public long Unanswered { get; internal set; }
}

/// <summary>
/// One row of the communication matrix: a conversation, and what its decoded protocol was used for. Tables inside are
/// capped; what is left out is counted.
/// </summary>
public sealed class MatrixRow
{
    /// <summary>
    /// Different entries kept of each kind for one conversation. All 127 function codes on a handful of units fit; what
    /// exceeds it is an enumeration, whose details are in the deviations.
    /// </summary>
    public const int Capacity = 1024;

    private readonly Dictionary<PollKey, (CaptureTime Last, LogHistogram Gaps)> _polls = [];

    internal MatrixRow(Conversation conversation) => Conversation = conversation;

    /// <summary>Client, server, service, times, frames and bytes.</summary>
    public Conversation Conversation { get; }

    /// <summary>Index of the decoded protocol in the registry, 0 where none is decoded.</summary>
    public byte Protocol { get; internal set; }

    /// <summary>Function codes with counts.</summary>
    public SortedDictionary<FunctionKey, FunctionUse> Functions { get; } = new(Comparer<FunctionKey>.Create(Compare));

    /// <summary>Read and written ranges.</summary>
    public SortedDictionary<RangeKey, AddressIntervals> Ranges { get; } = new(Comparer<RangeKey>.Create(Compare));

    /// <summary>Exchanges seen.</summary>
    public long Exchanges { get; private set; }

    /// <summary>Exchanges refused.</summary>
    public long Rejected { get; private set; }

    /// <summary>Requests unanswered.</summary>
    public long Unanswered { get; private set; }

    /// <summary>Writes seen.</summary>
    public long Writes { get; private set; }

    /// <summary>When the last write was seen.</summary>
    public CaptureTime? LastWrite { get; private set; }

    /// <summary>From request to response, in nanoseconds.</summary>
    public LogHistogram Latency { get; } = new();

    /// <summary>Entries left out because a table was full.</summary>
    public long BeyondCapacity { get; private set; }

    /// <summary>
    /// Median time between two requests alike, over the request most often repeated, with the spread between the 10th
    /// and 90th percentile; null where nothing was asked three times.
    /// </summary>
    public (TimeSpan Median, TimeSpan Spread)? Period
    {
        get
        {
            LogHistogram? most = null;
            foreach (var (_, gaps) in _polls.Values)
                if (gaps.Count >= 2 && (most is null || gaps.Count > most.Count)) most = gaps;
            return most is null
                ? null
                : (FromNanoseconds(most.Quantile(0.5)), FromNanoseconds(most.Quantile(0.9) - most.Quantile(0.1)));
        }
    }

    internal void Add(in Observation observation)
    {
        Protocol = observation.Protocol;
        Exchanges++;
        if (observation.Outcome == Outcome.Rejected) Rejected++;
        if (observation.Outcome == Outcome.Unanswered) Unanswered++;
        if (observation.LatencyNanoseconds >= 0) Latency.Add(observation.LatencyNanoseconds);
        AddFunction(in observation);
        if (observation.Outcome is Outcome.Unsolicited or Outcome.Undecodable) return;
        // Messages broadcast on a bus are hundreds, each with a rhythm of its own: they have a table of their own.
        if (MessageKeys.IsFrame(in observation)) return;
        AddRange(observation.Unit, observation.Target, observation.IsWrite && observation.Operation != Operation.ReadWrite);
        AddRange(observation.Unit, observation.WriteTarget, isWrite: true);
        AddPoll(in observation);
        if (!observation.IsWrite) return;
        Writes++;
        LastWrite = observation.Time;
    }

    private void AddFunction(in Observation observation)
    {
        var key = new FunctionKey(observation.Unit, observation.Code, observation.SubCode);
        if (!Functions.TryGetValue(key, out var use))
        {
            if (Functions.Count == Capacity)
            {
                BeyondCapacity++;
                return;
            }

            Functions.Add(key, use = new FunctionUse());
        }

        use.Count++;
        if (observation.Outcome == Outcome.Rejected) use.Rejected++;
        if (observation.Outcome == Outcome.Unanswered) use.Unanswered++;
    }

    private void AddRange(short unit, Target target, bool isWrite)
    {
        if (target.Space == TargetSpace.None || target.Count <= 0) return;
        var key = new RangeKey(unit, target.Space, isWrite);
        if (!Ranges.TryGetValue(key, out var intervals))
        {
            if (Ranges.Count == Capacity)
            {
                BeyondCapacity++;
                return;
            }

            Ranges.Add(key, intervals = new AddressIntervals());
        }

        intervals.Add(new AddressInterval(target.Start, (uint)target.End));
    }

    private void AddPoll(in Observation observation)
    {
        if (observation.RequestFrame == 0) return;
        var key = new PollKey(observation.Unit, observation.Code, observation.Target.Start, observation.Target.Count);
        if (_polls.TryGetValue(key, out var poll))
        {
            poll.Gaps.Add(observation.Time.UnixNanoseconds - poll.Last.UnixNanoseconds);
            _polls[key] = (observation.Time, poll.Gaps);
        }
        else if (_polls.Count < Capacity)
        {
            _polls.Add(key, (observation.Time, new LogHistogram()));
        }
        else
        {
            BeyondCapacity++;
        }
    }

    private static TimeSpan FromNanoseconds(long nanoseconds) => TimeSpan.FromTicks(nanoseconds / 100);

    private static int Compare(FunctionKey one, FunctionKey other)
    {
        var unit = one.Unit.CompareTo(other.Unit);
        if (unit != 0) return unit;
        var code = one.Code.CompareTo(other.Code);
        return code != 0 ? code : one.SubCode.CompareTo(other.SubCode);
    }

    private static int Compare(RangeKey one, RangeKey other)
    {
        var unit = one.Unit.CompareTo(other.Unit);
        if (unit != 0) return unit;
        var write = one.IsWrite.CompareTo(other.IsWrite);
        return write != 0 ? write : one.Space.CompareTo(other.Space);
    }
}
