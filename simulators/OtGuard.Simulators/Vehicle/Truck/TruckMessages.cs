using OtGuard.Simulators.Vehicle.Bus;

namespace OtGuard.Simulators.Vehicle.Truck;

/// <summary>What the truck's control units send in a rhythm.</summary>
/// <remarks>SAE J1939-71 (parameter groups, their rates and the places of their parameters).</remarks>
internal static class TruckMessages
{
    public const byte Engine = 0x00;
    public const byte Transmission = 0x03;
    public const byte Brakes = 0x0B;
    public const byte Retarder = 0x0F;
    public const byte Cluster = 0x17;
    public const byte Body = 0x21;
    public const byte Tool = 0xF9;

    /// <summary>Torque/speed control of the engine by the transmission, while the gear changes.</summary>
    public static readonly uint Tsc1 = J1939Id.Of(3, J1939Id.Tsc1, Transmission, Engine);

    /// <summary>Electronic engine controller 1.</summary>
    public static readonly uint Eec1 = J1939Id.Of(3, 0xF004, Engine);

    /// <summary>Cruise control and vehicle speed 1.</summary>
    public static readonly uint Ccvs1 = J1939Id.Of(6, 0xFEF1, Engine);

    public static IReadOnlyList<MessageDefinition> All { get; } =
    [
        G(3, 0xF004, Engine, "EEC1", 20,
            S("EngineTorqueMode", 0, 4, 1, 0, "", s => s.PedalPercent > 0 ? 1 : 0),
            S("DriverDemandTorque", 8, 8, 1, -125, "%", s => s.LoadPercent),
            S("ActualEngineTorque", 16, 8, 1, -125, "%", s => s.LoadPercent),
            S("EngineSpeed", 24, 16, 0.125, 0, "rpm", s => s.EngineRpm),
            S("SourceAddress", 40, 8, 1, 0, "", _ => 0)),
        G(3, 0xF003, Engine, "EEC2", 50,
            S("AcceleratorLowIdle", 0, 2, 1, 0, "", s => s.PedalPercent == 0 ? 1 : 0),
            S("AcceleratorPosition", 8, 8, 0.4, 0, "%", s => s.PedalPercent),
            S("EngineLoad", 16, 8, 1, 0, "%", s => s.LoadPercent)),
        G(6, 0xFEDF, Engine, "EEC3", 250,
            S("NominalFriction", 0, 8, 1, -125, "%", _ => 8),
            S("DesiredSpeed", 8, 16, 0.125, 0, "rpm", s => s.EngineRpm)),
        G(3, 0xF002, Transmission, "ETC1", 10,
            S("DrivelineEngaged", 0, 2, 1, 0, "", s => s.Gear > 0 ? 1 : 0),
            S("ShiftInProcess", 4, 2, 1, 0, "", s => s.IsShifting ? 1 : 0),
            S("OutputShaftSpeed", 8, 16, 0.125, 0, "rpm", s => s.MetresPerSecond * 60),
            S("ClutchSlip", 24, 8, 0.4, 0, "%", s => s.IsShifting ? 30 : 0),
            S("InputShaftSpeed", 40, 16, 0.125, 0, "rpm", s => s.EngineRpm)),
        G(6, 0xF005, Transmission, "ETC2", 100,
            S("SelectedGear", 0, 8, 1, -125, "", s => s.Gear),
            S("CurrentGear", 24, 8, 1, -125, "", s => s.Gear)),
        G(6, 0xFEF8, Transmission, "TRF1", 1000,
            S("ClutchPressure", 0, 8, 16, 0, "kPa", _ => 800),
            S("OilTemperature", 32, 16, 0.03125, -273, "degC", s => s.CoolantCelsius * 0.9)),
        new(Tsc1, "TSC1_TCU", "TCU", 10, 8,
            [
                S("OverrideMode", 0, 2, 1, 0, "", _ => 2), S("RequestedSpeed", 8, 16, 0.125, 0, "rpm", s => s.EngineRpm),
                S("RequestedTorque", 24, 8, 1, -125, "%", _ => 20),
            ])
        {
            Extended = true,
            Fill = 0xFF,
            Sending = Sending.WhileActive,
            Active = s => s.IsShifting,
        },
        G(6, 0xFEF1, Engine, "CCVS1", 100,
            S("WheelBasedSpeed", 8, 16, 1 / 256.0, 0, "km/h", s => s.SpeedKmh),
            S("CruiseActive", 24, 2, 1, 0, "", s => s.Phase == DrivePhase.Motorway ? 1 : 0),
            S("BrakeSwitch", 28, 2, 1, 0, "", s => s.IsBraking ? 1 : 0),
            S("CruiseSetSpeed", 40, 8, 1, 0, "km/h", s => s.Phase == DrivePhase.Motorway ? 80 : 0)),
        G(6, 0xF001, Brakes, "EBC1", 100,
            S("AsrEngineControl", 0, 2, 1, 0, "", _ => 0),
            S("BrakePedalPosition", 8, 8, 0.4, 0, "%", s => s.BrakeBar),
            S("AbsActive", 4, 2, 1, 0, "", _ => 0)),
        G(6, 0xFEBF, Brakes, "EBC2", 100,
            S("FrontAxleSpeed", 0, 16, 1 / 256.0, 0, "km/h", s => s.SpeedKmh),
            S("RelativeFrontLeft", 16, 8, 0.0625, -7.8125, "km/h", s => s.YawRate * -0.03),
            S("RelativeFrontRight", 24, 8, 0.0625, -7.8125, "km/h", s => s.YawRate * 0.03)),
        G(6, 0xF009, Brakes, "VDC2", 10,
            S("SteeringAngle", 0, 16, 1 / 1024.0, -31.374, "rad", s => s.SteeringDegrees / 57.3),
            S("YawRate", 24, 16, 1 / 8192.0, -3.92, "rad/s", s => s.YawRate / 57.3)),
        G(6, 0xF000, Retarder, "ERC1", 100,
            S("RetarderTorqueMode", 0, 4, 1, 0, "", _ => 0),
            S("RetarderTorque", 8, 8, 1, -125, "%", s => s.Acceleration < -0.5 ? -30 : 0)),
        G(6, 0xFEEE, Engine, "ET1", 1000,
            S("CoolantTemperature", 0, 8, 1, -40, "degC", s => s.CoolantCelsius),
            S("FuelTemperature", 8, 8, 1, -40, "degC", s => s.AmbientCelsius + 12),
            S("EngineOilTemperature", 16, 16, 0.03125, -273, "degC", s => s.CoolantCelsius * 1.05)),
        G(6, 0xFEEF, Engine, "EFLP1", 500,
            S("FuelPressure", 0, 8, 4, 0, "kPa", s => 420 + s.Noise[1] * 20),
            S("OilPressure", 24, 8, 4, 0, "kPa", s => 180 + s.EngineRpm / 8)),
        G(6, 0xFEF2, Engine, "LFE1", 100,
            S("FuelRateLh", 0, 16, 0.05, 0, "l/h", s => s.EngineRpm * s.LoadPercent / 4000),
            S("FuelEconomy", 16, 16, 1 / 512.0, 0, "km/l", s => s.SpeedKmh < 1 ? 0 : 3 + s.Noise[2])),
        G(6, 0xFEF6, Engine, "IC1", 500,
            S("BoostPressure", 8, 8, 2, 0, "kPa", s => s.LoadPercent * 1.8),
            S("IntakeTemperature", 16, 8, 1, -40, "degC", s => s.AmbientCelsius + 10)),
        G(6, 0xFEF5, Cluster, "AMB", 1000,
            S("Barometer", 0, 8, 0.5, 0, "kPa", _ => 100.5),
            S("AmbientTemperature", 24, 16, 0.03125, -273, "degC", s => s.AmbientCelsius)),
        G(6, 0xFEF7, Engine, "VEP1", 1000,
            S("BatteryPotential", 32, 16, 0.05, 0, "V", s => 27.6 + s.Noise[3] * 0.1)),
        G(6, 0xFEFC, Cluster, "DD1", 1000,
            S("FuelLevel1", 8, 8, 0.4, 0, "%", s => s.FuelPercent)),
        G(6, 0xFEC1, Cluster, "VDHR", 1000,
            S("TotalDistance", 0, 32, 0.005, 0, "km", s => s.OdometerKilometres)),
        G(3, 0xFE6C, Cluster, "TCO1", 50,
            S("TachographSpeed", 48, 16, 1 / 256.0, 0, "km/h", s => s.SpeedKmh),
            S("DriverState", 0, 3, 1, 0, "", s => s.SpeedKmh > 0 ? 3 : 2)),
        G(6, 0xFE40, Body, "LC", 1000,
            S("LowBeamOn", 16, 2, 1, 0, "", s => s.LightsOn ? 1 : 0)),
        G(6, 0xFDCC, Body, "OEL", 1000,
            S("HazardSwitch", 14, 2, 1, 0, "", _ => 0)),
        G(6, 0xFEAE, Brakes, "AIR1", 1000,
            S("ServicePressure1", 16, 8, 8, 0, "kPa", s => 900 + s.Noise[4] * 30),
            S("ServicePressure2", 24, 8, 8, 0, "kPa", s => 890 + s.Noise[5] * 30)),
    ];

    private static MessageDefinition G(
        int priority, int group, byte source, string name, int cycle, params Signal[] signals) =>
        new(J1939Id.Of(priority, group, source), name, NameOf(source), cycle, 8, signals)
        {
            Extended = true,
            Fill = 0xFF,
        };

    /// <summary>The node's name by its address.</summary>
    public static string NameOf(byte source) => source switch
    {
        Engine => "ENG",
        Transmission => "TCU",
        Brakes => "ABS",
        Retarder => "RET",
        Cluster => "IC",
        Body => "BCM",
        _ => "TOOL",
    };

    private static Signal S(
        string name, int start, int length, double scale, double offset, string unit, Func<VehicleState, double> value) =>
        new(name, start, length, scale, offset, unit, value);
}
