using System.Globalization;
using System.Text;
using OtGuard.Collectors;

namespace OtGuard.Models;

/// <summary>One thing wrong with a name map.</summary>
/// <param name="Line">Line of the file, from 1.</param>
/// <param name="Text">What is wrong, as part of a sentence.</param>
public readonly record struct NameMapFault(int Line, string Text)
{
    /// <summary><c>line 3: …</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"line {Line}: {Text}");
}

/// <summary>A name map has faults; the message names them all, with their lines.</summary>
public sealed class NameMapFormatException : Exception
{
    /// <summary>Creates the exception for faults, at least one.</summary>
    public NameMapFormatException(IReadOnlyList<NameMapFault> faults)
        : base(string.Join(Environment.NewLine, faults)) => Faults = faults;

    /// <summary>Creates the exception with one sentence for people.</summary>
    public NameMapFormatException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with the fault behind it.</summary>
    public NameMapFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception.</summary>
    public NameMapFormatException()
    {
    }

    /// <summary>What is wrong, by line.</summary>
    public IReadOnlyList<NameMapFault> Faults { get; } = [];
}

/// <summary>
/// Reads a name map from CSV (RFC 4180; divided by comma, semicolon or tab): a header, then one point a line. Every fault
/// of the file is found in one reading.
/// </summary>
/// <remarks>
/// Columns, in any order: <c>server</c>, <c>unit</c>, <c>table</c> (coil, discrete input, input register, holding register,
/// node), <c>address</c> (from 0, as on the wire; of a node its NodeId), <c>name</c>; and, where they are not as usual,
/// <c>type</c>, <c>word order</c> (ABCD, CDAB, BADC, DCBA), <c>scaling</c> (factor), <c>offset</c>, <c>engineering unit</c>
/// (or a second <c>unit</c>), <c>low</c>, <c>high</c>. Numbers have a decimal point. Lines that begin with # are comments.
/// </remarks>
public sealed class NameMapReader
{
    private const int Required = 5;
    private const int AddressSpace = 65_536;

    private static readonly string[] Columns =
    [
        "server", "unit", "table", "address", "name", "type", "word order", "scaling", "offset", "engineering unit", "low",
        "high",
    ];

    private readonly ProtocolRegistry? _protocols;
    private readonly List<NameMapFault> _faults = [];
    private readonly List<NamedPoint> _points = [];
    private readonly Dictionary<(NetworkAddress, short, TargetSpace, uint), (NamedPoint Point, int Line)> _taken = [];
    private readonly Dictionary<(NetworkAddress, short, string), int> _named = [];
    private int[] _columnOf = [];
    private int _line;

    private NameMapReader(ProtocolRegistry? protocols) => _protocols = protocols;

    /// <summary>Reads a map.</summary>
    /// <param name="reader">The text.</param>
    /// <param name="protocols">Read the NodeIds of nodes; null where the addresses of nodes are their numbers.</param>
    /// <exception cref="NameMapFormatException">It has faults; all of them are named.</exception>
    public static NameMap Read(TextReader reader, ProtocolRegistry? protocols = null)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var map = new NameMapReader(protocols);
        map.ReadLines(reader);
        return map._faults.Count == 0 ? new NameMap(map._points) : throw new NameMapFormatException(map._faults);
    }

    private void ReadLines(TextReader reader)
    {
        char? separator = null;
        while (reader.ReadLine() is { } text)
        {
            _line++;
            if (_line == 1) text = text.TrimStart('\uFEFF');
            if (string.IsNullOrWhiteSpace(text) || text[0] == '#') continue;
            if (separator is null)
            {
                separator = SeparatorOf(text);
                if (!ReadHeader(Split(text, separator.Value))) return;
            }
            else if (_points.Count == NameMap.MaximumPoints)
            {
                Fault(string.Create(CultureInfo.InvariantCulture, $"a map holds at most {NameMap.MaximumPoints} points"));
                return;
            }
            else
            {
                ReadPoint(Split(text, separator.Value));
            }
        }

        if (separator is null) Fault("the file names no columns");
    }

    private static char SeparatorOf(string header) => header.Contains('\t', StringComparison.Ordinal)
        ? '\t'
        : header.Contains(';', StringComparison.Ordinal) ? ';' : ',';

    private bool ReadHeader(List<string> cells)
    {
        _columnOf = new int[Columns.Length];
        Array.Fill(_columnOf, -1);
        var before = _faults.Count;
        for (var at = 0; at < cells.Count; at++)
        {
            var name = cells[at].ToLowerInvariant().Replace('_', ' ').Replace('-', ' ');
            if (name == "scale") name = "scaling";
            var column = Array.IndexOf(Columns, name);
            // The unit of the server comes first, that of the value after it.
            if (name == "unit" && _columnOf[column] >= 0) column = Array.IndexOf(Columns, "engineering unit");
            if (column < 0) Fault($"there is no column '{cells[at]}'; the columns are {string.Join(", ", Columns)}");
            else if (_columnOf[column] >= 0) Fault($"the column '{cells[at]}' stands there twice");
            else _columnOf[column] = at;
        }

        for (var column = 0; column < Required; column++)
            if (_columnOf[column] < 0) Fault($"the column '{Columns[column]}' is missing");
        return _faults.Count == before;
    }

    private void ReadPoint(List<string> cells)
    {
        var before = _faults.Count;
        if (cells.Count > _columnOf.Count(at => at >= 0))
            Fault("it has more cells than there are columns");
        if (!NetworkAddress.TryParse(Cell("server"), out var server)) Fault($"'{Cell("server")}' is no address of a server");
        var space = SpaceOf(Cell("table"));
        var unit = UnitOf(Cell("unit"), space);
        var type = TypeOf(Cell("type"), space);
        var address = AddressOf(Cell("address"), space);
        var order = OrderOf(Cell("word order"), type);
        var name = Cell("name");
        if (name.Length == 0) Fault("the name is missing");
        var scale = NumberOf("scaling") ?? 1;
        if (scale == 0) Fault("a scaling of 0 leaves nothing of the value");
        var offset = NumberOf("offset") ?? 0;
        var (low, high) = (NumberOf("low"), NumberOf("high"));
        if (low > high) Fault("low is above high");
        if (_faults.Count > before) return;
        var point = new NamedPoint(
            server, unit, space, address, name, type, order, scale, offset, Cell("engineering unit"), low, high);
        if (space is not TargetSpace.Nodes && point.Address + (long)point.Length > AddressSpace)
            Fault($"{Cell("type")} at {address} reaches beyond the last address of the table, {AddressSpace - 1}");
        if (_named.TryGetValue((server, unit, name), out var named)) Fault($"'{name}' is the name of line {named} too");
        for (var at = 0u; at < point.Length; at++)
        {
            if (!_taken.TryGetValue((server, unit, space, address + at), out var other)) continue;
            Fault($"it lies where '{other.Point.Name}' of line {other.Line} does");
            break;
        }

        if (_faults.Count > before) return;
        _named.Add((server, unit, name), _line);
        for (var at = 0u; at < point.Length; at++) _taken.Add((server, unit, space, address + at), (point, _line));
        _points.Add(point);

        string Cell(string column)
        {
            var at = _columnOf[Array.IndexOf(Columns, column)];
            return at < 0 || at >= cells.Count ? "" : cells[at];
        }

        double? NumberOf(string column)
        {
            var text = Cell(column);
            if (text.Length == 0) return null;
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number))
                return number;
            Fault($"'{text}' in the column '{column}' is no number (with a decimal point)");
            return null;
        }
    }

    private TargetSpace SpaceOf(string text)
    {
        switch (text.ToLowerInvariant().Replace('-', ' ').Replace('_', ' ').TrimEnd('s'))
        {
            case "coil":
                return TargetSpace.Coils;
            case "discrete input":
                return TargetSpace.DiscreteInputs;
            case "input register":
                return TargetSpace.InputRegisters;
            case "holding register":
                return TargetSpace.HoldingRegisters;
            case "node":
                return TargetSpace.Nodes;
            default:
                Fault($"there is no table '{text}'; it is coil, discrete input, input register, holding register or node");
                return TargetSpace.None;
        }
    }

    private short UnitOf(string text, TargetSpace space)
    {
        if (text.Length == 0 && space is TargetSpace.Nodes or TargetSpace.None) return -1;
        if (byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var unit)) return unit;
        Fault($"'{text}' is no unit, which is 0 to 255");
        return -1;
    }

    private PointType TypeOf(string text, TargetSpace space)
    {
        var usual = space switch
        {
            TargetSpace.Coils or TargetSpace.DiscreteInputs => PointType.Bit,
            TargetSpace.Nodes => PointType.Variant,
            _ => PointType.UInt16,
        };
        if (text.Length == 0) return usual;
        if (!text.All(char.IsLetterOrDigit) || !char.IsLetter(text[0])
            || !Enum.TryParse<PointType>(text, ignoreCase: true, out var type))
        {
            Fault($"there is no type '{text}'; it is {string.Join(", ", Enum.GetNames<PointType>()).ToLowerInvariant()}");
            return usual;
        }

        var isRegister = space is TargetSpace.InputRegisters or TargetSpace.HoldingRegisters;
        if (space != TargetSpace.None && (isRegister ? type is PointType.Bit or PointType.Variant : type != usual))
            Fault($"a point of that table has no type '{text}'");
        return type;
    }

    private uint AddressOf(string text, TargetSpace space)
    {
        if (space == TargetSpace.Nodes)
        {
            if (TryNode(text, out var node)) return node;
            Fault($"'{text}' is no NodeId");
            return 0;
        }

        var valid = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? uint.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var address)
            : uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out address);
        if (!valid || address >= AddressSpace)
            Fault($"'{text}' is no address, which is 0 to {AddressSpace - 1}, as on the wire");
        return address;
    }

    private bool TryNode(string text, out uint node)
    {
        if (uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out node)) return true;
        for (byte index = 1; index <= (_protocols?.Count ?? 0); index++)
        {
            if (!_protocols![index].TryParseTargetKey(text, out var target) || target.Space != TargetSpace.Nodes) continue;
            node = target.Start;
            return true;
        }

        return false;
    }

    private WordOrder OrderOf(string text, PointType type)
    {
        WordOrder? order = text.ToUpperInvariant() switch
        {
            "" or "ABCD" => WordOrder.BigEndian,
            "CDAB" => WordOrder.WordSwapped,
            "BADC" => WordOrder.ByteSwapped,
            "DCBA" => WordOrder.LittleEndian,
            _ => null,
        };
        if (order is null) Fault($"there is no word order '{text}'; it is ABCD, CDAB, BADC or DCBA");
        else if (text.Length > 0 && type is PointType.Bit or PointType.Variant) Fault("a point that is not in registers has no word order");
        return order ?? WordOrder.BigEndian;
    }

    /// <summary>The cells of a line; quotes hold separators, and two of them a quote.</summary>
    private List<string> Split(string line, char separator)
    {
        List<string> cells = [];
        var cell = new StringBuilder();
        var isQuoted = false;
        for (var at = 0; at < line.Length; at++)
        {
            var c = line[at];
            if (c == '"' && (isQuoted || cell.ToString().AsSpan().Trim().IsEmpty))
            {
                if (isQuoted && at + 1 < line.Length && line[at + 1] == '"') cell.Append(line[at++]);
                else isQuoted = !isQuoted;
            }
            else if (c == separator && !isQuoted)
            {
                cells.Add(cell.ToString().Trim());
                cell.Clear();
            }
            else
            {
                cell.Append(c);
            }
        }

        cells.Add(cell.ToString().Trim());
        if (isQuoted) Fault("a quote is not closed");
        return cells;
    }

    private void Fault(string text) => _faults.Add(new NameMapFault(_line, text));
}
