namespace OtGuard.Simulators.Joint;

/// <summary>
/// The station of the charging park at which a simulated vehicle stands: the park's controller says what it may take, the
/// vehicle what it takes. Both read it as they run, side by side.
/// </summary>
internal sealed class ChargingStation
{
    /// <summary>What the station may take from the grid, in kW: an even share of the park's limit.</summary>
    public double LimitKilowatts { get; set; } = double.PositiveInfinity;

    /// <summary>What it takes at the moment, in kW at the meter; 0 where no vehicle is plugged in.</summary>
    public double MeterKilowatts { get; set; }
}
