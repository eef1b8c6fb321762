namespace OtGuard.Simulators.Live;

/// <summary>What the site's own clients met on the way.</summary>
/// <param name="Requests">Requests sent that are to be answered.</param>
/// <param name="Answers">Answers to them.</param>
/// <param name="Exceptions">Answers that refuse.</param>
/// <param name="Unanswered">Requests and connections given up.</param>
/// <param name="Connections">Connections opened.</param>
/// <param name="Broken">Connections refused, or broken by the other side.</param>
/// <param name="LeftOut">Acts left out because a client could not follow.</param>
public sealed record LiveClientCounts(
    long Requests, long Answers, long Exceptions, long Unanswered, long Connections, long Broken, long LeftOut);

/// <summary>Counts, from any thread.</summary>
internal sealed class LiveCounters
{
    private long _requests;
    private long _answers;
    private long _exceptions;
    private long _unanswered;
    private long _connections;
    private long _broken;
    private long _leftOut;

    public LiveClientCounts Counts => new(
        Interlocked.Read(ref _requests), Interlocked.Read(ref _answers), Interlocked.Read(ref _exceptions),
        Interlocked.Read(ref _unanswered), Interlocked.Read(ref _connections), Interlocked.Read(ref _broken),
        Interlocked.Read(ref _leftOut));

    public void Asked() => Interlocked.Increment(ref _requests);

    public void Answered(bool isException)
    {
        Interlocked.Increment(ref _answers);
        if (isException) Interlocked.Increment(ref _exceptions);
    }

    public void Unanswered() => Interlocked.Increment(ref _unanswered);

    public void Connected() => Interlocked.Increment(ref _connections);

    public void Broken() => Interlocked.Increment(ref _broken);

    public void LeftOut() => Interlocked.Increment(ref _leftOut);
}
