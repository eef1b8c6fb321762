using OtGuard.Simulators.Substation;

namespace OtGuard.Simulators.Tests;

/// <summary>What holds of the substation's process at any moment, whatever was done to it.</summary>
internal static class Physics
{
    /// <summary>Power from its factors, the balance of the busbar, interlocks, tap changers.</summary>
    public static void AssertConsistent(Site site)
    {
        foreach (var device in site.Devices) AssertPower(device);
        AssertBalance(site);
        foreach (var feeder in site.Feeders)
        {
            Assert.IsFalse(
                feeder.Coils[SubstationProcess.BreakerCoil] && feeder.Coils[SubstationProcess.EarthingCoil],
                $"{feeder.Name} is closed and earthed");
        }

        var taps = site.Transformers.Select(device => (int)device.InputRegisters[SubstationProcess.TapRegister]).ToList();
        Assert.IsTrue(taps.TrueForAll(tap => tap is >= 1 and <= 17));
        Assert.IsLessThanOrEqualTo(SubstationProcess.ParallelTaps, Math.Abs(taps[0] - taps[1]));
    }

    private static void AssertPower(SimulatedDevice device)
    {
        var input = device.InputRegisters;
        var kilovolts = input[SubstationProcess.VoltageRegister] / 100.0;
        var amperes = input[SubstationProcess.CurrentRegister] / 10.0;
        var factor = input[SubstationProcess.PowerFactorRegister] / 1000.0;
        var kilowatts = (short)input[SubstationProcess.ActivePowerRegister];
        var kilovars = (short)input[SubstationProcess.ReactivePowerRegister];
        Assert.AreEqual(Math.Sqrt(3) * kilovolts * amperes * factor, Math.Abs((double)kilowatts), 0.5, device.Name);
        Assert.AreEqual(
            Math.Sqrt(3) * kilovolts * amperes, Math.Sqrt((double)kilowatts * kilowatts + (double)kilovars * kilovars), 1.5, device.Name);
        Assert.IsTrue(kilovolts is > 18 and < 22.5, $"{device.Name}: {kilovolts} kV");
        Assert.AreNotEqual(device.DiscreteInputs[0], device.DiscreteInputs[1], $"{device.Name} is open or closed");
        if (device.DiscreteInputs[1]) Assert.AreEqual(0, amperes, $"{device.Name} is open");
    }

    // The transformers' currents are rounded to 0.1 A, which is 3.5 kVA at 20 kV, and the power factor to 0.001.
    private static void AssertBalance(Site site)
    {
        static double Power(SimulatedDevice device) =>
            (short)device.InputRegisters[SubstationProcess.ActivePowerRegister];
        var delivered = site.Transformers.Sum(Power);
        var consumed = site.Devices.Except(site.Transformers).Sum(Power);
        Assert.AreEqual(consumed, delivered, 10 + Math.Abs(consumed) * 0.002);
    }
}
