namespace OtGuard.Host.Commands;

/// <summary>What a run of the command takes from where it runs.</summary>
/// <param name="Time">The clock.</param>
/// <param name="User">The account that runs it, as the operating system names it.</param>
public sealed record Surroundings(TimeProvider Time, string User)
{
    /// <summary>Those of this process.</summary>
    public static Surroundings Own { get; } = new(TimeProvider.System, OwnUser());

    private static string OwnUser()
    {
        try
        {
            return Environment.UserName;
        }
        catch (IOException)
        {
            // A number without a name, as in a container that is given one.
            var ids = File.ReadLines("/proc/self/status").First(line => line.StartsWith("Uid:", StringComparison.Ordinal));
            return $"uid {ids.Split('\t')[1]}";
        }
    }
}
