using OtGuard.Collectors;
using OtGuard.Models;
using OtGuard.Models.Scoring;

namespace OtGuard.Detections.UnknownMessage;

/// <summary>
/// Whether identifiers that were never learned are what the learned ones let one expect: a bus of which some identifiers came
/// once only, on an event, has others that did not come yet.
/// </summary>
/// <remarks>
/// <para>The occasions are seconds. Where Q1 learned identifiers were all within one second of the T that were learned, new ones
/// come at a rate of Q1/T (Good 1953, <i>Biometrika</i> 40:237); over t seconds, and never over more than T, which is as far as it can
/// be foretold, k newcomers have the probability of k or more where Q1·t/T are expected (Poisson).</para>
/// <para>A newcomer is one of them only as long as it comes as rarely: with no more frames in a second than any of the Q1 had,
/// and in n seconds only where the probability that all but the first of them lie in the t judged, and none in the T learned,
/// (t/(T + t))^(n-1), is not as small: for then its rate would have shown it while learning.</para>
/// <para>Bounded: what is no longer expected is no longer followed.</para>
/// </remarks>
internal sealed class Newcomers
{
    private readonly BusState _bus;
    private readonly double _unlikely;
    private readonly int _once;
    private readonly double _learned;
    private readonly long _mostFrames;
    private readonly Dictionary<uint, Newcomer> _followed = [];

    /// <summary>What the bus's learned identifiers say of others. Created with its first newcomer.</summary>
    public Newcomers(BusState bus, double unlikely)
    {
        (_bus, _unlikely) = (bus, unlikely);
        // Of a recording of a second, or one without times, what came in one second says nothing: there, one frame alone is once.
        var isLong = bus.Fact?.Windows > 1;
        foreach (var message in bus.Learned)
        {
            if (message.Fact is not { Seen: var seen }) continue;
            if (isLong ? seen.Last - seen.First >= Second : seen.Count > 1) continue;
            _once++;
            _mostFrames = Math.Max(_mostFrames, seen.Count);
        }

        _learned = Math.Max(1, bus.Fact?.Windows ?? 0);
    }

    /// <summary>False from the moment on at which there were more of them than are to be expected.</summary>
    public bool AreExpected { get; private set; } = true;

    private static TimeSpan Second => TimeSpan.FromSeconds(1);

    /// <summary>Takes a frame of a newcomer; false where it is no longer explained by what was not learned.</summary>
    public bool Expects(uint identifier, in Observation observation)
    {
        if (!AreExpected) return false;
        var judged = Math.Min(_learned, Math.Max(1, _bus.Alive / (double)CaptureTime.NanosecondsPerSecond));
        var second = _bus.Alive / CaptureTime.NanosecondsPerSecond;
        if (!_followed.TryGetValue(identifier, out var newcomer))
        {
            newcomer = new Newcomer { Second = second };
            if (Poisson.AtLeast(_followed.Count + 1, _once * judged / _learned) < _unlikely)
            {
                AreExpected = false;
                return false;
            }

            _followed.Add(identifier, newcomer);
        }

        return newcomer.IsRare(second, _mostFrames, judged / (_learned + judged), _unlikely);
    }

    private sealed class Newcomer
    {
        private int _seconds = 1;
        private long _frames;
        private bool _isRare = true;

        public long Second { get; set; }

        public bool IsRare(long second, long mostFrames, double share, double unlikely)
        {
            if (second != Second)
            {
                Second = second;
                _seconds++;
                _frames = 0;
            }

            _frames++;
            return _isRare &= _frames <= mostFrames && Math.Pow(share, _seconds - 1) >= unlikely;
        }
    }
}
