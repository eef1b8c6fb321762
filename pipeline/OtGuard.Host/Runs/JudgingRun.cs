using OtGuard.Collectors;
using OtGuard.Collectors.Can.Dbc;
using OtGuard.Collectors.Capture.Files;
using OtGuard.Detections;
using OtGuard.Detections.IndicatorMatch;
using OtGuard.Host.Commands;
using OtGuard.Models;
using OtGuard.Models.Scoring;

namespace OtGuard.Host.Runs;

/// <summary>A pass over captures that is judged: by a baseline where there is one, and by all detectors.</summary>
internal sealed class JudgingRun : IDisposable
{
    /// <summary>The name of the sensor where none is configured: what read the files.</summary>
    private const string FileSensor = "file";

    private readonly DeviationTable _table;
    private readonly VerdictLog? _verdicts;
    private readonly Fanout _consumers;

    public JudgingRun(
        IReadOnlyList<string> captures, Baseline? baseline, FrameSelection frames, VerdictLog? verdicts, Progress? progress,
        DbcDatabase? database = null, CanColumns? columns = null, AlarmBudget? budget = null, FileInfo? names = null,
        IndicatorMatchOptions? indicators = null)
    {
        Protocols = OfflineRun.Protocols(database);
        if (CommonOptions.ReadNames(names, Protocols) is { } map) baseline = baseline?.Named(map);
        // The names of objects that a baseline knows and this run has not met.
        var unnamed = (baseline?.Names ?? []).Count(name =>
            Protocols.IndexOf(name.Protocol) is not { } index || !Protocols[index].TryParseTargetKey(name.Name, out _));
        Unnamed = unnamed;
        _table = new DeviationTable(FileSensor, baseline?.ContentHash);
        _verdicts = verdicts;
        Baseline = baseline;
        Detectors = DetectorRegistry.CreateAll(
            new DetectorOptions { IndicatorMatch = indicators ?? new IndicatorMatchOptions() });
        if (verdicts is not null) _table.Sighted = verdicts.OnSighted;
        Engine = new DetectionEngine(
            Protocols, baseline, Detectors, _table, frames, budget);
        _consumers = new Fanout(Engine);
        Run = new OfflineRun(captures, Protocols, _consumers, progress, columns) { TimePassed = Engine.OnTime };
    }

    public ProtocolRegistry Protocols { get; }

    /// <summary>Names of the baseline that no protocol reads: their objects are shown by number.</summary>
    public int Unnamed { get; }

    public DetectionEngine Engine { get; }

    /// <summary>What is judged by, or null.</summary>
    public Baseline? Baseline { get; }

    /// <summary>The detectors of the run.</summary>
    public IReadOnlyList<IDetector> Detectors { get; }

    public OfflineRun Run { get; }

    /// <summary>The deviations, in the order they were raised.</summary>
    public IReadOnlyList<Deviation> Deviations => _table.All;

    /// <summary>Findings that were counted and not kept one by one, by kind.</summary>
    public IReadOnlyDictionary<string, long> BeyondCapacity => _table.BeyondCapacity;

    /// <summary>Shows the observations to somebody else too; to be called before anything is read.</summary>
    public void Add(IObservationConsumer consumer) => _consumers.Add(consumer);

    /// <summary>Reads and judges everything.</summary>
    /// <exception cref="OperationCanceledException">Ctrl-C.</exception>
    public void ReadToEnd(CancellationToken cancellation)
    {
        Run.ReadToEnd(cancellation, _verdicts);
        Engine.Finish();
    }

    public void Dispose() => Run.Dispose();
}
