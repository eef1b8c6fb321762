using System.Globalization;
using System.Text.Json;
using OtGuard.Collectors;
using OtGuard.Collectors.Can;
using OtGuard.Collectors.Can.Dbc;
using OtGuard.Models.Fields;

namespace OtGuard.Host.Output;

/// <summary>
/// The fields of CAN frames: the signals of a DBC file where the frame is in one, else the fields that the traffic
/// shows.
/// </summary>
internal sealed class SignalsReport(DbcDatabase? database) : IObservationConsumer
{
    private readonly FieldLearner _learner = new();
    private readonly Dictionary<(int Channel, uint Identifier), SeenSignal[]> _signals = [];

    public void Consume(ObservationBatch batch)
    {
        foreach (ref readonly var observation in batch.Items)
        {
            _learner.Observe(in observation, batch);
            if (database is null || observation.Target.Space != TargetSpace.CanIdentifier
                || observation.Operation != Operation.Broadcast) continue;
            var payload = batch.Bytes(observation.RequestData);
            foreach (var signal in Signals(observation.Connection.Conversation.Service, observation.Target.Start))
                signal.Add(payload);
        }
    }

    public void Write(Tables tables)
    {
        var rows = Rows().ToList();
        tables.Write(
            $"Fields of CAN frames ({rows.Count.ToString("N0", CultureInfo.InvariantCulture)})",
            ["Channel", "Identifier", "Frame", "Frames/s", "Signal", "Bits", "Order", "Kind", "Range",
                "Unit", "Values", "Changes", "How"],
            [.. rows.Select(Cells)]);
        if (_learner.FramesWithoutRoom > 0)
            tables.WriteText(
                $"{_learner.FramesWithoutRoom:N0} frames had identifiers beyond the {_learner.Identifiers:N0} that are kept.");
    }

    public void Write(JsonLines json)
    {
        foreach (var row in Rows()) json.Write("signal", row, WriteMembers);
    }

    private static string[] Cells(Row row)
    {
        var first = row.IsFirst;
        return
        [
            first ? $"can{row.Map.Channel}" : "",
            first ? CanProtocol.IdentifierText(row.Map.Identifier) : "",
            first ? row.Message?.Name ?? "" : "",
            first && row.Map.FramesPerSecond is { } rate ? rate.ToString("0.#", CultureInfo.InvariantCulture) : "",
            row.Signal?.Name ?? "",
            string.Create(CultureInfo.InvariantCulture, $"{row.StartBit}|{row.Length}"),
            row.IsBigEndian ? "big" : "little",
            row.Kind is { } kind ? KindName(kind) : "",
            Range(row),
            row.Signal?.Unit ?? "",
            row.Field is { } field && row.Kind != CanFieldKind.Constant ? Words.Number(field.Distinct) : "",
            row.Field is { ChangeShare: > 0 } moved
                ? string.Create(CultureInfo.InvariantCulture, $"{100 * moved.ChangeShare:0.#} %")
                : "",
            How(row),
        ];
    }

    private static string Range(Row row)
    {
        if (row.Seen is { } seen)
            return seen.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{seen.Minimum:G6} to {seen.Maximum:G6}");
        return row.Field switch
        {
            null => "",
            { Kind: CanFieldKind.Constant } constant => $"0x{constant.Minimum:X}",
            var field => string.Create(CultureInfo.InvariantCulture, $"{field.Minimum} to {field.Maximum}"),
        };
    }

    private static string How(Row row) => row.Field switch
    {
        { Cycle: { } cycle } => string.Create(
            CultureInfo.InvariantCulture,
            $"{(cycle.Step == 1 ? "up" : "down")}, {cycle.Last} is followed by {cycle.First}{(cycle.Holds ? ", may stay" : "")}"),
        { Kind: CanFieldKind.Checksum, Checksum: { } checksum } => checksum.Text,
        { Kind: CanFieldKind.Checksum } => "algorithm unknown",
        _ => "",
    };

    private static void WriteMembers(Utf8JsonWriter writer, Row row)
    {
        writer.WriteString("channel", $"can{row.Map.Channel}");
        writer.WriteString("id", CanProtocol.IdentifierText(row.Map.Identifier));
        writer.WriteString("frame", row.Message?.Name);
        writer.WriteNumber("frames", row.Map.Frames);
        WriteOptional(writer, "framesPerSecond", row.Map.FramesPerSecond);
        writer.WriteString("source", row.Signal is null ? "traffic" : "dbc");
        writer.WriteString("signal", row.Signal?.Name);
        writer.WriteNumber("startBit", row.StartBit);
        writer.WriteNumber("length", row.Length);
        writer.WriteString("byteOrder", row.IsBigEndian ? "bigEndian" : "littleEndian");
        writer.WriteString("kind", row.Kind is { } kind ? KindName(kind) : null);
        WriteOptional(writer, "minimum", row.Seen is null ? row.Field?.Minimum : row.Seen.Count > 0 ? row.Seen.Minimum : null);
        WriteOptional(writer, "maximum", row.Seen is null ? row.Field?.Maximum : row.Seen.Count > 0 ? row.Seen.Maximum : null);
        writer.WriteString("unit", row.Signal?.Unit);
        if (row.Field is not { } field)
        {
            writer.WriteNull("field");
            return;
        }

        writer.WriteStartObject("field");
        writer.WriteNumber("frames", field.Frames);
        writer.WriteNumber("faults", field.Faults);
        writer.WriteNumber("distinct", field.Distinct);
        writer.WriteNumber("changeShare", Math.Round(field.ChangeShare, 6));
        writer.WriteBoolean("signed", field.IsSigned);
        if (field.Cycle is { } cycle)
        {
            writer.WriteStartObject("cycle");
            writer.WriteNumber("first", cycle.First);
            writer.WriteNumber("last", cycle.Last);
            writer.WriteNumber("step", cycle.Step == 1 ? 1 : -1);
            writer.WriteBoolean("holds", cycle.Holds);
            writer.WriteEndObject();
        }

        if (field.Kind == CanFieldKind.Checksum) writer.WriteString("checksum", field.Checksum?.Text);
        writer.WriteEndObject();
    }

    private static void WriteOptional(Utf8JsonWriter writer, string name, double? value)
    {
        if (value is { } number) writer.WriteNumber(name, number);
        else writer.WriteNull(name);
    }

    private static string KindName(CanFieldKind kind) => kind switch
    {
        CanFieldKind.Constant => "constant",
        CanFieldKind.Counter => "counter",
        CanFieldKind.Checksum => "checksum",
        CanFieldKind.Enumeration => "enumeration",
        CanFieldKind.Physical => "physical",
    };

    private IEnumerable<Row> Rows()
    {
        foreach (var map in _learner.Build())
        {
            var first = true;
            if (database?.Find(map.Identifier) is { Signals.Count: > 0 } message)
            {
                foreach (var seen in Signals(map.Channel, map.Identifier))
                {
                    yield return new Row(map, message, seen, FieldOf(map, seen.Signal), first);
                    first = false;
                }

                continue;
            }

            foreach (var field in map.Fields)
            {
                yield return new Row(map, null, null, field, first);
                first = false;
            }
        }
    }

    /// <summary>
    /// What the traffic shows of a signal: the field that moves and shares most of its bits, else one that does not.
    /// </summary>
    private static CanField? FieldOf(CanFieldMap map, DbcSignal signal)
    {
        var bits = new HashSet<int>();
        for (var bit = signal.StartBit; bits.Count < signal.Length;)
        {
            bits.Add(bit);
            bit = !signal.IsBigEndian ? bit + 1 : bit % 8 == 0 ? bit + 15 : bit - 1;
        }

        return map.Fields
            .Select(field => (
                Field: field,
                Shared: Enumerable.Range(0, field.Length).Count(index => bits.Contains(field.Bit(index)))))
            .Where(one => one.Shared > 0)
            .OrderBy(one => one.Field.Kind == CanFieldKind.Constant)
            .ThenByDescending(one => one.Shared)
            .FirstOrDefault()
            .Field;
    }

    private SeenSignal[] Signals(int channel, uint identifier)
    {
        if (_signals.TryGetValue((channel, identifier), out var signals)) return signals;
        signals = database!.Find(identifier) is { } message
            ? [.. message.Signals.Select(signal => new SeenSignal(signal))]
            : [];
        _signals.Add((channel, identifier), signals);
        return signals;
    }

    /// <summary>A signal of the database and the physical values it had.</summary>
    private sealed class SeenSignal(DbcSignal signal)
    {
        public DbcSignal Signal { get; } = signal;

        public long Count { get; private set; }

        public double Minimum { get; private set; } = double.PositiveInfinity;

        public double Maximum { get; private set; } = double.NegativeInfinity;

        public void Add(ReadOnlySpan<byte> payload)
        {
            if (!Signal.IsPresentIn(payload) || !Signal.TryDecode(payload, out var value) || !double.IsFinite(value)) return;
            Count++;
            Minimum = Math.Min(Minimum, value);
            Maximum = Math.Max(Maximum, value);
        }
    }

    private sealed record Row(CanFieldMap Map, DbcMessage? Message, SeenSignal? Seen, CanField? Field, bool IsFirst)
    {
        public DbcSignal? Signal => Seen?.Signal;

        public int StartBit => Signal?.StartBit ?? Field!.StartBit;

        public int Length => Signal?.Length ?? Field!.Length;

        public bool IsBigEndian => Signal?.IsBigEndian ?? Field!.IsBigEndian;

        /// <summary>What the traffic shows it to be.</summary>
        public CanFieldKind? Kind => Field?.Kind;
    }
}
