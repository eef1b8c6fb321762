using OtGuard.Alerting;
using OtGuard.Alerting.Sinks;
using OtGuard.Host.Service;
using OtGuard.Models.Scoring;
using OtGuard.Storage.Embedded;
using OtGuard.Storage.InfluxDb;
using OtGuard.Storage.Traffic;

namespace OtGuard.Host.Configuration;

/// <summary>What <c>otguard run</c> is told: the contents of <c>otguard.json</c>. Everything has a default.</summary>
internal sealed record ServiceConfiguration
{
    /// <summary>
    /// The folder for what the service keeps: the store, and what it learned. Default: systemd's state folder where it
    /// gives one, else the user's folder for application data.
    /// </summary>
    [Setting(IsPath = true)]
    public string? Data { get; init; }

    /// <summary>What is listened to. Default nothing: the service says what there is.</summary>
    public IReadOnlyList<SourceSettings> Sources { get; init; } = [];

    /// <summary>The baseline that sources are judged by unless they name their own; none to learn first.</summary>
    [Setting(IsPath = true)]
    public string? Baseline { get; init; }

    /// <summary>A public key (PEM, ECDSA P-256) by which baselines have to be signed.</summary>
    [Setting(IsPath = true)]
    public string? RequireSignature { get; init; }

    /// <summary>How many different people have to have approved a baseline. Default: none is asked for.</summary>
    [Setting(Minimum = 1, Maximum = 100)]
    public int? RequireApprovals { get; init; }

    /// <summary>A table of points (CSV) whose names are used in place of those of the baseline.</summary>
    [Setting(IsPath = true)]
    public string? Names { get; init; }

    /// <summary>DBC files that name CAN messages and describe their signals.</summary>
    [Setting(IsPath = true)]
    public IReadOnlyList<string> Dbc { get; init; } = [];

    /// <summary>The declared site: zones, assets, permitted writers, announced work.</summary>
    [Setting(IsPath = true)]
    public string? Site { get; init; }

    /// <summary>
    /// The exchange folder of partners: indicators in it are looked for, and reports that are due are told to the sinks.
    /// </summary>
    [Setting(IsPath = true)]
    public string? Exchange { get; init; }

    /// <summary>
    /// False alarms of the models a day that can be looked into; their thresholds follow from it. Default 1.
    /// </summary>
    [Setting(Minimum = 0.001, Maximum = 10_000)]
    public double Budget { get; init; } = AlarmBudget.Default.PerDay;

    /// <summary>The embedded store, the system of record.</summary>
    public EmbeddedStoreOptions Store { get; init; } = new() { Path = "" };

    /// <summary>How deviations become alerts, and who is sent what.</summary>
    public AlertingOptions Alerting { get; init; } = new();

    /// <summary>Where alerts, deviations and series are sent.</summary>
    public SinkSettings Sinks { get; init; } = new();

    /// <summary>Where the service answers.</summary>
    public HttpSettings Http { get; init; } = new();

    /// <summary>When the monitor says that it has gone blind.</summary>
    public BlindnessOptions Blindness { get; init; } = new();

    /// <summary>How what is judged reaches the store.</summary>
    public FeedOptions Feed { get; init; } = new();

    /// <summary>How much of the recent traffic is kept on disk, so that one can look back.</summary>
    public TrafficSettings Traffic { get; init; } = new();

    /// <summary>What is kept of the traffic that shows a deviation.</summary>
    public EvidenceSettings Evidence { get; init; } = new();
}

/// <summary>One thing that is listened to.</summary>
internal sealed record SourceSettings
{
    /// <summary>Its name, unique among the sources.</summary>
    public required string Name { get; init; }

    /// <summary>What is read: a live source (<c>socketcan:can0</c>) or a capture file.</summary>
    [Setting(IsSource = true)]
    public required string Address { get; init; }

    /// <summary>The site it is at.</summary>
    public string? Site { get; init; }

    /// <summary>The zone it listens in.</summary>
    public string? Zone { get; init; }

    /// <summary>The sensor's name in deviations. Default: the source's name.</summary>
    public string? Sensor { get; init; }

    /// <summary>The baseline it is judged by, in place of the common one.</summary>
    [Setting(IsPath = true)]
    public string? Baseline { get; init; }

    /// <summary>True where what it sees belongs to an exercise. Default false.</summary>
    public bool Exercise { get; init; }

    /// <summary>
    /// How long it may be without a frame before that is told. Default: derived from the gaps there are
    /// (<see cref="BlindnessOptions"/>).
    /// </summary>
    public TimeSpan? SilentAfter { get; init; }
}

/// <summary>Destinations, by their kind. Names are unique over all of them.</summary>
internal sealed record SinkSettings
{
    /// <summary>Syslog receivers.</summary>
    public IReadOnlyList<SyslogOptions> Syslog { get; init; } = [];

    /// <summary>Mail servers with who is written to.</summary>
    public IReadOnlyList<MailOptions> Mail { get; init; } = [];

    /// <summary>Web addresses that take messages.</summary>
    public IReadOnlyList<WebhookOptions> Webhook { get; init; } = [];

    /// <summary>Files of JSON lines.</summary>
    public IReadOnlyList<FileSinkOptions> File { get; init; } = [];

    /// <summary>InfluxDB servers; they are sent deviations, alerts and series.</summary>
    public IReadOnlyList<InfluxOptions> Influx { get; init; } = [];

    /// <summary>All destinations with their settings.</summary>
    public IEnumerable<(string Name, object Settings)> All() =>
    [
        .. Syslog.Select(sink => (sink.Name, (object)sink)),
        .. Mail.Select(sink => (sink.Name, (object)sink)),
        .. Webhook.Select(sink => (sink.Name, (object)sink)),
        .. File.Select(sink => (sink.Name, (object)sink)),
        .. Influx.Select(sink => (sink.Name, (object)sink)),
    ];

    /// <summary>The names of all destinations, each with its place in the configuration.</summary>
    public IEnumerable<(string Path, string Name)> Names() =>
    [
        .. Syslog.Select((sink, i) => ($"sinks.syslog[{i}]", sink.Name)),
        .. Mail.Select((sink, i) => ($"sinks.mail[{i}]", sink.Name)),
        .. Webhook.Select((sink, i) => ($"sinks.webhook[{i}]", sink.Name)),
        .. File.Select((sink, i) => ($"sinks.file[{i}]", sink.Name)),
        .. Influx.Select((sink, i) => ($"sinks.influx[{i}]", sink.Name)),
    ];
}

/// <summary>Where the service answers: the dashboard, its web API, its health.</summary>
internal sealed record HttpSettings
{
    /// <summary>
    /// The address. Default 127.0.0.1: only this machine may ask; 0.0.0.0 for all. People log in wherever they come
    /// from.
    /// </summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>The port; 0 for one that is free. Default 8470.</summary>
    [Setting(Minimum = 0, Maximum = 65535)]
    public int Port { get; init; } = 8470;

    /// <summary>
    /// Whether it speaks HTTPS. Default true; false is for an address of this machine alone, where a proxy in front
    /// does.
    /// </summary>
    public bool Https { get; init; } = true;

    /// <summary>
    /// A certificate with its chain (PEM). Default: one of its own, made at the first start and kept in the data
    /// folder.
    /// </summary>
    [Setting(IsPath = true)]
    public string? Certificate { get; init; }

    /// <summary>The certificate's private key (PEM).</summary>
    [Setting(IsPath = true)]
    public string? CertificateKey { get; init; }

    /// <summary>How long a session lasts without anything asked of it. Default 12 hours: a shift on a wall.</summary>
    public TimeSpan SessionIdle { get; init; } = TimeSpan.FromHours(12);
}

/// <summary>How what is judged reaches the store.</summary>
internal sealed record FeedOptions
{
    /// <summary>
    /// Deviations that may wait for the store. Default 4,096: some 10 MB, and eight transactions of a flood. Where it
    /// is full, a live source keeps its deviations and hands on their latest state later; a file waits.
    /// </summary>
    [Setting(Minimum = 16, Maximum = 1_000_000)]
    public int Capacity { get; init; } = 4096;

    /// <summary>
    /// How often a deviation that goes on growing is stored anew. Default 10 s, as for <see cref="RollUpEvery"/>: a
    /// flood costs a row every ten seconds and not one for each frame.
    /// </summary>
    public TimeSpan UpdateEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Capture time without a further sighting after which a deviation is over; the same fact opens it again. Default
    /// 24
    /// hours: what recurs each day stays one.
    /// </summary>
    public TimeSpan CloseAfter { get; init; } = TimeSpan.FromHours(24);

    /// <summary>
    /// Length of a traffic roll-up. Default 10 s: what trends over a shift are drawn from, and a few hundred points a
    /// minute for a substation.
    /// </summary>
    public TimeSpan RollUpEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Conversations in a roll-up at most, those with the most bytes. Default 1,000; the others are one point together.
    /// </summary>
    [Setting(Minimum = 1, Maximum = 100_000)]
    public int RollUpConversations { get; init; } = 1000;

    /// <summary>
    /// Signals whose values are kept as series, of each source. Default 1,000: those a baseline knows of, of a dozen
    /// devices; further ones are left out and counted. 0 keeps none.
    /// </summary>
    [Setting(Minimum = 0, Maximum = 20_000)]
    public int Signals { get; init; } = 1000;

    /// <summary>
    /// Roll-ups that may wait for the store. Default 64: ten minutes of one source; then they are dropped.
    /// </summary>
    [Setting(Minimum = 1, Maximum = 100_000)]
    public int SeriesCapacity { get; init; } = 64;
}

/// <summary>How much of the recent traffic is kept on disk, of each source.</summary>
internal sealed record TrafficSettings
{
    /// <summary>
    /// False where no traffic is kept, and so no evidence either: recorded traffic holds what people did. Default true.
    /// </summary>
    public bool Keep { get; init; } = true;

    /// <summary>The folder it lies in, a folder for each source. Default: traffic in the data folder.</summary>
    [Setting(IsPath = true)]
    public string? Folder { get; init; }

    /// <summary>
    /// Bytes of each source; the oldest traffic makes room. Default 2 GiB: a line with 1 Mbit/s of Modbus fills it in
    /// three to four hours, time enough to look at what was said an hour ago.
    /// </summary>
    [Setting(Minimum = 16 << 20)]
    public long MaximumBytes { get; init; } = 2L << 30;

    /// <summary>
    /// How far back it is kept, by capture time. Default 1 day: recorded traffic is kept no longer than it is of use.
    /// </summary>
    public TimeSpan MaximumAge { get; init; } = TimeSpan.FromDays(1);

    /// <summary>
    /// Bytes that stay free on the disk: below, recent traffic makes room before the store has to. Default 1 GiB.
    /// </summary>
    public long MinimumFreeBytes { get; init; } = 1L << 30;

    /// <summary>A ring of these bounds: sixty-four segments, or as few as a small one can have.</summary>
    public TrafficRingOptions Ring => new()
    {
        MaximumBytes = MaximumBytes,
        MaximumAge = MaximumAge,
        MinimumFreeBytes = MinimumFreeBytes,
        SegmentBytes = Math.Clamp(MaximumBytes / 64, 1 << 20, 32 << 20),
    };
}

/// <summary>What is kept of the traffic that shows a deviation, of each source.</summary>
internal sealed record EvidenceSettings
{
    /// <summary>The folder it lies in, a folder for each source. Default: evidence in the data folder.</summary>
    [Setting(IsPath = true)]
    public string? Folder { get; init; }

    /// <summary>
    /// Frames before and after each of a deviation's frames. Default 50: an exchange or two of each side.
    /// </summary>
    [Setting(Maximum = 10_000)]
    public int Around { get; init; } = 50;

    /// <summary>
    /// Frames kept of one deviation. Default 20,000: a scan is proved by its beginning, and a flood must not copy all
    /// there is.
    /// </summary>
    [Setting(Minimum = 1, Maximum = 1_000_000)]
    public int MaximumFrames { get; init; } = 20_000;

    /// <summary>How long frames after a deviation are waited for. Default 10 s: polls come every few seconds.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Bytes of each source; the oldest evidence makes room and is counted. Default 4 GiB.</summary>
    [Setting(Minimum = 1 << 20)]
    public long MaximumBytes { get; init; } = 4L << 30;

    /// <summary>A store of these bounds.</summary>
    public EvidenceOptions Options => new()
    {
        Around = Around,
        MaximumFrames = MaximumFrames,
        Patience = Patience,
        MaximumBytes = MaximumBytes,
    };
}
