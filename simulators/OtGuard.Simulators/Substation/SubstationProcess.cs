namespace OtGuard.Simulators.Substation;

/// <summary>
/// The physics behind the registers: eight feeders, a photovoltaic park, a charging park and a capacitor bank on one
/// 20 kV busbar, fed by two transformers in parallel with tap changers. Simple, but consistent: whatever is read fits
/// together.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>A feeder's power follows a curve of the day (residential or industrial) with slow noise.</item>
/// <item>The busbar's voltage rises 1.25 % a tap and sags 4 % at full load of the transformers.</item>
/// <item>A tap changer steps after 20 s beyond ±1 % of its setpoint.</item>
/// <item>Current follows from power, voltage and power factor; what is reported as power is computed from the rounded
/// numbers in the registers, P = √3·U·I·cos φ. An open breaker means zero current and power.</item>
/// <item>The transformers carry half of the busbar's sum each.</item>
/// </list>
/// Input registers: 0 voltage (10 V), 1 current (0.1 A), 2 active power (kW, signed), 3 reactive power (kvar, signed),
/// 4 power factor (0.001), 5 frequency (0.01 Hz), 6 oil or cabinet temperature (0.1 °C), 7 tap position or 0.
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

    /// <summary>Input register of the tap position.</summary>
    public const int TapRegister = 7;

    /// <summary>Holding register of the setpoint: voltage (10 V) or power limit (kW).</summary>
    public const int SetpointRegister = 10;

    /// <summary>Coil and discrete input of the switch.</summary>
    public const int BreakerCoil = 0;

    private const double NominalVolts = 20_000;
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
    private long _second;
    private double _frequency = 50;

    internal SubstationProcess(
        int seed, long start, SimulatedDevice[] transformers, SimulatedDevice[] feeders, SimulatedDevice solar,
        SimulatedDevice charging, SimulatedDevice capacitor, SimulatedDevice station)
    {
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
        var settings = device.HoldingRegisters;
        // Settings of the protection: pick-up currents, delays, reclosing times. They never change here.
        for (var i = 1; i < SetpointRegister; i++) settings[i] = (ushort)(device.Host.Address[^1] * 10 + i * 25);
        for (var i = SetpointRegister + 2; i < 16; i++) settings[i] = (ushort)(i * 100);
    }

    private void Step()
    {
        _frequency = 50 + (_frequency - 50) * 0.97 + Noise() * 0.004;
        var hour = _second % 86_400 / 3600.0;
        var taps = (_taps[0] + _taps[1]) / 2.0;
        var load = _branches.Sum(branch => branch.LastKilowatts);
        var volts = NominalVolts * (1 + 0.0125 * (taps - MiddleTap))
            * (1 - 0.04 * Math.Max(0, load) / TransformerKilovoltAmperes);

        double active = 0, reactive = 0;
        foreach (var branch in _branches)
        {
            branch.Noise = branch.Noise * 0.98 + Noise() * 0.01;
            var (kilowatts, kilovars) = Demand(branch, hour);
            Report(branch.Device, volts, kilowatts, kilovars, branch.Device.Coils[BreakerCoil]);
            var input = branch.Device.InputRegisters;
            branch.LastKilowatts = (short)input[ActivePowerRegister];
            active += branch.LastKilowatts;
            reactive += (short)input[ReactivePowerRegister];
        }

        for (var i = 0; i < _transformers.Length; i++)
        {
            Regulate(i, volts);
            Report(_transformers[i], volts, active / 2, reactive / 2, closed: true);
            _transformers[i].InputRegisters[TapRegister] = (ushort)_taps[i];
        }
    }

    private static (double Kilowatts, double Kilovars) Demand(Branch branch, double hour)
    {
        var level = 1 + branch.Noise;
        var limit = branch.Device.HoldingRegisters[SetpointRegister];
        switch (branch.Kind)
        {
            case Kind.Homes:
                var homes = 0.45 + 0.25 * Bump(hour, 8, 2) + 0.5 * Bump(hour, 19.5, 2.5);
                return (branch.Peak * homes * level, branch.Peak * homes * level * 0.25);
            case Kind.Works:
                var works = 0.3 + 0.65 * Bump(hour, 12, 4.5);
                return (branch.Peak * works * level, branch.Peak * works * level * 0.4);
            case Kind.Solar:
                return (-Math.Min(limit, branch.Peak * Bump(hour, 12.5, 3) * level), 0);
            case Kind.Charging:
                return (Math.Min(limit, branch.Peak * (0.3 + 0.5 * Bump(hour, 17, 4)) * level), 0);
            default:
                return (branch.Peak * 0.01, -branch.Peak);
        }
    }

    private void Regulate(int index, double volts)
    {
        var setpoint = _transformers[index].HoldingRegisters[SetpointRegister] * 10.0;
        var deviation = volts - setpoint;
        _outside[index] = Math.Abs(deviation) > 0.01 * NominalVolts ? _outside[index] + 1 : 0;
        if (_outside[index] < TapDelaySeconds) return;
        _outside[index] = 0;
        _taps[index] = Math.Clamp(_taps[index] + (deviation < 0 ? 1 : -1), 1, LastTap);
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
        input[5] = (ushort)Math.Round(_frequency * 100);
        input[6] = (ushort)(250 + current / 20);
        device.DiscreteInputs[0] = closed;
        device.DiscreteInputs[1] = !closed;
        device.DiscreteInputs[2] = true;
        device.DiscreteInputs[3] = true;
        device.HoldingRegisters[0] = (ushort)_second;
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
