using OtGuard.Simulators.Joint;

namespace OtGuard.Simulators.Substation;

/// <summary>
/// The physics behind the registers: eight feeders, a photovoltaic park, a charging park and a capacitor bank on one
/// 20 kV busbar, fed by two transformers in parallel with tap changers. Simple, but consistent: whatever is read fits
/// together.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>A feeder's power follows a curve of the day (homes or works) with slow noise; works stand still at weekends;
/// winter needs a quarter more than the mean, summer a quarter less.</item>
/// <item>The sun stands as high as it does at 48° north, 11° east; the photovoltaic park gives power in proportion.</item>
/// <item>The busbar's voltage rises 1.25 % a tap and sags 4 % at full load of the transformers.</item>
/// <item>A tap changer steps after 20 s outside a dead band of ±1 % about its setpoint, which is wider than half a
/// step, so that it comes to rest. The two transformers work in parallel: a step that would put their taps more than
/// two apart is locked, for the current that would circulate between them.</item>
/// <item>Interlocks of a feeder: its earthing switch closes only while the breaker is open, and the breaker only while
/// the earthing switch is open. A command against them is refused (exception 4).</item>
/// <item>The charging park shares its limit evenly among sixteen stations; a vehicle that is simulated as well
/// stands at one of them, and its power is part of what the park's meter shows.</item>
/// <item>Current follows from power, voltage and power factor; what is reported as power is computed from the rounded
/// numbers in the registers, P = √3·U·I·cos φ. An open breaker means zero current and power.</item>
/// <item>The transformers carry half of the busbar's sum each.</item>
/// </list>
/// Input registers: 0 voltage (10 V), 1 current (0.1 A), 2 active power (kW, signed), 3 reactive power (kvar, signed),
/// 4 power factor (0.001), 5 frequency (0.01 Hz), 6 oil or cabinet temperature (0.1 °C), 7 tap position or 0,
/// 8 and 9 energy taken since commissioning, 10 and 11 energy delivered (kWh, high word first). Discrete inputs: 0
/// breaker closed, 1 breaker open, 2 remote control, 3 healthy, 4 earthing switch closed.
/// </remarks>
public sealed class SubstationProcess
{
    /// <summary>Input register of the voltage in units of 10 V.</summary>
    public const int VoltageRegister = 0;

    /// <summary>Input register of the current in units of 0.1 A.</summary>
    public const int CurrentRegister = 1;

    /// <summary>Input register of the active power in kW, two's complement.</summary>
    public const int ActivePowerRegister = 2;

    /// <summary>Input register of the reactive power in kvar, two's complement.</summary>
    public const int ReactivePowerRegister = 3;

    /// <summary>Input register of the power factor in units of 0.001; 0 where no current flows.</summary>
    public const int PowerFactorRegister = 4;

    /// <summary>Input register of the frequency in units of 0.01 Hz.</summary>
    public const int FrequencyRegister = 5;

    /// <summary>Input register of the oil or cabinet temperature in units of 0.1 °C.</summary>
    public const int TemperatureRegister = 6;

    /// <summary>Input register of the tap position.</summary>
    public const int TapRegister = 7;

    /// <summary>First of two input registers of the energy taken in kWh, high word first.</summary>
    public const int EnergyRegister = 8;

    /// <summary>First of two input registers of the energy delivered in kWh, high word first.</summary>
    public const int DeliveredEnergyRegister = 10;

    /// <summary>Holding register of the setpoint: voltage (10 V) or power limit (kW).</summary>
    public const int SetpointRegister = 10;

    /// <summary>Coil and discrete input of the switch.</summary>
    public const int BreakerCoil = 0;

    /// <summary>Coil of a feeder's earthing switch.</summary>
    public const int EarthingCoil = 1;

    /// <summary>Discrete input of a feeder's earthing switch.</summary>
    public const int EarthingInput = 4;

    /// <summary>Steps the taps of the two transformers may be apart.</summary>
    public const int ParallelTaps = 2;

    /// <summary>Stations of the charging park, among which its limit is shared evenly.</summary>
    public const int ChargingStations = 16;

    private const double NominalVolts = 20_000;
    private const double LatitudeDegrees = 48;
    private const double LongitudeDegrees = 11;
    private const double TransformerKilovoltAmperes = 25_000;
    private const int MiddleTap = 9;
    private const int LastTap = 17;
    private const int TapDelaySeconds = 20;
    private const long NanosecondsPerSecond = 1_000_000_000;

    private readonly Random _random;
    private readonly Branch[] _branches;
    private readonly SimulatedDevice[] _transformers;
    private readonly int[] _taps = [MiddleTap + 1, MiddleTap + 1];
    private readonly int[] _outside = new int[2];
    private readonly SimulatedDevice[] _all;
    private readonly SimulatedDevice _charging;
    // Where a simulated vehicle stands.
    private readonly ChargingStation? _station;
    private long _second;
    private double _frequency = 50;

    internal SubstationProcess(
        int seed, long start, SimulatedDevice[] transformers, SimulatedDevice[] feeders, SimulatedDevice solar,
        SimulatedDevice charging, SimulatedDevice capacitor, SimulatedDevice station, ChargingStation? vehicle)
    {
        _station = vehicle;
        _charging = charging;
        foreach (var feeder in feeders) feeder.Refuses = (coil, value) => IsLocked(feeder, coil, value);
        _random = new Random(seed);
        _transformers = transformers;
        double[] peaks = [2200, 1800, 2600, 1500, 900, 1200, 2000, 700];
        _branches =
        [
            .. feeders.Select((device, i) => new Branch(device, peaks[i], i % 2 == 0 ? Kind.Homes : Kind.Works)),
            new Branch(solar, 3000, Kind.Solar), new Branch(charging, 800, Kind.Charging),
            new Branch(capacitor, 600, Kind.Capacitor), new Branch(station, 40, Kind.Homes),
        ];
        _all = [.. transformers, .. _branches.Select(branch => branch.Device)];
        foreach (var device in _all) Commission(device);
        foreach (var transformer in transformers) transformer.HoldingRegisters[SetpointRegister] = 2000;
        solar.HoldingRegisters[SetpointRegister] = 3000;
        charging.HoldingRegisters[SetpointRegister] = 800;
        _second = start / NanosecondsPerSecond - 1;
        AdvanceTo(start);
    }

    /// <summary>Added to the load of every feeder and to the noise, as in a storm: 0 is a usual day.</summary>
    internal double Storm { get; set; }

    /// <summary>How far the devices' clocks are from the true time, in seconds.</summary>
    internal int ClockError { get; set; }

    /// <summary>Lets the process run up to a moment, in steps of one second.</summary>
    public void AdvanceTo(long unixNanoseconds)
    {
        for (var target = unixNanoseconds / NanosecondsPerSecond; _second < target;)
        {
            _second++;
            Step();
        }
    }

    private static void Commission(SimulatedDevice device)
    {
        device.Coils[BreakerCoil] = true;
        // Meters were not all put in on the same day.
        WriteEnergy(device, EnergyRegister, device.Host.Address[^1] * 104_729L % 3_000_000);
        var settings = device.HoldingRegisters;
        // Settings of the protection: pick-up currents, delays, reclosing times. They never change here.
        for (var i = 1; i < SetpointRegister; i++) settings[i] = (ushort)(device.Host.Address[^1] * 10 + i * 25);
        for (var i = SetpointRegister + 2; i < 16; i++) settings[i] = (ushort)(i * 100);
    }

    private void Step()
    {
        if (_station is not null)
        {
            double limit = _charging.HoldingRegisters[SetpointRegister];
            _station.LimitKilowatts = _charging.Coils[BreakerCoil] ? limit / ChargingStations : 0;
        }

        _frequency = 50 + (_frequency - 50) * 0.97 + Noise() * 0.004;
        var moment = DateTimeOffset.FromUnixTimeSeconds(_second);
        var taps = (_taps[0] + _taps[1]) / 2.0;
        var load = _branches.Sum(branch => branch.LastKilowatts);
        var volts = NominalVolts * (1 + 0.0125 * (taps - MiddleTap))
            * (1 - 0.04 * Math.Max(0, load) / TransformerKilovoltAmperes);

        double active = 0, reactive = 0;
        foreach (var branch in _branches)
        {
            branch.Noise = branch.Noise * 0.98 + Noise() * 0.01 * (1 + 4 * Storm);
            var (kilowatts, kilovars) = Demand(branch, moment);
            Report(branch.Device, volts, kilowatts, kilovars, branch.Device.Coils[BreakerCoil]);
            var input = branch.Device.InputRegisters;
            branch.LastKilowatts = (short)input[ActivePowerRegister];
            Meter(branch.Device, branch.LastKilowatts);
            active += branch.LastKilowatts;
            reactive += (short)input[ReactivePowerRegister];
        }

        for (var i = 0; i < _transformers.Length; i++)
        {
            Regulate(i, volts);
            Report(_transformers[i], volts, active / 2, reactive / 2, closed: true);
            _transformers[i].InputRegisters[TapRegister] = (ushort)_taps[i];
            Meter(_transformers[i], (short)_transformers[i].InputRegisters[ActivePowerRegister]);
        }
    }

    private (double Kilowatts, double Kilovars) Demand(Branch branch, DateTimeOffset moment)
    {
        var hour = moment.TimeOfDay.TotalHours + LongitudeDegrees / 15;
        var level = (1 + branch.Noise) * (1 + 0.15 * Storm);
        // The coldest day is about the twentieth of January.
        var season = 1 + 0.25 * Math.Cos(2 * Math.PI * (moment.DayOfYear - 20) / 365.25);
        var weekend = moment.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday;
        var limit = branch.Device.HoldingRegisters[SetpointRegister];
        switch (branch.Kind)
        {
            case Kind.Homes:
                var homes = 0.45 + (weekend ? 0.15 : 0.25) * Bump(hour, weekend ? 10 : 8, 2) + 0.5 * Bump(hour, 19.5, 2.5);
                return (branch.Peak * homes * season * level, branch.Peak * homes * season * level * 0.25);
            case Kind.Works:
                var works = 0.3 + (weekend ? 0.1 : 0.65) * Bump(hour, 12, 4.5);
                return (branch.Peak * works * level, branch.Peak * works * level * 0.4);
            case Kind.Solar:
                return (-Math.Min(limit, branch.Peak * Sun(moment, hour) * level * (1 - 0.6 * Storm)), 0);
            case Kind.Charging:
                var vehicles = Math.Min(limit, branch.Peak * (0.3 + 0.5 * Bump(hour, 17, 4)) * level);
                return _station is null
                    ? (vehicles, 0)
                    : (vehicles * (ChargingStations - 1) / ChargingStations + _station.MeterKilowatts, 0);
            default:
                return (branch.Peak * 0.01, -branch.Peak);
        }
    }

    // Sine of the sun's height by its declination (Cooper 1969) and the hour angle; 0 at night.
    private static double Sun(DateTimeOffset moment, double hour)
    {
        const double latitude = LatitudeDegrees * Math.PI / 180;
        var declination = 23.45 * Math.PI / 180 * Math.Sin(2 * Math.PI * (284 + moment.DayOfYear) / 365);
        var angle = (hour - 12) * Math.PI / 12;
        return Math.Max(
            0, Math.Sin(latitude) * Math.Sin(declination) + Math.Cos(latitude) * Math.Cos(declination) * Math.Cos(angle));
    }

    private static bool IsLocked(SimulatedDevice feeder, int coil, bool close) => close && coil switch
    {
        BreakerCoil => feeder.Coils[EarthingCoil],
        EarthingCoil => feeder.Coils[BreakerCoil],
        _ => false,
    };

    private static void Meter(SimulatedDevice device, double kilowatts)
    {
        device.EnergySeconds += Math.Abs(kilowatts);
        var register = kilowatts < 0 ? DeliveredEnergyRegister : EnergyRegister;
        var whole = Math.Floor(device.EnergySeconds / 3600);
        if (whole < 1) return;
        device.EnergySeconds -= whole * 3600;
        var input = device.InputRegisters;
        WriteEnergy(device, register, ((long)input[register] << 16 | input[register + 1]) + (long)whole);
    }

    private static void WriteEnergy(SimulatedDevice device, int register, long kilowattHours)
    {
        device.InputRegisters[register] = (ushort)(kilowattHours >> 16);
        device.InputRegisters[register + 1] = (ushort)kilowattHours;
    }

    private void Regulate(int index, double volts)
    {
        var setpoint = _transformers[index].HoldingRegisters[SetpointRegister] * 10.0;
        var deviation = volts - setpoint;
        _outside[index] = Math.Abs(deviation) > 0.01 * NominalVolts ? _outside[index] + 1 : 0;
        if (_outside[index] < TapDelaySeconds) return;
        _outside[index] = 0;
        var tap = Math.Clamp(_taps[index] + (deviation < 0 ? 1 : -1), 1, LastTap);
        if (Math.Abs(tap - _taps[1 - index]) <= ParallelTaps) _taps[index] = tap;
    }

    private void Report(SimulatedDevice device, double volts, double kilowatts, double kilovars, bool closed)
    {
        var input = device.InputRegisters;
        var apparent = Math.Sqrt(kilowatts * kilowatts + kilovars * kilovars);
        var voltage = (int)Math.Round(volts / 10);
        var current = closed ? (int)Math.Round(apparent * 1000 / (Math.Sqrt(3) * voltage * 10) * 10) : 0;
        var factor = current == 0 ? 0 : (int)Math.Round(Math.Abs(kilowatts) / apparent * 1000);
        var reported = Math.Sqrt(3) * (voltage / 100.0) * (current / 10.0);
        var sine = Math.Sqrt(1 - factor / 1000.0 * (factor / 1000.0));
        input[VoltageRegister] = (ushort)voltage;
        input[CurrentRegister] = (ushort)current;
        input[ActivePowerRegister] = (ushort)(short)Math.Round(Math.CopySign(reported * factor / 1000, kilowatts));
        input[ReactivePowerRegister] = (ushort)(short)Math.Round(Math.CopySign(reported * sine, kilovars));
        input[PowerFactorRegister] = (ushort)factor;
        input[FrequencyRegister] = (ushort)Math.Round(_frequency * 100);
        input[TemperatureRegister] = (ushort)(250 + current / 20);
        device.DiscreteInputs[0] = closed;
        device.DiscreteInputs[1] = !closed;
        device.DiscreteInputs[2] = true;
        device.DiscreteInputs[3] = true;
        device.DiscreteInputs[EarthingInput] = device.Coils[EarthingCoil];
        device.HoldingRegisters[0] = (ushort)(_second + ClockError);
    }

    private double Noise() => _random.NextDouble() * 2 - 1;

    private static double Bump(double hour, double at, double width) =>
        Math.Exp(-(hour - at) * (hour - at) / (2 * width * width));

    private enum Kind : byte
    {
        Homes,
        Works,
        Solar,
        Charging,
        Capacitor,
    }

    private sealed class Branch(SimulatedDevice device, double peak, Kind kind)
    {
        public SimulatedDevice Device { get; } = device;

        public double Peak { get; } = peak;

        public Kind Kind { get; } = kind;

        public double Noise { get; set; }

        public double LastKilowatts { get; set; }
    }
}
