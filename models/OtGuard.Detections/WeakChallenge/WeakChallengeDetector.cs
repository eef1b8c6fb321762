using System.Numerics;
using OtGuard.Collectors;
using OtGuard.Detections.Windows;
using OtGuard.Models;

namespace OtGuard.Detections.WeakChallenge;

/// <summary>
/// D16: the challenges a server hands out repeat, or change in a few bits only, so that recorded answers fit again.
/// </summary>
/// <remarks>
/// <para>Two tests against the hypothesis that n challenges of b bits are independent and uniform. Each is given half of
/// <see cref="WeakChallengeOptions.FalseAlarmProbability"/> α.</para>
/// <para>Repetition (birthday bound). That some value comes m times among n has at most the probability
/// C(n, m) · 2^(−b(m−1)): the expected number of m-fold coincidences. The event only grows with n, so that looking after
/// each challenge adds nothing; the multiplicities m = 2, 3, … share α/2 as α·2^(−m). Raised where the bound is below.</para>
/// <para>Constant bits. That c of b bits never changed has at most the probability C(b, c) · 2^(−c(n−1)). Looked at after
/// each challenge, the bounds of one c sum to less than twice the first, over at most b values of c: raised where the bound
/// is below α/(4b), and fewer than <see cref="WeakChallengeOptions.LeastChangingBits"/> bits changed at all.</para>
/// <para>A server may hand out the same challenge until it was answered (ISO 14229-1:2020 §10.4.1): one that comes again
/// without an answer, another session or a restart in between is not counted.</para>
/// </remarks>
internal sealed class WeakChallengeDetector(WeakChallengeOptions options) : IDetector
{
    /// <summary>The row of acts that restart a unit.</summary>
    private const string RestartRow = "D20";

    private static readonly DeviationKind Kind = DeviationCatalogue.Kind("weak-seed");

    private readonly LruTable<FactKey, Server> _servers = new(options.Servers);

    // Conversations in which something ended the challenge that was handed out last.
    private readonly LruTable<int, bool> _ended = new(options.Servers);

    public string Name => "weak-challenge";

    public IReadOnlyList<string> Kinds { get; } = [Kind.Name];

    public Interests Interests => Interests.Special | Interests.Rejected;

    public long Forgotten => _servers.Evicted;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if (observation.Protocol == ProtocolRegistry.Network || observation.Operation != Operation.Control) return;
        var protocol = context.Protocols[observation.Protocol];
        var step = protocol.AccessStepOf(observation.Code, observation.SubCode);
        ref var ended = ref _ended.GetOrAdd(observation.Connection.Conversation.Index, static () => true);
        if (step != AccessStep.Challenge)
        {
            ended |= step is AccessStep.Credential or AccessStep.Authentication
                || (step == AccessStep.Session && observation.Outcome == Outcome.Succeeded)
                || IsRestart(in observation, protocol);
            return;
        }

        if (observation.Outcome != Outcome.Succeeded) return;
        var challenge = protocol.ChallengeOf(in observation, context.Batch);
        if (challenge.IsEmpty || !ended) return;
        ended = false;
        Take(challenge, in observation, context);
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private static bool IsRestart(in Observation observation, IProtocol protocol)
    {
        if (observation.Outcome != Outcome.Succeeded) return false;
        var acts = protocol.ControlActs;
        for (var i = 0; i < acts.Count; i++)
            if (acts[i].Code == observation.Code && acts[i].CatalogueRow == RestartRow) return true;
        return false;
    }

    private void Take(ReadOnlySpan<byte> challenge, in Observation observation, DetectionContext context)
    {
        var conversation = observation.Connection.Conversation;
        // Whoever asks: the challenges are the server's.
        var key = Facts.Of(conversation.Server) with
        {
            B = (ulong)(ushort)observation.Unit << 32 | (uint)observation.SubCode,
        };
        var server = _servers.GetOrAdd(key, static () => new Server());
        var same = server.Add(challenge, Event.Of(in observation), options.Challenges);
        var bits = challenge.Length * 8;
        var constant = server.ConstantBits;
        var repeats = same >= 2 && RepetitionBound(server.Count, same, bits) <= options.FalseAlarmProbability * Math.Pow(2, -same);
        var isNarrow = bits - constant < options.LeastChangingBits && constant > 0
            && ConstantBound(bits, constant, server.Count) <= options.FalseAlarmProbability / (4 * bits);
        if (!repeats && !isNarrow) return;
        if (context.Deviations.Repeat(Kind.Name, key, in observation)) return;

        var bound = repeats ? RepetitionBound(server.Count, same, bits) : ConstantBound(bits, constant, server.Count);
        var observed = repeats
            ? $"the same seed {Spans.Number(same)} times among {Spans.Number(server.Count)}"
            : $"{Spans.Number(bits - constant)} of {Spans.Number(bits)} bits changed in {Spans.Number(server.Count)} seeds";
        var severity = new SeverityTally(Kind);
        var deviation = context.Deviations.Open(
            key,
            new Finding
            {
                Kind = Kind,
                Subject = Phrases.Server(in observation, context),
                Expected = "seeds that cannot be foreseen",
                Observed = observed,
                Message = new Message(
                    repeats ? "weak-seed.repeated" : "weak-seed.narrow",
                    ("server", Phrases.Server(in observation, context)),
                    ("client", conversation.Client.ToString()),
                    ("operation", Phrases.Operation(in observation, context)),
                    ("count", Spans.Number(server.Count)),
                    ("times", Spans.Number(same)),
                    ("bits", Spans.Number(bits)),
                    ("changing", Spans.Number(bits - constant))),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
                Score = bound,
                Scale = "probability",
            },
            in observation);
        Event.Cover(deviation, server.Earlier, context.Deviations);
    }

    /// <summary>The expected number of <paramref name="times"/>-fold coincidences among challenges of so many bits.</summary>
    internal static double RepetitionBound(int challenges, int times, int bits) =>
        Choose(challenges, times) * Math.Pow(2, -(double)bits * (times - 1));

    /// <summary>The expected number of sets of <paramref name="constant"/> bits that never change.</summary>
    internal static double ConstantBound(int bits, int constant, int challenges) =>
        Choose(bits, constant) * Math.Pow(2, -(double)constant * (challenges - 1));

    private static double Choose(int from, int count)
    {
        var result = 1.0;
        for (var i = 1; i <= count; i++) result *= (double)(from - count + i) / i;
        return result;
    }

    private sealed class Server
    {
        private readonly List<(byte[] Challenge, Event Event)> _challenges = [];
        private byte[] _first = [];
        private byte[] _changed = [];

        /// <summary>How many are kept.</summary>
        public int Count => _challenges.Count;

        /// <summary>Bits that are the same in all of them.</summary>
        public int ConstantBits
        {
            get
            {
                var changed = 0;
                foreach (var part in _changed) changed += BitOperations.PopCount(part);
                return _changed.Length * 8 - changed;
            }
        }

        public IEnumerable<Event> Earlier => _challenges.SkipLast(1).Select(item => item.Event);

        /// <summary>Adds one; returns how often it is there now.</summary>
        public int Add(ReadOnlySpan<byte> challenge, in Event seen, int capacity)
        {
            if (_first.Length != challenge.Length)
            {
                // Another length is another generator.
                _challenges.Clear();
                _first = challenge.ToArray();
                _changed = new byte[challenge.Length];
            }

            for (var i = 0; i < challenge.Length; i++) _changed[i] |= (byte)(challenge[i] ^ _first[i]);
            if (_challenges.Count == capacity) _challenges.RemoveAt(0);
            _challenges.Add((challenge.ToArray(), seen));
            var same = 0;
            foreach (var (kept, _) in _challenges)
                if (challenge.SequenceEqual(kept)) same++;
            return same;
        }
    }
}
