using OtGuard.Collectors;
using OtGuard.Models.Fields;

namespace OtGuard.Models;

/// <summary>
/// Learns what is broadcast on buses: which messages there are, in which forms they come, and when. Bounded by
/// <see cref="LearningOptions.MaximumFacts"/>.
/// </summary>
/// <remarks>Not thread-safe. Allocates nothing for a frame of a message that is known.</remarks>
internal sealed class MessageLearner(ProtocolRegistry protocols, LearningOptions options)
{
    private readonly Dictionary<(NetworkAddress Bus, byte Protocol), LearnedBus> _buses = [];
    private LearnedBus? _last;

    /// <summary>The fields of the messages' payloads.</summary>
    internal FieldLearner Fields { get; } = new();

    /// <summary>Messages that found no room.</summary>
    internal long Overflow { get; private set; }

    /// <summary>Forms that found no room.</summary>
    internal long FormOverflow { get; private set; }

    /// <summary>Messages and forms known so far.</summary>
    internal int Known => _buses.Values.Sum(bus => bus.Messages.Sum(message => 1 + message.Forms.Count));

    /// <summary>The messages' sightings.</summary>
    internal IEnumerable<Tally> Messages => _buses.Values.SelectMany(bus => bus.Messages).Select(message => message.Seen);

    /// <summary>The forms' sightings.</summary>
    internal IEnumerable<Tally> Forms =>
        _buses.Values.SelectMany(bus => bus.Messages).SelectMany(message => message.Forms).Select(form => form.Seen);

    /// <summary>Goes on with what an earlier learning saw. Call before anything is learned.</summary>
    internal void Continue(Baseline earlier, ExtendedTime extended)
    {
        Overflow = earlier.Completeness[FactFamily.Messages].Overflow;
        FormOverflow = earlier.Completeness[FactFamily.MessageForms].Overflow;
        foreach (var fact in earlier.Buses)
        {
            if (protocols.IndexOf(fact.Protocol) is not { } protocol) continue;
            var bus = new LearnedBus(fact.Bus, protocol, options.BusPause.Ticks * 100);
            bus.Continue(fact);
            _buses.Add((fact.Bus, protocol), bus);
            foreach (var message in earlier.MessagesOf(fact.Bus, fact.Protocol))
            {
                var learned = bus.Add(message.Identifier);
                learned.Seen.Continue(message.Seen, extended);
                learned.Rhythm.Continue(message.Rhythm);
                foreach (var form in message.Forms)
                {
                    var learnedForm = new LearnedForm(form.Code, form.SubCode);
                    learnedForm.Seen.Continue(
                        new Sightings(
                            message.Seen.First, message.Seen.Last, form.Count, form.Seen.Minutes, form.Seen.Hours,
                            form.Seen.Shifts, form.Seen.Days, message.Seen.HoursOfDay),
                        extended);
                    learned.Forms.Add(learnedForm);
                }
            }
        }
    }

    /// <summary>Learns from a frame, whole messages and parts of longer ones alike, and from the fields of its payload.</summary>
    internal void Learn(in Observation observation, ObservationBatch batch, int minute)
    {
        Learn(in observation, minute);
        if (observation.Operation == Operation.Broadcast) Fields.Observe(in observation, batch);
    }

    /// <summary>Learns from a frame without looking at its payload.</summary>
    internal void Learn(in Observation observation, int minute)
    {
        var bus = BusOf(in observation);
        var time = observation.Time.UnixNanoseconds;
        var step = bus.Clock.Advance(time);
        if (step > bus.LongestSilence) bus.LongestSilence = step;
        if (step == 0) bus.SharesTimes = true;
        else if (step > 0 && step < bus.ShortestStep) bus.ShortestStep = step;
        bus.Frames++;
        if (bus.Clock.Now >= bus.WindowEnd || bus.Clock.Stretch != bus.WindowStretch) bus.NextWindow();
        if (observation.Operation == Operation.Diagnose)
        {
            bus.ErrorFrames++;
            bus.ErrorsInWindow++;
            return;
        }

        if (observation.Operation == Operation.Segment) return;
        bus.InWindow++;
        var message = MessageOf(bus, observation.Target.Start);
        if (message is null) return;
        message.Seen.See(time, minute);
        FormOf(message, in observation)?.See(time, minute);
        if (message.Window != bus.WindowNumber)
        {
            message.Window = bus.WindowNumber;
            message.InWindow = 0;
        }

        if (++message.InWindow > bus.MostInWindow) bus.MostInWindow = message.InWindow;
        // A remote frame is asked for by others: it says nothing about when its answer comes.
        if (observation.Operation == Operation.Broadcast) message.Rhythm.Observe(in bus.Clock);
    }

    /// <summary>The facts about buses, in their order.</summary>
    internal IReadOnlyList<BusFact> BusFacts() =>
    [
        .. _buses.OrderBy(bus => bus.Key.Bus).ThenBy(bus => bus.Key.Protocol).Select(bus => new BusFact(
            bus.Key.Bus, protocols.Name(bus.Key.Protocol), bus.Value.Frames, bus.Value.ErrorFrames, bus.Value.Windows,
            bus.Value.BusiestWindow, bus.Value.GreatestShare, bus.Value.MostErrors,
            bus.Value.SharesTimes && bus.Value.ShortestStep < long.MaxValue ? bus.Value.ShortestStep : 0,
            bus.Value.LongestSilence)),
    ];

    /// <summary>The facts about messages, in their order.</summary>
    internal IReadOnlyList<MessageFact> MessageFacts() =>
    [
        .. _buses
            .SelectMany(bus => bus.Value.Messages.Select(message => new MessageFact(
                MessageKeys.Of(bus.Key.Bus, message.Identifier),
                protocols.Name(bus.Key.Protocol),
                [.. message.Forms
                    .OrderByDescending(form => form.Seen.Sightings.Count).ThenBy(form => form.Code).ThenBy(form => form.SubCode)
                    .Select(form => new MessageForm(
                        form.Code, form.SubCode, protocols[bus.Key.Protocol].OperationName(form.Code, form.SubCode),
                        form.Seen.Sightings.Count, form.Seen.Sightings.Tally))],
                message.Rhythm.Fact(),
                message.Seen.Sightings)))
            .OrderBy(fact => fact.Message).ThenBy(fact => fact.Protocol, StringComparer.Ordinal),
    ];

    private LearnedBus BusOf(in Observation observation)
    {
        var address = observation.Connection.Conversation.Client;
        if (_last is { } last && last.Address == address && last.Protocol == observation.Protocol) return last;
        if (!_buses.TryGetValue((address, observation.Protocol), out var bus))
        {
            // As many as the decoder follows channels.
            bus = new LearnedBus(address, observation.Protocol, options.BusPause.Ticks * 100);
            _buses.Add((address, observation.Protocol), bus);
        }

        return _last = bus;
    }

    private LearnedMessage? MessageOf(LearnedBus bus, uint identifier)
    {
        if (bus.Find(identifier) is { } message) return message;
        if (bus.Messages.Count < options.MaximumFacts) return bus.Add(identifier);
        Overflow++;
        return null;
    }

    private Tally? FormOf(LearnedMessage message, in Observation observation)
    {
        foreach (var form in message.Forms)
            if (form.Code == observation.Code && form.SubCode == observation.SubCode) return form.Seen;
        if (message.Forms.Count >= LearnedMessage.MaximumForms)
        {
            FormOverflow++;
            return null;
        }

        var added = new LearnedForm(observation.Code, observation.SubCode);
        message.Forms.Add(added);
        return added.Seen;
    }
}

/// <summary>What makes a message the same one in every capture.</summary>
internal static class MessageKeys
{
    /// <summary>The address of a message: its bus with the identifier, bit 31 of which is set for 29 bits.</summary>
    internal static NetworkAddress Of(NetworkAddress bus, uint identifier) =>
        NetworkAddress.FromCanIdentifier((int)bus.High, identifier);

    /// <summary>The identifier of such an address.</summary>
    internal static uint IdentifierOf(NetworkAddress message) => (uint)message.Low;

    /// <summary>The bus of such an address.</summary>
    internal static NetworkAddress BusOf(NetworkAddress message) => NetworkAddress.FromCanChannel((int)message.High);

    /// <summary>Whether an observation is a frame on a bus: a message, a part of one, a remote or an error frame.</summary>
    internal static bool IsFrame(in Observation observation) => observation.Target.Space == TargetSpace.CanIdentifier;
}

internal sealed class LearnedBus(NetworkAddress address, byte protocol, long pauseNanoseconds)
{
    private readonly Dictionary<uint, LearnedMessage> _byIdentifier = [];

    /// <summary>A field and no property: it is a structure that changes.</summary>
    internal BusClock Clock = new(pauseNanoseconds);

    internal NetworkAddress Address { get; } = address;

    internal byte Protocol { get; } = protocol;

    internal List<LearnedMessage> Messages { get; } = [];

    internal long Frames { get; set; }

    internal long ErrorFrames { get; set; }

    internal long LongestSilence { get; set; }

    internal long ShortestStep { get; set; } = long.MaxValue;

    internal bool SharesTimes { get; set; }

    internal int Windows { get; private set; }

    internal int BusiestWindow { get; private set; }

    internal int GreatestShare { get; private set; }

    internal int MostErrors { get; private set; }

    internal long WindowEnd { get; private set; } = BusWindow.Nanoseconds;

    internal int WindowStretch { get; private set; }

    internal int WindowNumber { get; private set; }

    internal int InWindow { get; set; }

    internal int ErrorsInWindow { get; set; }

    internal int MostInWindow { get; set; }

    /// <summary>Goes on with what an earlier learning saw.</summary>
    internal void Continue(BusFact before)
    {
        (Frames, ErrorFrames, LongestSilence) = (before.Frames, before.ErrorFrames, before.LongestSilence);
        (Windows, BusiestWindow, GreatestShare, MostErrors) =
            (before.Windows, before.BusiestWindow, before.GreatestShare, before.MostErrors);
        if (before.Resolution > 0) (SharesTimes, ShortestStep) = (true, before.Resolution);
    }

    internal LearnedMessage? Find(uint identifier) => _byIdentifier.GetValueOrDefault(identifier);

    internal LearnedMessage Add(uint identifier)
    {
        var message = new LearnedMessage(identifier);
        _byIdentifier.Add(identifier, message);
        Messages.Add(message);
        return message;
    }

    /// <summary>A window is over; one that a pause cut short counts for nothing but its errors.</summary>
    internal void NextWindow()
    {
        if (Clock.Stretch == WindowStretch && WindowNumber > 0)
        {
            Windows++;
            BusiestWindow = Math.Max(BusiestWindow, InWindow);
            if (InWindow > 0) GreatestShare = Math.Max(GreatestShare, 100 * MostInWindow / InWindow);
        }

        MostErrors = Math.Max(MostErrors, ErrorsInWindow);
        WindowStretch = Clock.Stretch;
        WindowEnd = Clock.Now + BusWindow.Nanoseconds;
        WindowNumber++;
        InWindow = 0;
        ErrorsInWindow = 0;
        MostInWindow = 0;
    }
}

internal sealed class LearnedMessage(uint identifier)
{
    /// <summary>Sixteen data length codes, classic and FD; a message that comes in more forms has none.</summary>
    internal const int MaximumForms = 32;

    internal uint Identifier { get; } = identifier;

    internal Tally Seen { get; } = new();

    internal List<LearnedForm> Forms { get; } = [];

    internal LearnedRhythm Rhythm { get; } = new();

    internal int Window { get; set; }

    internal int InWindow { get; set; }
}

internal sealed class LearnedForm(short code, int subCode)
{
    internal short Code { get; } = code;

    internal int SubCode { get; } = subCode;

    internal Tally Seen { get; } = new();
}

/// <summary>The gaps of one message. Of the median's sample every second is given up whenever it is full.</summary>
internal sealed class LearnedRhythm
{
    private const int SampleSize = 256;

    private readonly List<long> _sample = [];
    private MessageTiming _timing;
    private long _gaps;
    private long _shortest = long.MaxValue;
    private long _longest;
    private long _shortestSpan = long.MaxValue;
    private long _stride = 1;
    private MessageRhythm _before;

    /// <summary>Goes on with what an earlier learning saw.</summary>
    internal void Continue(MessageRhythm before) => _before = before;

    internal void Observe(in BusClock clock)
    {
        var gap = _timing.Observe(in clock, out var span);
        if (gap < 0) return;
        if (gap < _shortest) _shortest = gap;
        if (gap > _longest) _longest = gap;
        if (span >= 0 && span < _shortestSpan) _shortestSpan = span;
        if (_gaps++ % _stride != 0) return;
        if (_sample.Count == SampleSize)
        {
            for (var kept = 0; kept < SampleSize / 2; kept++) _sample[kept] = _sample[kept * 2];
            _sample.RemoveRange(SampleSize / 2, SampleSize / 2);
            _stride *= 2;
        }

        _sample.Add(gap);
    }

    internal MessageRhythm Fact()
    {
        if (_gaps == 0) return _before;
        var sorted = _sample.Order().ToList();
        var now = new MessageRhythm(
            _gaps, _shortest, sorted[sorted.Count / 2], _longest, _shortestSpan == long.MaxValue ? 0 : _shortestSpan);
        if (_before.Gaps == 0) return now;
        var spans = new[] { _before.ShortestSpan, now.ShortestSpan }.Where(span => span > 0).DefaultIfEmpty();
        // The median of both together cannot be had from those of each: that of the greater number stands.
        return new MessageRhythm(
            _before.Gaps + now.Gaps, Math.Min(_before.Shortest, now.Shortest),
            now.Gaps >= _before.Gaps ? now.Median : _before.Median, Math.Max(_before.Longest, now.Longest), spans.Min());
    }
}
