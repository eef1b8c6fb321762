using System.Globalization;
using OtGuard.Collectors;
using OtGuard.Detections.Buses;
using OtGuard.Detections.Windows;
using OtGuard.Models;

namespace OtGuard.Detections.MessageAbsence;

/// <summary>
/// D3: cyclic messages stay away for much longer than ever while learning, while the bus goes on; and D13: where an error
/// burst came just before, their sender was probably driven bus-off.
/// </summary>
/// <remarks>
/// Bus-off comes after 32 errors of a sender: each adds 8 to its counter, which may reach 255 (ISO 11898-1:2015 §12.1.4). So
/// many error frames within a second, and messages that were there up to then and not after, are read as one event. Nothing
/// on the wire says it: a burst of disturbances and a sender switched off at the same time look alike.
/// Judged in the time on which the bus carried frames, so that a bus at rest and a hole in the recording are no absence. What
/// stops within <see cref="Together"/> has one cause and is one deviation: a control unit that is off, a gateway that
/// does not pass on, a suspended sender. It is told for information until it lasts longer than a restart
/// (<see cref="MessageAbsenceOptions.Restart"/>).
/// </remarks>
internal sealed class MessageAbsenceDetector(MessageAbsenceOptions options) : IDetector
{
    private static readonly DeviationKind Missing = DeviationCatalogue.Kind("message-missing");
    private static readonly DeviationKind RemoteBusOff = DeviationCatalogue.Kind("remote-bus-off");

    private readonly Dictionary<MessageState, Group> _missing = [];
    private readonly Dictionary<(BusState Bus, bool Never), Group> _groups = [];
    private ulong _next;

    /// <summary>
    /// Messages that are found missing within two looks, seconds apart, stopped together: their cycles, and so the times
    /// after which they are missed, differ.
    /// </summary>
    private static readonly TimeSpan Together = TimeSpan.FromSeconds(3);

    public string Name => "message-absence";

    public IReadOnlyList<string> Kinds { get; } = [Missing.Name, RemoteBusOff.Name];

    public Interests Interests => Interests.None;

    public void Observe(in Observation observation, DetectionContext context)
    {
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
        // By index: lists behind their interfaces are enumerated on the heap.
        var buses = context.Buses.Buses;
        for (var at = 0; at < buses.Count; at++) Look(buses[at], context);
    }

    private void Look(BusState bus, DetectionContext context)
    {
        List<MessageState>? found = null;
        for (var at = 0; at < bus.Learned.Count; at++)
        {
            var message = bus.Learned[at];
            if (!message.IsCyclic) continue;
            var isMissing = message.SilenceOn(bus) > message.MissingAfter;
            if (_missing.ContainsKey(message))
            {
                if (!isMissing) Return(bus, message, context);
            }
            else if (isMissing)
            {
                (found ??= []).Add(message);
            }
        }

        if (_groups.TryGetValue((bus, false), out var latest)) Lengthen(bus, latest, context);
        if (found is null) return;
        var started = found.FindAll(message => message.Frames > 0);
        var absent = found.FindAll(message => message.Frames == 0);
        if (started.Count > 0) Raise(bus, started, context);
        if (absent.Count > 0) Raise(bus, absent, context);
    }

    private void Raise(BusState bus, List<MessageState> found, DetectionContext context)
    {
        var latest = BusPhrases.Latest(bus, found[0]);
        var since = bus.Latest.Time;
        // What was not there from the beginning has one cause, whenever it is missed.
        var never = found.TrueForAll(message => message.Frames == 0);
        if (!_groups.TryGetValue((bus, never), out var group) || (!never && since - group.Since > Together))
        {
            var kind = found.TrueForAll(message => StoppedInBurst(bus, message)) ? RemoteBusOff : Missing;
            group = new Group(kind, new FactKey((ulong)bus.Connection.Conversation.Index, _next++), since, []);
            _groups[(bus, never)] = group;
        }

        group.Messages.AddRange(found);
        foreach (var message in found) _missing[message] = group;
        var finding = Describe(bus, group, context);
        if (context.Deviations.Find(group.Kind.Name, group.Key) is { } open) context.Deviations.Revise(open, finding);
        else if (!context.Deviations.Repeat(group.Kind.Name, group.Key, in latest))
            context.Deviations.Open(group.Key, finding, in latest);
    }

    /// <summary>What is still missing after the time of a restart was no restart.</summary>
    private void Lengthen(BusState bus, Group group, DetectionContext context)
    {
        if (group.IsLong || !group.Messages.Exists(message => _missing.ContainsKey(message) && IsLong(bus, message))) return;
        group.IsLong = true;
        if (context.Deviations.Find(group.Kind.Name, group.Key) is { } open)
            context.Deviations.Revise(open, Describe(bus, group, context));
    }

    // From when it was due at the latest.
    private bool IsLong(BusState bus, MessageState message) =>
        message.SilenceOn(bus) - message.Fact!.Rhythm.Longest > options.Restart.Ticks * 100;

    /// <summary>A message is there again: after a bus-off it may be another who sends it.</summary>
    private void Return(BusState bus, MessageState message, DetectionContext context)
    {
        var group = _missing[message];
        _missing.Remove(message);
        if (group.Kind != RemoteBusOff || group.HasReturned) return;
        group.HasReturned = true;
        if (context.Deviations.Find(group.Kind.Name, group.Key) is { } open)
            context.Deviations.Revise(open, Describe(bus, group, context));
    }

    private static bool StoppedInBurst(BusState bus, MessageState message) =>
        bus.LastErrorBurst is { } burst && Math.Abs(message.LastAlive - burst) <= BusWindow.Nanoseconds;

    private static Finding Describe(BusState bus, Group group, DetectionContext context)
    {
        var (kind, messages) = (group.Kind, group.Messages);
        var first = messages[0];
        var never = messages.TrueForAll(message => message.Frames == 0);
        var names = Phrases.List([.. messages.Select(message => BusPhrases.Message(bus, message.Identifier, context))]);
        var severity = new SeverityTally(kind)
            .Inform(
                kind == Missing && !never && !group.IsLong, "a control unit that restarts is away for as long as this")
            .Add(never, -10, "they were not there from the beginning of this capture")
            .Add(group.HasReturned, 10, "they are sent again, perhaps by somebody else");
        return new Finding
        {
            Kind = kind,
            Subject = messages.Count == 1
                ? BusPhrases.Subject(bus, first.Identifier, context)
                : bus.Connection.Conversation.Client.ToString(),
            Expected = $"{BusPhrases.Message(bus, first.Identifier, context)} {BusPhrases.Band(first.Fact!.Rhythm)}",
            Observed = messages.Count == 1
                ? $"nothing for {BusPhrases.Time(first.SilenceOn(bus))}"
                : string.Create(CultureInfo.InvariantCulture, $"{messages.Count} messages have stopped"),
            Message = new Message(
                (never, messages.Count) switch
                {
                    _ when kind == RemoteBusOff => group.HasReturned ? "remote-bus-off.returned" : "remote-bus-off",
                    (true, _) => "message-missing.never",
                    (false, 1) => "message-missing",
                    (false, _) => "message-missing.many",
                },
                ("bus", bus.Connection.Conversation.Client.ToString()),
                ("messages", names),
                ("count", Spans.Number(messages.Count)),
                ("silence", BusPhrases.Time(first.SilenceOn(bus))),
                ("band", BusPhrases.Band(first.Fact!.Rhythm))),
            Severity = severity.Value,
            SeverityReasons = severity.Reasons,
            Score = messages.Count,
            Scale = "messages missing",
        };
    }

    private sealed record Group(DeviationKind Kind, FactKey Key, CaptureTime Since, List<MessageState> Messages)
    {
        public bool HasReturned { get; set; }

        /// <summary>True where it lasts longer than a restart.</summary>
        public bool IsLong { get; set; }
    }
}
