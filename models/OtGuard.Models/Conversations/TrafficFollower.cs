using OtGuard.Collectors;
using OtGuard.Models.Rhythm;

namespace OtGuard.Models.Conversations;

/// <summary>Counts what each conversation does, window by window: the same for learning and for judging.</summary>
/// <remarks>
/// A window ends with the first second that begins after half a minute of the capture's life. Three rounds of the slowest
/// polling in common use (ten seconds) fall into it, so that windows are alike. Not thread-safe; allocates when it meets a
/// conversation for the first time alone.
/// </remarks>
internal sealed class TrafficFollower(
    long longestStep, ProtocolRegistry protocols, Baseline vocabulary, Func<TrafficKey, int> numberOf)
{
    /// <summary>Length of a window in nanoseconds.</summary>
    public const long Length = 30 * CaptureTime.NanosecondsPerSecond;

    private readonly Dictionary<(int Conversation, byte Protocol), int> _live = [];
    private readonly List<Followed> _all = [];
    private CaptureLife _life = new(longestStep);
    private long _window;
    private bool _isBroken;

    /// <summary>Conversations of the run that found no room.</summary>
    public long Forgotten { get; private set; }

    /// <summary>Called for each conversation with something in a window that is over: its number, and what it did.</summary>
    public delegate void WindowEnded(int number, in TrafficWindow window, in Observation latest);

    /// <summary>Takes note of an observation.</summary>
    public void Observe(in Observation observation)
    {
        var isLate = observation.ResponseFrame == 0 && observation.Outcome is Outcome.Unanswered or Outcome.Unpaired;
        var place = _life.MoveTo(observation.Time.UnixNanoseconds, isLate);
        // Nobody told of the time that passed: what was counted belongs to several windows.
        if (_life.Now / Length > _window + 1) Drop();
        if (observation.Target.Space is TargetSpace.CanIdentifier or TargetSpace.ParameterGroups) return;
        var conversation = observation.Connection.Conversation;
        if (!_live.TryGetValue((conversation.Index, observation.Protocol), out var at)) at = Meet(in observation);
        if (at < 0) return;
        var followed = _all[at];
        var gap = followed.Last >= 0 && place >= followed.Last ? place - followed.Last : -1;
        followed.Window.Add(in observation, observation.Part == 0 ? gap : -1);
        followed.Last = place;
        followed.Latest = observation;
    }

    /// <summary>Time has moved on.</summary>
    public void Advance(CaptureTime now, WindowEnded ended)
    {
        _life.MoveTo(now.UnixNanoseconds, isLate: false);
        var window = _life.Now / Length;
        if (window == _window) return;
        if (window > _window + 1 || _isBroken)
        {
            Drop();
            return;
        }

        _window = window;
        // By index: nothing is met meanwhile.
        for (var at = 0; at < _all.Count; at++)
        {
            var followed = _all[at];
            if (followed.Window.IsEmpty) continue;
            ended(followed.Number, in followed.Window, in followed.Latest);
            followed.Window = default;
        }
    }

    /// <summary>What follows does not continue what came before: the window at hand is none.</summary>
    public void Break()
    {
        _life.Stop();
        _isBroken = true;
        foreach (var followed in _all) followed.Last = -1;
    }

    private void Drop()
    {
        _window = _life.Now / Length;
        _isBroken = false;
        foreach (var followed in _all) followed.Window = default;
    }

    private int Meet(in Observation observation)
    {
        var conversation = observation.Connection.Conversation;
        if (_live.Count == LiveIndex<int, int>.Capacity)
        {
            Forgotten++;
            return LiveIndex<int, int>.Unknown;
        }

        var number = numberOf(new TrafficKey(
            protocols.Name(observation.Protocol), Asking.Role(vocabulary, conversation.Client), conversation.Server,
            conversation.Service));
        var at = number < 0 ? -1 : _all.FindIndex(followed => followed.Number == number);
        if (number >= 0 && at < 0)
        {
            at = _all.Count;
            _all.Add(new Followed { Number = number });
        }

        _live.Add((conversation.Index, observation.Protocol), at);
        return at;
    }

    private sealed class Followed
    {
        public required int Number { get; init; }

        public long Last { get; set; } = -1;

        /// <summary>Fields and no properties: they are structures that change.</summary>
        public TrafficWindow Window;

        public Observation Latest;
    }
}
