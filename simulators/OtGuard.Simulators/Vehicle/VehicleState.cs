using OtGuard.Simulators.Joint;

namespace OtGuard.Simulators.Vehicle;

/// <summary>Electric power at one second of a charging session.</summary>
/// <param name="Time">Nanoseconds since 1970.</param>
/// <param name="VehicleKilowatts">Power that enters the battery, as the vehicle's own bus tells it.</param>
/// <param name="MeterKilowatts">Power the station takes from the grid for it, as the park's meter sees it.</param>
/// <param name="StateOfCharge">Per cent.</param>
public sealed record ChargingSample(long Time, double VehicleKilowatts, double MeterKilowatts, double StateOfCharge);

/// <summary>
/// The physics behind the signals: a driver follows a plan of speeds, and everything else follows from speed and
/// acceleration. Simple, but consistent: whatever is read fits together.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>Acceleration is limited to 1.8 m/s² up and 3 m/s² down; distance is the integral of speed.</item>
/// <item>Force on the road: mass 1850 kg times acceleration, rolling 220 N, air 0.42 N/(m/s)². Wheel force times speed
/// is the power the two machines deliver together.</item>
/// <item>The electric machine turns with the wheels (ratio 9.5). The combustion engine runs above 75 km/h or below a
/// fifth of the battery, turns with the wheels through the gear engaged and never below its idle speed.</item>
/// <item>Braking is electric up to 1.2 m/s², the rest is brake pressure.</item>
/// <item>Battery: 26 kWh; voltage = 330 V + 60 V × charge − 0.08 Ω × current; charge is the integral of current.</item>
/// <item>Charging follows constant current, then constant voltage: full power up to 80 % of charge, tapering to 5 kW at
/// 100 %. The station delivers what the vehicle asks for, ramping 8 kW/s, and loses 6 %.</item>
/// </list>
/// </remarks>
public sealed class VehicleState
{
    /// <summary>Share of the meter's power that reaches the battery.</summary>
    public const double ChargerEfficiency = 0.94;

    /// <summary>The station's limit in kW.</summary>
    public const double StationKilowatts = 50;

    private const double StepSeconds = 0.01;
    private const long StepNanoseconds = 10_000_000;
    private const double MassKilograms = 1850;
    private const double CapacityKilowattHours = 26;
    private const double WheelCircumferenceMetres = 2.0;
    private const double IdleRpm = 900;
    private const double StopSeconds = 18;
    private static readonly double[] Ratios = [14.5, 8.6, 5.7, 4.2, 3.4, 2.8];

    private readonly Random _random;
    private readonly Random _foot;
    private readonly IReadOnlyList<DriveLeg> _legs;
    private readonly ChargingStation _station;
    private readonly List<ChargingSample> _charging = [];
    private readonly bool _truck;
    private long _time;
    private int _leg;
    private double _legSeconds;
    private double _holdSeconds;
    private double _target;
    private double _turn;
    private double _turnSeconds;
    private double _vigour = 1;
    private double _tremble;
    private double _road;
    private double _shiftSeconds;
    private long _nextSample;

    internal VehicleState(VehicleOptions options, ChargingStation? station = null)
    {
        _station = station ?? new ChargingStation();
        _random = new Random(options.Seed ^ 0x0D21);
        _foot = new Random(options.Seed ^ 0x0F007);
        _legs = options.Legs;
        _truck = options.Variant == VehicleVariant.Truck;
        _time = options.Start;
        _nextSample = options.Start;
        Start = options.Start;
        StateOfCharge = 58 + 20 * _random.NextDouble();
        OdometerKilometres = 10_000 + _random.Next(60_000);
        AmbientCelsius = 6 + 14 * _random.NextDouble();
        CoolantCelsius = 55 + 20 * _random.NextDouble();
        BatteryCelsius = 24 + 4 * _random.NextDouble();
        MotorCelsius = 35 + 10 * _random.NextDouble();
        FuelPercent = 40 + 40 * _random.NextDouble();
        Noise = new double[16];
        Step();
    }

    internal long Start { get; }

    /// <summary>What the driver does.</summary>
    public DrivePhase Phase => _legs[_leg].Phase;

    /// <summary>Speed over ground in km/h.</summary>
    public double SpeedKmh => MetresPerSecond * 3.6;

    /// <summary>Acceleration in m/s².</summary>
    public double Acceleration { get; private set; }

    /// <summary>Distance travelled in km.</summary>
    public double OdometerKilometres { get; private set; }

    /// <summary>Speed of the combustion engine, 0 where it does not run.</summary>
    public double EngineRpm { get; private set; }

    /// <summary>Torque of the combustion engine in Nm.</summary>
    public double EngineTorque { get; private set; }

    /// <summary>Speed of the electric machine.</summary>
    public double MotorRpm => MetresPerSecond / WheelCircumferenceMetres * 60 * 9.5;

    /// <summary>Torque of the electric machine in Nm; negative while braking.</summary>
    public double MotorTorque { get; private set; }

    /// <summary>Position of the accelerator pedal in per cent.</summary>
    public double PedalPercent { get; private set; }

    /// <summary>Brake pressure in bar.</summary>
    public double BrakeBar { get; private set; }

    /// <summary>True while the brake pedal is pressed.</summary>
    public bool IsBraking { get; private set; }

    /// <summary>Steering wheel in degrees, left positive.</summary>
    public double SteeringDegrees { get; private set; }

    /// <summary>Rotation about the vertical in degrees a second.</summary>
    public double YawRate => MetresPerSecond * Math.Tan(SteeringDegrees / 15.5 * Math.PI / 180) / 2.7 * 180 / Math.PI;

    /// <summary>Sideways acceleration in m/s².</summary>
    public double LateralAcceleration => MetresPerSecond * YawRate * Math.PI / 180;

    /// <summary>0 park, 1 … 6 forward.</summary>
    public int Gear { get; private set; }

    /// <summary>Charge of the traction battery in per cent.</summary>
    public double StateOfCharge { get; private set; }

    /// <summary>Voltage of the traction battery.</summary>
    public double BatteryVolts { get; private set; }

    /// <summary>Current out of the traction battery in A; negative while charging or braking.</summary>
    public double BatteryAmperes { get; private set; }

    /// <summary>Power out of the traction battery in kW.</summary>
    public double BatteryKilowatts => BatteryVolts * BatteryAmperes / 1000;

    /// <summary>Temperature of the coolant in °C.</summary>
    public double CoolantCelsius { get; private set; }

    /// <summary>Temperature of the traction battery in °C.</summary>
    public double BatteryCelsius { get; private set; }

    /// <summary>Temperature of the electric machine in °C.</summary>
    public double MotorCelsius { get; private set; }

    /// <summary>Temperature outside in °C.</summary>
    public double AmbientCelsius { get; }

    /// <summary>Level of the tank in per cent.</summary>
    public double FuelPercent { get; private set; }

    /// <summary>True while the plug is in.</summary>
    public bool IsPlugged => Phase == DrivePhase.Charging && !_truck && MetresPerSecond == 0;

    /// <summary>Power the vehicle asks the station for, in kW.</summary>
    public double RequestedKilowatts { get; private set; }

    /// <summary>Power the station delivers, in kW.</summary>
    public double DeliveredKilowatts { get; private set; }

    /// <summary>What a station that was lied to believes to be asked for; NaN while it hears the truth.</summary>
    internal double HeardKilowatts { get; set; } = double.NaN;

    /// <summary>Energy of this charging session in kWh.</summary>
    public double SessionKilowattHours { get; private set; }

    /// <summary>Seconds since the beginning.</summary>
    public double Seconds => (_time - Start) / 1e9;

    /// <summary>Every second of every charging session up to now.</summary>
    public IReadOnlyList<ChargingSample> Charging => _charging;

    internal bool LightsOn { get; set; }

    internal int WiperStage { get; set; }

    internal int DoorsOpen { get; set; }

    internal bool HornPressed { get; set; }

    internal int MediaVolume { get; set; } = 12;

    internal int SeatMemory { get; set; }

    internal int KeyButton { get; set; }

    internal double CabinTarget { get; set; } = 21;

    /// <summary>1 left, 2 right, 0 off.</summary>
    internal int Turning => _turnSeconds > 0 ? _turn > 0 ? 1 : 2 : 0;

    /// <summary>Trouble codes that are active in the truck's engine.</summary>
    internal int ActiveFaults { get; set; }

    /// <summary>Slow noise between about -1 and 1, for what has no model of its own.</summary>
    internal double[] Noise { get; }

    internal double MetresPerSecond { get; private set; }

    /// <summary>True for a moment after the gear changed.</summary>
    internal bool IsShifting => _shiftSeconds > 0;

    internal bool IsEngineRunning => EngineRpm > 0;

    /// <summary>Share of the engine's greatest torque in per cent.</summary>
    internal double LoadPercent => Math.Clamp(EngineTorque / 2.5, 0, 100);

    /// <summary>The driver breaks off what is being done: stops, then goes on with the next leg.</summary>
    internal void HurryOn() =>
        _legSeconds = Math.Max(_legSeconds, _legs[_leg].Duration.TotalSeconds - StopSeconds);

    /// <summary>What the station offers at the plug in kW.</summary>
    internal double AvailableKilowatts =>
        Math.Min(StationKilowatts, _station.LimitKilowatts * ChargerEfficiency);

    /// <summary>Lets time pass in steps of 10 ms.</summary>
    internal void AdvanceTo(long unixNanoseconds)
    {
        while (_time + StepNanoseconds <= unixNanoseconds)
        {
            _time += StepNanoseconds;
            Step();
        }
    }

    private void Step()
    {
        Plan();
        Drive();
        Power();
        Warm();
        if (_time < _nextSample) return;
        _nextSample += 1_000_000_000;
        for (var i = 0; i < Noise.Length; i++) Noise[i] = Noise[i] * 0.95 + (_random.NextDouble() - 0.5) * 0.3;
        if (IsPlugged)
        {
            _charging.Add(new ChargingSample(
                _time, -BatteryKilowatts, _station.MeterKilowatts, StateOfCharge));
        }
    }

    // The speeds the driver wants, and when to turn.
    private void Plan()
    {
        _legSeconds += StepSeconds;
        if (_legSeconds >= _legs[_leg].Duration.TotalSeconds)
        {
            _legSeconds = 0;
            _leg = (_leg + 1) % _legs.Count;
            _holdSeconds = 0;
            SessionKilowattHours = 0;
        }

        var next = _legs[(_leg + 1) % _legs.Count].Phase;
        var left = _legs[_leg].Duration.TotalSeconds - _legSeconds;
        var stopping = next is DrivePhase.Parked or DrivePhase.Charging && left < StopSeconds;
        _holdSeconds -= StepSeconds;
        _turnSeconds -= StepSeconds;
        if (Phase is DrivePhase.Parked or DrivePhase.Charging || stopping)
        {
            _target = 0;
            return;
        }

        if (_holdSeconds > 0) return;
        _holdSeconds = 6 + 10 * _random.NextDouble();
        _target = Phase == DrivePhase.City
            ? _random.Next(5) switch { 0 => 0, 1 => 25, 2 => 35, _ => 50 }
            : 90 + 40 * _random.NextDouble();
        if (_truck) _target *= 0.65;
        _vigour = 0.6 + 0.4 * _foot.NextDouble();
        if (Phase != DrivePhase.City || _random.NextDouble() > 0.6) return;
        _turn = (_random.Next(2) * 2 - 1) * (60 + 120 * _random.NextDouble());
        _turnSeconds = 4;
    }

    private void Drive()
    {
        var strongest = _truck ? 0.9 : 1.8;
        var wanted = Math.Clamp((_target / 3.6 - MetresPerSecond) * 0.6, -3, strongest * _vigour);
        if (_target == 0 && MetresPerSecond is > 0 and < 3) wanted = -1.2;
        // No two starts are alike: the foot trembles, by a tenth of a metre per second squared and over half a second.
        _tremble += (_foot.NextDouble() - 0.5) * 0.07 - _tremble * 0.02;
        if (MetresPerSecond > 0) wanted = Math.Clamp(wanted + _tremble, -3, strongest);
        Acceleration += Math.Clamp(wanted - Acceleration, -0.08, 0.05);
        MetresPerSecond = Math.Max(0, MetresPerSecond + Acceleration * StepSeconds);
        if (_target == 0 && MetresPerSecond < 0.015) MetresPerSecond = 0;
        if (MetresPerSecond == 0 && _target == 0) Acceleration = 0;
        OdometerKilometres += MetresPerSecond * StepSeconds / 1000;

        _road += (_random.NextDouble() - 0.5) * 0.4 - _road * 0.01;
        var angle = MetresPerSecond == 0 ? 0 : _road * 2 / (1 + MetresPerSecond / 10);
        var turning = _turnSeconds > 0 ? _turn * Math.Sin(Math.PI * _turnSeconds / 4) / (1 + MetresPerSecond / 8) : 0;
        SteeringDegrees += Math.Clamp(angle + turning - SteeringDegrees, -4, 4) * 0.5;

        IsBraking = Acceleration < -0.25 || MetresPerSecond == 0;
        BrakeBar = MetresPerSecond == 0 ? 12 : Math.Max(0, -Acceleration - 1.2) * 28;
    }

    private void Power()
    {
        var mass = _truck ? 16_000 : MassKilograms;
        var rolling = MetresPerSecond > 0 ? (_truck ? 900 : 220) : 0;
        var drag = (_truck ? 2.9 : 0.42) * MetresPerSecond * MetresPerSecond;
        var friction = Math.Max(0, -Acceleration - 1.2) * mass;
        var force = mass * Acceleration + rolling + drag + friction;
        var watts = force * MetresPerSecond;

        var before = Gear;
        Gear = MetresPerSecond == 0 && Phase is DrivePhase.Parked or DrivePhase.Charging && Acceleration == 0
            ? 0
            : Math.Clamp(1 + (int)(SpeedKmh / 18), 1, 6);
        _shiftSeconds = Gear != before && Gear > 0 && before > 0 ? 0.6 : _shiftSeconds - StepSeconds;
        var running = _truck || SpeedKmh > (IsEngineRunning ? 65 : 75) || StateOfCharge < 20 && MetresPerSecond > 2;
        var wheel = MetresPerSecond / (_truck ? 3.1 : WheelCircumferenceMetres) * 60;
        EngineRpm = running ? Math.Max(_truck ? 600 : IdleRpm, wheel * Ratios[Math.Max(Gear, 1) - 1]) : 0;
        var engineWatts = !running ? 0 : _truck ? Math.Max(watts, 4000) : Math.Max(0, watts * 0.8);
        EngineTorque = EngineRpm == 0 ? 0 : engineWatts / (EngineRpm * Math.PI / 30);
        var motorWatts = _truck ? 0 : watts - engineWatts;
        MotorTorque = MotorRpm < 1 ? 0 : motorWatts / (MotorRpm * Math.PI / 30);
        PedalPercent = Math.Clamp(force / (_truck ? 160 : 55), 0, 100) * (IsBraking ? 0 : 1);
        if (running) FuelPercent -= engineWatts * StepSeconds / 1e9;

        Charge();
        var out0 = IsPlugged ? -DeliveredKilowatts : motorWatts / 1000 / (motorWatts > 0 ? 0.92 : 1 / 0.92) + 0.6;
        // Current from power: the voltage sags with it, so U0·I − R·I² = P.
        var open = 330 + 0.6 * StateOfCharge;
        const double resistance = 0.08;
        BatteryAmperes = (open - Math.Sqrt(Math.Max(0, open * open - 4 * resistance * out0 * 1000))) / (2 * resistance);
        BatteryVolts = open - resistance * BatteryAmperes;
        StateOfCharge = Math.Clamp(
            StateOfCharge - BatteryKilowatts * StepSeconds / 3600 / CapacityKilowattHours * 100, 5, 100);
    }

    private void Charge()
    {
        if (!IsPlugged)
        {
            RequestedKilowatts = DeliveredKilowatts = _station.MeterKilowatts = 0;
            return;
        }

        // The plug is locked and isolation measured first, as ISO 15118 and CHAdeMO have it.
        var since = _legSeconds;
        RequestedKilowatts = since < 6
            ? 0
            : Math.Min(StationKilowatts, 5 + (StationKilowatts - 5) * Math.Clamp((100 - StateOfCharge) / 20, 0, 1));
        var heard = double.IsNaN(HeardKilowatts) ? RequestedKilowatts : HeardKilowatts;
        var asked = Math.Min(AvailableKilowatts, heard);
        DeliveredKilowatts += Math.Clamp(asked - DeliveredKilowatts, -8 * StepSeconds * 5, 8 * StepSeconds);
        _station.MeterKilowatts = DeliveredKilowatts / ChargerEfficiency;
        SessionKilowattHours += DeliveredKilowatts * StepSeconds / 3600;
    }

    private void Warm()
    {
        var engine = IsEngineRunning ? 90 : AmbientCelsius + 40;
        CoolantCelsius += (engine - CoolantCelsius) * StepSeconds / 180;
        MotorCelsius += (AmbientCelsius + 25 + Math.Abs(MotorTorque) * 0.3 - MotorCelsius) * StepSeconds / 120;
        BatteryCelsius += (24 + Math.Abs(BatteryAmperes) * 0.06 - BatteryCelsius) * StepSeconds / 400;
    }
}
