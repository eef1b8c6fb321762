using OtGuard.Simulators.Vehicle.Attacks;
using OtGuard.Simulators.Vehicle.LookAlikes;

namespace OtGuard.Simulators.Vehicle;

/// <summary>Every attack and look-alike of the vehicle.</summary>
public static class VehicleAttackCatalogue
{
    /// <summary>All of them, attacks first.</summary>
    public static IReadOnlyList<IVehicleAttack> All { get; } =
    [
        new UnknownIdInjection(),
        new RateInjection(),
        new Suspension(),
        new Masquerade(),
        new IdZeroFlood(),
        new FuzzIdentifiers(),
        new FuzzPayload(),
        new ReplayWindow(),
        new LengthChange(),
        new FrameTypeChange(),
        new ClassicOnFdId(),
        new RemoteFrames(),
        new CounterFrozen(),
        new ChecksumBroken(),
        new FrozenSignal(),
        new SlowDrift(),
        new BusOffMasquerade(),
        new ErrorBurst(),
        new UdsServiceScan(),
        new UdsIdScan(),
        new UdsDidScan(),
        new SecurityAccessBruteForce(),
        new UnauthorisedReprogramming(),
        new EcuReset(),
        new CommunicationOff(),
        new TroubleCodesSuppressed(),
        new WriteDataIdentifier(),
        new InputOutputControl(),
        new RoutineControl(),
        new WeakSeed(),
        new AuthenticationFailures(),
        new ConsecutiveWithoutFirst(),
        new WrongSequence(),
        new FirstFrameFlood(),
        new OverLongMessage(),
        new ChargingManipulation(),
        new DoIpActivationDenied(),
        new DoIpMalformedHeader(),
        new DoIpUnknownTarget(),
        new Tsc1Injection(),
        new AddressClaimContention(),
        new RtsWithoutEnd(),
        new TransportAbort(),
        new TransportDataFlood(),
        new RequestSweep(),
        new WorkshopDiagnostics(),
        new WorkshopReprogramming(),
        new DriverChangesState(),
        new BusSleepAndWake(),
        new RareEvent(),
        new GatewayRestart(),
        new LostFrames(),
        new SingleErrors(),
        new JitterBurst(),
        new ClockStep(),
        new ObdScanTool(),
        new NodeReclaim(),
        new TroubleCodesAppear(),
        new TruckSleepAndWake(),
    ];

    /// <summary>Those that fit a vehicle.</summary>
    public static IReadOnlyList<IVehicleAttack> For(VehicleVariant variant) =>
        [.. All.Where(attack => Fits(attack, variant))];

    /// <summary>True where the vehicle has what the event needs; a car with CAN FD is also a car.</summary>
    public static bool Fits(IVehicleAttack attack, VehicleVariant variant)
    {
        ArgumentNullException.ThrowIfNull(attack);
        return attack.Variant == variant || (attack.Variant == VehicleVariant.Car && variant == VehicleVariant.CarFd);
    }

    /// <summary>The one of a name, or null.</summary>
    public static IVehicleAttack? Find(string name) => All.FirstOrDefault(attack => attack.Name == name);
}
