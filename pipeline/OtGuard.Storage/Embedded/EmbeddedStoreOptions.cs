namespace OtGuard.Storage.Embedded;

/// <summary>Settings of the embedded store.</summary>
public sealed record EmbeddedStoreOptions
{
    /// <summary>The database file. Beside it lie its write-ahead log and the reserve.</summary>
    public required string Path { get; init; }

    /// <summary>
    /// Who writes: the name of this writer's chain in the journal. Default the machine's name and <c>otguard</c>; two
    /// programs that write at the same time each have their own.
    /// </summary>
    public string Writer { get; init; } = $"otguard@{Environment.MachineName}";

    /// <summary>False where the store must be there already. Default true.</summary>
    public bool Create { get; init; } = true;

    /// <summary>
    /// False where the pages are not checked when it is opened. Default true; a question that is asked in passing
    /// leaves it to the service, as it reads the whole file.
    /// </summary>
    public bool CheckAtStart { get; init; } = true;

    /// <summary>
    /// Bytes the database may take. Default 10 GiB: some years of deviations of a substation, and a disk that any
    /// device of today has left. Beyond it room is made in the order of <see cref="StoreRoom"/>.
    /// </summary>
    public long MaximumBytes { get; init; } = 10L << 30;

    /// <summary>
    /// Bytes that stay free on the disk. Default 256 MiB: what the operating system's own logs and an update of this
    /// program need.
    /// </summary>
    public long MinimumFreeBytes { get; init; } = 256L << 20;

    /// <summary>
    /// Bytes set aside in a file of their own, given back to the disk when it is full so that room can be made at all.
    /// Default 16 MiB: a write-ahead log of the size at which it is merged (4 MiB), several times over.
    /// </summary>
    public long ReserveBytes { get; init; } = 16L << 20;

    /// <summary>
    /// Days after which series are removed. Default 90 days: a maintenance cycle; trends before that belong into a
    /// series store.
    /// </summary>
    public TimeSpan SeriesAge { get; init; } = TimeSpan.FromDays(90);

    /// <summary>
    /// Days after which deviations and closed alerts are removed. Default 1095 days: three years, within which an
    /// incident is asked about. Open alerts and what they hold are kept however old they are.
    /// </summary>
    public TimeSpan AlertAge { get; init; } = TimeSpan.FromDays(1095);

    /// <summary>
    /// Assets that may be tags of series. Default 5,000: a large plant; a scan's addresses must not become an index.
    /// </summary>
    public int AssetTags { get; init; } = 5000;

    /// <summary>
    /// Writes, diagnostic exchanges and messages of buses kept of each source, so many of each; they go with the age of
    /// series, too. Default 10,000: the messages of a vehicle with gateways five times over, a shift of writes twice.
    /// </summary>
    public int ActsOfASource { get; init; } = 10_000;

    /// <summary>
    /// True where deviations and alerts are kept as points too. Default true; false where a series store has them.
    /// </summary>
    public bool RecordsAsSeries { get; init; } = true;
}
