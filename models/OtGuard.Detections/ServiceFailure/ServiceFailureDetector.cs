using OtGuard.Collectors;
using OtGuard.Detections.Windows;
using OtGuard.Models;

namespace OtGuard.Detections.ServiceFailure;

/// <summary>C3: requests in sessions fail again and again for one reason that was not usual while learning.</summary>
/// <remarks>Refused log-ins have a rule of their own (C7).</remarks>
internal sealed class ServiceFailureDetector : IDetector
{
    private static readonly DeviationKind Kind = DeviationCatalogue.Kind("service-failures");

    private readonly ServiceFailureOptions _options;
    private readonly LruTable<(int Conversation, int Reason), EventWindow> _failures;
    private readonly Func<EventWindow> _newWindow;

    public ServiceFailureDetector(ServiceFailureOptions options)
    {
        _options = options;
        _failures = new(options.Watched);
        _newWindow = () => new EventWindow(options.Failures, options.Window);
    }

    public string Name => "service-failure";

    public IReadOnlyList<string> Kinds { get; } = [Kind.Name];

    public Interests Interests => Interests.Rejected;

    public long Forgotten => _failures.Evicted;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if (observation.Protocol == ProtocolRegistry.Network || !Circumstances.HasSessions(in observation, context)) return;
        if (observation.Operation == Operation.Authenticate || context.KnowsRefusal(in observation)) return;
        var conversation = observation.Connection.Conversation;
        var window = _failures.GetOrAdd((conversation.Index, observation.Reason), _newWindow);
        if (!window.Add(Event.Of(in observation))) return;
        var key = new FactKey((ulong)conversation.Index, (uint)observation.Reason);
        if (context.Deviations.Repeat(Kind.Name, key, in observation)) return;
        var reason = context.Protocols[observation.Protocol].ReasonText(observation.Reason);
        var span = Spans.Text(observation.Time - window.Oldest.Time);
        var severity = new SeverityTally(Kind);
        var deviation = context.Deviations.Open(
            key,
            new Finding
            {
                Kind = Kind,
                Subject = Phrases.Subject(in observation, context),
                Expected = $"fewer than {_options.Failures} failures with {reason} in {Spans.Text(_options.Window)}",
                Observed = $"{_options.Failures} in {span}",
                Message = new Message(
                    Kind.Name,
                    ("client", conversation.Client.ToString()),
                    ("server", conversation.Server.ToString()),
                    ("count", Spans.Number(_options.Failures)),
                    ("reason", reason),
                    ("span", span),
                    ("operation", Phrases.Operation(in observation, context))),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
                Score = _options.Failures,
                Scale = "failures",
            },
            in observation);
        Event.Cover(deviation, window.Earlier(), context.Deviations);
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }
}
