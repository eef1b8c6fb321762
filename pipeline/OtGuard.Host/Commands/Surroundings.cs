namespace OtGuard.Host.Commands;

/// <summary>What a run of the command takes from where it runs.</summary>
/// <param name="Time">The clock.</param>
/// <param name="User">The account that runs it, as the operating system names it.</param>
public sealed record Surroundings(TimeProvider Time, string User)
{
    /// <summary>Those of this process.</summary>
    public static Surroundings Own { get; } = new(TimeProvider.System, Environment.UserName);
}
