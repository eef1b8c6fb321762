using OtGuard.Collectors;
using OtGuard.Detections.Windows;
using OtGuard.Models;

namespace OtGuard.Detections.Probing;

/// <summary>
/// Finds clients that try out what a device has: functions one after another, addresses or units in order, requests
/// refused all over its tables, or simply many refusals.
/// </summary>
/// <remarks>
/// <para>Only what a baseline does not know, or what is refused or left unanswered, is looked at: ordinary polling that
/// succeeds costs nothing. A sweep that a device answers in full is therefore seen with a baseline only.</para>
/// <para>The kinds are asked from the most telling to the least, so that one cause is one deviation: functions, units,
/// addresses in order, refusals spread over targets, and many refusals only where none of the others is at work.</para>
/// <para>A refusal that was a habit while learning (a poller with an entry the device never had) counts nowhere.</para>
/// </remarks>
internal sealed class ProbingDetector : IDetector
{
    private static readonly DeviationKind Functions = DeviationCatalogue.Kind("function-code-enumeration");
    private static readonly DeviationKind Addresses = DeviationCatalogue.Kind("address-sweep");
    private static readonly DeviationKind Units = DeviationCatalogue.Kind("unit-sweep");
    private static readonly DeviationKind Targets = DeviationCatalogue.Kind("refused-probing");
    private static readonly DeviationKind Refusals = DeviationCatalogue.Kind("exception-pattern");

    /// <summary>Two steps have a direction whatever they are; the third shows whether it is kept.</summary>
    private const int StepsThatAreAnOrder = 3;

    private readonly ProbingOptions _options;
    private readonly LruTable<int, Client> _clients;

    public ProbingDetector(ProbingOptions options)
    {
        _options = options;
        _clients = new(options.Conversations);
    }

    public string Name => "probing";

    public IReadOnlyList<string> Kinds => [Functions.Name, Addresses.Name, Units.Name, Targets.Name, Refusals.Name];

    public Interests Interests => Interests.Rejected | Interests.Unanswered | Interests.Novel;

    public long Forgotten => _clients.Evicted;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if (observation.Protocol == ProtocolRegistry.Network) return;
        if (observation.Outcome is Outcome.Unsolicited or Outcome.Undecodable) return;
        if (Circumstances.HasProbingRow(in observation, context)) return;
        var isRefused = IsRefused(in observation, context);
        // A unit that does not answer, or that a gateway does not reach, may be missing: it counts for a sweep of units.
        var isUnanswered = IsUnanswered(in observation, context) && !context.KnowsFunction(in observation);
        var isNew = (context.Novelty & (Novelty.Function | Novelty.Unit | Novelty.Range)) != 0;
        if (!isRefused && !isUnanswered && !isNew) return;

        var client = _clients.GetOrAdd(observation.Connection.Conversation.Index, () => new Client(_options));
        client.StepsInOrder = 0;
        if (EnumeratesFunctions(client, in observation, context, isRefused || isUnanswered)
            || SweepsUnits(client, in observation, context, isRefused || isUnanswered)
            || SweepsAddresses(client, in observation, context, isRefused))
            client.LastProbe = observation.Time;
        if (!isRefused) return;

        var isProbing = client.LastProbe is { } last && observation.Time - last <= _options.Window;
        // What is asked for in order is a sweep in the making and not spread.
        var isSpread = client.StepsInOrder < StepsThatAreAnOrder
            && client.Targets.Add(TargetOf(in observation), Event.Of(in observation));
        if (isSpread && !isProbing) isProbing = RaiseTargets(client, in observation, context);
        var isMany = client.Refusals.Add(Event.Of(in observation));
        if (isMany && !isProbing) RaiseRefusals(client, in observation, context);
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    /// <summary>A refusal that says the client asked for what it should not; failures of the device have their own rule.</summary>
    private static bool IsRefused(in Observation observation, DetectionContext context)
    {
        if (observation.Outcome != Outcome.Rejected) return false;
        var isOwnFault = context.Protocols[observation.Protocol].MeaningOf(observation.Reason) switch
        {
            RefusalMeaning.FunctionUnknown or RefusalMeaning.ObjectUnknown or RefusalMeaning.ValueRefused
                or RefusalMeaning.AccessDenied or RefusalMeaning.CredentialWrong or RefusalMeaning.TooManyAttempts
                or RefusalMeaning.AuthenticationRequired or RefusalMeaning.Other => true,
            RefusalMeaning.ServerFailed or RefusalMeaning.Busy or RefusalMeaning.Accepted
                or RefusalMeaning.Unreachable => false,
        };
        return isOwnFault && !context.KnowsRefusal(in observation);
    }

    private static bool IsUnanswered(in Observation observation, DetectionContext context) =>
        observation.Outcome == Outcome.Unanswered
        || (observation.Outcome == Outcome.Rejected
            && context.Protocols[observation.Protocol].MeaningOf(observation.Reason) == RefusalMeaning.Unreachable);

    private bool EnumeratesFunctions(
        Client client, in Observation observation, DetectionContext context, bool isFailure)
    {
        var code = observation.Code << 16 | (ushort)observation.SubCode;
        var seen = Event.Of(in observation);
        var failed = isFailure && client.FailedFunctions.Add(code, seen);
        var learned = (context.Novelty & Novelty.Function) == 0 || context.KnowsFunction(in observation);
        var strange = !learned && client.NewFunctions.Add(observation.Code, seen);
        if (!failed && !strange) return false;

        var window = failed ? client.FailedFunctions : client.NewFunctions;
        if (Repeats(Functions, in observation, context)) return true;
        var protocol = context.Protocols[observation.Protocol];
        // A window keeps the latest; in the order of their numbers they read as the walk they are.
        var codes = window.Items.Select(item => failed ? item.Item >> 16 : item.Item).Distinct().Order();
        var severity = new SeverityTally(Functions);
        var finding = Word(
            Functions, in observation, context, severity,
            $"fewer than {window.Items.Count} functions {(failed ? "the device refuses" : "beyond the learned ones")}",
            $"{window.Items.Count} functions",
            new Message(
                failed ? "function-code-enumeration" : "function-code-enumeration-new",
                ("client", observation.Connection.Conversation.Client.ToString()),
                ("server", Phrases.Server(in observation, context)),
                ("count", Spans.Number(window.Items.Count)),
                ("codes", Phrases.List([.. codes])),
                ("protocol", protocol.DisplayName),
                ("span", Spans.Text(observation.Time - window.Oldest.Time)),
                ("window", Spans.Text(_options.Window))),
            window.Items.Count, "functions");
        Open(in observation, context, finding, window.Items.SkipLast(1).Select(item => item.Event));
        return true;
    }

    private bool SweepsUnits(Client client, in Observation observation, DetectionContext context, bool isFailure)
    {
        if (observation.Unit < 0) return false;
        // What was learned of a unit speaks for it, even while it fails: a line behind a gateway that is down.
        var isStrange = context.Baseline is null ? isFailure : (context.Novelty & Novelty.Unit) != 0;
        if (!isStrange || !client.Units.Step(observation.Unit, isFailure, Event.Of(in observation))) return false;
        if (client.Units.Length < _options.SweepUnits) return false;
        if (context.Deviations.Repeat(Units.Name, KeyOf(in observation), in observation)) return true;

        var walk = client.Units;
        var conversation = observation.Connection.Conversation;
        var protocol = context.Protocols[observation.Protocol];
        var span = Spans.Text(observation.Time - walk.Oldest.Time);
        var severity = new SeverityTally(Units);
        var finding = Word(
            Units, in observation, context, severity,
            $"fewer than {_options.SweepUnits} unknown units in order in {Spans.Text(_options.Window)}",
            $"{walk.Length} units in {span}",
            new Message(
                "unit-sweep",
                ("client", conversation.Client.ToString()),
                ("server", conversation.Server.ToString()),
                ("count", Spans.Number(walk.Length)),
                ("first", protocol.UnitText((short)walk.First)),
                ("last", protocol.UnitText((short)walk.Last)),
                ("span", span)),
            walk.Length, "units") with
        { Subject = Phrases.Subject(conversation) };
        Open(in observation, context, finding, walk.Earlier);
        return true;
    }

    private bool SweepsAddresses(Client client, in Observation observation, DetectionContext context, bool isRefused)
    {
        var target = observation.Target;
        if (target.Space is TargetSpace.None or TargetSpace.DeviceObjects) return false;
        if (!isRefused && (context.Novelty & Novelty.Range) == 0) return false;
        var walk = client.Walks.GetOrAdd(
            (observation.Unit, target.Space, observation.Code), () => new Walk(_options.SweepSteps, _options.Window));
        var isStep = walk.Step(target.Start, isRefused, Event.Of(in observation));
        client.StepsInOrder = walk.Length;
        if (!isStep) return false;
        if (walk.Length < _options.SweepSteps && walk.RefusedInARow < _options.RefusedSweepSteps) return false;
        if (Repeats(Addresses, in observation, context)) return true;

        var protocol = context.Protocols[observation.Protocol];
        var span = Spans.Text(observation.Time - walk.Oldest.Time);
        var severity = new SeverityTally(Addresses)
            .Add(observation.IsWrite, 15, "the requests write");
        var finding = Word(
            Addresses, in observation, context, severity,
            $"fewer than {_options.SweepSteps} unknown addresses in order in {Spans.Text(_options.Window)}",
            $"{walk.Length} addresses in {span}",
            new Message(
                "address-sweep",
                ("client", observation.Connection.Conversation.Client.ToString()),
                ("server", Phrases.Server(in observation, context)),
                ("operation", Phrases.Operation(in observation, context)),
                ("count", Spans.Number(walk.Length)),
                ("first", protocol.TargetText(target with { Start = (uint)walk.First, Count = 1 })),
                ("last", protocol.TargetText(target with { Count = 1 })),
                ("refused", Refused(walk.RefusedInARow)),
                ("span", span)),
            walk.Length, "addresses");
        Open(in observation, context, finding, walk.Earlier);
        return true;
    }

    private static string Refused(int inARow) => inARow switch
    {
        0 => "the last request was not refused",
        1 => "the last request was refused",
        _ => $"the last {Spans.Number(inARow)} requests were refused",
    };

    private bool RaiseTargets(Client client, in Observation observation, DetectionContext context)
    {
        if (Repeats(Targets, in observation, context)) return true;
        var span = Spans.Text(observation.Time - client.Targets.Oldest.Time);
        var severity = new SeverityTally(Targets).Add(observation.IsWrite, 15, "the requests write");
        var finding = Word(
            Targets, in observation, context, severity,
            $"fewer than {_options.RefusedTargets} different requests refused in {Spans.Text(_options.Window)}",
            $"{_options.RefusedTargets} in {span}",
            new Message(
                "refused-probing",
                ("client", observation.Connection.Conversation.Client.ToString()),
                ("server", Phrases.Server(in observation, context)),
                ("count", Spans.Number(_options.RefusedTargets)),
                ("operation", Phrases.Operation(in observation, context)),
                ("target", Phrases.Place(context.Protocols[observation.Protocol], observation.Target, "no stated place")),
                ("reason", context.Protocols[observation.Protocol].ReasonText(observation.Reason)),
                ("span", span)),
            _options.RefusedTargets, "refused requests");
        Open(in observation, context, finding, client.Targets.Items.SkipLast(1).Select(item => item.Event));
        return true;
    }

    private void RaiseRefusals(Client client, in Observation observation, DetectionContext context)
    {
        if (Repeats(Refusals, in observation, context)) return;
        var span = Spans.Text(observation.Time - client.Refusals.Oldest.Time);
        var severity = new SeverityTally(Refusals).Add(observation.IsWrite, 15, "the requests write");
        var finding = Word(
            Refusals, in observation, context, severity,
            $"fewer than {_options.Refusals} refusals in {Spans.Text(_options.RefusalWindow)}",
            $"{_options.Refusals} in {span}",
            new Message(
                "exception-pattern",
                ("client", observation.Connection.Conversation.Client.ToString()),
                ("server", Phrases.Server(in observation, context)),
                ("count", Spans.Number(_options.Refusals)),
                ("operation", Phrases.Operation(in observation, context)),
                ("reason", context.Protocols[observation.Protocol].ReasonText(observation.Reason)),
                ("span", span),
                ("window", Spans.Text(_options.RefusalWindow))),
            _options.Refusals, "refusals");
        Open(in observation, context, finding, client.Refusals.Earlier());
    }

    private static FactKey KeyOf(in Observation observation) => Facts.Of(observation.Connection.Conversation);

    private static bool Repeats(DeviationKind kind, in Observation observation, DetectionContext context) =>
        context.Deviations.Repeat(kind.Name, KeyOf(in observation), in observation);

    private static void Open(
        in Observation observation, DetectionContext context, Finding finding, IEnumerable<Event> earlier)
    {
        var deviation = context.Deviations.Open(KeyOf(in observation), finding, in observation);
        Event.Cover(deviation, earlier, context.Deviations);
    }

    private static Finding Word(
        DeviationKind kind, in Observation observation, DetectionContext context, SeverityTally severity,
        string expected, string observed, Message message, double score, string scale) => new()
        {
            Kind = kind,
            Subject = Phrases.Subject(in observation, context),
            Expected = expected,
            Observed = observed,
            Message = message,
            Severity = severity.Value,
            SeverityReasons = severity.Reasons,
            Score = score,
            Scale = scale,
        };

    private static RequestKey TargetOf(in Observation observation) =>
        new(observation.Unit, observation.Code, observation.SubCode, observation.Target.Start);

    private readonly record struct RequestKey(short Unit, short Code, int SubCode, uint Start);

    private sealed class Client(ProbingOptions options)
    {
        public DistinctWindow<int> FailedFunctions { get; } = new(options.RefusedFunctions, options.Window);

        public DistinctWindow<int> NewFunctions { get; } = new(options.NewFunctions, options.Window);

        public DistinctWindow<RequestKey> Targets { get; } = new(options.RefusedTargets, options.Window);

        public EventWindow Refusals { get; } = new(options.Refusals, options.RefusalWindow);

        public Walk Units { get; } = new(options.SweepUnits, options.Window);

        public LruTable<(short Unit, TargetSpace Space, short Code), Walk> Walks { get; } =
            new(options.WalksPerConversation);

        public CaptureTime? LastProbe { get; set; }

        /// <summary>How long the walk is that the present request belongs to.</summary>
        public int StepsInOrder { get; set; }
    }
}
