using OtGuard.Collectors;
using OtGuard.Models;
using OtGuard.Models.Signals;

namespace OtGuard.Detections.CriticalState;

/// <summary>The value of a node or a signal of a bus that conditions are about.</summary>
internal sealed class NamedPoint(DeclaredCondition condition)
{
    /// <summary>The first condition that names it.</summary>
    public DeclaredCondition Condition => condition;

    /// <summary>The value last seen; null before the first.</summary>
    public double? Value { get; private set; }

    /// <summary>When another value than before was first seen.</summary>
    public CaptureTime LastChange { get; private set; }

    /// <summary>Who wrote what was seen last; null where it was read, reported or broadcast.</summary>
    public NetworkAddress? LastWriter { get; private set; }

    /// <summary>The engineering unit, where the DBC file gives one.</summary>
    public string Unit { get; set; } = "";

    public void Note(double value, CaptureTime time, NetworkAddress? writer)
    {
        // A read of what was written does not take the change from who wrote it.
        if (Value is { } known && known.Equals(value)) return;
        (Value, LastChange, LastWriter) = (value, time, writer);
    }
}

/// <summary>
/// The nodes and signals of buses that declared states are about, with their latest values. Only those: what is not declared is
/// not followed.
/// </summary>
internal sealed class NamedPoints
{
    /// <summary>Nodes whose names are made once; of further ones they are made each time.</summary>
    private const int MaximumNodes = 1 << 16;

    private readonly Dictionary<(NetworkAddress Server, TargetSpace Space, string Name), NamedPoint> _points = [];
    private readonly Dictionary<(NetworkAddress Server, uint Node), NamedPoint?> _nodes = [];
    private readonly Dictionary<(NetworkAddress Bus, uint Identifier), Placed[]> _signals = [];
    private readonly HashSet<(NetworkAddress Server, TargetSpace Space)> _places = [];
    private readonly byte[] _padded = new byte[64 + SignalPlace.Padding];

    public NamedPoints(IEnumerable<DeclaredCondition> conditions)
    {
        foreach (var condition in conditions.Where(condition => condition.Name is not null))
        {
            _points.TryAdd((condition.Server, condition.Space, condition.Name!), new NamedPoint(condition));
            _places.Add((condition.Server, condition.Space));
        }
    }

    /// <summary>The point of a condition.</summary>
    public NamedPoint Of(DeclaredCondition condition) => _points[(condition.Server, condition.Space, condition.Name!)];

    /// <summary>Takes the values of an observation, where it has any that are asked for.</summary>
    public void Note(in Observation observation, DetectionContext context)
    {
        var server = observation.Connection.Server.Address;
        if (!_places.Contains((server, observation.Target.Space))) return;
        if (observation.Target.Space == TargetSpace.Nodes) NoteNode(server, in observation, context);
        else if (observation.Operation == Operation.Broadcast) NoteFrame(server, in observation, context);
    }

    private void NoteNode(NetworkAddress server, in Observation observation, DetectionContext context)
    {
        if (observation.Outcome is Outcome.Rejected or Outcome.Unanswered or Outcome.Undecodable) return;
        var protocol = context.Protocols[observation.Protocol];
        var isWrite = observation.Operation == Operation.Write;
        var values = isWrite ? observation.RequestValues : observation.ResponseValues;
        if (values.Encoding != ValueEncoding.Variant || values.Count != 1) return;
        if (NodeOf(server, in observation, protocol) is not { } point) return;
        if (!protocol.TryNumber(values, context.Batch, out var number)) return;
        point.Note(number, observation.Time, isWrite ? observation.Connection.Client.Address : null);
    }

    /// <summary>Whether a node is asked for, by its number in the run: its name is made once, and not for each value.</summary>
    private NamedPoint? NodeOf(NetworkAddress server, in Observation observation, IProtocol protocol)
    {
        var key = (server, observation.Target.Start);
        if (_nodes.TryGetValue(key, out var known)) return known;
        if (protocol.TargetKey(observation.Target) is not { } name) return null;
        var point = _points.GetValueOrDefault((server, TargetSpace.Nodes, name));
        if (_nodes.Count < MaximumNodes) _nodes.Add(key, point);
        return point;
    }

    private void NoteFrame(NetworkAddress bus, in Observation observation, DetectionContext context)
    {
        if (!_signals.TryGetValue((bus, observation.Target.Start), out var signals))
        {
            if (context.Protocols[observation.Protocol].Declared(observation.Target) is not { } message) return;
            // As many as the DBC file has messages: what it does not declare is not kept.
            signals = [.. PlacedIn(bus, message, in observation, context)];
            _signals.Add((bus, observation.Target.Start), signals);
        }

        if (signals.Length == 0) return;
        var payload = context.Batch.Bytes(observation.RequestData);
        if (payload.Length > 64) return;
        payload.CopyTo(_padded);
        _padded.AsSpan(payload.Length, SignalPlace.Padding).Clear();
        foreach (var (point, signal, place, multiplexer) in signals)
        {
            if (place.Bytes > payload.Length) continue;
            if (multiplexer is { } selector && selector.Read(_padded) != signal.MultiplexerValue) continue;
            point.Note(place.Read(_padded) * signal.Factor + signal.Offset, observation.Time, writer: null);
        }
    }

    private List<Placed> PlacedIn(
        NetworkAddress bus, DeclaredMessage message, in Observation observation, DetectionContext context)
    {
        var protocol = context.Protocols[observation.Protocol];
        List<Placed> placed = [];
        foreach (var signal in protocol.SignalsOf(observation.Target))
        {
            if (!_points.TryGetValue((bus, TargetSpace.CanIdentifier, $"{message.Name}.{signal.Name}"), out var point)) continue;
            point.Unit = signal.Unit;
            placed.Add(new Placed(
                point, signal, SignalPlace.Of(signal), signal.Multiplexer is { } multiplexer ? SignalPlace.Of(multiplexer) : null));
        }

        return placed;
    }

    private readonly record struct Placed(NamedPoint Point, DeclaredSignal Signal, SignalPlace Place, SignalPlace? Multiplexer);
}
