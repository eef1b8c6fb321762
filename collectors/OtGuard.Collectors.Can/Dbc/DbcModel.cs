using System.Runtime.CompilerServices;
using OtGuard.Collectors.Can.Frames;

namespace OtGuard.Collectors.Can.Dbc;

/// <summary>Something in a DBC file that could not be read as it stands.</summary>
/// <param name="Line">1-based line.</param>
/// <param name="Text">One sentence.</param>
public sealed record DbcFault(int Line, string Text);

/// <summary>How the bits of a signal are a number.</summary>
public enum DbcValueType : byte
{
    /// <summary>A whole number without sign.</summary>
    WholeNumber,

    /// <summary>A whole number in two's complement.</summary>
    TwosComplement,

    /// <summary>IEEE 754, 32 bits.</summary>
    Binary32,

    /// <summary>IEEE 754, 64 bits.</summary>
    Binary64,
}

/// <summary>A multiplexer and the values of it for which a signal is in the frame.</summary>
/// <param name="Multiplexer">The signal that decides.</param>
/// <param name="Ranges">Values, both ends included.</param>
public sealed record DbcMultiplexing(DbcSignal Multiplexer, IReadOnlyList<(ulong First, ulong Last)> Ranges);

/// <summary>A signal: some bits of a message and what they mean. Immutable after reading; thread-safe.</summary>
/// <remarks>
/// Bits are numbered as DBC numbers them: bit <c>b</c> is bit <c>b % 8</c> of byte <c>b / 8</c>. Little-endian (Intel,
/// <c>@1</c>): <see cref="StartBit"/> is the least significant and the signal goes upwards. Big-endian (Motorola,
/// <c>@0</c>): it is the most significant, and the signal goes down in its byte and on with bit 7 of the next.
/// <code>
///   0|12@1  byte 0: b7..b0 are bits 7..0   byte 1: b3..b0 are bits 11..8
///   7|12@0  byte 0: b7..b0 are bits 11..4  byte 1: b7..b4 are bits 3..0
/// </code>
/// </remarks>
public sealed class DbcSignal
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The first bit; see the remarks.</summary>
    public required int StartBit { get; init; }

    /// <summary>Number of bits, 1 to 64.</summary>
    public required int Length { get; init; }

    /// <summary>True for Motorola's order of bytes.</summary>
    public required bool IsBigEndian { get; init; }

    /// <summary>How the bits are a number.</summary>
    public DbcValueType ValueType { get; internal set; }

    /// <summary>Physical value = raw × factor + offset.</summary>
    public required double Factor { get; init; }

    /// <summary>See <see cref="Factor"/>.</summary>
    public required double Offset { get; init; }

    /// <summary>The least physical value; equal to <see cref="Maximum"/> where the file states no range.</summary>
    public required double Minimum { get; init; }

    /// <summary>The greatest physical value.</summary>
    public required double Maximum { get; init; }

    /// <summary>The unit, as written.</summary>
    public required string Unit { get; init; }

    /// <summary>Who receives it.</summary>
    public IReadOnlyList<string> Receivers { get; init; } = [];

    /// <summary>Whether it decides which other signals are in the frame.</summary>
    public bool IsMultiplexer { get; init; }

    /// <summary>The value of <c>m…</c>, or -1 where the signal is always there.</summary>
    internal long MultiplexerValue { get; init; } = -1;

    /// <summary>What decides whether it is in the frame, or null where it always is.</summary>
    public DbcMultiplexing? Multiplexing { get; internal set; }

    /// <summary>Names of raw values; empty where it has none.</summary>
    public IReadOnlyDictionary<long, string> Values { get; internal set; } = NoValues;

    /// <summary>The comment, or null.</summary>
    public string? Comment { get; internal set; }

    /// <summary>Its attributes as written in the file.</summary>
    public IReadOnlyDictionary<string, string> Attributes => AttributeTable;

    /// <summary>True where the file states a range.</summary>
    public bool HasRange => Minimum < Maximum;

    /// <summary>True for two's complement.</summary>
    public bool IsSigned => ValueType == DbcValueType.TwosComplement;

    /// <summary>True where the physical value is the raw one: a whole number.</summary>
    public bool IsPlain =>
        ValueType is DbcValueType.TwosComplement or DbcValueType.WholeNumber && Factor == 1 && Offset == 0;

    internal Dictionary<string, string> AttributeTable { get; } = [];

    internal static readonly Dictionary<long, string> NoValues = [];

    /// <summary>The least number of payload bytes that hold all of its bits.</summary>
    public int RequiredBytes
    {
        get
        {
            if (!IsBigEndian) return (StartBit + Length + 7) / 8;
            var inFirst = StartBit % 8 + 1;
            return StartBit / 8 + 1 + (Math.Max(0, Length - inFirst) + 7) / 8;
        }
    }

    /// <summary>
    /// The bits as a number: sign-extended where the signal is signed; of an unsigned one with 64 bits the bits as they
    /// are. False where the payload ends before them. Allocates nothing.
    /// </summary>
    public bool TryReadRaw(ReadOnlySpan<byte> payload, out long raw)
    {
        raw = 0;
        if (Length is < 1 or > 64 || payload.Length < RequiredBytes) return false;
        var bits = IsBigEndian ? ReadBigEndian(payload) : ReadLittleEndian(payload);
        raw = IsSigned ? (long)(bits << (64 - Length)) >> (64 - Length) : (long)bits;
        return true;
    }

    /// <summary>The physical value. False where the payload ends before its bits. Allocates nothing.</summary>
    public bool TryDecode(ReadOnlySpan<byte> payload, out double value)
    {
        value = 0;
        if (!TryReadRaw(payload, out var raw)) return false;
        var number = ValueType switch
        {
            DbcValueType.WholeNumber => (double)(ulong)raw,
            DbcValueType.TwosComplement => raw,
            DbcValueType.Binary32 => Unsafe.BitCast<int, float>((int)raw),
            DbcValueType.Binary64 => Unsafe.BitCast<long, double>(raw),
        };
        value = number * Factor + Offset;
        return true;
    }

    /// <summary>
    /// Whether the signal is in this frame: always, or as its multiplexer and in turn that one's say. A multiplexer that
    /// lies behind the end of a short frame leaves the signal out. Allocates nothing.
    /// </summary>
    public bool IsPresentIn(ReadOnlySpan<byte> payload)
    {
        var signal = this;

        // Reading leaves no circles; the bound only keeps that promise local.
        for (var depth = 0; depth < 64 && signal.Multiplexing is { } multiplexing; depth++)
        {
            if (!multiplexing.Multiplexer.TryReadRaw(payload, out var value)) return false;
            var selected = false;
            for (var index = 0; index < multiplexing.Ranges.Count; index++)
            {
                var (first, last) = multiplexing.Ranges[index];
                selected |= (ulong)value >= first && (ulong)value <= last;
            }

            if (!selected) return false;
            signal = multiplexing.Multiplexer;
        }

        return true;
    }

    private ulong ReadLittleEndian(ReadOnlySpan<byte> payload)
    {
        ulong bits = 0;
        var first = StartBit / 8;
        var shift = StartBit % 8;
        var have = -shift;
        for (var at = first; have < Length; at++, have += 8)
            bits |= have < 0 ? (ulong)payload[at] >> shift : (ulong)payload[at] << have;
        return Length == 64 ? bits : bits & ((1UL << Length) - 1);
    }

    private ulong ReadBigEndian(ReadOnlySpan<byte> payload)
    {
        ulong bits = 0;
        var left = Length;
        var at = StartBit / 8;
        var top = StartBit % 8;
        while (left > 0)
        {
            var take = Math.Min(top + 1, left);
            var part = (uint)payload[at] >> (top + 1 - take) & ((1u << take) - 1);
            bits = bits << take | part;
            left -= take;
            at++;
            top = 7;
        }

        return bits;
    }
}

/// <summary>A message: a frame by its identifier and the signals in it. Immutable after reading; thread-safe.</summary>
public sealed class DbcMessage
{
    private readonly List<DbcSignal> _signals = [];

    /// <summary>The identifier, bit 31 set for one of 29 bits.</summary>
    public required uint Identifier { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Bytes of payload.</summary>
    public required int Length { get; init; }

    /// <summary>Who sends it; empty where the file does not say.</summary>
    public required string Sender { get; init; }

    /// <summary>Its signals in the order of the file.</summary>
    public IReadOnlyList<DbcSignal> Signals => _signals;

    /// <summary>The comment, or null.</summary>
    public string? Comment { get; internal set; }

    /// <summary>How often it is sent (<c>GenMsgCycleTime</c>), or null where the file does not say or says 0.</summary>
    public TimeSpan? CycleTime { get; internal set; }

    /// <summary>Its attributes as written in the file; those it does not state have the file's default.</summary>
    public IReadOnlyDictionary<string, string> Attributes => AttributeTable;

    internal Dictionary<string, string> AttributeTable { get; } = [];

    internal List<DbcSignal> SignalList => _signals;

    /// <summary>True for the place where tools put signals that belong to no message.</summary>
    public bool IsPlaceholder => Name == "VECTOR__INDEPENDENT_SIG_MSG";

    /// <summary>The signal of a name, or null.</summary>
    public DbcSignal? Find(string name)
    {
        foreach (var signal in _signals)
            if (signal.Name == name) return signal;
        return null;
    }
}

/// <summary>What a DBC file says. Immutable after reading; thread-safe.</summary>
public sealed class DbcFile
{
    /// <summary>The file's name, for people.</summary>
    public required string Name { get; init; }

    /// <summary>The text after VERSION.</summary>
    public string Version { get; internal set; } = "";

    /// <summary>The nodes.</summary>
    public IReadOnlyList<string> Nodes { get; internal set; } = [];

    /// <summary>The messages in the order of the file.</summary>
    public IReadOnlyList<DbcMessage> Messages { get; internal set; } = [];

    /// <summary>Attributes of the whole network, defaults included.</summary>
    public IReadOnlyDictionary<string, string> Attributes => AttributeTable;

    /// <summary>Comments on nodes.</summary>
    public IReadOnlyDictionary<string, string> NodeComments => NodeCommentTable;

    /// <summary>The comment on the whole network, or null.</summary>
    public string? Comment { get; internal set; }

    /// <summary>What could not be read, by line.</summary>
    public IReadOnlyList<DbcFault> Faults { get; internal set; } = [];

    /// <summary>
    /// True where the file is for J1939: then a message stands for its parameter group from any sender, with any
    /// priority and to any destination.
    /// </summary>
    public bool IsJ1939 =>
        AttributeTable.TryGetValue("ProtocolType", out var protocol)
        && protocol.Contains("J1939", StringComparison.OrdinalIgnoreCase);

    internal Dictionary<string, string> AttributeTable { get; } = [];

    internal Dictionary<string, string> NodeCommentTable { get; } = [];
}

/// <summary>The messages of some DBC files by identifier. Immutable; thread-safe.</summary>
public sealed class DbcDatabase
{
    private readonly Dictionary<uint, DbcMessage> _byIdentifier = [];
    private readonly Dictionary<int, DbcMessage> _byParameterGroup = [];

    /// <summary>Joins files; where two name the same identifier, the earlier counts.</summary>
    public DbcDatabase(params IReadOnlyList<DbcFile> files)
    {
        Files = files;
        foreach (var file in files)
        {
            foreach (var message in file.Messages)
            {
                if (message.IsPlaceholder) continue;
                if (!_byIdentifier.TryAdd(message.Identifier, message)) continue;
                if (file.IsJ1939 && (message.Identifier & CanFrameView.ExtendedFlag) != 0)
                    _byParameterGroup.TryAdd(J1939.J1939Identifier.Of(message.Identifier).ParameterGroup, message);
            }
        }
    }

    /// <summary>The files, in the order given.</summary>
    public IReadOnlyList<DbcFile> Files { get; }

    /// <summary>How many messages can be found.</summary>
    public int Count => _byIdentifier.Count;

    /// <summary>The message of an identifier (bit 31 set for 29 bits), or null. Allocates nothing.</summary>
    public DbcMessage? Find(uint identifier)
    {
        if (_byIdentifier.TryGetValue(identifier, out var message)) return message;
        if (_byParameterGroup.Count == 0 || (identifier & CanFrameView.ExtendedFlag) == 0) return null;
        return _byParameterGroup.GetValueOrDefault(J1939.J1939Identifier.Of(identifier).ParameterGroup);
    }
}
