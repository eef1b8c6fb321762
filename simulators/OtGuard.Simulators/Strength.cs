using OtGuard.Simulators.Attacks;

namespace OtGuard.Simulators;

/// <summary>How strongly an attack is carried out: an intensity, and parameters set to values of their own.</summary>
/// <param name="Intensity">Decides every parameter that is not set.</param>
/// <param name="Set">Values by the parameters' names (<see cref="AttackParameter.Name"/>).</param>
public sealed record Strength(Intensity Intensity, IReadOnlyDictionary<string, double> Set)
{
    private static readonly Dictionary<string, double> Nothing = [];

    /// <summary>As tools do it by default.</summary>
    public static Strength Medium { get; } = Of(Intensity.Medium);

    /// <summary>An intensity with nothing set apart.</summary>
    public static Strength Of(Intensity intensity) => new(intensity, Nothing);

    /// <summary>The same with one parameter at a value.</summary>
    public Strength With(string parameter, double value) =>
        this with { Set = new Dictionary<string, double>(Set) { [parameter] = value } };
}
