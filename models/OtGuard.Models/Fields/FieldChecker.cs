using System.Buffers.Binary;
using System.Numerics;
using OtGuard.Collectors;

namespace OtGuard.Models.Fields;

/// <summary>What about a frame contradicts the fields learned for its identifier.</summary>
[Flags]
public enum FieldViolations : byte
{
    /// <summary>Nothing, or nothing is known of the identifier.</summary>
    None = 0,

    /// <summary>A bit changed that never had, and that is not one into which a number below it may grow.</summary>
    ConstantChanged = 1,

    /// <summary>A counter did not go on by its step.</summary>
    CounterBroken = 2,

    /// <summary>A checksum does not fit the frame.</summary>
    ChecksumWrong = 4,

    /// <summary>The payload has another length than the fields were learned for; nothing else was checked.</summary>
    LengthUnknown = 8,
}

/// <summary>The verdict on the fields of one frame.</summary>
/// <param name="Violations">All that is wrong.</param>
/// <param name="Field">The field of the gravest of it (checksum before counter before constant), or null.</param>
/// <param name="Expected">What that field should hold; for a counter the value that follows the last one.</param>
/// <param name="Actual">What it holds.</param>
public readonly record struct FieldVerdict(FieldViolations Violations, CanField? Field, long Expected, long Actual)
{
    /// <summary>Whether the counter repeated its last value: a frame sent twice, or replayed.</summary>
    public bool IsRepeated { get; init; }
}

/// <summary>Holds frames against learned fields: constants, counters, checksums.</summary>
/// <remarks>
/// Keeps the last counter value of each identifier and so expects the frames of a channel in their order. Not
/// thread-safe; nothing is allocated for a frame. A counter is broken once where frames were lost, and twice where one
/// was put in: at the foreign frame and at the next true one.
/// </remarks>
public sealed class FieldChecker
{
    private readonly Dictionary<(int Channel, uint Identifier), FieldChecks> _checks = [];

    /// <summary>Creates a checker.</summary>
    public FieldChecker(IReadOnlyList<CanFieldMap> maps)
    {
        foreach (var map in maps) _checks[(map.Channel, map.Identifier)] = new FieldChecks(map);
    }

    /// <summary>Checks the frame of an observation; others than CAN frames with a payload have no verdict.</summary>
    public FieldVerdict Check(in Observation observation, ObservationBatch batch) =>
        observation.Target.Space != TargetSpace.CanIdentifier || observation.Operation != Operation.Broadcast
            ? default
            : Check(
                observation.Connection.Conversation.Service,
                observation.Target.Start,
                batch.Bytes(observation.RequestData));

    /// <summary>Checks a frame.</summary>
    public FieldVerdict Check(int channel, uint identifier, ReadOnlySpan<byte> payload) =>
        _checks.TryGetValue((channel, identifier), out var checks) ? checks.Check(payload) : default;
}

/// <summary>
/// The checks of one identifier, with the counters' last values. Not thread-safe; allocates nothing for a frame.
/// </summary>
internal sealed class FieldChecks
{
    /// <summary>
    /// Bits of the longest numbers in use: of 6,068 signals in six databases of cars one in a hundred has more.
    /// </summary>
    private const int NumberBits = 16;

    private readonly int _length;
    private readonly ulong[] _masks;
    private readonly ulong[] _values;
    private readonly CanField[] _ofBits;
    private readonly CanField[] _counterFields;
    private readonly CounterRule[] _counters;
    private readonly ulong[] _last;
    private readonly CanField[] _checksums;
    private bool _begun;

    /// <param name="map">The identifier's fields.</param>
    /// <param name="isChecked">Which counters and checksums are checked; null for all.</param>
    public FieldChecks(CanFieldMap map, Func<CanField, bool>? isChecked = null)
    {
        _length = map.PayloadBytes;
        _masks = new ulong[(_length + 7) / 8];
        _values = new ulong[_masks.Length];
        _ofBits = new CanField[_length * 8];
        foreach (var field in map.Fields)
        {
            for (var index = 0; index < field.Length; index++)
            {
                var bit = field.Bit(index);
                _ofBits[bit] = field;
                if (field.Kind != CanFieldKind.Constant) continue;
                _masks[bit >> 6] |= 1UL << (bit & 63);
                _values[bit >> 6] |= ((ulong)field.Minimum >> index & 1) << (bit & 63);
            }
        }

        foreach (var field in map.Fields) ClearHeadroom(field);
        _counterFields = [.. map.Fields.Where(field => field.Cycle is not null && isChecked?.Invoke(field) != false)];
        _counters = [.. _counterFields.Select(field => new CounterRule(
            field.Bit(0), field.Length, field.Bit(field.Length - 1) >> 3 < field.Bit(0) >> 3, field.Cycle!.Value))];
        _last = new ulong[_counters.Length];
        _checksums = [.. map.Fields.Where(field => field.Checksum is not null && isChecked?.Invoke(field) != false)];
    }

    /// <summary>Whether the identifier has counters or checksums to check.</summary>
    public bool IsProtected => _counters.Length + _checksums.Length > 0;

    /// <summary>Checks constants, counters and checksums.</summary>
    public FieldVerdict Check(ReadOnlySpan<byte> payload)
    {
        if (payload.Length != _length) return new FieldVerdict(FieldViolations.LengthUnknown, null, _length, payload.Length);
        return CheckProtection(payload, CheckConstants(payload));
    }

    /// <summary>Checks counters and checksums alone; a payload of another length has neither.</summary>
    public FieldVerdict CheckProtection(ReadOnlySpan<byte> payload) =>
        payload.Length == _length ? CheckProtection(payload, default) : default;

    private FieldVerdict CheckConstants(ReadOnlySpan<byte> payload)
    {
        for (var at = 0; at < _masks.Length; at++)
        {
            var changed = (Word(payload, at * 8) ^ _values[at]) & _masks[at];
            if (changed == 0) continue;
            var field = _ofBits[at * 64 + BitOperations.TrailingZeroCount(changed)];
            return new FieldVerdict(FieldViolations.ConstantChanged, field, field.Minimum, (long)field.Read(payload));
        }

        return default;
    }

    private FieldVerdict CheckProtection(ReadOnlySpan<byte> payload, FieldVerdict verdict)
    {
        for (var index = 0; index < _counters.Length; index++)
        {
            var value = _counters[index].Read(payload);
            var last = _last[index];
            _last[index] = value;
            if (!_begun || _counters[index].Follows(last, value, out var expected)) continue;
            verdict = new FieldVerdict(
                verdict.Violations | FieldViolations.CounterBroken, _counterFields[index], (long)expected, (long)value)
            {
                IsRepeated = value == last,
            };
        }

        _begun = true;
        foreach (var field in _checksums)
        {
            if (field.Checksum!.Verify(payload, out var expected, out var actual)) continue;
            verdict = verdict with
            {
                Violations = verdict.Violations | FieldViolations.ChecksumWrong,
                Field = field,
                Expected = expected,
                Actual = actual,
            };
        }

        return verdict;
    }

    /// <summary>
    /// A number may grow: bits above it that never were set are not held to be constant, up to 16 bits in all and at
    /// least to the end of its byte.
    /// </summary>
    private void ClearHeadroom(CanField field)
    {
        if (field.Kind != CanFieldKind.Physical) return;
        var top = field.Bit(field.Length - 1);
        var sameByte = true;
        for (var length = field.Length; sameByte || length < NumberBits; length++)
        {
            var bit = field.IsBigEndian ? FieldBits.Dbc(FieldBits.Wire(top) - 1) : top + 1;
            if (field.IsBigEndian && FieldBits.Wire(top) == 0) return;
            sameByte &= bit >> 3 == top >> 3;
            if (!sameByte && length >= NumberBits) return;
            if (bit >= _length * 8 || _ofBits[bit] is not { Kind: CanFieldKind.Constant }
                || (_values[bit >> 6] >> (bit & 63) & 1) != 0) return;
            _masks[bit >> 6] &= ~(1UL << (bit & 63));
            top = bit;
        }
    }

    private static ulong Word(ReadOnlySpan<byte> payload, int first)
    {
        if (payload.Length - first >= 8) return BinaryPrimitives.ReadUInt64LittleEndian(payload[first..]);
        ulong word = 0;
        for (var at = first; at < payload.Length; at++) word |= (ulong)payload[at] << (8 * (at - first));
        return word;
    }
}
