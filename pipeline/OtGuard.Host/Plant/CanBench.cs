using System.Globalization;
using OtGuard.Collectors;
using OtGuard.Dashboard.Plant;
using OtGuard.Models;
using OtGuard.Models.Signals;

namespace OtGuard.Host.Plant;

/// <summary>
/// The messages on buses as they are now: latest payload, which bytes changed, cycle time, load. Bounded; not
/// thread-safe.
/// </summary>
internal sealed class CanBench(ProtocolRegistry protocols)
{
    /// <summary>
    /// Messages kept: five times what a vehicle with gateways has; further identifiers are a flood, and counted.
    /// </summary>
    public const int Capacity = 10_000;

    /// <summary>Of a new gap, the share it has in the smoothed cycle time.</summary>
    private const double Smoothing = 0.1;

    private readonly Dictionary<(NetworkAddress Bus, uint Identifier), Message> _messages = [];
    private readonly Dictionary<NetworkAddress, Bus> _buses = [];

    /// <summary>Frames of identifiers that found no room.</summary>
    public long BeyondCapacity { get; private set; }

    public void Note(in Observation observation, ObservationBatch batch)
    {
        var bus = observation.Connection.Conversation.Server;
        var payload = batch.Bytes(observation.RequestData);
        if (!_buses.TryGetValue(bus, out var load)) _buses.Add(bus, load = new Bus());
        load.Add(observation.Time, payload.Length, (observation.Target.Start >> 31) != 0, observation.Operation == Operation.Diagnose);
        var key = (bus, observation.Target.Start);
        if (!_messages.TryGetValue(key, out var message))
        {
            if (_messages.Count == Capacity)
            {
                BeyondCapacity++;
                return;
            }

            _messages.Add(key, message = new Message(observation.Protocol, observation.Target));
            load.Messages++;
        }

        message.Add(observation.Time, payload);
    }

    public List<BusView> Buses() =>
    [
        .. _buses.OrderBy(bus => bus.Key.ToString(), StringComparer.Ordinal).Select(bus => new BusView(
            bus.Key.ToString(), bus.Value.Frames, bus.Value.ErrorFrames, bus.Value.LastFrames, bus.Value.LastBits,
            bus.Value.Messages)),
    ];

    public List<MessageView> Messages(Baseline? baseline)
    {
        var known = new Dictionary<(NetworkAddress, string), HashSet<string>>();
        List<MessageView> views = [];
        foreach (var ((bus, identifier), message) in _messages.OrderBy(one => one.Key.Bus.ToString(), StringComparer.Ordinal)
            .ThenBy(one => one.Key.Identifier))
        {
            var protocol = protocols.Name(message.Protocol);
            if (baseline is not null && !known.ContainsKey((bus, protocol)))
                known[(bus, protocol)] = [.. baseline.MessagesOf(bus, protocol).Select(fact => Hexadecimal(fact.Identifier))];
            var decoder = protocols[message.Protocol];
            views.Add(new MessageView(
                bus.ToString(), Hexadecimal(identifier), decoder.Declared(message.Target)?.Name, message.Frames,
                message.CycleSeconds, Convert.ToHexString(message.Payload), message.ChangedAgo(),
                Values(decoder, message), message.Last,
                baseline is null ? Standing.Unknown
                    : known[(bus, protocol)].Contains(Hexadecimal(identifier)) ? Standing.Known : Standing.New));
        }

        return views;
    }

    private static List<ValueView> Values(IProtocol decoder, Message message)
    {
        List<ValueView> values = [];
        Span<byte> padded = stackalloc byte[64 + SignalPlace.Padding];
        padded.Clear();
        message.Payload.CopyTo(padded);
        foreach (var signal in decoder.SignalsOf(message.Target))
        {
            var place = PlaceOf(signal);
            if (place.Bytes > message.Payload.Length) continue;
            if (signal.Multiplexer is { } multiplexer
                && PlaceOf(multiplexer) is var selector
                && (selector.Bytes > message.Payload.Length || selector.Read(padded) != signal.MultiplexerValue)) continue;
            values.Add(new ValueView(signal.Name, place.Read(padded) * signal.Factor + signal.Offset, signal.Unit));
        }

        return values;
    }

    private static SignalPlace PlaceOf(DeclaredSignal signal) => new(
        signal.StartBit, signal.Length, signal.IsBigEndian,
        signal.IsFloat ? signal.Length == 64 ? SignalNumber.Binary64 : SignalNumber.Binary32
        : signal.IsSigned ? SignalNumber.TwosComplement : SignalNumber.WholeNumber);

    private static string Hexadecimal(uint identifier) => (identifier >> 31) != 0
        ? (identifier & 0x1FFF_FFFF).ToString("X8", CultureInfo.InvariantCulture)
        : identifier.ToString("X3", CultureInfo.InvariantCulture);

    private sealed class Message(byte protocol, Target target)
    {
        private readonly byte[] _payload = new byte[64];
        private readonly long[] _changedAt = new long[64];
        private int _length;

        public byte Protocol => protocol;

        public Target Target => target;

        public long Frames { get; private set; }

        public double? CycleSeconds { get; private set; }

        public CaptureTime Last { get; private set; }

        public ReadOnlySpan<byte> Payload => _payload.AsSpan(0, _length);

        public void Add(CaptureTime time, ReadOnlySpan<byte> payload)
        {
            Frames++;
            if (Frames > 1)
            {
                var gap = (time - Last).TotalSeconds;
                CycleSeconds = CycleSeconds is { } cycle ? cycle + Smoothing * (gap - cycle) : gap;
            }

            Last = time;
            for (var i = 0; i < payload.Length; i++)
                if (Frames > 1 && (i >= _length || _payload[i] != payload[i])) _changedAt[i] = Frames;
            payload.CopyTo(_payload);
            _length = payload.Length;
        }

        public int[] ChangedAgo()
        {
            var ago = new int[_length];
            for (var i = 0; i < _length; i++)
                ago[i] = _changedAt[i] == 0 ? -1 : (int)Math.Min(int.MaxValue, Frames - _changedAt[i]);
            return ago;
        }
    }

    private sealed class Bus
    {
        /// <summary>Bits of a classic frame beside its payload, with the pause to the next one (ISO 11898-1).</summary>
        private const int StandardBits = 47, ExtendedBits = 67;

        private long _second = long.MinValue;
        private long _frames, _bits;

        public long Frames { get; private set; }

        public long ErrorFrames { get; private set; }

        public long LastFrames { get; private set; }

        public long LastBits { get; private set; }

        public int Messages { get; set; }

        public void Add(CaptureTime time, int bytes, bool isExtended, bool isError)
        {
            var second = time.UnixNanoseconds / CaptureTime.NanosecondsPerSecond;
            if (second != _second)
            {
                (LastFrames, LastBits) = (_frames, _bits);
                (_second, _frames, _bits) = (second, 0, 0);
            }

            Frames++;
            if (isError) ErrorFrames++;
            _frames++;
            _bits += (isExtended ? ExtendedBits : StandardBits) + 8 * bytes;
        }
    }
}
