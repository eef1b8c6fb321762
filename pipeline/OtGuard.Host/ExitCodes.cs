namespace OtGuard.Host;

/// <summary>What the process says to the shell.</summary>
public static class ExitCodes
{
    /// <summary>Nothing found.</summary>
    public const int Clean = 0;

    /// <summary>Deviations found that are alarms.</summary>
    public const int DeviationsFound = 1;

    /// <summary>Wrong usage.</summary>
    public const int Usage = 2;

    /// <summary>Input unreadable.</summary>
    public const int Unreadable = 3;

    /// <summary>The environment lacks something: permissions, a library, a server, room on the disk.</summary>
    public const int Environment = 4;

    /// <summary>Stopped by Ctrl-C (128 + SIGINT).</summary>
    public const int Interrupted = 130;
}
