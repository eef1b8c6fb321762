using OtGuard.Collectors;
using OtGuard.Detections.Probing;
using OtGuard.Detections.Windows;
using OtGuard.Models;

namespace OtGuard.Detections.DiagnosticScan;

/// <summary>
/// D23: somebody finds out which control units there are and what they can be told, by trying: services, sub-functions,
/// data identifiers, addresses.
/// </summary>
/// <remarks>
/// Diagnostics has its own form of what <see cref="ProbingDetector"/> finds elsewhere: testers that take stock are
/// ordinary, and ask for more that is not there. One deviation for a conversation, and one for a bus whose addresses are
/// tried. What was learned, refusals among it, counts nowhere.
/// </remarks>
internal sealed class DiagnosticScanDetector(DiagnosticScanOptions options) : IDetector
{
    private const string Row = "D23";

    private static readonly DeviationKind Kind = DeviationCatalogue.Kind("diagnostic-scan");

    private readonly Func<Client> _newClient = () => new Client(options);
    private readonly Func<DistinctWindow<(int Conversation, short Unit)>> _newAddresses =
        () => new(options.Addresses, options.Window);

    private readonly LruTable<int, Client> _clients = new(options.Conversations);
    private readonly LruTable<FactKey, DistinctWindow<(int Conversation, short Unit)>> _networks = new(options.Conversations);

    public string Name => "diagnostic-scan";

    public IReadOnlyList<string> Kinds { get; } = [Kind.Name];

    public Interests Interests =>
        Interests.Rejected | Interests.Unanswered | Interests.Novel | Interests.Anomalous;

    public long Forgotten => _clients.Evicted + _networks.Evicted;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if (observation.Protocol == ProtocolRegistry.Network) return;
        // Of parameter groups, requests alone are tries; what is sent unasked finds nothing out.
        if (Circumstances.IsAboutGroups(in observation) && observation.Operation != Operation.Read) return;
        if (context.Protocols[observation.Protocol].ProbingRow != Row) return;
        if (Circumstances.HasAnomalyOf(Row, in observation, context.Protocols))
        {
            // The decoder has counted: see its own settings.
            Raise(NetworkOf(in observation), "diagnostic-scan.sweep", in observation, context, 0, default, []);
            return;
        }

        if (observation.Outcome is Outcome.Unsolicited or Outcome.Undecodable) return;
        var meaning = observation.Outcome == Outcome.Rejected
            ? context.Protocols[observation.Protocol].MeaningOf(observation.Reason)
            : (RefusalMeaning?)null;
        if (IsMissing(in observation, meaning) && !context.KnowsFunction(in observation)) CountAddress(in observation, context);
        var isRefused = meaning is RefusalMeaning.FunctionUnknown or RefusalMeaning.ObjectUnknown
            or RefusalMeaning.ValueRefused or RefusalMeaning.AccessDenied or RefusalMeaning.AuthenticationRequired
            && !context.KnowsRefusal(in observation);
        var isUnanswered = observation.Outcome == Outcome.Unanswered && !context.KnowsFunction(in observation);
        var isNewPlace = (context.Novelty & Novelty.Range) != 0;
        if (!isRefused && !isUnanswered && !isNewPlace) return;

        var client = _clients.GetOrAdd(observation.Connection.Conversation.Index, _newClient);
        Count(client, in observation, context, meaning, isRefused, isUnanswered);
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private void Count(
        Client client, in Observation observation, DetectionContext context, RefusalMeaning? meaning,
        bool isRefused, bool isUnanswered)
    {
        var seen = Event.Of(in observation);
        var key = Facts.Of(observation.Connection.Conversation);
        if ((isUnanswered || (isRefused && meaning == RefusalMeaning.FunctionUnknown))
            && client.Services.Add(observation.Code, seen))
            Raise(key, "diagnostic-scan.services", in observation, context, client.Services.Count,
                observation.Time - client.Services.Oldest.Time, Earlier(client.Services));
        else if (isRefused && observation.Target.Space == TargetSpace.None
            && client.SubFunctions.Add(observation.Code << 16 | (ushort)observation.SubCode, seen))
            Raise(key, "diagnostic-scan.sub-functions", in observation, context, client.SubFunctions.Count,
                observation.Time - client.SubFunctions.Oldest.Time, Earlier(client.SubFunctions));
        else if (isRefused && observation.Target.Space != TargetSpace.None
            && client.Objects.Add((observation.Code, observation.Target.Start), seen))
            Raise(key, "diagnostic-scan.objects", in observation, context, client.Objects.Count,
                observation.Time - client.Objects.Oldest.Time, Earlier(client.Objects));
        else if (Walks(client, in observation, seen))
            Raise(key, "diagnostic-scan.walk", in observation, context, client.Walk.Length,
                observation.Time - client.Walk.Oldest.Time, client.Walk.Earlier);
    }

    /// <summary>Objects never used, one after another in the order of their numbers, whatever the answers.</summary>
    private bool Walks(Client client, in Observation observation, in Event seen)
    {
        if (observation.Target.Space == TargetSpace.None) return false;
        if (client.WalkedBy != observation.Code) client.Begin(observation.Code, options);
        return client.Walk.Step(observation.Target.Start, isRefused: false, seen) && client.Walk.Length >= options.Objects;
    }

    /// <summary>Nobody is there, or a gateway does not reach whoever is.</summary>
    private static bool IsMissing(in Observation observation, RefusalMeaning? meaning) =>
        observation.Outcome == Outcome.Unanswered && observation.Silence == Silence.FromTheStart
        || meaning == RefusalMeaning.Unreachable;

    private void CountAddress(in Observation observation, DetectionContext context)
    {
        var network = NetworkOf(in observation);
        var window = _networks.GetOrAdd(network, _newAddresses);
        if (!window.Add((observation.Connection.Conversation.Index, observation.Unit), Event.Of(in observation))) return;
        Raise(network, "diagnostic-scan.addresses", in observation, context, window.Count,
            observation.Time - window.Oldest.Time, Earlier(window));
    }

    /// <summary>On a bus each address is a conversation of its own; behind a gateway they share its conversation.</summary>
    private static FactKey NetworkOf(in Observation observation)
    {
        var conversation = observation.Connection.Conversation;
        const ulong isBus = 1UL << 62;
        return conversation.Transport == Transport.Can
            ? new FactKey(isBus | conversation.Service)
            : Facts.Of(conversation) with { B = 1 };
    }

    private static IEnumerable<Event> Earlier<T>(DistinctWindow<T> window)
        where T : IEquatable<T> => window.Items.SkipLast(1).Select(item => item.Event);

    private static void Raise(
        FactKey key, string message, in Observation observation, DetectionContext context, int count, TimeSpan span,
        IEnumerable<Event> earlier)
    {
        if (context.Deviations.Repeat(Kind.Name, key, in observation)) return;
        var protocol = context.Protocols[observation.Protocol];
        var severity = new SeverityTally(Kind)
            .Add(observation.IsWrite, 10, "the requests write");
        var deviation = context.Deviations.Open(
            key,
            new Finding
            {
                Kind = Kind,
                Subject = Phrases.Subject(in observation, context),
                Expected = "requests for what is there",
                Observed = count == 0 ? "many addresses asked" : $"{Spans.Number(count)} tries in {Spans.Text(span)}",
                Message = new Message(
                    message,
                    ("client", observation.Connection.Conversation.Client.ToString()),
                    ("server", Phrases.Server(in observation, context)),
                    ("operation", Phrases.Operation(in observation, context)),
                    ("target", Phrases.Place(protocol, observation.Target, "no stated place")),
                    ("count", Spans.Number(count)),
                    ("protocol", protocol.DisplayName),
                    ("span", Spans.Text(span))),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
                Score = count == 0 ? null : count,
                Scale = count == 0 ? null : "tries",
            },
            in observation);
        Event.Cover(deviation, earlier, context.Deviations);
    }

    private sealed class Client(DiagnosticScanOptions options)
    {
        public DistinctWindow<int> Services { get; } = new(options.Services, options.Window);

        public DistinctWindow<int> SubFunctions { get; } = new(options.SubFunctions, options.Window);

        public DistinctWindow<(short Code, uint Start)> Objects { get; } = new(options.Objects, options.Window);

        public Walk Walk { get; private set; } = new(options.Objects, options.Window);

        /// <summary>The service that walks; another one begins anew.</summary>
        public short WalkedBy { get; private set; } = -1;

        public void Begin(short code, DiagnosticScanOptions settings)
        {
            WalkedBy = code;
            Walk = new Walk(settings.Objects, settings.Window);
        }
    }
}
