using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Substation;

/// <summary>An attack or look-alike and when it begins.</summary>
/// <param name="At">Virtual time after the capture's start.</param>
/// <param name="Attack">What happens.</param>
/// <param name="Strength">How strongly; as tools do it by default where it is null.</param>
public sealed record PlannedEvent(TimeSpan At, IAttack Attack, Strength? Strength = null);

/// <summary>
/// Writes a site's traffic in the order of time. A generator that uses another Modbus stack can take the place of
/// <see cref="SubstationGenerator"/>.
/// </summary>
public interface ITrafficGenerator
{
    /// <summary>Generates everything into <paramref name="sink"/>, the planned events among it.</summary>
    CaptureSummary Generate(ICaptureSink sink, params IReadOnlyList<PlannedEvent> planned);
}
