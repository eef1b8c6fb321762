namespace OtGuard.Host.Configuration;

/// <summary>Something wrong in a file of settings.</summary>
/// <param name="Path">The key: <c>sinks.mail[0].port</c>; empty for the whole.</param>
/// <param name="Text">What is wrong, and what helps.</param>
public sealed record ConfigurationFault(string Path, string Text)
{
    /// <inheritdoc/>
    public override string ToString() => Path.Length == 0 ? Text : $"{Path}: {Text}";
}

/// <summary>A file of settings has faults; the message tells them all, a line each.</summary>
public sealed class ConfigurationException : Exception
{
    /// <summary>Creates the exception.</summary>
    public ConfigurationException(string file, IReadOnlyList<ConfigurationFault> faults)
        : base(string.Join(Environment.NewLine, faults.Select(fault => $"{file}: {fault}"))) => Faults = faults;

    /// <summary>Creates the exception.</summary>
    public ConfigurationException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with the fault behind it.</summary>
    public ConfigurationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception.</summary>
    public ConfigurationException()
    {
    }

    /// <summary>The faults.</summary>
    public IReadOnlyList<ConfigurationFault> Faults { get; } = [];
}
