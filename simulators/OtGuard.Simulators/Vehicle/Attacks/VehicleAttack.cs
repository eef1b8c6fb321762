using OtGuard.Simulators.Attacks;

namespace OtGuard.Simulators.Vehicle.Attacks;

/// <summary>Something planted in a vehicle.</summary>
public interface IVehicleAttack : IPlantedEvent
{
    /// <inheritdoc/>
    SiteKind IPlantedEvent.SiteKind => SiteKind.Vehicle;

    /// <summary>The vehicle it needs; a car with CAN FD is also a car.</summary>
    VehicleVariant Variant { get; }

    /// <summary>What the driver has to be doing, or null where it does not matter.</summary>
    DrivePhase? Phase { get; }

    /// <summary>True where its frames are on the vehicle's Ethernet (DoIP), not on a bus.</summary>
    bool IsOnEthernet { get; }

    /// <summary>Who does it.</summary>
    string Attacker { get; }

    /// <summary>The control units it is done to.</summary>
    IReadOnlyList<string> Victims { get; }

    /// <summary>
    /// Begins it at the network's present time. What is sent is marked already; what is put off stays marked, and so do
    /// the answers of control units. What others do in consequence is not marked.
    /// </summary>
    void Begin(VehicleNetwork network, Strength strength);
}

/// <summary>What most attacks have in common: somebody at the diagnostic connector of the car.</summary>
internal abstract class VehicleAttack : IVehicleAttack
{
    public abstract string Name { get; }

    public abstract string Description { get; }

    public virtual IReadOnlyList<string> Techniques => [];

    public virtual IReadOnlyList<string> ExpectedRows => [];

    public bool IsAttack => ExpectedRows.Count > 0;

    public bool CanBeLive => !IsOnEthernet;

    public virtual bool IsLasting => false;

    public virtual bool IsAnnounced => false;

    public virtual IReadOnlyList<AttackParameter> Parameters => [];

    public virtual VehicleVariant Variant => VehicleVariant.Car;

    public virtual DrivePhase? Phase => null;

    public virtual bool IsOnEthernet => false;

    public virtual string Attacker => "connector";

    public virtual IReadOnlyList<string> Victims => [];

    public abstract void Begin(VehicleNetwork network, Strength strength);

    protected static TimeSpan Milliseconds(double value) => TimeSpan.FromMilliseconds(value);

    protected static TimeSpan Seconds(double value) => TimeSpan.FromSeconds(value);
}
