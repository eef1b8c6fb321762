using OtGuard.Collectors;
using OtGuard.Detections.Windows;
using OtGuard.Models;

namespace OtGuard.Detections.UnresponsiveDevice;

/// <summary>Finds devices that have stopped answering connection attempts.</summary>
/// <remarks>
/// An alarm needs a device that answered before, in the capture or while learning; an address where nobody ever was is
/// told for information. An answer in between starts the count anew.
/// </remarks>
internal sealed class UnresponsiveDeviceDetector : IDetector
{
    private static readonly DeviationKind Kind = DeviationCatalogue.Kind("device-unresponsive");

    private readonly UnresponsiveDeviceOptions _options;
    private readonly LruTable<NetworkAddress, Device> _devices;

    public UnresponsiveDeviceDetector(UnresponsiveDeviceOptions options)
    {
        _options = options;
        _devices = new(options.Devices);
    }

    public string Name => "unresponsive-device";

    public IReadOnlyList<string> Kinds => [Kind.Name];

    public Interests Interests => Interests.Network;

    public long Forgotten => _devices.Evicted;

    public void Observe(in Observation observation, DetectionContext context)
    {
        var connection = observation.Connection;
        if (connection.Transport != Transport.Tcp) return;
        switch (observation.Operation)
        {
            case Operation.ConnectionOpened or Operation.ConnectionRefused:
                // A refusal is an answer: the device is there.
                _devices.GetOrAdd(connection.Server.Address, () => new Device()).Answer();
                break;
            case Operation.ConnectionUnanswered:
                var device = _devices.GetOrAdd(connection.Server.Address, () => new Device());
                device.Attempts ??= new EventWindow(_options.Attempts, _options.Window);
                if (device.Attempts.Add(Event.Of(in observation))) Raise(in observation, context, device);
                break;
        }
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private void Raise(in Observation observation, DetectionContext context, Device device)
    {
        var conversation = observation.Connection.Conversation;
        var server = conversation.Server;
        var answeredBefore = device.HasAnswered || context.Knows(conversation);
        // The first answer turns information into an alarm: two facts.
        var key = new FactKey(Facts.Of(server).A, answeredBefore ? 1UL : 0);
        if (context.Deviations.Repeat(Kind.Name, key, in observation)) return;
        var window = device.Attempts!;
        var span = Spans.Text(observation.Time - window.Oldest.Time);
        var severity = new SeverityTally(Kind)
            .Inform(!answeredBefore, "nobody was ever seen to answer at this address");
        var finding = new Finding
        {
            Kind = Kind,
            Subject = server.ToString(),
            Expected = answeredBefore ? "connections are answered, as before" : "an answer",
            Observed = $"{_options.Attempts} connection attempts without an answer in {span}",
            Message = new Message(
                answeredBefore ? "device-unresponsive" : "device-never-answered",
                ("server", server.ToString()),
                ("client", conversation.Client.ToString()),
                ("service", Phrases.Service(conversation, context.Protocols)),
                ("count", Spans.Number(_options.Attempts)),
                ("span", span),
                ("window", Spans.Text(_options.Window))),
            Severity = severity.Value,
            SeverityReasons = severity.Reasons,
            Score = _options.Attempts,
            Scale = "unanswered attempts",
        };
        var deviation = context.Deviations.Open(key, finding, in observation);
        Event.Cover(deviation, window.Earlier(), context.Deviations);
    }

    private sealed class Device
    {
        public bool HasAnswered { get; private set; }

        public EventWindow? Attempts { get; set; }

        public void Answer()
        {
            HasAnswered = true;
            Attempts = null;
        }
    }
}
