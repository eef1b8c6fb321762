using System.Globalization;
using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Detections.CriticalState;

/// <summary>B7: the process is in a state that is declared as one that must not be: several values together.</summary>
/// <remarks>
/// Values are those last read or written and answered. A state is looked at with the next exchange of a device that it
/// is about, after what changed it; it is told when it begins, and counted once more each time it begins again. Nodes and
/// signals of buses count from the first time that they are seen.
/// </remarks>
internal sealed class CriticalStateDetector : IDetector
{
    private static readonly DeviationKind Kind = DeviationCatalogue.Kind("critical-state");

    private readonly Dictionary<NetworkAddress, int[]> _byServer = [];
    private readonly IReadOnlyList<DeclaredState> _states;
    private readonly bool[] _isIn;
    private readonly NamedPoints _named;

    public CriticalStateDetector(DeclaredSite site)
    {
        _states = site.States;
        _isIn = new bool[_states.Count];
        _named = new NamedPoints(_states.SelectMany(state => state.All));
        foreach (var server in _states.SelectMany(state => state.All).Select(condition => condition.Server).Distinct())
            _byServer.Add(
                server,
                [.. Enumerable.Range(0, _states.Count)
                    .Where(i => _states[i].All.Any(condition => condition.Server == server))]);
    }

    public string Name => "critical-state";

    public IReadOnlyList<string> Kinds { get; } = [Kind.Name];

    // What a value was changed by may be an ordinary read.
    public Interests Interests => _states.Count > 0 ? Interests.Everything : Interests.None;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if (observation.Protocol == ProtocolRegistry.Network) return;
        if (!_byServer.TryGetValue(observation.Connection.Server.Address, out var states)) return;
        _named.Note(in observation, context);
        foreach (var i in states)
        {
            var holds = Holds(_states[i], context);
            if (holds && !_isIn[i]) Raise(i, in observation, context);
            _isIn[i] = holds;
        }
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private bool Holds(DeclaredState state, DetectionContext context)
    {
        for (var i = 0; i < state.All.Count; i++)
        {
            var condition = state.All[i];
            if (condition.Name is not null)
            {
                if (_named.Of(condition).Value is not { } value || !condition.Holds(value)) return false;
            }
            else if (context.Process.Find(condition.Server, condition.Unit, condition.Space,
                condition.Address) is not { } point
                || !condition.Holds(point.Value)) return false;
        }

        return true;
    }

    private void Raise(int index, in Observation observation, DetectionContext context)
    {
        var state = _states[index];
        // By its name: states may be declared anew while others are open.
        var key = Facts.OfText(state.Name);
        if (context.Deviations.Repeat(Kind.Name, key, in observation)) return;
        var protocol = context.Protocols[observation.Protocol];
        List<string> values = [];
        NetworkAddress? writer = null;
        CaptureTime latest = default;
        foreach (var condition in state.All)
        {
            var (place, value, lastChange, lastWriter) = Describe(condition, protocol, context);
            values.Add(string.Create(CultureInfo.InvariantCulture, $"{condition.Server} {place} = {value}"));
            // Whoever wrote what changed last brought it about.
            if (lastChange < latest) continue;
            latest = lastChange;
            writer = lastWriter;
        }

        var severity = new SeverityTally(Kind).Add(writer is not null, 10, "it was brought about by a write");
        var observed = Phrases.List(values);
        context.Deviations.Open(
            key,
            new Finding
            {
                Kind = Kind,
                Subject = $"state {state.Name}",
                Expected = $"never: {state.Name}",
                Observed = observed,
                Message = new Message(
                    writer is null ? Kind.Name : "critical-state.written",
                    ("state", state.Name),
                    ("values", observed),
                    ("writer", writer?.ToString() ?? "")),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
            },
            in observation);
    }

    private (string Place, string Value, CaptureTime LastChange, NetworkAddress? LastWriter) Describe(
        DeclaredCondition condition, IProtocol protocol, DetectionContext context)
    {
        if (condition.Name is { } name)
        {
            var named = _named.Of(condition);
            var value = string.Create(
                CultureInfo.InvariantCulture, $"{named.Value:0.######}{(named.Unit.Length > 0 ? " " : "")}{named.Unit}");
            return (name, value, named.LastChange, named.LastWriter);
        }

        var point = context.Process.Find(condition.Server, condition.Unit, condition.Space, condition.Address)!.Value;
        return (
            protocol.TargetText(new Target(condition.Space, condition.Address, 1)),
            point.Value.ToString(CultureInfo.InvariantCulture), point.LastChange,
            point.LastWrite is { } at && at >= point.LastChange ? point.LastWriter : null);
    }
}
