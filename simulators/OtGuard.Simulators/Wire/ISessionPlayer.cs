namespace OtGuard.Simulators.Wire;

/// <summary>
/// Carries out on real connections what sessions do, at the capture's present time; nothing is written into the capture
/// then. Servers are real as well: what they answer is theirs, not the session's,
/// unless it says so (<see cref="TcpSession.SpeaksForServer"/>).
/// </summary>
internal interface ISessionPlayer
{
    /// <summary>The client connects.</summary>
    void Open(TcpSession session);

    /// <summary>The client finds out whether somebody listens.</summary>
    void Attempt(TcpSession session);

    /// <summary>One side sends bytes, whatever they are worth.</summary>
    void Send(TcpSession session, Side from, ReadOnlySpan<byte> bytes);

    /// <summary>The client sends a request and waits for its answer before it sends the next.</summary>
    void Ask(TcpSession session, ReadOnlySpan<byte> adu);

    /// <summary>One side closes in order.</summary>
    void Close(TcpSession session, Side first);

    /// <summary>One side aborts.</summary>
    void Reset(TcpSession session, Side by);
}
