namespace OtGuard.Collectors.Can.Dbc;

internal enum DbcTokenKind
{
    End,
    Word,
    Text,
    Mark,
}

/// <summary>A piece of a DBC file.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Value">The word, the text without its quotes, or the mark.</param>
/// <param name="Line">1-based line it begins on.</param>
/// <param name="IsFirst">True where it is the first of its line.</param>
internal readonly record struct DbcToken(DbcTokenKind Kind, string Value, int Line, bool IsFirst)
{
    public bool IsMark(char mark) => Kind == DbcTokenKind.Mark && Value[0] == mark;

    public bool IsWord(string word) => Kind == DbcTokenKind.Word && Value == word;
}

/// <summary>Cuts the text of a DBC file into words, quoted texts and marks. Never fails.</summary>
internal sealed class DbcTokens
{
    private const string Marks = ":;,()[]|@";

    private readonly string _text;
    private readonly Action<int, string> _fault;
    private int _at;
    private int _line = 1;
    private bool _first = true;

    public DbcTokens(string text, Action<int, string> fault)
    {
        _text = text;
        _fault = fault;
        Current = Read();
    }

    /// <summary>The token in hand.</summary>
    public DbcToken Current { get; private set; }

    /// <summary>Hands out the token in hand and reads the next.</summary>
    public DbcToken Take()
    {
        var taken = Current;
        Current = Read();
        return taken;
    }

    private DbcToken Read()
    {
        SkipBlanks();
        var (line, first) = (_line, _first);
        _first = false;
        if (_at >= _text.Length) return new DbcToken(DbcTokenKind.End, "", line, true);
        var c = _text[_at];
        if (c == '"') return new DbcToken(DbcTokenKind.Text, ReadText(line), line, first);
        if (Marks.Contains(c, StringComparison.Ordinal))
        {
            _at++;
            return new DbcToken(DbcTokenKind.Mark, c.ToString(), line, first);
        }

        var start = _at;
        while (_at < _text.Length && !char.IsWhiteSpace(_text[_at]) && _text[_at] != '"'
            && !Marks.Contains(_text[_at], StringComparison.Ordinal)) _at++;
        return new DbcToken(DbcTokenKind.Word, _text[start.._at], line, first);
    }

    private void SkipBlanks()
    {
        while (_at < _text.Length)
        {
            var c = _text[_at];
            if (c == '\n' || c == '\r' && (_at + 1 >= _text.Length || _text[_at + 1] != '\n'))
            {
                _line++;
                _first = true;
            }
            else if (c == '/' && _at + 1 < _text.Length && _text[_at + 1] == '/')
            {
                while (_at + 1 < _text.Length && _text[_at + 1] is not ('\n' or '\r')) _at++;
            }
            else if (!char.IsWhiteSpace(c) && c != '\0' && c != '\uFEFF')
            {
                return;
            }

            _at++;
        }
    }

    private string ReadText(int line)
    {
        var start = ++_at;
        while (_at < _text.Length && _text[_at] != '"')
        {
            if (_text[_at] == '\\' && _at + 1 < _text.Length && _text[_at + 1] == '"') _at++;
            if (_text[_at] == '\n') _line++;
            _at++;
        }

        var value = _text[start.._at];
        if (_at < _text.Length) _at++;
        else _fault(line, "A text begins here and never ends.");
        return value.Replace("\\\"", "\"", StringComparison.Ordinal);
    }
}
