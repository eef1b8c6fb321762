using OtGuard.Collectors;
using OtGuard.Detections.Windows;
using OtGuard.Models;

namespace OtGuard.Detections.UnresponsiveServer;

/// <summary>Finds units that have stopped answering requests while their connection stands.</summary>
/// <remarks>
/// An alarm needs a unit that answered before in the capture: a poller whose list names a unit that never existed is
/// told for information. What the silence follows is known from the decoder (<see cref="Observation.Silence"/>), so
/// that ordinary answers need not be looked at. An answer in between starts the count anew: a line that now and then
/// loses a request is not silent.
/// </remarks>
internal sealed class UnresponsiveServerDetector : IDetector
{
    private static readonly DeviationKind Kind = DeviationCatalogue.Kind("unresponsive-server");

    private readonly UnresponsiveServerOptions _options;
    private readonly LruTable<(int Conversation, short Unit), Server> _servers;

    public UnresponsiveServerDetector(UnresponsiveServerOptions options)
    {
        _options = options;
        _servers = new(options.Units);
    }

    public string Name => "unresponsive-server";

    public IReadOnlyList<string> Kinds => [Kind.Name];

    public Interests Interests => Interests.Unanswered | Interests.Rejected;

    public long Forgotten => _servers.Evicted;

    public void Observe(in Observation observation, DetectionContext context)
    {
        // Nobody waited for the answer, or there is one.
        if (observation.Silence is Silence.None or Silence.CutShort) return;
        if (observation.Outcome == Outcome.Rejected && context.KnowsRefusal(in observation)) return;
        var server = _servers.GetOrAdd(
            (observation.Connection.Conversation.Index, observation.Unit), () => new Server());
        if (observation.Silence == Silence.Begun)
        {
            server.HasAnswered = true;
            server.Requests = null;
        }
        else if (server.LatestAsked is { } latest && observation.Time - latest < _options.Apart)
        {
            return;
        }

        server.LatestAsked = observation.Time;
        server.Requests ??= new EventWindow(_options.Requests, _options.Window);
        if (server.Requests.Add(Event.Of(in observation))) Raise(in observation, context, server);
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private void Raise(in Observation observation, DetectionContext context, Server server)
    {
        // Once it is known that it answered before, the information has become an alarm: two facts.
        var unit = Facts.OfUnit(in observation);
        var key = unit with { B = unit.B << 1 | (server.HasAnswered ? 1UL : 0) };
        if (context.Deviations.Repeat(Kind.Name, key, in observation)) return;
        var window = server.Requests!;
        var span = Spans.Text(observation.Time - window.Oldest.Time);
        var severity = new SeverityTally(Kind)
            .Inform(!server.HasAnswered, "it was not seen to answer before")
            .Add(observation.IsWrite, 10, "the request writes");
        var deviation = context.Deviations.Open(
            key,
            new Finding
            {
                Kind = Kind,
                Subject = Phrases.Subject(in observation, context),
                Expected = server.HasAnswered ? "answers, as before" : "answers",
                Observed = $"{_options.Requests} requests without an answer in {span}",
                Message = new Message(
                    server.HasAnswered ? "unresponsive-server" : "server-never-answered",
                    ("server", Phrases.Server(in observation, context)),
                    ("client", observation.Connection.Conversation.Client.ToString()),
                    ("operation", Phrases.Operation(in observation, context)),
                    ("count", Spans.Number(_options.Requests)),
                    ("span", span)),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
                Score = _options.Requests,
                Scale = "unanswered requests",
            },
            in observation);
        Event.Cover(deviation, window.Earlier(), context.Deviations);
    }

    private sealed class Server
    {
        public bool HasAnswered { get; set; }

        public EventWindow? Requests { get; set; }

        public CaptureTime? LatestAsked { get; set; }
    }
}
