using OtGuard.Models.Fields;

namespace OtGuard.Models.Tests.Fields;

[TestClass]
public sealed class FieldCheckerTests
{
    private static readonly byte[] Noise = Random(2000);

    private readonly FieldChecker _checker = new(Bus.Learn(1000, frame => Frame(frame)));

    [TestMethod]
    public void Frames_like_those_learned_have_no_verdict()
    {
        for (var frame = 0; frame < 500; frame++)
            Assert.AreEqual(FieldViolations.None, Check(Frame(frame)).Violations, $"frame {frame}");
    }

    [TestMethod]
    public void A_wrong_checksum_is_found_with_the_right_one()
    {
        Check(Frame(0));
        var payload = Frame(1);
        payload[2] ^= 0x10;

        var verdict = Check(payload);

        Assert.AreEqual(FieldViolations.ChecksumWrong, verdict.Violations);
        var right = (long)Bus.Crc8(payload.AsSpan(1), 0x1D, 0xFF, 0xFF);
        Assert.AreEqual((right, (long)payload[0]), (verdict.Expected, verdict.Actual));
    }

    [TestMethod]
    public void A_counter_that_jumps_or_stays_is_found()
    {
        Check(Frame(4));
        Check(Frame(5));

        var jump = Check(Frame(9));
        var repeat = Check(Frame(9));

        Assert.AreEqual(FieldViolations.CounterBroken, jump.Violations);
        Assert.AreEqual(6, jump.Expected);
        Assert.AreEqual(9, jump.Actual);
        Assert.IsFalse(jump.IsRepeated);
        Assert.IsTrue(repeat.IsRepeated);
    }

    [TestMethod]
    public void A_constant_that_changed_is_found()
    {
        Check(Frame(0));
        var payload = Frame(1);
        payload[5] ^= 1;
        payload[0] = Bus.Crc8(payload.AsSpan(1), 0x1D, 0xFF, 0xFF);

        var verdict = Check(payload);

        Assert.AreEqual(FieldViolations.ConstantChanged, verdict.Violations);
        Assert.AreEqual(CanFieldKind.Constant, verdict.Field!.Kind);
        Assert.AreEqual(0x5AA5, verdict.Expected);
        Assert.AreEqual(0x5BA5, verdict.Actual);
    }

    [TestMethod]
    public void A_number_may_grow_into_the_bits_above_it()
    {
        var random = new Random(2);
        var value = 60;
        var checker = new FieldChecker(Bus.Learn(2000, _ =>
        {
            value = Math.Clamp(value + random.Next(-7, 8), 0, 120);
            return [0, (byte)value, 0x77];
        }));

        Assert.AreEqual(FieldViolations.None, checker.Check(0, Bus.Identifier, [0, 0xF0, 0x77]).Violations);
        Assert.AreEqual(FieldViolations.ConstantChanged, checker.Check(0, Bus.Identifier, [0, 0x20, 0x76]).Violations);
    }

    [TestMethod]
    public void Another_length_and_an_unknown_identifier_are_told_apart()
    {
        Assert.AreEqual(FieldViolations.LengthUnknown, Check([1, 2, 3]).Violations);
        Assert.AreEqual(FieldViolations.None, _checker.Check(0, 0x7FF, [1, 2, 3]).Violations);
    }

    [TestMethod]
    public void Checking_allocates_nothing()
    {
        var good = Frame(0);
        var bad = Frame(7);
        bad[5] ^= 0xFF;
        Check(good);
        Check(bad);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            Check(good);
            Check(bad);
        }

        Assert.AreEqual(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private FieldVerdict Check(byte[] payload) => _checker.Check(0, Bus.Identifier, payload);

    /// <summary>Checksum, counter, two random bytes, two constant ones.</summary>
    private static byte[] Frame(int frame)
    {
        byte[] payload = [0, (byte)(frame & 0xF), Noise[2 * frame], Noise[2 * frame + 1], 0xA5, 0x5A];
        payload[0] = Bus.Crc8(payload.AsSpan(1), 0x1D, 0xFF, 0xFF);
        return payload;
    }

    private static byte[] Random(int bytes)
    {
        var noise = new byte[bytes];
        new Random(1).NextBytes(noise);
        return noise;
    }
}
