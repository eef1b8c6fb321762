using OtGuard.Alerting;
using OtGuard.Collectors;
using OtGuard.Host.Configuration;

namespace OtGuard.Host.Service;

/// <summary>
/// Frames and bytes of each conversation over steps of capture time, as points of the series <c>traffic</c>. Told of
/// each frame; costs a comparison until a step is over.
/// </summary>
/// <remarks>
/// The tags are bounded: asset is the server. Points of several conversations with one server would be one to a series
/// store, so each lies a nanosecond behind the one before; who they are between is a field. Conversations beyond the
/// cap, those with the fewest bytes, are one point of the asset <see cref="PointPlace.OtherAssets"/>.
/// </remarks>
internal sealed class TrafficRollUp(
    string sensor, DeviationOrigin origin, FeedOptions options, Func<IReadOnlyList<Conversation>> conversations,
    Action<IReadOnlyList<SeriesPoint>> tell, SignalRollUp? signals = null) : IFrameListener
{
    private readonly long _step = options.RollUpEvery.Ticks * TimeSpan.NanosecondsPerTick;
    private readonly Dictionary<int, (long Frames, long Bytes)> _before = [];
    private long _next = long.MinValue;

    /// <summary>The latest time of a frame.</summary>
    public CaptureTime Latest { get; private set; }

    public void OnFrame(long frame, CaptureTime time, Conversation? conversation)
    {
        if (time > Latest) Latest = time;
        if (time.UnixNanoseconds >= _next) Advance(time);
    }

    /// <summary>Time has come to that moment, with a frame or without.</summary>
    public void Advance(CaptureTime time)
    {
        if (_next != long.MinValue && time.UnixNanoseconds < _next) return;
        // Steps are counted from 1970, as series stores do; the first is cut short.
        if (_next != long.MinValue) Tell(new CaptureTime(_next - _step));
        _next = time.UnixNanoseconds - time.UnixNanoseconds % _step + _step;
    }

    /// <summary>The source ended: what has come since the last step is told too.</summary>
    public void Finish()
    {
        if (_next != long.MinValue) Tell(new CaptureTime(_next - _step));
        _next = long.MinValue;
    }

    private void Tell(CaptureTime start)
    {
        List<(Conversation Conversation, long Frames, long Bytes)> active = [];
        var all = conversations();
        for (var i = 0; i < all.Count; i++)
        {
            var one = all[i];
            var frames = one.FromClient.Frames + one.FromServer.Frames;
            var bytes = one.FromClient.Bytes + one.FromServer.Bytes;
            var before = _before.GetValueOrDefault(one.Index);
            if (frames == before.Frames) continue;
            active.Add((one, frames - before.Frames, bytes - before.Bytes));
            _before[one.Index] = (frames, bytes);
        }

        // What was forgotten for want of room says nothing more.
        if (_before.Count > all.Count)
        {
            var kept = all.Select(one => one.Index).ToHashSet();
            foreach (var gone in _before.Keys.Where(index => !kept.Contains(index)).ToList()) _before.Remove(gone);
        }

        active.Sort((a, b) => b.Bytes.CompareTo(a.Bytes));
        List<SeriesPoint> points = [];
        foreach (var (one, frames, bytes) in active.Take(options.RollUpConversations))
            points.Add(Point(
                new CaptureTime(start.UnixNanoseconds + points.Count), one.Server.ToString(),
                one.ProtocolName ?? one.Transport.ToString().ToLowerInvariant(), one.Client.ToString(), frames, bytes));
        if (active.Count > options.RollUpConversations)
        {
            var rest = active.Skip(options.RollUpConversations).ToList();
            points.Add(Point(
                new CaptureTime(start.UnixNanoseconds + points.Count), PointPlace.OtherAssets, null, null,
                rest.Sum(one => one.Frames), rest.Sum(one => one.Bytes)));
        }

        tell(points);
        signals?.Tell(start);
    }

    private SeriesPoint Point(
        CaptureTime time, string asset, string? protocol, string? client, long frames, long bytes)
    {
        var fields = new Dictionary<string, SeriesValue>
        {
            ["frames"] = SeriesValue.Of(frames),
            ["bytes"] = SeriesValue.Of(bytes),
        };
        if (client is not null) fields["client"] = SeriesValue.Of(client);
        return new SeriesPoint(
            "traffic",
            new Dictionary<string, string?>
            {
                ["site"] = origin.Site,
                ["zone"] = origin.Zone,
                ["sensor"] = sensor,
                ["protocol"] = protocol,
                ["asset"] = asset,
            },
            fields,
            time);
    }
}
