namespace OtGuard.Host.Commands;

/// <summary>What a run of the command takes from where it runs.</summary>
/// <param name="Time">The clock.</param>
/// <param name="User">The account that runs it, as the operating system names it.</param>
public sealed record Surroundings(TimeProvider Time, string User)
{
    /// <summary>Those of this process.</summary>
    public static Surroundings Own { get; } = new(TimeProvider.System, NameOfUser());

    // Where there is no list of accounts, as on a rescue system, or the account is not in it.
    private static string NameOfUser()
    {
        try
        {
            return Environment.UserName;
        }
        catch (IOException)
        {
            return "unknown";
        }
    }
}
