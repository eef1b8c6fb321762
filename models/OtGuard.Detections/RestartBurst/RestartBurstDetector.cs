using OtGuard.Collectors;
using OtGuard.Detections.Windows;
using OtGuard.Models;

namespace OtGuard.Detections.RestartBurst;

/// <summary>A19: a device is told to restart again and again, by whomever.</summary>
/// <remarks>
/// What restarts a device is the protocol's to say (<see cref="ControlAct.Restarts"/>). Restarts that the device
/// refused are none. One that a client was learned to ask for counts like any other: that many were not learned with it.
/// </remarks>
internal sealed class RestartBurstDetector : IDetector
{
    private static readonly DeviationKind Kind = DeviationCatalogue.Kind("controller-restarts");

    private readonly RestartBurstOptions _options;
    private readonly LruTable<(NetworkAddress Server, short Unit), EventWindow> _restarts;

    public RestartBurstDetector(RestartBurstOptions options)
    {
        _options = options;
        _restarts = new(options.Devices);
    }

    public string Name => "restart-burst";

    public IReadOnlyList<string> Kinds { get; } = [Kind.Name];

    public Interests Interests => Interests.Special;

    public long Forgotten => _restarts.Evicted;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if (observation.Protocol == ProtocolRegistry.Network) return;
        if (observation.Outcome is Outcome.Rejected or Outcome.Unsolicited or Outcome.Undecodable) return;
        var acts = context.Protocols[observation.Protocol].ControlActs;
        for (var i = 0; i < acts.Count; i++)
        {
            if (!acts[i].Restarts || !Circumstances.Is(acts[i], in observation, context)) continue;
            Count(in observation, context);
            return;
        }
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private void Count(in Observation observation, DetectionContext context)
    {
        var server = observation.Connection.Conversation.Server;
        var window = _restarts.GetOrAdd((server, observation.Unit), () => new(_options.Restarts, _options.Window));
        if (!window.Add(Event.Of(in observation))) return;
        var key = Facts.Of(server) with { B = (ushort)observation.Unit };
        if (context.Deviations.Repeat(Kind.Name, key, in observation)) return;
        var span = Spans.Text(observation.Time - window.Oldest.Time);
        var severity = new SeverityTally(Kind);
        var deviation = context.Deviations.Open(
            key,
            new Finding
            {
                Kind = Kind,
                Subject = Phrases.Subject(in observation, context),
                Expected = $"fewer than {_options.Restarts} restarts in {Spans.Text(_options.Window)}",
                Observed = $"{_options.Restarts} restarts in {span}",
                Message = new Message(
                    Kind.Name,
                    ("server", Phrases.Server(in observation, context)),
                    ("client", observation.Connection.Conversation.Client.ToString()),
                    ("count", Spans.Number(_options.Restarts)),
                    ("span", span)),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
            },
            in observation);
        Event.Cover(deviation, window.Earlier(), context.Deviations);
    }
}
