namespace OtGuard.Simulators.Wire;

/// <summary>Who of two sends.</summary>
public enum Side : byte
{
    /// <summary>The one that opened the connection.</summary>
    Client,

    /// <summary>The one that listens.</summary>
    Server,
}

/// <summary>Which frames of a session reach the capture; the session itself goes on in any case.</summary>
[Flags]
public enum Visible : byte
{
    /// <summary>None: the capture loses them.</summary>
    None = 0,

    /// <summary>Those of the client.</summary>
    FromClient = 1,

    /// <summary>Those of the server.</summary>
    FromServer = 2,

    /// <summary>All.</summary>
    Both = 3,
}

/// <summary>Carries application messages between a client and a server: TCP or UDP.</summary>
public interface IMessageChannel
{
    /// <summary>The capture the frames go into.</summary>
    CaptureBuilder Capture { get; }

    /// <summary>The time between a request and its response.</summary>
    TimeSpan ServerLatency { get; set; }

    /// <summary>Sends a message of the client at the present time and lets the clock advance to its arrival.</summary>
    void Request(ReadOnlySpan<byte> message);

    /// <summary>Sends a message of the server after <see cref="ServerLatency"/>.</summary>
    void Response(ReadOnlySpan<byte> message);

    /// <summary>Sends a message of either side at once.</summary>
    void Send(Side from, ReadOnlySpan<byte> message);
}
