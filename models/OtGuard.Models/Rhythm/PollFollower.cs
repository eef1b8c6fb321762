using OtGuard.Collectors;

namespace OtGuard.Models.Rhythm;

/// <summary>Follows every learned repetition through a run: the same for learning its edges and for judging.</summary>
/// <remarks>Not thread-safe. Allocates when it meets something for the first time alone.</remarks>
internal sealed class PollFollower
{
    private readonly PollModel _model;
    private readonly ProtocolRegistry _protocols;
    private readonly Baseline _vocabulary;
    private readonly LiveIndex<LivePoll, PollKey> _index;
    private readonly PollRhythm[] _rhythms;
    private readonly PollState[] _states;
    private readonly PlaceLife[] _places;
    private readonly long[] _longestSilence;
    private readonly int[] _askers;
    private readonly bool[] _subscribes;
    private readonly Subscription?[] _subscriptionOf;
    private readonly Dictionary<int, Subscription> _subscriptions = [];
    private CaptureLife _life;
    private int _stretch = 1;

    public PollFollower(PollModel model, ProtocolRegistry protocols, Baseline vocabulary)
    {
        (_model, _protocols, _vocabulary) = (model, protocols, vocabulary);
        _rhythms = [.. model.Rhythms];
        _states = new PollState[_rhythms.Length];
        _places = new PlaceLife[model.Places.Count];
        _longestSilence = [.. model.Places];
        _life = new CaptureLife(model.LongestStep);
        Dictionary<PollKey, int> byKey = [];
        for (var at = 0; at < _rhythms.Length; at++) byKey.Add(_rhythms[at].Key, at);
        _index = new LiveIndex<LivePoll, PollKey>(byKey);
        // Whoever asks is alive, wherever that is of interest.
        Dictionary<NetworkAddress, int> places = [];
        foreach (var rhythm in _rhythms) places.TryAdd(rhythm.Key.Place, rhythm.Place);
        _askers = [.. _rhythms.Select(rhythm => places.GetValueOrDefault(rhythm.Key.Asker, rhythm.Place))];
        _subscriptionOf = new Subscription?[_rhythms.Length];
        var subscribers = _rhythms.Where(rhythm => rhythm.Key.Kind == PollKind.Publish)
            .Select(rhythm => (rhythm.Key.Asker, rhythm.Key.Server, rhythm.Key.Service)).ToHashSet();
        _subscribes =
        [
            .. _rhythms.Select(rhythm => subscribers.Contains((rhythm.Key.Asker, rhythm.Key.Server, rhythm.Key.Service))),
        ];
    }

    /// <summary>Look-ups that found no room.</summary>
    public long Forgotten => _index.Forgotten;

    /// <summary>
    /// Takes note of an observation; the number of the repetition, or -1. <paramref name="silent"/> is how many were missing
    /// in a row before it.
    /// </summary>
    public int Follow(in Observation observation, out double silent, out PollStep step)
    {
        silent = 0;
        step = default;
        var isLate = observation.ResponseFrame == 0 && observation.Outcome is Outcome.Unanswered or Outcome.Unpaired;
        var place = _life.MoveTo(observation.Time.UnixNanoseconds, isLate);
        var number = LiveIndex<LivePoll, PollKey>.Unknown;
        if (LivePoll.TryOf(in observation, out var live) && !_index.TryFind(in live, out number))
            number = _index.Meet(in live, PollKey.Of(in live, in observation, _protocols, _vocabulary));
        if (number < 0)
        {
            // A subscriber that connects anew says what it says once, which is nothing that was repeated.
            if (_subscriptions.Count > 0
                && _subscriptions.TryGetValue(observation.Connection.Conversation.Index, out var known)) Renew(known, observation.Connection);
            return number;
        }

        var rhythm = _rhythms[number];
        var age = observation.Time - observation.Connection.FirstSeen;
        Hear(rhythm.Place, rhythm.Key.Kind, age);
        if (_askers[number] != rhythm.Place) Hear(_askers[number], rhythm.Key.Kind, age);
        ref var state = ref _states[number];
        var at = _places[rhythm.Place].At(place);
        if (_subscribes[number]) Renew(number, rhythm, observation.Connection);
        var renewed = RenewedAt(number);
        if (rhythm.IsPeriodic && state.IsSeenIn(_stretch)) silent = state.SilentAt(rhythm, at, renewed);
        step = state.Step(rhythm, at, renewed, _stretch);
        return number;
    }

    private void Renew(int number, PollRhythm rhythm, Connection connection)
    {
        if (!_subscriptions.TryGetValue(connection.Conversation.Index, out var subscription))
        {
            if (rhythm.Key.Kind != PollKind.Publish || _subscriptions.Count == Subscription.MaximumCount) return;
            subscription = new Subscription { Place = rhythm.Place, Since = connection.FirstSeen };
            _subscriptions.Add(connection.Conversation.Index, subscription);
        }

        if (rhythm.Key.Kind == PollKind.Publish) _subscriptionOf[number] = subscription;
        Renew(subscription, connection);
    }

    private void Renew(Subscription subscription, Connection connection)
    {
        if (connection.FirstSeen <= subscription.Since) return;
        subscription.Since = connection.FirstSeen;
        subscription.Renewed = _places[subscription.Place].Now(_life.Now, _longestSilence[subscription.Place]);
    }

    private long RenewedAt(int number) => _subscriptionOf[number]?.Renewed ?? long.MinValue;

    private void Hear(int place, PollKind kind, TimeSpan age)
    {
        var goesOn = kind != PollKind.Message && _places[place].SilenceAt(_life.Now) < age.Ticks * 100;
        _places[place].Hear(_life.Now, _longestSilence[place], goesOn);
    }

    /// <summary>Time has moved on though nothing was observed.</summary>
    public void MoveTo(CaptureTime now) => _life.MoveTo(now.UnixNanoseconds, isLate: false);

    /// <summary>Polls of a repetition that are missing in a row now.</summary>
    public double SilentNow(int number)
    {
        var rhythm = _rhythms[number];
        ref readonly var state = ref _states[number];
        if (!rhythm.IsPeriodic || !state.IsSeenIn(_stretch)) return 0;
        return state.SilentAt(rhythm, _places[rhythm.Place].Now(_life.Now, _longestSilence[rhythm.Place]), RenewedAt(number));
    }

    /// <summary>The cycle of a repetition as it is now, in nanoseconds.</summary>
    public double CycleNow(int number) => _states[number].Cycle * _rhythms[number].Cycle;

    /// <summary>What follows does not continue what came before.</summary>
    public void Break()
    {
        _life.Stop();
        _stretch++;
    }

    /// <summary>
    /// Who is told what it subscribed to ends with its connection: on a new one it subscribes anew, and time counts from there.
    /// </summary>
    private sealed class Subscription
    {
        /// <summary>Subscribers that are followed at most; those beyond are held to what came before their connection.</summary>
        public const int MaximumCount = 4096;

        /// <summary>The place whose life its time is.</summary>
        public required int Place { get; init; }

        /// <summary>When its latest connection was opened.</summary>
        public CaptureTime Since { get; set; }

        /// <summary>The same on the time of the place, where it is not the first.</summary>
        public long Renewed { get; set; } = long.MinValue;
    }
}
