namespace OtGuard.Simulators.Attacks;

/// <summary>Which simulated site an event belongs to.</summary>
public enum SiteKind : byte
{
    /// <summary>The substation.</summary>
    Substation,

    /// <summary>The vehicle.</summary>
    Vehicle,
}

/// <summary>A parameter of an attack with its value at each intensity.</summary>
/// <param name="Name">Name in the field's words.</param>
/// <param name="Unit">Its unit, empty for a number of things.</param>
/// <param name="Low">Value at low intensity.</param>
/// <param name="Medium">Value at medium intensity.</param>
/// <param name="High">Value at high intensity.</param>
public sealed record AttackParameter(string Name, string Unit, double Low, double Medium, double High)
{
    /// <summary>The value at a strength.</summary>
    public double At(Strength strength)
    {
        ArgumentNullException.ThrowIfNull(strength);
        if (strength.Set.TryGetValue(Name, out var value)) return value;
        return strength.Intensity switch
        {
            Intensity.Low => Low,
            Intensity.Medium => Medium,
            Intensity.High => High,
        };
    }

    /// <summary>The value as a number of things, at least one.</summary>
    public int Count(Strength strength) => (int)Math.Clamp(Math.Round(At(strength)), 1, int.MaxValue);

    /// <summary>The value in seconds as a span.</summary>
    public TimeSpan Seconds(Strength strength) => TimeSpan.FromSeconds(At(strength));
}

/// <summary>
/// Something that happens on a site and is known to have been planted: an attack, or a benign event that looks like
/// one.
/// </summary>
public interface IPlantedEvent
{
    /// <summary>Short name with hyphens, unique within its site.</summary>
    string Name { get; }

    /// <summary>One sentence: who does what.</summary>
    string Description { get; }

    /// <summary>MITRE ATT&amp;CK for ICS identifiers (version 18.1); empty for a benign event.</summary>
    IReadOnlyList<string> Techniques { get; }

    /// <summary>Rows of the deviation catalogue of which at least one is expected; empty for a benign event.</summary>
    IReadOnlyList<string> ExpectedRows { get; }

    /// <summary>False for a benign look-alike.</summary>
    bool IsAttack { get; }

    /// <summary>The site it belongs to.</summary>
    SiteKind SiteKind { get; }

    /// <summary>
    /// False where it consists of packets that a program's connections do not send, or of what a recorder loses: it can
    /// be written into captures alone.
    /// </summary>
    bool CanBeLive { get; }

    /// <summary>
    /// True where what it set stays set when it is over, so that the plant goes on in a state of its making.
    /// </summary>
    bool IsLasting { get; }

    /// <summary>
    /// True where a work order announces it, with the host it is worked from: done without one, it would be an attack.
    /// </summary>
    bool IsAnnounced { get; }

    /// <summary>What its intensity changes; empty where it knows no intensities.</summary>
    IReadOnlyList<AttackParameter> Parameters { get; }
}
