namespace OtGuard.Storage.InfluxDb;

/// <summary>Which of its write interfaces an InfluxDB server is spoken to by.</summary>
public enum InfluxApi : byte
{
    /// <summary><c>/write</c> with user and password: 1.x, and the compatible interface of later ones.</summary>
    V1,

    /// <summary><c>/api/v2/write</c> with a token: 1.8, 2.x, 3.x.</summary>
    V2,
}

/// <summary>An InfluxDB server and where to write on it.</summary>
public sealed record InfluxOptions
{
    /// <summary>The destination's name. Default <c>influxdb</c>.</summary>
    public string Name { get; init; } = "influxdb";

    /// <summary>The server's address, as <c>http://127.0.0.1:8086</c>.</summary>
    public required Uri Url { get; init; }

    /// <summary>Which interface is written to. Default v1: every version has it.</summary>
    public InfluxApi Api { get; init; } = InfluxApi.V1;

    /// <summary>
    /// The database; with v2 the bucket is <c>DATABASE/RETENTION-POLICY</c> unless <see cref="Bucket"/> names one.
    /// </summary>
    public string Database { get; init; } = "otguard";

    /// <summary>The retention policy, or null for the database's own.</summary>
    public string? RetentionPolicy { get; init; }

    /// <summary>The bucket for v2, or null.</summary>
    public string? Bucket { get; init; }

    /// <summary>The organisation for v2, or null: 1.8 and 3.x ignore it.</summary>
    public string? Organisation { get; init; }

    /// <summary>The user for v1, or null where the server asks for none.</summary>
    public string? User { get; init; }

    /// <summary>The password for v1, or null.</summary>
    public string? Password { get; init; }

    /// <summary>The token for v2, or null.</summary>
    public string? Token { get; init; }

    /// <summary>
    /// Points of one request at most. Default 5,000: what InfluxDB's documentation recommends for a batch.
    /// </summary>
    public int BatchPoints { get; init; } = 5000;

    /// <summary>
    /// How long a request may take. Default 30 s: a server that compacts answers late, and answering twice costs
    /// nothing.
    /// </summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The bucket written to by v2.</summary>
    public string EffectiveBucket => Bucket ?? $"{Database}/{RetentionPolicy ?? "autogen"}";
}
