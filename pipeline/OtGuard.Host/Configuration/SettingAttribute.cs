namespace OtGuard.Host.Configuration;

/// <summary>What a setting may be, beyond its type.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SettingAttribute : Attribute
{
    /// <summary>The least a number may be.</summary>
    public double Minimum { get; init; }

    /// <summary>The most a number may be.</summary>
    public double Maximum { get; init; } = double.MaxValue;

    /// <summary>True for the name of a file or folder; a relative one starts from the configuration's folder.</summary>
    public bool IsPath { get; init; }

    /// <summary>True for the name of a source; where it is a file, it starts from the configuration's folder.</summary>
    public bool IsSource { get; init; }

    /// <summary>True for what is read from a file or the environment and never printed.</summary>
    public bool IsSecret { get; init; }

    /// <summary>True where it is no setting of the configuration.</summary>
    public bool IsHidden { get; init; }
}
