using OtGuard.Alerting;
using OtGuard.Collectors;
using OtGuard.Collectors.Capture.Files;
using OtGuard.Dashboard.Plant;
using OtGuard.Host.Commands;
using OtGuard.Host.Configuration;
using OtGuard.Host.Live;
using OtGuard.Host.Output;
using OtGuard.Models;

namespace OtGuard.Host.Service;

/// <summary>Where a source is.</summary>
internal enum SourceState : byte
{
    /// <summary>It is being opened.</summary>
    Starting,

    /// <summary>It is read.</summary>
    Running,

    /// <summary>It cannot be read now; it is tried again.</summary>
    Gone,

    /// <summary>It is read to its end, or was stopped.</summary>
    Ended,

    /// <summary>It cannot be read at all.</summary>
    Failed,
}

/// <summary>What a stage counted, as of a moment.</summary>
internal sealed record StageHealth(
    string Stage, long Received, long Emitted, IReadOnlyDictionary<string, long> Dropped,
    IReadOnlyDictionary<string, long> Failed)
{
    public static StageHealth Of(StageCounters counters) => new(
        counters.Stage, counters.Received, counters.Emitted,
        new Dictionary<string, long>(counters.Dropped), new Dictionary<string, long>(counters.Failed));
}

/// <summary>How a source does, as of a moment.</summary>
internal sealed record SourceHealth(
    string Name, string Address, string Sensor, SourceState State, string Text, bool IsLive, long Frames, long Lost,
    CaptureTime? LastFrame, int? LearnedFacts, int OpenDeviations, long BeyondCapacity,
    long SignalsLeftOut, TrafficHealth? Traffic, double? ReadableShare,
    IReadOnlyList<string> Blind, TimeSpan SilenceLimit, IReadOnlyList<StageHealth> Stages);

/// <summary>
/// Keeps one source being read, in a thread of its own: opens it, judges it, and where a live source is gone opens it
/// again, waiting a little longer each time.
/// </summary>
internal sealed class SourceRunner : IDisposable
{
    /// <summary>The first and the longest wait before a source that is gone is tried again.</summary>
    private static readonly BackoffOptions Backoff = new() { Longest = TimeSpan.FromMinutes(1), Jitter = 0 };

    private static readonly TimeSpan HealthEvery = TimeSpan.FromSeconds(1);

    /// <summary>How often a picture of the plant is made while somebody looks: it walks all tables.</summary>
    private static readonly TimeSpan PictureEvery = TimeSpan.FromSeconds(2);

    /// <summary>How long after it was asked for somebody counts as looking.</summary>
    private static readonly TimeSpan LookedAt = TimeSpan.FromSeconds(30);

    private readonly SourceSettings _settings;
    private volatile JudgeParts _parts;
    private readonly string? _baseline;
    private readonly string _learned;
    private readonly FeedOptions _options;
    private readonly Feed _feed;
    private readonly TimeProvider _clock;
    private readonly Action<string> _say;
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _thread;
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly BlindnessWatch _watch;
    private readonly Queue<JudgedDeviation> _told = new();
    private readonly bool _isLive;
    private volatile SourceHealth _health;
    private volatile PlantPicture _picture = PlantPicture.Empty;
    private volatile bool _isPictureWanted;
    private long _askedAt;
    private long _pictureAt;
    private long _healthAt;
    private bool _hasRead;
    private JudgeParts _judgedBy;

    public SourceRunner(
        SourceSettings settings, JudgeParts parts, string? baseline, string learned, FeedOptions options,
        BlindnessOptions blindness, Feed feed, TimeProvider clock, Action<string> say)
    {
        (_settings, _parts, _baseline, _learned, _options, _feed, _clock, _say) =
            (settings, parts, baseline, learned, options, feed, clock, say);
        _judgedBy = parts;
        Sensor = settings.Sensor ?? settings.Name;
        _isLive = LiveAddress.IsLive(settings.Address);
        _watch = new BlindnessWatch(
            settings.Name, Sensor, new DeviationOrigin(settings.Site, settings.Zone, settings.Exercise),
            settings.SilentAfter, blindness, clock,
            record => _told.Enqueue(new JudgedDeviation(record, _clock.GetTimestamp(), null)));
        _health = new SourceHealth(
            settings.Name, settings.Address, Sensor, SourceState.Starting, "", _isLive, 0, 0, null, null, 0, 0, 0, null,
            null, [], _watch.SilenceLimit, []);
        _thread = new Thread(Run) { Name = $"source {settings.Name}", IsBackground = true };
    }

    /// <summary>The source's name.</summary>
    public string Name => _settings.Name;

    /// <summary>The sensor's name.</summary>
    public string Sensor { get; }

    /// <summary>
    /// What it shows of the plant. Asking keeps it current: nothing is prepared while nobody looks.
    /// </summary>
    public PlantPicture Picture
    {
        get
        {
            Volatile.Write(ref _askedAt, _clock.GetTimestamp());
            return _picture;
        }
    }

    /// <summary>What it showed of the plant last; asks for a newer picture with the next turn, and for no more.</summary>
    public PlantPicture LatestPicture
    {
        get
        {
            _isPictureWanted = true;
            return _picture;
        }
    }

    /// <summary>How it does; at most a second old while it is read.</summary>
    public SourceHealth Health => _health;

    /// <summary>
    /// Completes when the source has ended, failed or been stopped, with everything judged in the feed.
    /// </summary>
    public Task Completion => _done.Task;

    public void Start() => _thread.Start();

    /// <summary>
    /// What is declared or sought has changed; it is judged by with the next turn. What was seen so far is kept.
    /// </summary>
    public void Use(JudgeParts parts) => _parts = parts;

    /// <summary>Asks the source to end; <see cref="Completion"/> tells when it has.</summary>
    public void Stop() => _stop.Cancel();

    public void Dispose()
    {
        _stop.Cancel();
        if (_thread.IsAlive) _thread.Join();
        _stop.Dispose();
    }

    private void Run()
    {
        try
        {
            var attempts = 0;
            while (!_stop.IsCancellationRequested)
            {
                if (Pass() is not { } gone) break;
                attempts = _hasRead ? 1 : attempts + 1;
                _watch.OnGone(gone);
                Report(SourceState.Gone, gone);
                TellAll();
                if (attempts == 1) _say($"{_settings.Name}: {gone} It is tried again until it is there.");
                _stop.Token.WaitHandle.WaitOne(Backoff.WaitAfter(attempts, 1));
            }

            TellAll();
            Report(SourceState.Ended, "");
        }
        catch (Exception fault) when (fault is UnreadableCaptureException or BaselineFormatException or UsageException
            or NameMapFormatException or IOException or UnauthorizedAccessException)
        {
            _watch.OnGone(fault.Message);
            Report(SourceState.Failed, fault.Message);
            TellAll();
            _say($"{_settings.Name}: {fault.Message}");
        }
        finally
        {
            _done.TrySetResult();
        }
    }

    /// <summary>One pass; null where the source is done, else why it is gone.</summary>
    private string? Pass()
    {
        _hasRead = false;
        _judgedBy = _parts;
        SourceJudge judge;
        try
        {
            judge = new SourceJudge(
                _settings, Sensor, _judgedBy, _baseline, _learned, _options, _feed, _clock);
        }
        catch (LiveSourceException fault)
        {
            return fault.Message;
        }

        using (judge)
        {
            if (_isLive) _watch.OnOpened();
            foreach (var source in judge.Input.LiveSources) _say($"{source.Name} ({source.Kind}) {source.Mode}.");
            _say($"{_settings.Name}: {judge.Describe()}.");
            judge.Turned = () => OnTurn(judge);
            Report(SourceState.Running, judge.Describe(), judge);
            try
            {
                judge.ReadToEnd(_stop.Token);
            }
            catch (Exception fault) when (_isLive && fault is not (IOException or UnauthorizedAccessException))
            {
                // A fault of this program's own, met in one frame, must not end what watches over the other sources.
                _say(fault.ToString());
                return $"Judging it met a fault of this program: {fault.GetType().Name}, {fault.Message}";
            }

            _picture = judge.Picture();
            Report(SourceState.Ended, "", judge);
            _hasRead = judge.Frames > 0;
            if (!_isLive)
            {
                foreach (var notice in judge.Input.Notices) _say(Notices.Text(notice));
                return null;
            }

            if (_stop.IsCancellationRequested || LiveAddress.Parse(_settings.Address).Duration is not null) return null;
            return judge.Input.Notices is [.., var last] ? last.Text : "The source ended by itself.";
        }
    }

    private void OnTurn(SourceJudge judge)
    {
        if (_parts is var parts && !ReferenceEquals(parts, _judgedBy))
        {
            judge.Use(_judgedBy, parts);
            _judgedBy = parts;
        }

        if (_isLive)
        {
            _watch.OnTurn(judge.Count(), judge.Payload);
            while (_told.TryPeek(out var told) && _feed.TryOffer(told)) _told.Dequeue();
        }

        if (_clock.GetElapsedTime(_healthAt) >= HealthEvery) Report(SourceState.Running, judge.Describe(), judge);
        var isLookedAt = Volatile.Read(ref _askedAt) is var asked and not 0 && _clock.GetElapsedTime(asked) < LookedAt;
        if ((isLookedAt || _isPictureWanted) && _clock.GetElapsedTime(_pictureAt) >= PictureEvery)
        {
            _isPictureWanted = false;
            _picture = judge.Picture();
            _pictureAt = _clock.GetTimestamp();
        }
    }

    /// <summary>Hands on what was told about the source, and waits for room: nothing is being read now.</summary>
    private void TellAll()
    {
        while (_told.TryDequeue(out var told)) _feed.Offer(told);
    }

    private void Report(SourceState state, string text, SourceJudge? judge = null)
    {
        _healthAt = _clock.GetTimestamp();
        var health = _health with
        {
            State = state,
            Text = text,
            Blind = [.. _watch.Blind],
            SilenceLimit = _watch.SilenceLimit,
        };
        if (judge is not null)
        {
            var count = judge.Count();
            health = health with
            {
                Frames = count.Frames,
                Lost = count.Lost,
                LastFrame = judge.Latest.UnixNanoseconds == 0 ? null : judge.Latest,
                LearnedFacts = judge.Learned,
                OpenDeviations = judge.Open,
                BeyondCapacity = judge.BeyondCapacity,
                SignalsLeftOut = judge.SignalsLeftOut,
                Traffic = judge.Traffic,
                ReadableShare = judge.Payload() is var payload && payload.Read + payload.Unread > 0
                    ? (double)payload.Read / (payload.Read + payload.Unread)
                    : null,
                Stages = [.. judge.Stages.Select(StageHealth.Of)],
            };
        }

        _health = health;
    }
}
