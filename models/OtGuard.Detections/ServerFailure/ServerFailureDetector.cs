using OtGuard.Collectors;
using OtGuard.Detections.Windows;
using OtGuard.Models;

namespace OtGuard.Detections.ServerFailure;

/// <summary>Finds devices that report a failure of their own, or that they are too busy to serve.</summary>
internal sealed class ServerFailureDetector : IDetector
{
    private static readonly DeviationKind Failure = DeviationCatalogue.Kind("server-failure");
    private static readonly DeviationKind Busy = DeviationCatalogue.Kind("server-busy");

    private readonly ServerFailureOptions _options;
    private readonly LruTable<(int Conversation, short Unit), EventWindow> _busy;

    public ServerFailureDetector(ServerFailureOptions options)
    {
        _options = options;
        _busy = new(options.Units);
    }

    public string Name => "server-failure";

    public IReadOnlyList<string> Kinds => [Failure.Name, Busy.Name];

    public Interests Interests => Interests.Rejected;

    public long Forgotten => _busy.Evicted;

    public void Observe(in Observation observation, DetectionContext context)
    {
        var meaning = context.Protocols[observation.Protocol].MeaningOf(observation.Reason);
        if (meaning is not (RefusalMeaning.ServerFailed or RefusalMeaning.Busy)) return;
        if (context.KnowsRefusal(in observation)) return;
        if (meaning == RefusalMeaning.ServerFailed)
        {
            Raise(in observation, context, Failure, null);
            return;
        }

        var window = _busy.GetOrAdd(
            (observation.Connection.Conversation.Index, observation.Unit),
            () => new(_options.BusyAnswers, _options.BusyWindow));
        if (window.Add(Event.Of(in observation))) Raise(in observation, context, Busy, window);
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private void Raise(
        in Observation observation, DetectionContext context, DeviationKind kind, EventWindow? window)
    {
        var key = Facts.OfUnit(in observation);
        if (context.Deviations.Repeat(kind.Name, key, in observation)) return;
        var reason = context.Protocols[observation.Protocol].ReasonText(observation.Reason);
        var span = window is null ? "" : Spans.Text(observation.Time - window.Oldest.Time);
        var severity = new SeverityTally(kind)
            .Add(observation.IsWrite, 10, "it failed while it was written to");
        var deviation = context.Deviations.Open(
            key,
            new Finding
            {
                Kind = kind,
                Subject = Phrases.Subject(in observation, context),
                Expected = window is null
                    ? "no failure of the server"
                    : $"fewer than {_options.BusyAnswers} such answers in {Spans.Text(_options.BusyWindow)}",
                Observed = window is null ? reason : $"{_options.BusyAnswers} times {reason} in {span}",
                Message = new Message(
                    kind.Name,
                    ("server", Phrases.Server(in observation, context)),
                    ("client", observation.Connection.Conversation.Client.ToString()),
                    ("operation", Phrases.Operation(in observation, context)),
                    ("reason", reason),
                    ("count", Spans.Number(_options.BusyAnswers)),
                    ("span", span)),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
            },
            in observation);
        if (window is not null) Event.Cover(deviation, window.Earlier(), context.Deviations);
    }
}
