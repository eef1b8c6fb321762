namespace OtGuard.Scenarios.Tests.OpcUa;

/// <summary>What a client is told to do, as whom and how.</summary>
/// <param name="Name">A programme of <c>tests/peers/opcua/programmes.js</c>, or several with commas between.</param>
internal sealed record Programme(string Name)
{
    /// <summary>None, Sign or SignAndEncrypt.</summary>
    public string Mode { get; init; } = "None";

    /// <summary>anonymous, password or certificate.</summary>
    public string User { get; init; } = "anonymous";

    /// <summary>Length of programmes that have one.</summary>
    public int Seconds { get; init; } = 5;

    /// <summary>After how many milliseconds a security token is renewed; 0 leaves it to the library (minutes).</summary>
    public int RenewalMilliseconds { get; init; }

    /// <summary>The client's name, of which its application URI is made.</summary>
    public string Application { get; init; } = "HMI";

    /// <summary>The loopback address the client connects from.</summary>
    public string From { get; init; } = "127.0.0.1";

    /// <summary>Which key and certificate the client has: another name is another certificate.</summary>
    public string Certificate { get; init; } = "hmi";
}
