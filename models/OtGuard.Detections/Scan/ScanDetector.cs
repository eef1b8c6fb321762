using OtGuard.Collectors;
using OtGuard.Detections.Windows;
using OtGuard.Models;

namespace OtGuard.Detections.Scan;

/// <summary>
/// Finds hosts that look for others: many addresses of a subnet, many ports of a host, many controllers.
/// </summary>
/// <remarks>
/// <para>What counts as a probe is what tells a scan from a control system that starts up and connects to all of its
/// devices within a second. A conversation that was learned never counts. With a baseline, any attempt at another one
/// counts as a probe of its address. Without one, an attempt counts only when it failed (refused, or nobody answered)
/// and never succeeded before: that is how most attempts of a scan end, and few of a control system's. Ports count
/// only when they failed, with or without a baseline, since services on ports of their own choosing (passive FTP,
/// DCE/RPC) open many.</para>
/// <para>Addresses asked for by ARP have a rule of their own.</para>
/// </remarks>
internal sealed class ScanDetector : IDetector
{
    private static readonly DeviationKind AddressScan = DeviationCatalogue.Kind("address-scan");
    private static readonly DeviationKind PortScan = DeviationCatalogue.Kind("port-scan");
    private static readonly DeviationKind ControllerScan = DeviationCatalogue.Kind("plc-scan");

    private readonly ScanOptions _options;
    private readonly LruTable<(NetworkAddress Source, NetworkAddress Subnet), Track<ushort>> _subnets;
    private readonly LruTable<(NetworkAddress Source, NetworkAddress Target), Track<ushort>> _hosts;
    private readonly LruTable<NetworkAddress, Track<NetworkAddress>> _sources;
    private readonly LruTable<int, bool> _opened;
    private readonly Spread<NetworkAddress> _portScanners;
    private readonly List<Action<DeviationTable>> _revisions = [];

    public ScanDetector(ScanOptions options)
    {
        _options = options;
        _subnets = new(options.Watched);
        _hosts = new(options.Watched);
        _sources = new(options.Watched);
        _opened = new(options.Answering);
        _portScanners = new(options.Watched);
    }

    public string Name => "scan";

    public IReadOnlyList<string> Kinds => [AddressScan.Name, PortScan.Name, ControllerScan.Name];

    public Interests Interests => Interests.Network | Interests.Special;

    public long Forgotten => _subnets.Evicted + _hosts.Evicted + _sources.Evicted;

    public void Observe(in Observation observation, DetectionContext context)
    {
        var conversation = observation.Connection.Conversation;
        if (observation.Protocol != ProtocolRegistry.Network)
        {
            // Without a baseline, a host that asks one device after another who it is can be told by that alone.
            if (observation.Operation == Operation.Identify && !context.Knows(conversation))
                ProbeController(in observation, context);
            return;
        }

        switch (observation.Operation)
        {
            case Operation.ConnectionOpened:
                _opened.GetOrAdd(conversation.Index, () => true);
                break;
            case Operation.ConnectionAttempted:
                if (context.Baseline is not null && IsCandidate(conversation, context)) Probe(in observation, context);
                break;
            case Operation.ConnectionRefused or Operation.ConnectionUnanswered:
                if (!IsCandidate(conversation, context) || _opened.TryGet(conversation.Index, out _)) break;
                ProbePort(in observation, context);
                if (context.Baseline is null) Probe(in observation, context);
                break;
        }
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
        foreach (var revise in _revisions) revise(context.Deviations);
        _revisions.Clear();
        _portScanners.Advance(context.Deviations);
    }

    private static bool IsCandidate(Conversation conversation, DetectionContext context) =>
        !conversation.IsGroup && !conversation.LinkBroadcast && !context.Knows(conversation);

    private void Probe(in Observation observation, DetectionContext context)
    {
        ProbeAddress(in observation, context);
        if (Phrases.Registered(observation.Connection.Conversation, context.Protocols) is not null)
            ProbeController(in observation, context);
    }

    private void ProbeAddress(in Observation observation, DetectionContext context)
    {
        var connection = observation.Connection;
        var source = connection.Client.Address;
        var (subnet, host) = Split(connection.Server.Address);
        var track = _subnets.GetOrAdd(
            (source, subnet), () => new(_options.Addresses, _options.LongWindow, number => number));
        var key = Facts.Of(source, subnet);
        if (!Add(track, host, connection.Conversation, in observation, AddressScan, key, context)) return;
        var conversation = connection.Conversation;
        Raise(track, in observation, context, key, scan => AddressFinding(source, subnet, scan, conversation));
    }

    private void ProbePort(in Observation observation, DetectionContext context)
    {
        var connection = observation.Connection;
        var (source, target) = (connection.Client.Address, connection.Server.Address);
        var track = _hosts.GetOrAdd((source, target), () => new(_options.Ports, _options.Window, port => port));
        var port = connection.Server.Port;
        // One deviation for a scanner, whatever number of hosts it goes through.
        var key = Facts.Of(source);
        if (!Add(track, port, connection.Conversation, in observation, PortScan, key, context)) return;
        var conversation = connection.Conversation;
        if (_portScanners.Join(source, target) is { } open)
        {
            context.Deviations.Repeat(PortScan.Name, key, in observation, conversation);
            Event.Cover(open, track.Window.Items.Select(item => item.Event), context.Deviations);
            track.Raised = open;
            track.IsTold = true;
            return;
        }

        RaisePortScan(track, in observation, context, key);
    }

    // A method of its own, so that the closures are made for a new deviation only.
    private void RaisePortScan(Track<ushort> track, in Observation observation, DetectionContext context, FactKey key)
    {
        var connection = observation.Connection;
        var (source, target, conversation) = (connection.Client.Address, connection.Server.Address, connection.Conversation);
        Raise(track, in observation, context, key, scan => PortFinding(source, target, scan, conversation));
        if (track.Raised is not { } raised || !_portScanners.HasRoom) return;
        _portScanners.Begin(
            source,
            target,
            raised,
            reach => reach.Count == 1
                ? PortFinding(source, target, track.Extent, conversation)
                : PortsOfManyFinding(source, target, reach, track.Extent, conversation));
        track.IsTold = true;
    }

    private void ProbeController(in Observation observation, DetectionContext context)
    {
        var connection = observation.Connection;
        var (source, target) = (connection.Client.Address, connection.Server.Address);
        var track = _sources.GetOrAdd(source, () => new(_options.Controllers, _options.Window, address => (ushort)address.Low));
        var key = Facts.Of(source);
        if (!Add(track, target, connection.Conversation, in observation, ControllerScan, key, context)) return;
        var protocol = observation.Protocol == ProtocolRegistry.Network
            ? Phrases.Registered(connection.Conversation, context.Protocols)!.DisplayName
            : context.Protocols[observation.Protocol].DisplayName;
        var conversation = connection.Conversation;
        Raise(
            track, in observation, context, key,
            scan => ControllerFinding(source, protocol, scan, conversation));
    }

    /// <summary>Adds a probe; true where the threshold is reached and nothing has been raised yet.</summary>
    private bool Add<T>(
        Track<T> track, T item, Conversation conversation, in Observation observation,
        DeviationKind kind, FactKey key, DetectionContext context)
        where T : IEquatable<T>
    {
        if (track.Raised is null)
            return track.Window.Add(item, Event.Of(in observation) with { Conversation = conversation });

        context.Deviations.Repeat(kind.Name, key, in observation, conversation);
        track.Latest = observation.Time;
        if (!track.All.Add(track.NumberOf(item)) || track.IsTold) return false;
        if (track.IsRevised) _revisions.Add(track.Revise);
        track.IsRevised = false;
        return false;
    }

    private static void Raise<T>(
        Track<T> track, in Observation observation, DetectionContext context, FactKey key,
        Func<Extent, Finding> word)
        where T : IEquatable<T>
    {
        track.First = track.Window.Oldest.Time;
        track.Latest = observation.Time;
        foreach (var (item, _) in track.Window.Items) track.All.Add(track.NumberOf(item));
        var finding = word(track.Extent);
        if (context.Deviations.Repeat(finding.Kind.Name, key, in observation)) return;
        var deviation = context.Deviations.Open(key, finding, in observation);
        Event.Cover(deviation, track.Window.Items.SkipLast(1).Select(item => item.Event), context.Deviations);
        track.Raised = deviation;
        track.Word = word;
    }

    private Finding AddressFinding(NetworkAddress source, NetworkAddress subnet, Extent scan, Conversation accused)
    {
        var prefix = subnet.Kind == AddressKind.IPv6 ? 112 : 16;
        var slow = scan.Span > _options.Window && scan.Count == _options.Addresses;
        var severity = new SeverityTally(AddressScan)
            .Add(slow, -5, $"slower than {_options.Addresses} in {Spans.Text(_options.Window)}")
            .Add(scan.Count >= 4 * _options.Addresses, 10, "many times the limit");
        var first = Join(subnet, (ushort)scan.Lowest);
        var last = Join(subnet, (ushort)scan.Highest);
        return new Finding
        {
            Kind = AddressScan,
            Subject = $"{source} → {subnet}/{prefix}",
            Expected = $"fewer than {_options.Addresses} unknown addresses in {Spans.Text(_options.LongWindow)}",
            Observed = $"{Spans.Number(scan.Count)} addresses in {Spans.Text(scan.Span)}",
            Message = new Message(
                "address-scan",
                ("source", source.ToString()),
                ("count", Spans.Number(scan.Count)),
                ("subnet", $"{subnet}/{prefix}"),
                ("span", Spans.Text(scan.Span)),
                ("first", first.ToString()),
                ("last", last.ToString()),
                ("limit", Spans.Number(_options.Addresses)),
                ("window", Spans.Text(_options.LongWindow))),
            Severity = severity.Value,
            SeverityReasons = severity.Reasons,
            Score = scan.Count,
            Scale = "addresses",
            Accused = accused,
        };
    }

    private Finding PortFinding(NetworkAddress source, NetworkAddress target, Extent scan, Conversation accused)
    {
        var severity = new SeverityTally(PortScan).Add(scan.Count >= 4 * _options.Ports, 10, "many times the limit");
        return new Finding
        {
            Kind = PortScan,
            Subject = $"{source} → {target}",
            Expected = $"fewer than {_options.Ports} ports tried in vain in {Spans.Text(_options.Window)}",
            Observed = $"{Spans.Number(scan.Count)} ports in {Spans.Text(scan.Span)}",
            Message = new Message(
                "port-scan",
                ("source", source.ToString()),
                ("target", target.ToString()),
                ("count", Spans.Number(scan.Count)),
                ("span", Spans.Text(scan.Span)),
                ("first", Spans.Plain(scan.Lowest)),
                ("last", Spans.Plain(scan.Highest)),
                ("limit", Spans.Number(_options.Ports)),
                ("window", Spans.Text(_options.Window))),
            Severity = severity.Value,
            SeverityReasons = severity.Reasons,
            Score = scan.Count,
            Scale = "ports",
            Accused = accused,
        };
    }

    private Finding PortsOfManyFinding(
        NetworkAddress source, NetworkAddress target, Reach reach, Extent first, Conversation accused) =>
        PortFinding(source, target, first, accused) with
        {
            Subject = $"{source} → {Spans.Number(reach.Count)} hosts",
            Observed = $"ports of {reach} tried in vain",
            Message = new Message(
                "port-scan.many",
                ("source", source.ToString()),
                ("hosts", Spans.Number(reach.Count)),
                ("targets", reach.ToString()),
                ("limit", Spans.Number(_options.Ports)),
                ("window", Spans.Text(_options.Window))),
            Score = reach.Count,
            Scale = "hosts",
        };

    private Finding ControllerFinding(NetworkAddress source, string protocol, Extent scan, Conversation accused)
    {
        var severity = new SeverityTally(ControllerScan)
            .Add(scan.Count >= 4 * _options.Controllers, 10, "many times the limit");
        return new Finding
        {
            Kind = ControllerScan,
            Subject = source.ToString(),
            Expected = $"fewer than {_options.Controllers} controllers probed in {Spans.Text(_options.Window)}",
            Observed = $"{Spans.Number(scan.Count)} controllers in {Spans.Text(scan.Span)}",
            Message = new Message(
                "plc-scan",
                ("source", source.ToString()),
                ("count", Spans.Number(scan.Count)),
                ("protocol", protocol),
                ("span", Spans.Text(scan.Span)),
                ("limit", Spans.Number(_options.Controllers)),
                ("window", Spans.Text(_options.Window))),
            Severity = severity.Value,
            SeverityReasons = severity.Reasons,
            Score = scan.Count,
            Scale = "controllers",
            Accused = accused,
        };
    }

    private static (NetworkAddress Subnet, ushort Host) Split(NetworkAddress address) => address.Kind == AddressKind.IPv6
        ? (NetworkAddress.FromIPv6(address.High, address.Low & ~0xFFFFUL), (ushort)address.Low)
        : (NetworkAddress.FromIPv4((uint)address.Low & 0xFFFF_0000), (ushort)address.Low);

    private static NetworkAddress Join(NetworkAddress subnet, ushort host) => subnet.Kind == AddressKind.IPv6
        ? NetworkAddress.FromIPv6(subnet.High, subnet.Low | host)
        : NetworkAddress.FromIPv4((uint)subnet.Low | host);

    /// <summary>How far a scan has come.</summary>
    private readonly record struct Extent(int Count, TimeSpan Span, int Lowest, int Highest);

    /// <summary>One scanner and what it scans.</summary>
    private sealed class Track<T>(int threshold, TimeSpan span, Func<T, ushort> numberOf)
        where T : IEquatable<T>
    {
        private NumberSet? _all;

        public DistinctWindow<T> Window { get; } = new(threshold, span);

        public Deviation? Raised { get; set; }

        public Func<Extent, Finding>? Word { get; set; }

        public CaptureTime First { get; set; }

        public CaptureTime Latest { get; set; }

        /// <summary>True where the words are made elsewhere, from more than this track.</summary>
        public bool IsTold { get; set; }

        /// <summary>True while the words hold the numbers as they are.</summary>
        public bool IsRevised { get; set; } = true;

        /// <summary>All there were: made when the threshold is reached, so that a quiet pair costs little.</summary>
        public NumberSet All => _all ??= new NumberSet();

        public Extent Extent => new(All.Count, Latest - First, All.Lowest, All.Highest);

        public ushort NumberOf(T item) => numberOf(item);

        public void Revise(DeviationTable deviations)
        {
            IsRevised = true;
            deviations.Revise(Raised!, Word!(Extent));
        }
    }
}
