namespace OtGuard.Collectors.Can.Live;

/// <summary>
/// Puts the stamps of an adapter's own clock on the time line of this machine, keeping their distances to 100 parts per
/// million.
/// </summary>
/// <remarks>
/// An adapter counts from when it was started, this machine from 1970, and what the machine stamps is late by the way
/// through bus, interrupt and queue, never early. So the smallest difference seen is the best one: it is kept, and leaks
/// upwards by 100 parts per million, more than the crystals of CAN controllers drift apart, so that it follows an adapter
/// that runs slow. A difference that is a second off is another clock (an adapter started anew, this machine's clock set)
/// and is taken over at once. A first stamp within ten seconds of the machine's time is that time already, and stays as
/// it is.
/// </remarks>
internal struct HardwareClock
{
    private const long JumpNanoseconds = 1_000_000_000;
    private const long SameClockNanoseconds = 10_000_000_000;
    private const long LeakDivisor = 10_000;

    private bool _isAnchored;
    private bool _isUnix;
    private long _offset;
    private long _lastSystem;

    /// <summary>How often a clock was found set anew.</summary>
    public int Jumps { get; private set; }

    /// <summary>Nanoseconds since the Unix epoch of a stamp.</summary>
    /// <param name="hardware">The adapter's stamp in nanoseconds.</param>
    /// <param name="system">When this machine saw the frame: nanoseconds since the Unix epoch.</param>
    public long ToUnix(long hardware, long system)
    {
        var offset = system - hardware;
        if (!_isAnchored)
        {
            _isAnchored = true;
            _isUnix = Math.Abs(offset) < SameClockNanoseconds;
            _offset = _isUnix ? 0 : offset;
        }
        else if (Math.Abs(offset - _offset) > (_isUnix ? SameClockNanoseconds : JumpNanoseconds))
        {
            Jumps++;
            _offset = offset;
            _isUnix = false;
        }
        else if (!_isUnix)
        {
            _offset = Math.Min(offset, _offset + Math.Max(0, system - _lastSystem) / LeakDivisor);
        }

        _lastSystem = system;
        return hardware + _offset;
    }
}
