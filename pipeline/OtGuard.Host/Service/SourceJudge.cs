using System.Globalization;
using OtGuard.Alerting;
using OtGuard.Collectors;
using OtGuard.Collectors.Can.Dbc;
using OtGuard.Detections;
using OtGuard.Dashboard.Plant;
using OtGuard.Host.Commands;
using OtGuard.Host.Configuration;
using OtGuard.Host.Live;
using OtGuard.Host.Plant;
using OtGuard.Host.Runs;
using OtGuard.Models;
using OtGuard.Models.Scoring;
using OtGuard.Models.Signals;

namespace OtGuard.Host.Service;

/// <summary>What every source is judged with.</summary>
/// <param name="Baselines">Baselines by their file.</param>
/// <param name="Database">Names and signals of CAN messages, or null.</param>
/// <param name="Names">A table of points, or null.</param>
/// <param name="Budget">False alarms a day.</param>
/// <param name="Detectors">Settings of the detectors.</param>
/// <param name="Site">What is declared.</param>
/// <param name="Traffic">How much traffic is kept.</param>
/// <param name="Evidence">How much evidence is kept.</param>
internal sealed record JudgeParts(
    IReadOnlyDictionary<string, Baseline> Baselines, DbcDatabase? Database, FileInfo? Names, AlarmBudget Budget,
    DetectorOptions Detectors, Site Site, TrafficSettings Traffic, EvidenceSettings Evidence);

/// <summary>
/// One pass over a source: it is read, decoded and judged in one thread, by the baseline where there is one, and else
/// by the rules alone while its vocabulary is learned. What deviates goes into the feed while it is read.
/// </summary>
internal sealed class SourceJudge : IDisposable
{
    /// <summary>Of the table's capacity, the share that is filled before the longest silent are forgotten.</summary>
    private const double Filled = 0.9;

    private static readonly TimeSpan Housekeeping = TimeSpan.FromSeconds(10);

    private Site _site;
    private readonly FeedOptions _options;
    private readonly Feed _feed;
    private readonly TimeProvider _clock;
    private readonly DeviationOrigin _origin;
    private readonly DeviationTable _table;
    private readonly DetectionEngine _engine;
    private readonly ProtocolRegistry _protocols;
    private readonly OfflineRun _run;
    private readonly TrafficRollUp _rollUp;
    private readonly Dictionary<string, long> _handedOnAt = new(StringComparer.Ordinal);
    private readonly string? _learned;
    private readonly VocabularyLearner? _learner;
    private readonly SignalRollUp? _signals;
    private readonly TrafficRecorder? _traffic;
    private readonly PlantObserver _observer;
    private CaptureTime _keptAt;
    private bool _isLast;

    /// <summary>Opens the source.</summary>
    /// <param name="settings">The source.</param>
    /// <param name="sensor">The sensor's name.</param>
    /// <param name="parts">What it is judged with.</param>
    /// <param name="baseline">The file of its baseline, or null for none.</param>
    /// <param name="learned">Where its vocabulary is kept while there is no baseline.</param>
    /// <param name="options">How what is judged is handed on.</param>
    /// <param name="feed">Where it is handed on.</param>
    /// <param name="clock">This machine's clock.</param>
    /// <exception cref="LiveSourceException">It cannot be started.</exception>
    /// <exception cref="Collectors.Capture.Files.UnreadableCaptureException">It is no capture.</exception>
    public SourceJudge(
        SourceSettings settings, string sensor, JudgeParts parts, string? baseline, string learned, FeedOptions options,
        Feed feed, TimeProvider clock)
    {
        (_options, _site, _feed, _clock) = (options, parts.Site, feed, clock);
        _origin = new DeviationOrigin(settings.Site, settings.Zone, settings.Exercise);
        _protocols = OfflineRun.Protocols(parts.Database);
        var judgedBy = baseline is null ? null : parts.Baselines[baseline];
        if (CommonOptions.ReadNames(parts.Names, _protocols) is { } names) judgedBy = judgedBy?.Named(names);
        _table = new DeviationTable(sensor, judgedBy?.ContentHash);
        _engine = new DetectionEngine(
            _protocols, judgedBy, DetectorRegistry.CreateAll(parts.Detectors), _table, FrameSelection.All,
            parts.Budget);
        IObservationConsumer consumer = _engine;
        if (baseline is null)
        {
            _learned = learned;
            _learner = new VocabularyLearner(
                _protocols, FrameSelection.All, new LearningOptions(), Earlier(learned));
            consumer = new Fanout(_engine, _learner);
        }

        _observer = new PlantObserver(
            _protocols, judgedBy, settings.Name, address => _site.Declared.ZoneOf(address) ?? settings.Zone);
        consumer = new Fanout(consumer, _observer);
        // A file waits for the store; on a wire points are what is given up first.
        void Tell(IReadOnlyList<SeriesPoint> points) => feed.Offer(points, wait: !LiveAddress.IsLive(settings.Address));
        if (judgedBy is not null && options.Signals > 0)
        {
            var sampler = new SignalSampler(_protocols, judgedBy);
            _signals = new SignalRollUp(sensor, _origin, options, sampler, Tell);
            consumer = new Fanout(consumer, sampler);
        }

        _run = new OfflineRun([settings.Address], _protocols, consumer, progress: null) { Turned = OnTurn };
        _rollUp = new TrafficRollUp(
            sensor, _origin, options, () => _run.Traffic.Conversations, Tell, _signals);
        _run.FrameListener = _rollUp;
        if (!parts.Traffic.Keep) return;
        _traffic = new TrafficRecorder(parts.Traffic, parts.Evidence, settings.Name, NameOf, IsLive, clock);
        _run.Tap = _traffic.Take;
    }

    /// <summary>Called on the reading thread after each turn.</summary>
    public Action? Turned { get; set; }

    /// <summary>What is read.</summary>
    public FrameInput Input => _run.Source;

    /// <summary>Whether it is read live.</summary>
    public bool IsLive => _run.Source.IsLive;

    /// <summary>Facts learned so far; null where a baseline is judged by.</summary>
    public int? Learned => _learner?.Known;

    /// <summary>What is kept of the traffic; null where nothing is to be.</summary>
    public TrafficHealth? Traffic => _traffic?.Health;

    /// <summary>Deviations that are open.</summary>
    public int Open => _table.All.Count;

    /// <summary>Findings counted and not told one by one, as the table was full.</summary>
    public long BeyondCapacity => _table.BeyondCapacity.Values.Sum();

    /// <summary>Values of signals left out of the series, as there were more than are kept.</summary>
    public long SignalsLeftOut => _signals?.LeftOut ?? 0;

    /// <summary>Frames read.</summary>
    public long Frames => _run.Frames;

    /// <summary>The latest time of a frame.</summary>
    public CaptureTime Latest => _rollUp.Latest;

    /// <summary>The counters of every stage.</summary>
    public IReadOnlyList<StageCounters> Stages => [.. _run.Stages, _engine.Counters];

    /// <summary>What it shows of the plant. For the reading thread.</summary>
    public PlantPicture Picture() => _observer.Picture();

    /// <summary>Frames received and lost. For the reading thread.</summary>
    public SourceCount Count() => new(_run.Frames, _run.Source.Files.Sum(file => file.LostFrames));

    /// <summary>Payload bytes by whether they could be read. For the reading thread.</summary>
    public PayloadCount Payload()
    {
        // What was forgotten was read once: sums never fall.
        var register = _run.Traffic.Register;
        var (read, unread) = (register.ForgottenDecodedBytes, register.ForgottenUnreadBytes);
        foreach (var conversation in _run.Traffic.Conversations)
        {
            read += conversation.Visibility.DecodedBytes;
            unread += conversation.Visibility.UndecodedBytes + conversation.Visibility.OpaqueBytes;
        }

        return new PayloadCount(read, unread);
    }

    /// <summary>
    /// What is declared, or what partners say, has changed: from here on it is judged by that, conversations that go on
    /// included. For the reading thread.
    /// </summary>
    public void Use(JudgeParts before, JudgeParts parts)
    {
        _site = parts.Site;
        List<IDetector> changed = [];
        if (!ReferenceEquals(before.Site, parts.Site)) changed.AddRange(DetectorRegistry.CreateDeclared(parts.Detectors.Site));
        if (!ReferenceEquals(before.Detectors.IndicatorMatch, parts.Detectors.IndicatorMatch))
            changed.AddRange(DetectorRegistry.CreateInformed(parts.Detectors.IndicatorMatch));
        if (changed.Count > 0) _engine.Replace(changed, _run.Traffic.Conversations);
    }

    /// <summary>
    /// Reads and judges until the source ends or it is stopped; then everything judged is in the feed, and what was
    /// learned is on the disk.
    /// </summary>
    public void ReadToEnd(CancellationToken stop)
    {
        var isWhole = true;
        try
        {
            _run.ReadToEnd(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // A file left in its midst: what is open there stays open.
            isWhole = false;
        }

        if (isWhole) _engine.Finish();
        _rollUp.Finish();
        _isLast = true;
        _table.TakeChanges(HandOn);
        _traffic?.Dispose();
        Turned?.Invoke();
        if (_learner is not null && _run.Frames > 0) new BaselineFile(new FileInfo(_learned!))
            .Save(_learner.Complete());
    }

    public void Dispose()
    {
        _run.Dispose();
        _traffic?.Dispose();
    }

    private string NameOf(int source) =>
        _run.Source.Files.SelectMany(file => file.Interfaces).FirstOrDefault(one => one.Source == source)?.Name
        ?? string.Create(CultureInfo.InvariantCulture, $"interface {source}");

    private static Baseline? Earlier(string learned)
    {
        var file = new FileInfo(learned);
        return file.Exists && file.Length > 0 ? new BaselineFile(file).Load() : null;
    }

    private void OnTurn()
    {
        if (IsLive) _rollUp.Advance(_run.Source.Now);
        KeepHouse();
        _table.TakeChanges(HandOn);
        _traffic?.OnTurn(Now);
        Turned?.Invoke();
    }

    /// <summary>How far time has come: with a wire, though nothing comes.</summary>
    private CaptureTime Now => IsLive && _run.Source.Now > _rollUp.Latest ? _run.Source.Now : _rollUp.Latest;

    private void KeepHouse()
    {
        var now = _rollUp.Latest;
        var isFull = _table.All.Count >= _table.Capacity * Filled;
        if (!isFull && now - _keptAt < Housekeeping) return;
        _keptAt = now;
        if (now.UnixNanoseconds > 0) _table.CloseSilent(now + -_options.CloseAfter);
        // A tenth at a time, so that a flood does not sort the table again with each turn.
        if (isFull) _table.CloseLongestSilent((int)(_table.Capacity * (Filled - 0.1)));
    }

    /// <summary>Hands a deviation's state on; false where it is to be offered again.</summary>
    private bool HandOn(Deviation deviation)
    {
        var isOver = deviation.State == DeviationState.Close;
        var isKnown = _handedOnAt.TryGetValue(deviation.Id, out var at);
        if (isKnown && !isOver && !_isLast && _clock.GetElapsedTime(at) < _options.UpdateEvery) return false;
        var record = DeviationRecord.Of(deviation, _protocols.Name(deviation.Protocol), _origin);
        if (_site.ZoneOf(record) is { } zone) record = record with { Zone = zone };
        var judged = new JudgedDeviation(record, _clock.GetTimestamp(), IsLive ? record.LastSeen : null);
        // What shows it is kept at once, whether the store has room for it now or not.
        if (!isOver) _traffic?.Keep(record, Now);
        // A file waits, and at the end everybody does: nothing judged is left behind.
        if (IsLive && !_isLast)
        {
            if (!_feed.TryOffer(judged)) return false;
        }
        else if (!_feed.Offer(judged))
        {
            return false;
        }

        if (isOver) _traffic?.Keep(record, Now);
        if (isOver) _handedOnAt.Remove(deviation.Id);
        else _handedOnAt[deviation.Id] = _clock.GetTimestamp();
        return true;
    }

    /// <summary>In words, for whoever starts the service.</summary>
    public string Describe() => _learner is null
        ? "judged by its baseline"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"no baseline: rules and what the site file declares are judged by; who says what to whom, rhythm and "
            + $"values of the process are not. Its vocabulary is learned into {_learned}; 'otguard learn' trains models");
}
