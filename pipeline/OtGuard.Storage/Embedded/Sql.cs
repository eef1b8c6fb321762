using Microsoft.Data.Sqlite;

namespace OtGuard.Storage.Embedded;

/// <summary>One connection with its prepared statements. Not thread-safe.</summary>
internal sealed class Sql : IDisposable
{
    private readonly Dictionary<string, SqliteCommand> _commands = new(StringComparer.Ordinal);

    public Sql(SqliteConnection connection) => Connection = connection;

    public SqliteConnection Connection { get; }

    /// <summary>Runs a statement; <c>$1</c>, <c>$2</c> … are the values in their order. Returns rows changed.</summary>
    public int Execute(string text, params ReadOnlySpan<object?> values) => Command(text, values).ExecuteNonQuery();

    /// <summary>The first column of the first row, or null.</summary>
    public object? Scalar(string text, params ReadOnlySpan<object?> values) =>
        Command(text, values).ExecuteScalar() is { } value and not DBNull ? value : null;

    /// <summary>The first column of the first row as a number, 0 for none.</summary>
    public long Number(string text, params ReadOnlySpan<object?> values) => Scalar(text, values) is long number ? number
        : 0;

    /// <summary>Every row.</summary>
    public List<T> Rows<T>(string text, Func<SqliteDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        using var reader = Command(text, values).ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(read(reader));
        return rows;
    }

    /// <summary>The first row, or the default value.</summary>
    public T? Row<T>(string text, Func<SqliteDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        using var reader = Command(text, values).ExecuteReader();
        return reader.Read() ? read(reader) : default;
    }

    /// <summary>Runs statements as they are, without values.</summary>
    public void Script(string text)
    {
        using var command = Connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        foreach (var command in _commands.Values) command.Dispose();
        Connection.Dispose();
    }

    private SqliteCommand Command(string text, ReadOnlySpan<object?> values)
    {
        if (!_commands.TryGetValue(text, out var command))
        {
            command = Connection.CreateCommand();
            command.CommandText = text;
            for (var i = 1; i <= values.Length; i++)
                command.Parameters.Add(new SqliteParameter { ParameterName = $"${i}" });
            _commands.Add(text, command);
        }

        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i] ?? DBNull.Value;
        return command;
    }
}
