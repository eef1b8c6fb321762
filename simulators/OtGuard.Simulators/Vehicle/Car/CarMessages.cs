using OtGuard.Simulators.Vehicle.Bus;

namespace OtGuard.Simulators.Vehicle.Car;

/// <summary>What the car's control units send.</summary>
internal static class CarMessages
{
    public const uint MotorState = 0x0B6;
    public const uint BrakePressure = 0x0D1;
    public const uint EngineState = 0x120;
    public const uint WheelSpeeds = 0x130;
    public const uint VehicleSpeed = 0x13A;
    public const uint EngineTemperatures = 0x210;
    public const uint BatteryMain = 0x1B0;
    public const uint ChargeRequest = 0x266;
    public const uint SeatMemory = 0x30C;
    public const uint Doors = 0x2C4;

    private static readonly string[] OffOn = ["Off", "On"];

    /// <summary>Powertrain, brakes and charging on <c>can0</c>, body on <c>can1</c>.</summary>
    public static IReadOnlyList<MessageDefinition> Classic { get; } =
    [
        Safe(0x0A5, "ENG_Torque", "ENG", 10, Protection.CrcFirst,
            S("TorqueActual", 16, 12, 0.5, -400, "Nm", s => s.EngineTorque),
            S("TorqueDemand", 28, 12, 0.5, -400, "Nm", s => s.EngineTorque * 1.01 + s.Noise[0]),
            S("PedalPosition", 40, 8, 0.4, 0, "%", s => s.PedalPercent),
            S("Running", 48, 1, 1, 0, "", s => s.IsEngineRunning ? 1 : 0, OffOn)),
        Safe(MotorState, "EMOT_State", "EMOT", 10, Protection.CrcFirst,
            S("MotorSpeed", 16, 16, 0.5, 0, "rpm", s => s.MotorRpm),
            Signed("MotorTorque", 32, 12, 0.25, "Nm", s => s.MotorTorque),
            S("MotorTemperature", 48, 8, 1, -40, "degC", s => s.MotorCelsius)),
        Safe(0x0C4, "STEER_Angle", "EPS", 10, Protection.CrcLastWithId,
            Motorola("SteeringAngle", 7, 16, 0.1, "deg", s => s.SteeringDegrees),
            Motorola("SteeringTorque", 23, 12, 0.01, "Nm", s => s.SteeringDegrees * 0.02 + s.Noise[1] * 0.2)),
        Safe(BrakePressure, "BRK_Pressure", "ESP", 10, Protection.CrcLastWithId,
            Motorola("MasterPressure", 7, 12, 0.1, "bar", s => s.BrakeBar) with { Signed = false },
            S("PedalPressed", 16, 1, 1, 0, "", s => s.IsBraking ? 1 : 0, OffOn)),
        Safe(0x0D7, "ESP_Dynamics", "ESP", 10, Protection.CrcLastWithId,
            Motorola("YawRate", 7, 14, 0.02, "deg/s", s => s.YawRate + s.Noise[2] * 0.05),
            Motorola("LateralAcceleration", 23, 12, 0.01, "m/s2", s => s.LateralAcceleration),
            Motorola("LongitudinalAcceleration", 39, 12, 0.01, "m/s2", s => s.Acceleration)),
        Safe(EngineState, "ENG_State", "ENG", 20, Protection.CrcFirst,
            S("EngineSpeed", 16, 16, 0.25, 0, "rpm", s => s.EngineRpm),
            S("Throttle", 32, 8, 0.4, 0, "%", s => s.LoadPercent),
            S("FuelRate", 40, 12, 0.05, 0, "l/h", s => s.EngineRpm * s.LoadPercent / 20_000)),
        Safe(WheelSpeeds, "WHL_Speeds", "ESP", 20, Protection.None,
            Unsigned("SpeedFrontLeft", 7, 16, 0.01, "km/h", s => Wheel(s, -1)),
            Unsigned("SpeedFrontRight", 23, 16, 0.01, "km/h", s => Wheel(s, 1)),
            Unsigned("SpeedRearLeft", 39, 16, 0.01, "km/h", s => Wheel(s, -0.8)),
            Unsigned("SpeedRearRight", 55, 16, 0.01, "km/h", s => Wheel(s, 0.8))),
        Safe(VehicleSpeed, "VEH_Speed", "ESP", 20, Protection.NibbleXor,
            S("VehicleSpeed", 0, 16, 0.01, 0, "km/h", s => s.SpeedKmh),
            S("Standstill", 16, 1, 1, 0, "", s => s.MetresPerSecond == 0 ? 1 : 0, OffOn),
            S("TripDistance", 24, 16, 0.1, 0, "km", s => s.OdometerKilometres % 1000)) with { ForwardedTo = 1 },
        Safe(0x145, "TRN_Gear", "TCU", 20, Protection.Counter,
            S("GearEngaged", 0, 4, 1, 0, "", s => s.Gear, ["P", "1", "2", "3", "4", "5", "6"]),
            S("LeverPosition", 4, 3, 1, 0, "", s => s.Gear == 0 ? 0 : 3, ["P", "R", "N", "D"]),
            S("OilTemperature", 8, 8, 1, -40, "degC", s => s.CoolantCelsius * 0.9)) with { ForwardedTo = 1 },
        Safe(0x152, "EMOT_Inverter", "EMOT", 20, Protection.CrcFirst,
            S("DcVoltage", 16, 14, 0.05, 0, "V", s => s.BatteryVolts),
            Signed("PhaseCurrent", 32, 14, 0.1, "A", s => s.MotorTorque * 1.6),
            S("InverterTemperature", 48, 8, 1, -40, "degC", s => s.MotorCelsius * 0.9)),
        Safe(0x160, "ACC_Request", "ACC", 20, Protection.CrcFirst,
            S("SetSpeed", 16, 8, 1, 0, "km/h", s => s.Phase == DrivePhase.Motorway ? 120 : 0),
            S("State", 24, 3, 1, 0, "", s => s.Phase == DrivePhase.Motorway ? 2 : 0, ["Off", "Standby", "Active"]),
            S("Distance", 32, 12, 0.1, 0, "m", s => s.SpeedKmh > 5 ? 20 + s.SpeedKmh / 2 + s.Noise[3] * 10 : 0)),
        Safe(0x16F, "BRK_Status", "ESP", 20, Protection.CrcLastWithId,
            S("AbsActive", 0, 1, 1, 0, "", _ => 0, OffOn),
            S("BrakeLight", 1, 1, 1, 0, "", s => s.IsBraking ? 1 : 0, OffOn),
            Unsigned("RegenerationTorque", 15, 12, 0.5, "Nm", s => Math.Max(0, -s.MotorTorque))),
        Safe(0x1A2, "EPS_Status", "EPS", 50, Protection.NibbleXor,
            S("AssistCurrent", 0, 10, 0.1, 0, "A", s => Math.Abs(s.SteeringDegrees) * 0.2),
            S("EpsState", 16, 2, 1, 0, "", _ => 1, ["Off", "Ready", "Fault"])),
        Safe(BatteryMain, "BMS_Main", "BMS", 50, Protection.CrcFirst,
            S("PackVoltage", 16, 14, 0.05, 0, "V", s => s.BatteryVolts),
            Signed("PackCurrent", 32, 14, 0.1, "A", s => s.BatteryAmperes),
            S("Contactor", 48, 2, 1, 0, "", _ => 2, ["Open", "Precharge", "Closed"])),
        Safe(0x1B8, "BMS_Limits", "BMS", 50, Protection.CrcFirst,
            S("DischargeLimit", 16, 10, 0.2, 0, "kW", s => 40 + s.StateOfCharge * 0.6),
            S("ChargeLimit", 32, 10, 0.2, 0, "kW", s => 90 - s.StateOfCharge * 0.4)),
        Safe(0x1C6, "DCDC_State", "DCDC", 50, Protection.Counter,
            S("LowVoltage", 0, 10, 0.02, 0, "V", s => 14.1 + s.Noise[4] * 0.05),
            S("LowCurrent", 16, 10, 0.2, 0, "A", s => 28 + (s.LightsOn ? 9 : 0) + s.Noise[5] * 3)),
        Safe(0x1D4, "ESP_Status", "ESP", 50, Protection.CrcLastWithId,
            S("EspState", 0, 3, 1, 0, "", _ => 1, ["Off", "Ready", "Active"]),
            S("Hold", 3, 1, 1, 0, "", s => s.MetresPerSecond == 0 ? 1 : 0, OffOn)),
        Safe(EngineTemperatures, "ENG_Temps", "ENG", 100, Protection.None,
            S("Coolant", 0, 8, 1, -40, "degC", s => s.CoolantCelsius),
            S("Oil", 8, 8, 1, -40, "degC", s => s.CoolantCelsius * 1.05),
            S("Intake", 16, 8, 1, -40, "degC", s => s.AmbientCelsius + 8),
            S("FuelLevel", 24, 8, 0.5, 0, "%", s => s.FuelPercent)) with { Fill = 0xFF },
        Safe(0x224, "BMS_Soc", "BMS", 100, Protection.Counter,
            S("StateOfCharge", 0, 12, 0.05, 0, "%", s => s.StateOfCharge),
            S("StateOfHealth", 16, 8, 0.5, 0, "%", _ => 96),
            S("Energy", 24, 12, 0.02, 0, "kWh", s => s.StateOfCharge * 0.26)) with { ForwardedTo = 1 },
        Cells,
        PackTemperatures,
        Safe(0x240, "VCU_Mode", "VCU", 100, Protection.CrcFirst,
            S("DriveMode", 16, 3, 1, 0, "", s => (int)s.Phase, ["Parked", "City", "Motorway", "Charging"]),
            S("Ready", 19, 1, 1, 0, "", _ => 1, OffOn),
            S("Ignition", 20, 2, 1, 0, "", _ => 2, ["Off", "Accessory", "On"])) with { ForwardedTo = 1 },
        Safe(0x251, "THM_Cooling", "THM", 100, Protection.None,
            S("PumpDuty", 0, 8, 0.4, 0, "%", s => 20 + Math.Max(0, s.MotorCelsius - 30)),
            S("FanDuty", 8, 8, 0.4, 0, "%", s => Math.Max(0, s.CoolantCelsius - 80) * 5),
            S("CoolantFlow", 16, 10, 0.05, 0, "l/min", s => 6 + s.Noise[6])),
        Safe(0x260, "CHG_Status", "CHG", 100, Protection.Counter,
            S("ChargeState", 0, 3, 1, 0, "", s => !s.IsPlugged ? 0 : s.DeliveredKilowatts < 0.1 ? 1 : 2,
                ["Unplugged", "Preparing", "Charging"]),
            S("ChargePower", 8, 12, 0.05, 0, "kW", s => s.DeliveredKilowatts),
            S("SessionEnergy", 24, 16, 0.01, 0, "kWh", s => s.SessionKilowattHours)),
        Safe(ChargeRequest, "CHG_Request", "BMS", 100, Protection.CrcFirst,
            S("RequestedPower", 16, 12, 0.05, 0, "kW", s => s.RequestedKilowatts),
            S("MaximumVoltage", 32, 12, 0.2, 0, "V", _ => 400),
            S("RequestValid", 44, 1, 1, 0, "", s => s.IsPlugged ? 1 : 0, OffOn)),
        Safe(0x26C, "EVSE_Limits", "CHG", 100, Protection.None,
            S("AvailablePower", 0, 12, 0.05, 0, "kW", s => s.IsPlugged ? s.AvailableKilowatts : 0),
            S("OutputVoltage", 16, 12, 0.2, 0, "V", s => s.IsPlugged ? s.BatteryVolts : 0),
            S("OutputCurrent", 32, 12, 0.1, 0, "A", s => s.IsPlugged ? -s.BatteryAmperes : 0)),
        Safe(0x270, "CHG_Plug", "CHG", 100, Protection.None,
            S("PlugPresent", 0, 1, 1, 0, "", s => s.IsPlugged ? 1 : 0, OffOn),
            S("PlugLocked", 1, 1, 1, 0, "", s => s.IsPlugged ? 1 : 0, OffOn),
            S("PilotDuty", 8, 8, 0.5, 0, "%", s => s.IsPlugged ? 5 : 0)) with { Length = 4 },
        Tyres,
        Safe(SeatMemory, "SEAT_Memory", "BCM", 0, Protection.None,
            S("Position", 0, 4, 1, 0, "", s => s.SeatMemory)) with { Length = 2, Sending = Sending.OnEvent },
        Safe(0x310, "IC_Odometer", "IC", 500, Protection.None,
            S("Odometer", 0, 24, 0.1, 0, "km", s => s.OdometerKilometres),
            S("Range", 24, 12, 1, 0, "km", s => s.StateOfCharge * 0.6 + s.FuelPercent * 7)) with { ForwardedTo = 1 },
        Safe(0x31C, "ENV_Ambient", "THM", 500, Protection.None,
            S("Ambient", 0, 8, 0.5, -40, "degC", s => s.AmbientCelsius),
            S("Pressure", 8, 10, 1, 0, "hPa", s => 1005 + s.Noise[7] * 2)) with { Length = 4 },
        Identification,
        Safe(0x3F2, "TIME_Clock", "IC", 1000, Protection.None,
            S("Hours", 0, 5, 1, 0, "h", s => Clock(s) / 3600 % 24),
            S("Minutes", 8, 6, 1, 0, "min", s => Clock(s) / 60 % 60),
            S("Seconds", 16, 6, 1, 0, "s", s => Clock(s) % 60)),
        Safe(0x510, "NM_Powertrain", "VCU", 200, Protection.None,
            S("SourceNode", 0, 8, 1, 0, "", _ => 0x10),
            S("AwakeReason", 8, 8, 1, 0, "", _ => 1)),

        Body(0x2B0, "BCM_Lights", 100, Protection.Counter,
            S("LowBeam", 0, 1, 1, 0, "", s => s.LightsOn ? 1 : 0, OffOn),
            S("BrakeLamp", 1, 1, 1, 0, "", s => s.IsBraking ? 1 : 0, OffOn),
            S("Brightness", 8, 8, 1, 0, "", s => s.LightsOn ? 90 : 255)) with { Sending = Sending.CyclicAndOnEvent },
        Body(0x2B6, "BCM_Wipers", 100, Protection.None,
            S("WiperStage", 0, 2, 1, 0, "", s => s.WiperStage, ["Off", "Interval", "Slow", "Fast"])) with
            { Length = 4, Sending = Sending.CyclicAndOnEvent },
        Body(Doors, "BCM_Doors", 500, Protection.None,
            S("DoorsOpen", 0, 4, 1, 0, "", s => s.DoorsOpen),
            S("Locked", 4, 1, 1, 0, "", s => s.SpeedKmh > 15 ? 1 : 0, OffOn)) with
            { Length = 4, Sending = Sending.CyclicAndOnEvent },
        Body(0x2D2, "CLM_State", 200, Protection.None,
            S("CabinTemperature", 0, 8, 0.5, -40, "degC", s => s.CabinTarget + s.Noise[8]),
            S("TargetTemperature", 8, 8, 0.5, -40, "degC", s => s.CabinTarget),
            S("Blower", 16, 4, 1, 0, "", s => 4 + Math.Round(s.Noise[9] * 2))),
        Body(0x2DA, "CLM_Request", 0, Protection.None,
            S("WantedTemperature", 0, 8, 0.5, -40, "degC", s => s.CabinTarget)) with
            { Length = 3, Sending = Sending.OnEvent },
        Body(0x2E1, "SEAT_State", 1000, Protection.None,
            S("DriverPresent", 0, 1, 1, 0, "", _ => 1, OffOn),
            S("BeltBuckled", 1, 1, 1, 0, "", s => s.SpeedKmh > 1 ? 1 : 0, OffOn)) with { Length = 4 },
        Body(0x2F0, "KEY_Remote", 0, Protection.NibbleXor,
            S("Button", 0, 3, 1, 0, "", s => s.KeyButton, ["None", "Lock", "Unlock", "Trunk"])) with
            { Length = 6, Sending = Sending.OnEvent },
        Body(0x33A, "INF_Display", 500, Protection.None,
            S("SpeedShown", 0, 8, 1, 0, "km/h", s => s.SpeedKmh * 1.03),
            S("ConsumptionShown", 8, 10, 0.1, 0, "l/h", s => s.EngineRpm * s.LoadPercent / 20_000)),
        Body(0x344, "PDC_Distance", 100, Protection.Counter,
            S("Front", 0, 8, 1, 0, "cm", s => 120 + s.Noise[10] * 60),
            S("Rear", 8, 8, 1, 0, "cm", s => 150 + s.Noise[11] * 60)) with
            { Length = 4, Sending = Sending.WhileActive, Active = s => s.SpeedKmh is > 0 and < 12 },
        Body(0x352, "RLS_RainLight", 200, Protection.None,
            S("Rain", 0, 6, 1, 0, "", s => s.WiperStage * 12),
            S("Light", 8, 10, 1, 0, "lx", s => s.LightsOn ? 40 : 700 + s.Noise[12] * 50)) with { Length = 4 },
        Body(0x36E, "INF_Media", 0, Protection.None,
            S("Volume", 0, 6, 1, 0, "", s => s.MediaVolume)) with { Length = 4, Sending = Sending.OnEvent },
        Body(0x378, "BCM_Horn", 0, Protection.None,
            S("Horn", 0, 1, 1, 0, "", s => s.HornPressed ? 1 : 0, OffOn)) with { Length = 2, Sending = Sending.OnEvent },
        Body(0x388, "BCM_Indicator", 350, Protection.None,
            S("Side", 0, 2, 1, 0, "", s => s.Turning, ["Off", "Left", "Right"])) with
            { Length = 2, Sending = Sending.WhileActive, Active = s => s.Turning != 0 },
        Body(0x520, "NM_Body", 200, Protection.None,
            S("BodySource", 0, 8, 1, 0, "", _ => 0x20),
            S("BodyAwake", 8, 8, 1, 0, "", _ => 1)),
    ];

    /// <summary>Driver assistance on <c>can2</c>, in CAN FD.</summary>
    public static IReadOnlyList<MessageDefinition> FlexibleDataRate { get; } =
    [
        Fd(0x080, "FD_InverterFast", "EMOT", 10, 16, Protection.CrcFirst,
            S("FdMotorSpeed", 16, 16, 0.5, 0, "rpm", s => s.MotorRpm),
            Signed("FdMotorTorque", 32, 16, 0.05, "Nm", s => s.MotorTorque),
            S("FdDcVoltage", 48, 16, 0.01, 0, "V", s => s.BatteryVolts),
            Signed("FdDcCurrent", 64, 16, 0.05, "A", s => s.BatteryAmperes)),
        Fd(0x090, "FD_Chassis", "ESP", 20, 24, Protection.CrcLastWithId,
            Motorola("FdYawRate", 7, 16, 0.01, "deg/s", s => s.YawRate),
            Motorola("FdLateral", 23, 16, 0.005, "m/s2", s => s.LateralAcceleration),
            Motorola("FdLongitudinal", 39, 16, 0.005, "m/s2", s => s.Acceleration),
            Unsigned("FdSpeed", 55, 16, 0.01, "km/h", s => s.SpeedKmh),
            Motorola("FdSteering", 71, 16, 0.1, "deg", s => s.SteeringDegrees)),
        Fd(0x0A0, "FD_RadarObjects", "RAD", 50, 64, Protection.CrcFirst, [.. Objects(10)]),
        Fd(0x0B0, "FD_CameraLanes", "CAM", 40, 48, Protection.CrcFirst,
            Signed("LaneLeft", 16, 16, 0.01, "m", s => 1.7 + s.Noise[12] * 0.2),
            Signed("LaneRight", 32, 16, 0.01, "m", s => -1.7 + s.Noise[12] * 0.2),
            Signed("Curvature", 48, 16, 0.0001, "1/m", s => s.SpeedKmh < 1 ? 0 : s.YawRate / 57.3 / s.MetresPerSecond)),
        Fd(0x0C0, "FD_CellVoltages", "BMS", 100, 64, Protection.None, [.. CellVoltages(32)]),
        Fd(0x0D0, "FD_Position", "GNSS", 200, 32, Protection.Counter,
            S("Distance", 0, 32, 0.001, 0, "km", s => s.OdometerKilometres),
            S("GroundSpeed", 32, 16, 0.01, 0, "km/h", s => s.SpeedKmh)),
        Fd(0x0E0, "FD_Assist", "ACC", 20, 12, Protection.CrcFirst,
            S("AssistTorque", 16, 12, 0.01, -20, "Nm", s => s.Noise[13]),
            S("AssistState", 28, 3, 1, 0, "", s => s.Phase == DrivePhase.Motorway ? 2 : 1, ["Off", "Ready", "Active"])),
        Fd(0x0F0, "FD_Ultrasonic", "PDC", 100, 20, Protection.Counter, [.. Echoes(12)]),
        Fd(0x100, "FD_Status", "ACC", 500, 8, Protection.None, S("FdAlive", 0, 8, 1, 0, "", _ => 1)),
    ];

    private static MessageDefinition Cells => Multiplexed(
        0x22E, "BMS_Cells", "BMS", 100, 8, 12,
        i => Enumerable.Range(0, 3).Select(j => S(
            $"Cell{i * 3 + j + 1:D2}", 16 + 16 * j, 12, 0.002, 0, "V",
            s => s.BatteryVolts / 96 + 0.003 * Math.Sin(i * 3 + j))));

    private static MessageDefinition PackTemperatures => Multiplexed(
        0x236, "BMS_Temps", "BMS", 200, 8, 4,
        i => Enumerable.Range(0, 4).Select(j => S(
            $"Pack{i * 4 + j + 1:D2}", 8 + 8 * j, 8, 0.5, -40, "degC", s => s.BatteryCelsius + 0.5 * Math.Cos(i * 4 + j))));

    private static MessageDefinition Tyres => Multiplexed(
        0x2A0, "TPM_Tyres", "TPM", 200, 6, 4,
        i => [
            S($"Pressure{i + 1}", 8, 8, 0.02, 0, "bar", s => 2.4 + 0.02 * i + s.SpeedKmh / 1000),
            S($"Temperature{i + 1}", 16, 8, 1, -40, "degC", s => s.AmbientCelsius + s.SpeedKmh / 10),
        ]);

    private const string Vin = "WOT0GUARD1S000042";

    private static MessageDefinition Identification => Multiplexed(
        0x3E0, "VIN_Parts", "VCU", 1000, 8, 3,
        i => Enumerable.Range(0, 7).Where(j => i * 7 + j < Vin.Length).Select(j => S(
            $"Vin{i * 7 + j + 1:D2}", 8 + 8 * j, 8, 1, 0, "", _ => Vin[i * 7 + j])));

    private static MessageDefinition Safe(
        uint id, string name, string node, int cycle, Protection protection, params Signal[] signals) =>
        new(id, name, node, cycle, 8, signals) { Protection = protection };

    private static MessageDefinition Body(
        uint id, string name, int cycle, Protection protection, params Signal[] signals) =>
        new(id, name, "BCM", cycle, 8, signals) { Protection = protection, Channel = 1 };

    private static MessageDefinition Fd(
        uint id, string name, string node, int cycle, int length, Protection protection, params Signal[] signals) =>
        new(id, name, node, cycle, length, signals) { Protection = protection, Channel = 2, Fd = true };

    private static MessageDefinition Multiplexed(
        uint id, string name, string node, int cycle, int length, int multiplexes,
        Func<int, IEnumerable<Signal>> parts) =>
        new(id, name, node, cycle, length, [
            .. Enumerable.Range(0, multiplexes).SelectMany(i => parts(i).Select(signal => signal with { Multiplexed = i })),
        ])
        {
            Multiplexer = S("Multiplexer", 0, 8, 1, 0, "", _ => 0),
            Multiplexes = multiplexes,
        };

    private static IEnumerable<Signal> Objects(int count) => Enumerable.Range(0, count).SelectMany(i => new[]
    {
        S($"Range{i + 1}", 16 + i * 48, 16, 0.01, 0, "m", s => 15 + 12 * i + s.Noise[i] * 5 + s.SpeedKmh / 3),
        Signed($"Closing{i + 1}", 32 + i * 48, 12, 0.05, "m/s", s => s.Noise[i + 2] * 3),
        Signed($"Bearing{i + 1}", 48 + i * 48, 12, 0.02, "deg", s => s.Noise[i + 4] * 8),
    });

    private static IEnumerable<Signal> CellVoltages(int count) => Enumerable.Range(0, count).Select(i => S(
        $"FdCell{i + 1:D2}", i * 16, 16, 0.0005, 0, "V", s => s.BatteryVolts / 96 + 0.003 * Math.Sin(i)));

    private static IEnumerable<Signal> Echoes(int count) => Enumerable.Range(0, count).Select(i => S(
        $"Echo{i + 1:D2}", i * 12, 12, 0.1, 0, "cm", s => s.SpeedKmh < 15 ? 120 + s.Noise[i % 16] * 50 : 409));

    private static Signal S(
        string name, int start, int length, double scale, double offset, string unit, Func<VehicleState, double> value,
        string[]? names = null) =>
        new(name, start, length, scale, offset, unit, value) { ValueNames = names ?? [] };

    private static Signal Signed(
        string name, int start, int length, double scale, string unit, Func<VehicleState, double> value) =>
        new(name, start, length, scale, 0, unit, value) { Signed = true };

    private static Signal Motorola(
        string name, int start, int length, double scale, string unit, Func<VehicleState, double> value) =>
        new(name, start, length, scale, 0, unit, value) { Signed = true, BigEndian = true };

    private static Signal Unsigned(
        string name, int start, int length, double scale, string unit, Func<VehicleState, double> value) =>
        new(name, start, length, scale, 0, unit, value) { BigEndian = true };

    // In a bend the outer wheels are faster by half the track's share.
    private static double Wheel(VehicleState state, double side) =>
        Math.Max(0, state.SpeedKmh + side * state.YawRate / 57.3 * 0.78 * 3.6);

    private static int Clock(VehicleState state) => (int)((state.Start / 1_000_000_000 + (long)state.Seconds) % 86_400);
}
