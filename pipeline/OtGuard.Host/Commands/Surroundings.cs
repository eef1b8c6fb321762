namespace OtGuard.Host.Commands;

/// <summary>What a run of the command takes from where it runs.</summary>
/// <param name="Time">The clock.</param>
/// <param name="User">The account that runs it, as the operating system names it.</param>
public sealed record Surroundings(TimeProvider Time, string User)
{
    /// <summary>The environment variables.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = OwnEnvironment();

    /// <summary>Ends a run that goes on by itself, as SIGTERM would; none by default.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>Told where the service answers, once it does.</summary>
    public Action<Uri>? Answering { get; init; }

    /// <summary>Those of this process.</summary>
    public static Surroundings Own { get; } = new(TimeProvider.System, Account());

    /// <summary>A machine without a list of accounts has no name for this one, and still listens.</summary>
    private static string Account()
    {
        try
        {
            return System.Environment.UserName;
        }
        catch (IOException)
        {
            return "unnamed account";
        }
    }

    private static Dictionary<string, string> OwnEnvironment()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry variable in System.Environment.GetEnvironmentVariables())
            variables[(string)variable.Key] = (string?)variable.Value ?? "";
        return variables;
    }
}
