using OtGuard.Collectors;
using OtGuard.Models.Conversations;
using OtGuard.Models.Rhythm;

namespace OtGuard.Models.Sequence;

/// <summary>Where a speaker is: the last two words, and the mean surprise of the latest.</summary>
internal struct SpeakerState
{
    /// <summary>
    /// Words over which surprise is evened out. 128: a rare word among them is little, and one in ten out of place adds up.
    /// </summary>
    public const int Memory = 128;

    private int _before;
    private int _last;
    private int _words;
    private double _mean;

    /// <summary>Words heard since the beginning or a break.</summary>
    public readonly int Heard => _words;

    /// <summary>Takes a word; the mean surprise in bits, 0 until enough were heard.</summary>
    public double Hear(SpeakerModel speaker, int word, out double bits)
    {
        if (_words == 0) (_before, _last, _mean) = (-1, -1, speaker.Usual);
        bits = speaker.Surprise(word, _before, _last);
        (_before, _last) = (_last, word);
        _mean += (bits - _mean) / Math.Min(++_words, Memory);
        if (_words == int.MaxValue) _words = Memory;
        return _words >= Memory ? _mean : 0;
    }
}

/// <summary>Follows what every speaker says: the same for measuring and for judging.</summary>
internal sealed class SequenceFollower
{
    private readonly SpeakerModel[] _speakers;
    private readonly SpeakerState[] _states;
    private readonly LiveIndex<(int Conversation, byte Protocol), SpeakerKey> _index;
    private readonly ProtocolRegistry _protocols;
    private readonly Baseline _vocabulary;

    public SequenceFollower(SequenceModel model, ProtocolRegistry protocols, Baseline vocabulary)
    {
        (_protocols, _vocabulary) = (protocols, vocabulary);
        _speakers = [.. model.Speakers];
        _states = new SpeakerState[_speakers.Length];
        Dictionary<SpeakerKey, int> byKey = [];
        for (var at = 0; at < _speakers.Length; at++) byKey.Add(_speakers[at].Key, at);
        _index = new LiveIndex<(int, byte), SpeakerKey>(byKey);
    }

    public long Forgotten => _index.Forgotten;

    /// <summary>Whether an observation is a word: a request of a client, or a message on a bus.</summary>
    public static bool TryWord(in Observation observation, out LivePoll live) =>
        LivePoll.TryOf(in observation, out live) && live.Kind != PollKind.Publish;

    /// <summary>Who says it.</summary>
    public static SpeakerKey SpeakerOf(
        in Observation observation, in LivePoll live, ProtocolRegistry protocols, Baseline vocabulary)
    {
        var conversation = observation.Connection.Conversation;
        return new SpeakerKey(
            new TrafficKey(
                protocols.Name(observation.Protocol), Asking.Role(vocabulary, conversation.Client), conversation.Server,
                conversation.Service),
            live.Kind == PollKind.Message);
    }

    /// <summary>
    /// Takes note of an observation; the number of its speaker, or -1. <paramref name="mean"/> is the mean surprise of the
    /// latest words, 0 where they are too few; <paramref name="bits"/> that of this one.
    /// </summary>
    public int Follow(in Observation observation, out double mean, out double bits)
    {
        (mean, bits) = (0, 0);
        if (!TryWord(in observation, out var live)) return LiveIndex<int, int>.Unknown;
        var conversation = (observation.Connection.Conversation.Index, observation.Protocol);
        if (!_index.TryFind(in conversation, out var number))
            number = _index.Meet(in conversation, SpeakerOf(in observation, in live, _protocols, _vocabulary));
        if (number < 0) return number;
        var speaker = _speakers[number];
        var word = speaker.NumberOf(Word.Of(in live));
        mean = _states[number].Hear(speaker, word, out bits);
        return number;
    }

    /// <summary>Words a speaker was heard to say since the beginning or a break.</summary>
    public int Heard(int number) => _states[number].Heard;

    /// <summary>What follows does not continue what came before.</summary>
    public void Break() => Array.Clear(_states);
}
