using System.Globalization;
using System.Text;
using OtGuard.Collectors.Can.Frames;

namespace OtGuard.Collectors.Can.Dbc;

/// <summary>
/// Reads DBC files as tools write them and people edit them: sections may be missing or in another order, unknown ones
/// are skipped, what cannot be read is listed with its line, and everything else counts.
/// </summary>
/// <remarks>
/// Vector, DBC File Format Documentation 1.0. Never throws for what a file contains. Text is UTF-8 where it is valid,
/// else Latin-1; a byte order mark decides.
/// </remarks>
public sealed class DbcReader
{
    /// <summary>Faults listed at most; the last one says that there are more.</summary>
    public const int MaximumFaults = 1000;

    private static readonly HashSet<string> Keywords = new(StringComparer.Ordinal)
    {
        "VERSION", "NS_", "BS_", "BU_", "BO_", "SG_", "EV_", "CM_", "BA_DEF_", "BA_DEF_DEF_", "BA_", "VAL_",
        "VAL_TABLE_", "SIG_VALTYPE_", "SG_MUL_VAL_", "BO_TX_BU_", "SIG_GROUP_", "ENVVAR_DATA_", "EV_DATA_", "SGTYPE_",
        "SGTYPE_VAL_", "BA_DEF_SGTYPE_", "BA_SGTYPE_", "SIG_TYPE_REF_", "SIGTYPE_VALTYPE_", "BA_DEF_REL_", "BA_REL_",
        "BA_DEF_DEF_REL_", "BU_SG_REL_", "BU_EV_REL_", "BU_BO_REL_", "FILTER", "CAT_DEF_", "CAT_", "NS_DESC_",
    };

    private readonly List<DbcFault> _faults = [];
    private readonly List<DbcMessage> _messages = [];
    private readonly Dictionary<uint, DbcMessage> _byIdentifier = [];
    private readonly List<string> _nodes = [];
    private readonly Dictionary<string, string> _defaults = [];
    private readonly Dictionary<string, string> _scopes = [];
    private readonly Dictionary<string, string[]> _enumerations = [];
    private readonly DbcFile _file;
    private readonly DbcTokens _tokens;
    private DbcMessage? _message;

    private DbcReader(string text, string name)
    {
        _file = new DbcFile { Name = name };
        _tokens = new DbcTokens(text, Fault);
    }

    /// <summary>Reads the file at a path.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static DbcFile ReadFile(string path) => Read(File.ReadAllBytes(path), Path.GetFileName(path));

    /// <summary>Reads a file's bytes.</summary>
    public static DbcFile Read(ReadOnlySpan<byte> bytes, string name) => Read(Decode(bytes), name);

    /// <summary>Reads a file's text.</summary>
    public static DbcFile Read(string text, string name)
    {
        var reader = new DbcReader(text, name);
        reader.ReadStatements();
        reader.Finish();
        return reader._file;
    }

    private static string Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes is [0xFF, 0xFE, ..]) return Encoding.Unicode.GetString(bytes[2..]);
        if (bytes is [0xFE, 0xFF, ..]) return Encoding.BigEndianUnicode.GetString(bytes[2..]);
        if (bytes is [0xEF, 0xBB, 0xBF, ..]) bytes = bytes[3..];
        return System.Text.Unicode.Utf8.IsValid(bytes)
            ? Encoding.UTF8.GetString(bytes)
            : Encoding.Latin1.GetString(bytes);
    }

    private void Fault(int line, string text)
    {
        if (_faults.Count < MaximumFaults) _faults.Add(new DbcFault(line, text));
        else if (_faults.Count == MaximumFaults) _faults.Add(new DbcFault(line, "There are more faults than are listed."));
    }

    private static bool IsStart(DbcToken token) =>
        token.Kind == DbcTokenKind.End || token.IsFirst && token.Kind == DbcTokenKind.Word && IsKeyword(token.Value);

    private static bool IsKeyword(string word) => Keywords.Contains(word);

    private void ReadStatements()
    {
        while (_tokens.Current.Kind != DbcTokenKind.End)
        {
            var token = _tokens.Take();
            if (token.Kind != DbcTokenKind.Word || !IsKeyword(token.Value))
            {
                if (token.IsMark(';')) continue;
                Fault(token.Line, $"'{Shorten(token.Value)}' begins no section that is known.");
                SkipStatement();
                continue;
            }

            Statement(token);
        }
    }

    private void Statement(DbcToken keyword)
    {
        switch (keyword.Value)
        {
            case "VERSION":
                if (_tokens.Current.Kind == DbcTokenKind.Text) _file.Version = _tokens.Take().Value;
                break;
            case "NS_":
                ReadNewSymbols();
                break;
            case "BU_":
                ReadNodes();
                break;
            case "BO_":
                ReadMessage(keyword.Line);
                break;
            case "SG_":
                ReadSignal(keyword.Line);
                break;
            case "CM_":
                ReadComment(keyword.Line);
                break;
            case "BA_DEF_":
                ReadAttributeDefinition();
                break;
            case "BA_DEF_DEF_":
                ReadAttributeDefault();
                break;
            case "BA_":
                ReadAttribute(keyword.Line);
                break;
            case "VAL_":
                ReadValues(keyword.Line);
                break;
            case "SIG_VALTYPE_":
                ReadValueType(keyword.Line);
                break;
            case "SG_MUL_VAL_":
                ReadExtendedMultiplexing(keyword.Line);
                break;
            default:
                SkipStatement();
                break;
        }
    }

    /// <summary>Up to the semicolon, or to the next line that begins a section.</summary>
    private void SkipStatement()
    {
        while (!IsStart(_tokens.Current))
            if (_tokens.Take().IsMark(';')) return;
    }

    /// <summary>The list of keywords: each alone on its line, so that the section after it is not taken for one.</summary>
    private void ReadNewSymbols()
    {
        if (_tokens.Current.IsMark(':')) _tokens.Take();
        while (_tokens.Current is { Kind: DbcTokenKind.Word, IsFirst: true } word && word.Value is not ("BS_" or "BU_" or "BO_"))
        {
            _tokens.Take();
            if (_tokens.Current.IsFirst) continue;
            if (IsKeyword(word.Value)) Statement(word);
            return;
        }
    }

    private void ReadNodes()
    {
        if (_tokens.Current.IsMark(':')) _tokens.Take();
        while (_tokens.Current.Kind == DbcTokenKind.Word && !IsStart(_tokens.Current)) _nodes.Add(_tokens.Take().Value);
    }

    private void ReadMessage(int line)
    {
        _message = null;
        if (!TryWord(out var number) || !TryIdentifier(number, line, out var identifier) || !TryWord(out var name))
        {
            Fault(line, "A message needs an identifier and a name; this one is left out.");
            SkipStatement();
            return;
        }

        if (_tokens.Current.IsMark(':')) _tokens.Take();
        if (!TryWord(out var size) || !int.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var length))
        {
            Fault(line, $"Message {name} states no length; it is taken as 8 bytes.");
            length = 8;
        }

        var sender = !_tokens.Current.IsFirst && TryWord(out var node) && node != "Vector__XXX" ? node : "";
        _message = new DbcMessage { Identifier = identifier, Name = name, Length = length, Sender = sender };
        _messages.Add(_message);
        if (!_byIdentifier.TryAdd(identifier, _message))
        {
            Fault(line, $"Message {name} has the identifier of {_byIdentifier[identifier].Name}; "
                + "frames and attributes go to the one stated first.");
        }
    }

    private bool TryIdentifier(string number, int line, out uint identifier)
    {
        identifier = 0;
        if (!uint.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var word)) return false;
        identifier = word & (CanFrameView.ExtendedFlag | CanFrameView.ExtendedMask);
        if ((word & CanFrameView.ExtendedFlag) != 0 || word <= CanFrameView.BaseMask) return true;
        Fault(line, $"Identifier {number} needs 29 bits and is not marked so; it is taken as one of 29 bits.");
        identifier |= CanFrameView.ExtendedFlag;
        return true;
    }

    private void ReadSignal(int line)
    {
        if (!TryWord(out var name))
        {
            Fault(line, "A signal has no name; it is left out.");
            SkipLine(line);
            return;
        }

        var indicator = TryWord(out var mark) ? mark : "";
        var multiplexerValue = -1L;
        var isMultiplexer = indicator.EndsWith('M');
        var value = indicator.TrimEnd('M');
        if (indicator.Length > 0 && value.Length > 0
            && (value[0] != 'm' || !long.TryParse(value[1..], NumberStyles.None, CultureInfo.InvariantCulture, out multiplexerValue)))
        {
            Fault(line, $"Signal {name} has a multiplexer indicator that cannot be read ('{Shorten(indicator)}').");
            multiplexerValue = -1;
        }

        if (!Mark(':') || !TryInteger(out var start) || !Mark('|') || !TryInteger(out var length) || !Mark('@')
            || !TryWord(out var order) || order.Length != 2 || order[0] is not ('0' or '1') || order[1] is not ('+' or '-'))
        {
            Fault(line, $"Signal {name} states no place ('start|length@order'); it is left out.");
            SkipLine(line);
            return;
        }

        double factor = 1, offset = 0, minimum = 0, maximum = 0;
        if (!(Mark('(') && TryNumber(out factor) && Mark(',') && TryNumber(out offset) && Mark(')')))
            Fault(line, $"Signal {name} states no factor and offset; they are taken as 1 and 0.");
        if (!(Mark('[') && TryNumber(out minimum) && Mark('|') && TryNumber(out maximum) && Mark(']')))
            Fault(line, $"Signal {name} states no range.");
        var unit = _tokens.Current is { Kind: DbcTokenKind.Text, IsFirst: false } ? _tokens.Take().Value : "";
        var receivers = new List<string>();
        while (!_tokens.Current.IsFirst)
        {
            var token = _tokens.Take();
            if (token.Kind == DbcTokenKind.Word && token.Value != "Vector__XXX") receivers.Add(token.Value);
        }

        if (_message is null)
        {
            Fault(line, $"Signal {name} stands outside of a message; it is left out.");
            return;
        }

        if (start < 0 || length is < 1 or > 64)
        {
            Fault(line, $"Signal {name} has {length} bits from bit {start}; 1 to 64 can be read, it is left out.");
            return;
        }

        var signal = new DbcSignal
        {
            Name = name,
            StartBit = start,
            Length = length,
            IsBigEndian = order[0] == '0',
            ValueType = order[1] == '-' ? DbcValueType.TwosComplement : DbcValueType.WholeNumber,
            Factor = factor,
            Offset = offset,
            Minimum = minimum,
            Maximum = maximum,
            Unit = unit,
            Receivers = receivers,
            IsMultiplexer = isMultiplexer,
            MultiplexerValue = multiplexerValue,
        };
        if (_message.Length > 0 && signal.RequiredBytes > _message.Length)
            Fault(line, $"Signal {name} lies outside of its message of {_message.Length} bytes.");
        if (_message.Find(name) is not null)
            Fault(line, $"Message {_message.Name} has two signals named {name}.");
        _message.SignalList.Add(signal);
    }

    private void ReadComment(int line)
    {
        var scope = TryWord(out var word) ? word : "";
        var message = scope is "BO_" or "SG_" ? TakeMessage(line) : null;
        var name = scope is "BU_" or "SG_" or "EV_" && TryWord(out var target) ? target : "";
        var text = _tokens.Current.Kind == DbcTokenKind.Text ? _tokens.Take().Value : null;
        if (text is null) Fault(line, "A comment has no text.");
        else if (scope == "BO_" && message is not null) message.Comment = text;
        else if (scope == "SG_" && message is not null) SignalOf(message, name, line)?.Comment = text;
        else if (scope == "BU_") _file.NodeCommentTable[name] = text;
        else if (scope.Length == 0) _file.Comment = text;
        SkipStatement();
    }

    private void ReadAttributeDefinition()
    {
        var scope = _tokens.Current.Kind == DbcTokenKind.Word ? _tokens.Take().Value : "";
        if (_tokens.Current.Kind == DbcTokenKind.Text)
        {
            var name = _tokens.Take().Value;
            _scopes[name] = scope;
            if (_tokens.Current.IsWord("ENUM"))
            {
                _tokens.Take();
                var values = new List<string>();
                while (!IsStart(_tokens.Current) && !_tokens.Current.IsMark(';'))
                {
                    var token = _tokens.Take();
                    if (token.Kind == DbcTokenKind.Text) values.Add(token.Value);
                }

                _enumerations[name] = [.. values];
            }
        }

        SkipStatement();
    }

    private void ReadAttributeDefault()
    {
        if (_tokens.Current.Kind == DbcTokenKind.Text)
        {
            var name = _tokens.Take().Value;
            if (_tokens.Current.Kind is DbcTokenKind.Text or DbcTokenKind.Word && !IsStart(_tokens.Current))
                _defaults[name] = _tokens.Take().Value;
        }

        SkipStatement();
    }

    private void ReadAttribute(int line)
    {
        if (_tokens.Current.Kind != DbcTokenKind.Text)
        {
            Fault(line, "An attribute has no name.");
            SkipStatement();
            return;
        }

        var name = _tokens.Take().Value;
        var scope = _tokens.Current.Kind == DbcTokenKind.Word && _tokens.Current.Value is "BU_" or "BO_" or "SG_" or "EV_"
            ? _tokens.Take().Value
            : "";
        var message = scope is "BO_" or "SG_" ? TakeMessage(line) : null;
        var target = scope is "BU_" or "SG_" or "EV_" && TryWord(out var word) ? word : "";
        if (_tokens.Current.Kind is not (DbcTokenKind.Word or DbcTokenKind.Text) || IsStart(_tokens.Current))
        {
            Fault(line, $"Attribute {name} has no value.");
        }
        else
        {
            var token = _tokens.Take();
            var value = token.Value;
            if (token.Kind == DbcTokenKind.Word && _enumerations.TryGetValue(name, out var values)
                && int.TryParse(value, CultureInfo.InvariantCulture, out var index) && index >= 0 && index < values.Length)
                value = values[index];
            if (scope == "BO_") message?.AttributeTable[name] = value;
            else if (scope == "SG_" && message is not null) SignalOf(message, target, line)?.AttributeTable[name] = value;
            else if (scope.Length == 0) _file.AttributeTable[name] = value;
        }

        SkipStatement();
    }

    private void ReadValues(int line)
    {
        // An environment variable has its name where a signal has the identifier of its message.
        if (_tokens.Current is { Kind: DbcTokenKind.Word } first && !char.IsAsciiDigit(first.Value[0]))
        {
            SkipStatement();
            return;
        }

        var message = TakeMessage(line);
        var signal = TryWord(out var name) && message is not null ? SignalOf(message, name, line) : null;
        var values = new Dictionary<long, string>();
        while (!IsStart(_tokens.Current) && !_tokens.Current.IsMark(';'))
        {
            var token = _tokens.Take();
            if (_tokens.Current.Kind != DbcTokenKind.Text) continue;
            if (double.TryParse(token.Value, CultureInfo.InvariantCulture, out var number) && Math.Abs(number) < 1e18)
                values[(long)number] = _tokens.Take().Value;
            else
                Fault(token.Line, $"'{Shorten(token.Value)}' is no number for a value's name.");
        }

        signal?.Values = values;
        SkipStatement();
    }

    private void ReadValueType(int line)
    {
        var message = TakeMessage(line);
        var signal = TryWord(out var name) && message is not null ? SignalOf(message, name, line) : null;
        Mark(':');
        var type = TryInteger(out var number) ? number : 0;
        if (signal is not null && type == 1 && signal.Length == 32) signal.ValueType = DbcValueType.Binary32;
        else if (signal is not null && type == 2 && signal.Length == 64) signal.ValueType = DbcValueType.Binary64;
        else if (signal is not null && type is 1 or 2)
            Fault(line, $"Signal {name} of {signal!.Length} bits cannot be a float (32) or double (64).");
        SkipStatement();
    }

    private void ReadExtendedMultiplexing(int line)
    {
        var message = TakeMessage(line);
        var signal = TryWord(out var name) && message is not null ? SignalOf(message, name, line) : null;
        var multiplexer = TryWord(out var by) && message is not null ? SignalOf(message, by, line) : null;
        var ranges = new List<(ulong First, ulong Last)>();
        while (!IsStart(_tokens.Current) && !_tokens.Current.IsMark(';'))
        {
            var token = _tokens.Take();
            if (token.Kind != DbcTokenKind.Word) continue;
            var dash = token.Value.IndexOf('-', StringComparison.Ordinal);
            if (dash > 0
                && ulong.TryParse(token.Value.AsSpan(0, dash), CultureInfo.InvariantCulture, out var first)
                && ulong.TryParse(token.Value.AsSpan(dash + 1), CultureInfo.InvariantCulture, out var last))
                ranges.Add((first, last));
            else
                Fault(token.Line, $"'{Shorten(token.Value)}' is no range of multiplexer values.");
        }

        if (signal is not null && multiplexer is not null)
        {
            // No circles: the multiplexer must not depend on the signal.
            for (var above = multiplexer; above is not null; above = above.Multiplexing?.Multiplexer)
            {
                if (above != signal) continue;
                Fault(line, $"Signal {name} would decide about itself; this multiplexing is left out.");
                SkipStatement();
                return;
            }

            signal.Multiplexing = new DbcMultiplexing(multiplexer, ranges);
        }

        SkipStatement();
    }

    /// <summary>Signals with <c>m…</c> that no extended multiplexing names hang on the message's one multiplexer.</summary>
    private void Finish()
    {
        foreach (var message in _messages)
        {
            var root = message.SignalList.Find(s => s.IsMultiplexer && s.MultiplexerValue < 0);
            foreach (var signal in message.SignalList)
            {
                if (signal.MultiplexerValue < 0 || signal.Multiplexing is not null) continue;
                if (root is null) Fault(0, $"Signal {signal.Name} of {message.Name} has no multiplexer; it counts as always there.");
                else
                    signal.Multiplexing = new DbcMultiplexing(
                        root, [((ulong)signal.MultiplexerValue, (ulong)signal.MultiplexerValue)]);
            }
        }

        foreach (var (name, value) in _defaults)
        {
            var scope = _scopes.GetValueOrDefault(name, "");
            if (scope.Length == 0) _file.AttributeTable.TryAdd(name, value);
            if (scope != "BO_") continue;
            foreach (var message in _messages) message.AttributeTable.TryAdd(name, value);
        }

        foreach (var message in _messages)
        {
            if (message.AttributeTable.TryGetValue("GenMsgCycleTime", out var cycle)
                && double.TryParse(cycle, CultureInfo.InvariantCulture, out var milliseconds)
                && milliseconds is > 0 and < int.MaxValue)
                message.CycleTime = TimeSpan.FromMilliseconds(milliseconds);
        }

        _file.Nodes = _nodes;
        _file.Messages = _messages;
        _faults.Sort((left, right) => left.Line.CompareTo(right.Line));
        _file.Faults = _faults;
    }

    private DbcMessage? TakeMessage(int line)
    {
        if (!TryWord(out var number) || !uint.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var word))
        {
            Fault(line, "The identifier of a message is expected here.");
            return null;
        }

        var identifier = word & (CanFrameView.ExtendedFlag | CanFrameView.ExtendedMask);
        if (word is > CanFrameView.BaseMask and < CanFrameView.ExtendedFlag) identifier |= CanFrameView.ExtendedFlag;
        if (_byIdentifier.TryGetValue(identifier, out var message)) return message;
        Fault(line, $"There is no message with identifier {number}.");
        return null;
    }

    private DbcSignal? SignalOf(DbcMessage message, string name, int line)
    {
        var signal = message.Find(name);
        if (signal is null) Fault(line, $"Message {message.Name} has no signal {Shorten(name)}.");
        return signal;
    }

    private bool TryWord(out string word)
    {
        word = "";
        if (_tokens.Current.Kind != DbcTokenKind.Word || _tokens.Current.IsFirst && IsStart(_tokens.Current)) return false;
        word = _tokens.Take().Value;
        return true;
    }

    private bool TryInteger(out int number)
    {
        number = 0;
        return _tokens.Current.Kind == DbcTokenKind.Word
            && int.TryParse(_tokens.Current.Value, NumberStyles.None, CultureInfo.InvariantCulture, out number)
            && _tokens.Take().Kind == DbcTokenKind.Word;
    }

    private bool TryNumber(out double number)
    {
        number = 0;
        if (_tokens.Current.Kind != DbcTokenKind.Word
            || !double.TryParse(_tokens.Current.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out number)
            || !double.IsFinite(number)) return false;
        _tokens.Take();
        return true;
    }

    private bool Mark(char mark)
    {
        if (!_tokens.Current.IsMark(mark)) return false;
        _tokens.Take();
        return true;
    }

    private void SkipLine(int line)
    {
        while (_tokens.Current.Line == line && !_tokens.Current.IsFirst && _tokens.Current.Kind != DbcTokenKind.End)
            _tokens.Take();
    }

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40];
}
