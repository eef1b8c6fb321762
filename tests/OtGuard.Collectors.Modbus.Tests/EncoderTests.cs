using CsCheck;
using OtGuard.Simulators.Wire;

namespace OtGuard.Collectors.Modbus.Tests;

/// <summary>
/// What the simulators' encoder wrote, which shares no code with the decoder, is what the decoder reads.
/// </summary>
[TestClass]
public sealed class EncoderTests
{
    private static readonly Gen<ushort> Address = Gen.UShort[0, 60_000];

    [TestMethod]
    public void Bits_that_are_read() =>
        Gen.Select(Address, Gen.Bool.Array[1, 2000], Gen.Bool).Sample((address, values, coils) =>
        {
            var quantity = (ushort)values.Length;
            var seen = Exchanged(
                coils
                    ? ModbusPdu.ReadCoilsRequest(address, quantity)
                    : ModbusPdu.ReadDiscreteInputsRequest(address, quantity),
                coils ? ModbusPdu.ReadCoilsResponse(values) : ModbusPdu.ReadDiscreteInputsResponse(values));

            return IsClean(seen)
                && seen.Target == new Target(coils ? TargetSpace.Coils : TargetSpace.DiscreteInputs, address, quantity)
                && seen.ResponseValues.SequenceEqual(values.Select(Bit));
        });

    [TestMethod]
    public void Registers_that_are_read() =>
        Gen.Select(Address, Gen.UShort.Array[1, 125], Gen.Bool).Sample((address, values, holding) =>
        {
            var quantity = (ushort)values.Length;
            var seen = Exchanged(
                holding
                    ? ModbusPdu.ReadHoldingRegistersRequest(address, quantity)
                    : ModbusPdu.ReadInputRegistersRequest(address, quantity),
                holding
                    ? ModbusPdu.ReadHoldingRegistersResponse(values)
                    : ModbusPdu.ReadInputRegistersResponse(values));
            var space = holding ? TargetSpace.HoldingRegisters : TargetSpace.InputRegisters;

            return IsClean(seen)
                && seen.Target == new Target(space, address, quantity)
                && seen.ResponseValues.SequenceEqual(values.Select(value => (int)value));
        });

    [TestMethod]
    public void Coils_that_are_written() =>
        Gen.Select(Address, Gen.Bool.Array[1, 1968]).Sample((address, values) =>
        {
            var seen = Exchanged(
                ModbusPdu.WriteMultipleCoilsRequest(address, values),
                ModbusPdu.WriteMultipleCoilsResponse(address, (ushort)values.Length));

            return IsClean(seen)
                && seen.Target == new Target(TargetSpace.Coils, address, values.Length)
                && seen.RequestValues.SequenceEqual(values.Select(Bit));
        });

    [TestMethod]
    public void Registers_that_are_written() =>
        Gen.Select(Address, Gen.UShort.Array[1, 123]).Sample((address, values) =>
        {
            var seen = Exchanged(
                ModbusPdu.WriteMultipleRegistersRequest(address, values),
                ModbusPdu.WriteMultipleRegistersResponse(address, (ushort)values.Length));

            return IsClean(seen)
                && seen.Target == new Target(TargetSpace.HoldingRegisters, address, values.Length)
                && seen.RequestValues.SequenceEqual(values.Select(value => (int)value));
        });

    [TestMethod]
    public void Single_objects_that_are_written() =>
        Gen.Select(Address, Gen.UShort, Gen.Bool).Sample((address, value, on) =>
        {
            var register = Exchanged(
                ModbusPdu.WriteSingleRegister(address, value), ModbusPdu.WriteSingleRegister(address, value));
            var coil = Exchanged(ModbusPdu.WriteSingleCoil(address, on), ModbusPdu.WriteSingleCoil(address, on));

            return IsClean(register) && register.RequestValues.Single() == value
                && IsClean(coil) && coil.RequestValues.Single() == Bit(on);
        });

    [TestMethod]
    public void Masks() =>
        Gen.Select(Address, Gen.UShort, Gen.UShort).Sample((address, andMask, orMask) =>
        {
            var pdu = ModbusPdu.MaskWriteRegister(address, andMask, orMask);
            var seen = Exchanged(pdu, pdu);

            return IsClean(seen)
                && seen.Member("andMask").GetInt32() == andMask && seen.Member("orMask").GetInt32() == orMask;
        });

    [TestMethod]
    public void Fifo_queues() =>
        Gen.Select(Address, Gen.UShort.Array[0, 31]).Sample((address, values) =>
        {
            var seen = Exchanged(ModbusPdu.ReadFifoQueueRequest(address), ModbusPdu.ReadFifoQueueResponse(values));

            return IsClean(seen) && seen.Member("address").GetInt32() == address
                && seen.Member("fifo").EnumerateArray().Select(item => item.GetInt32())
                    .SequenceEqual(values.Select(value => (int)value));
        });

    [TestMethod]
    public void Exceptions() =>
        Gen.Select(Gen.OneOf(Gen.Byte[1, 6], Gen.Byte[10, 11]), Address).Sample((code, address) =>
        {
            var seen = Exchanged(ModbusPdu.ReadCoilsRequest(address, 1), ModbusPdu.Exception(1, code));

            return seen.Outcome == Outcome.Rejected && seen.Observation.Reason == code
                && seen.Anomalies == ModbusAnomaly.None;
        });

    [TestMethod]
    public void Rtu_frames() =>
        Gen.Select(Gen.Byte[1, 247], Address, Gen.UShort.Array[1, 125]).Sample((unit, address, values) =>
        {
            var request = ModbusPdu.ReadHoldingRegistersRequest(address, (ushort)values.Length);
            var seen = new Exchange(ModbusFraming.Rtu)
                .Send(Direction.ToServer, ModbusAdu.Rtu(unit, request))
                .Send(Direction.ToClient, ModbusAdu.Rtu(unit, ModbusPdu.ReadHoldingRegistersResponse(values)))
                .Single;

            return IsClean(seen) && seen.Observation.Unit == unit
                && seen.ResponseValues.SequenceEqual(values.Select(value => (int)value));
        });

    private static Seen Exchanged(byte[] request, byte[] response) =>
        new Exchange()
            .Send(Direction.ToServer, Exchange.Adu(1, 1, request))
            .Send(Direction.ToClient, Exchange.Adu(1, 1, response))
            .Single;

    private static bool IsClean(Seen seen) => seen.Outcome == Outcome.Succeeded && seen.Anomalies == ModbusAnomaly.None;

    private static int Bit(bool value) => value ? 1 : 0;
}
