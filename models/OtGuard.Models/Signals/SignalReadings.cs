using System.Buffers.Binary;
using System.Globalization;
using OtGuard.Collectors;

namespace OtGuard.Models.Signals;

/// <summary>
/// Takes the values of signals out of observations: registers, coils, nodes, and fields of messages. Which signals an
/// observation holds is found once for each different one.
/// </summary>
/// <remarks>
/// Not thread-safe. Allocates nothing for an observation whose like was met before. Bounded: beyond
/// <see cref="MaximumLayouts"/> different observations and <see cref="MaximumSignals"/> signals further ones are left out, and
/// counted.
/// </remarks>
internal sealed class SignalReadings
{
    /// <summary>Different observations whose signals are remembered.</summary>
    public const int MaximumLayouts = 1 << 16;

    /// <summary>Signals followed at most: a site of a hundred devices has some ten thousand registers that anybody reads.</summary>
    public const int MaximumSignals = 20_000;

    private readonly ProtocolRegistry _protocols;
    private readonly Baseline? _discover;
    private readonly NameMap _names;
    private readonly List<SignalDefinition> _definitions;
    private readonly Dictionary<SignalKey, int> _byKey = [];
    private readonly Dictionary<NetworkAddress, List<int>> _byMessage = [];
    private readonly Dictionary<LayoutKey, Layout?> _layouts = [];
    private readonly byte[] _padded = new byte[64 + SignalPlace.Padding];
    private int[] _signals = new int[256];
    private double[] _values = new double[256];

    /// <summary>Reads the signals of a model.</summary>
    public SignalReadings(IReadOnlyList<SignalDefinition> definitions, ProtocolRegistry protocols, NameMap names)
        : this(protocols, null, names, [.. definitions])
    {
        for (var at = 0; at < definitions.Count; at++) Enter(at);
    }

    /// <summary>Finds signals in what comes, and reads them.</summary>
    public SignalReadings(ProtocolRegistry protocols, Baseline vocabulary)
        : this(protocols, vocabulary, vocabulary.NameMap, [])
    {
    }

    private SignalReadings(
        ProtocolRegistry protocols, Baseline? discover, NameMap names, List<SignalDefinition> definitions) =>
        (_protocols, _discover, _names, _definitions) = (protocols, discover, names, definitions);

    /// <summary>The signals.</summary>
    public IReadOnlyList<SignalDefinition> Definitions => _definitions;

    /// <summary>Observations and signals left out for want of room.</summary>
    public long Forgotten { get; private set; }

    /// <summary>Signals of the latest <see cref="Read"/>.</summary>
    public ReadOnlySpan<int> Signals => _signals.AsSpan(0, Count);

    /// <summary>Their values, in their units.</summary>
    public ReadOnlySpan<double> Values => _values.AsSpan(0, Count);

    /// <summary>How many the latest <see cref="Read"/> found.</summary>
    public int Count { get; private set; }

    /// <summary>Where the latest values were read from.</summary>
    public Layout? Source { get; private set; }

    /// <summary>Reads the signals of an observation; how many there are.</summary>
    public int Read(in Observation observation, ObservationBatch batch)
    {
        Count = 0;
        Source = null;
        switch (observation.Operation)
        {
            case Operation.Broadcast when observation.Target.Space == TargetSpace.CanIdentifier:
                ReadFrame(in observation, batch.Bytes(observation.RequestData));
                break;
            case Operation.Read or Operation.Notify when observation.Outcome == Outcome.Succeeded:
                ReadValues(in observation, observation.Target, observation.ResponseValues, batch);
                break;
            case Operation.Write when observation.Outcome == Outcome.Succeeded:
                ReadValues(in observation, observation.Target, observation.RequestValues, batch);
                break;
            case Operation.ReadWrite when observation.Outcome == Outcome.Succeeded:
                ReadValues(in observation, observation.WriteTarget, observation.RequestValues, batch);
                ReadValues(in observation, observation.Target, observation.ResponseValues, batch);
                break;
            default:
                break;
        }

        return Count;
    }

    private void ReadFrame(in Observation observation, ReadOnlySpan<byte> payload)
    {
        var layout = LayoutOf(new LayoutKey(in observation, observation.Target, payload.Length), in observation, observation.Target, payload.Length);
        if (layout is null || payload.Length > 64) return;
        Source = layout;
        payload.CopyTo(_padded);
        _padded.AsSpan(payload.Length, SignalPlace.Padding).Clear();
        Reserve(layout.Entries.Length);
        foreach (var entry in layout.Entries)
        {
            var definition = _definitions[entry.Signal];
            if (definition.Multiplexer is { } multiplexer && multiplexer.Read(_padded) != definition.MultiplexerValue) continue;
            Put(entry.Signal, definition.Place.Read(_padded) * definition.Factor + definition.Offset);
        }
    }

    private void ReadValues(in Observation observation, Target target, ValueSlice values, ObservationBatch batch)
    {
        if (values.Encoding is ValueEncoding.None or ValueEncoding.Bytes) return;
        if (values.Encoding == ValueEncoding.Variant)
        {
            if (target.Space != TargetSpace.Nodes || values.Count != 1) return;
            if (!_protocols[observation.Protocol].TryNumber(values, batch, out var number)) return;
            if (LayoutOf(new LayoutKey(in observation, target, 1), in observation, target, 1) is not { } node) return;
            Source = node;
            Reserve(Count + 1);
            foreach (var entry in node.Entries) Put(entry.Signal, entry.Point?.Scaled(number) ?? number);
            return;
        }

        var count = Math.Min(target.Count, values.Count);
        if (LayoutOf(new LayoutKey(in observation, target, count), in observation, target, count) is not { } layout) return;
        Source = layout;
        var bytes = batch.Bytes(values);
        Reserve(Count + layout.Entries.Length);
        if (values.Encoding == ValueEncoding.Bits)
        {
            foreach (var entry in layout.Entries)
            {
                var bit = bytes[entry.At >> 3] >> (entry.At & 7) & 1;
                Put(entry.Signal, entry.Point?.Scaled(bit) ?? bit);
            }

            return;
        }

        foreach (var entry in layout.Entries)
        {
            if (entry.Point is { } point)
            {
                Put(entry.Signal, point.Read(bytes[(entry.At * 2)..]));
                continue;
            }

            var word = BinaryPrimitives.ReadUInt16BigEndian(bytes[(entry.At * 2)..]);
            Put(entry.Signal, entry.IsSigned ? (short)word : word);
        }
    }

    private void Put(int signal, double value)
    {
        _signals[Count] = signal;
        _values[Count++] = value;
    }

    private void Reserve(int count)
    {
        if (count <= _signals.Length) return;
        Array.Resize(ref _signals, Math.Max(count, _signals.Length * 2));
        Array.Resize(ref _values, _signals.Length);
    }

    private Layout? LayoutOf(LayoutKey key, in Observation observation, Target target, int count)
    {
        if (_layouts.TryGetValue(key, out var layout)) return layout;
        if (_layouts.Count == MaximumLayouts)
        {
            Forgotten++;
            return null;
        }

        layout = target.Space == TargetSpace.CanIdentifier
            ? FrameLayout(in observation, target, count)
            : ValueLayout(in observation, target, count);
        _layouts.Add(key, layout);
        return layout;
    }

    private Layout? FrameLayout(in Observation observation, Target target, int bytes)
    {
        var message = MessageKeys.Of(observation.Connection.Conversation.Client, target.Start);
        if (_discover is not null && !_byMessage.ContainsKey(message)) DiscoverFrame(in observation, target, message);
        if (!_byMessage.TryGetValue(message, out var signals)) return null;
        List<Entry> entries = [];
        foreach (var signal in signals)
        {
            var definition = _definitions[signal];
            if (definition.PayloadBytes != 0 && definition.PayloadBytes != bytes) continue;
            if (definition.Place.Bytes <= bytes && (definition.Multiplexer is null || definition.Multiplexer.Value.Bytes <= bytes))
                entries.Add(new Entry(signal, 0, false, null));
        }

        return entries.Count == 0 ? null : new Layout([.. entries]);
    }

    private Layout? ValueLayout(in Observation observation, Target target, int count)
    {
        List<Entry> entries = [];
        var server = observation.Connection.Conversation.Server;
        for (var at = 0; at < count; at++)
        {
            var key = new SignalKey(server, observation.Unit, target.Space, (uint)(target.Start + at));
            var point = _names.Covering(server, observation.Unit, target.Space, key.Address);
            // A point of several registers is read where all of them are there, and from its first.
            if (point is { Length: > 1 } && (point.Address != key.Address || at + point.Length > count)) continue;
            if (!_byKey.TryGetValue(key, out var signal))
            {
                if (_discover is null) continue;
                signal = Discover(DefinitionOf(in observation, key, point));
                if (signal < 0) break;
            }

            entries.Add(new Entry(signal, at, _definitions[signal].Place.Number == SignalNumber.TwosComplement, point));
        }

        return entries.Count == 0 ? null : new Layout([.. entries]);
    }

    private SignalDefinition DefinitionOf(in Observation observation, SignalKey key, NamedPoint? point)
    {
        var bits = key.Space is TargetSpace.Coils or TargetSpace.DiscreteInputs ? 1 : 16;
        return new SignalDefinition
        {
            Key = key,
            Protocol = _protocols.Name(observation.Protocol),
            Name = point?.Name ?? NameOf(observation.Protocol, key.Space, key.Address),
            Unit = point?.EngineeringUnit ?? "",
            IsNamed = point is not null,
            Place = new SignalPlace(7, bits * (point?.Length ?? 1), true, point is null ? SignalNumber.WholeNumber : NumberOf(point.Type)),
            Factor = point?.Scale ?? 1,
            Offset = point?.Offset ?? 0,
            Low = point?.Low,
            High = point?.High,
        };
    }

    private static SignalNumber NumberOf(PointType type) => type switch
    {
        PointType.Int16 or PointType.Int32 or PointType.Int64 => SignalNumber.TwosComplement,
        PointType.Float32 => SignalNumber.Binary32,
        PointType.Float64 or PointType.Variant => SignalNumber.Binary64,
        PointType.Bit or PointType.UInt16 or PointType.UInt32 or PointType.UInt64 => SignalNumber.WholeNumber,
    };

    private void DiscoverFrame(in Observation observation, Target target, NetworkAddress message)
    {
        _byMessage.Add(message, []);
        var declared = _protocols[observation.Protocol].SignalsOf(target);
        var protocol = _protocols.Name(observation.Protocol);
        foreach (var signal in declared)
        {
            Discover(new SignalDefinition
            {
                Key = new SignalKey(message, -1, TargetSpace.CanIdentifier, (uint)(signal.StartBit | (int)(signal.MultiplexerValue ?? 0) << 10)),
                Protocol = protocol,
                Name = signal.Name,
                Unit = signal.Unit,
                Place = SignalPlace.Of(signal),
                Factor = signal.Factor,
                Offset = signal.Offset,
                Multiplexer = signal.Multiplexer is { } multiplexer ? SignalPlace.Of(multiplexer) : null,
                MultiplexerValue = signal.MultiplexerValue ?? 0,
                Low = signal.Minimum < signal.Maximum ? signal.Minimum : null,
                High = signal.Minimum < signal.Maximum ? signal.Maximum : null,
            });
        }

        if (declared.Count > 0) return;
        var map = _discover!.FieldsOf(observation.Connection.Conversation.Client, target.Start);
        var unused = map?.Fields.Where(field => field.Kind == Fields.CanFieldKind.Constant).SelectMany(BitsOf).ToHashSet() ?? [];
        var taken = new HashSet<int>();
        List<(Fields.CanField Field, SignalPlace Place)> places = [];
        foreach (var field in map?.Fields ?? [])
        {
            // Counters and checksums have rules of their own (D10).
            if (field.Kind is Fields.CanFieldKind.Counter or Fields.CanFieldKind.Checksum) continue;
            places.Add((field, Widened(field, unused, taken)));
        }

        foreach (var (field, place) in places)
        {
            if (field.Kind == Fields.CanFieldKind.Constant && BitsOf(field).All(taken.Contains)) continue;
            DiscoverField(message, protocol, map!.PayloadBytes, place, isPart: false);
            if (field.Kind != Fields.CanFieldKind.Enumeration || field.Length == 1) continue;
            for (var bit = 0; bit < field.Length; bit++)
            {
                DiscoverField(
                    message, protocol, map.PayloadBytes,
                    new SignalPlace(field.Bit(bit), 1, field.IsBigEndian, SignalNumber.WholeNumber), isPart: true);
            }
        }
    }

    /// <summary>
    /// Where a field is, with the bits above it that never moved up to the end of its byte: the range of a number is seldom
    /// used to its end, and one that leaves what was learned leaves the bits that moved. A number that took few values looks
    /// like a state; what has less than <see cref="FewestNumberBits"/> bits is one.
    /// </summary>
    private static SignalPlace Widened(Fields.CanField field, HashSet<int> unused, HashSet<int> taken)
    {
        var (start, length) = (field.StartBit, field.Length);
        if (field is { Kind: Fields.CanFieldKind.Physical, IsSigned: false }
            or { Kind: Fields.CanFieldKind.Enumeration, IsSigned: false, Length: >= FewestNumberBits })
        {
            var top = field.IsBigEndian ? start : start + length - 1;
            var above = Enumerable.Range(top + 1, 7 - (top & 7)).ToList();
            if (length + above.Count <= 64 && above.All(unused.Contains))
            {
                length += above.Count;
                if (field.IsBigEndian) start += above.Count;
                taken.UnionWith(above);
            }
        }

        return new SignalPlace(
            start, length, field.IsBigEndian, field.IsSigned ? SignalNumber.TwosComplement : SignalNumber.WholeNumber);
    }

    /// <summary>Of two bits are what is on, off, not available or broken.</summary>
    private const int FewestNumberBits = 3;

    private static IEnumerable<int> BitsOf(Fields.CanField field) => Enumerable.Range(0, field.Length).Select(field.Bit);

    private void DiscoverField(NetworkAddress message, string protocol, int payloadBytes, SignalPlace place, bool isPart)
    {
        const uint partMark = 1u << 31;
        var end = place.Length == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $":{place.Length}@{(place.IsBigEndian ? 0 : 1)}");
        Discover(new SignalDefinition
        {
            Key = new SignalKey(message, -1, TargetSpace.CanIdentifier, (uint)place.StartBit | (isPart ? partMark : 0)),
            Protocol = protocol,
            Name = string.Create(CultureInfo.InvariantCulture, $"{(place.Length == 1 ? "bit" : "bits")} {place.StartBit}{end}"),
            Place = place,
            PayloadBytes = payloadBytes,
            IsPart = isPart,
        });
    }

    private int Discover(SignalDefinition definition)
    {
        if (_definitions.Count == MaximumSignals)
        {
            Forgotten++;
            return -1;
        }

        if (_byKey.ContainsKey(definition.Key)) return -1;
        _definitions.Add(definition);
        Enter(_definitions.Count - 1);
        return _definitions.Count - 1;
    }

    private void Enter(int signal)
    {
        var key = _definitions[signal].Key;
        _byKey.TryAdd(key, signal);
        if (key.Space != TargetSpace.CanIdentifier) return;
        if (!_byMessage.TryGetValue(key.Owner, out var signals)) _byMessage.Add(key.Owner, signals = []);
        signals.Add(signal);
    }

    private string NameOf(byte protocol, TargetSpace space, uint address)
    {
        var target = new Target(space, address, 1);
        return _protocols[protocol].TargetKey(target) ?? _protocols[protocol].TargetText(target);
    }

    /// <summary>A signal of an observation, and where in its values.</summary>
    internal readonly record struct Entry(int Signal, int At, bool IsSigned, NamedPoint? Point);

    /// <summary>The signals of observations that are alike.</summary>
    internal sealed class Layout(Entry[] entries)
    {
        public Entry[] Entries => entries;

        /// <summary>State of whoever reads it: values that repeat an earlier stretch.</summary>
        public ReplayState? Replay { get; set; }
    }

    private readonly record struct LayoutKey(ulong Who, ulong What)
    {
        public LayoutKey(in Observation observation, Target target, int count)
            : this(
                (ulong)(uint)observation.Connection.Conversation.Index << 32 | (uint)(ushort)observation.Unit << 16
                | (uint)target.Space << 8 | observation.Protocol,
                (ulong)target.Start << 32 | (uint)count)
        {
        }
    }
}
