using System.Runtime.CompilerServices;
using OtGuard.Models.Fields;
using OtGuard.Models.Signals;

namespace OtGuard.Models.Tests.Signals;

/// <summary>Where a signal lies in a payload, against the same said bit by bit.</summary>
[TestClass]
public sealed class SignalPlaceTests
{
    [TestMethod]
    public void Any_place_in_any_payload_reads_as_its_field_bit_by_bit()
    {
        var random = new Random(11);
        for (var round = 0; round < 20_000; round++)
        {
            var payload = new byte[random.Next(1, 65)];
            random.NextBytes(payload);
            var (isBigEndian, length) = (random.Next(2) == 0, random.Next(1, Math.Min(64, payload.Length * 8) + 1));
            var first = random.Next(payload.Length * 8 - length + 1);
            // On the wire bit 7 of each byte comes first.
            var start = isBigEndian ? first & ~7 | 7 - (first & 7) : first;
            var field = new CanField
            {
                StartBit = start,
                Length = length,
                IsBigEndian = isBigEndian,
                Kind = CanFieldKind.Physical,
                Frames = 1,
            };
            var raw = field.Read(payload);
            var padded = (byte[])[.. payload, .. new byte[SignalPlace.Padding]];
            var what = $"{length} bits from {start}, big-endian {isBigEndian}, of {payload.Length} bytes";

            Assert.IsLessThanOrEqualTo(payload.Length, Place(SignalNumber.WholeNumber).Bytes, what);
            Assert.AreEqual((double)raw, Place(SignalNumber.WholeNumber).Read(padded), what);
            var signed = length < 64 && raw >> length - 1 == 1 ? (long)raw - (1L << length) : (long)raw;
            Assert.AreEqual((double)signed, Place(SignalNumber.TwosComplement).Read(padded), what);
            if (length == 32)
                Assert.AreEqual((double)Unsafe.BitCast<uint, float>((uint)raw), Place(SignalNumber.Binary32).Read(padded), what);
            if (length == 64)
                Assert.AreEqual(Unsafe.BitCast<ulong, double>(raw), Place(SignalNumber.Binary64).Read(padded), what);

            SignalPlace Place(SignalNumber number) => new(start, length, isBigEndian, number);
        }
    }

    [TestMethod]
    public void Bytes_a_place_needs_reach_to_its_last_bit()
    {
        Assert.AreEqual(1, new SignalPlace(0, 8, false, SignalNumber.WholeNumber).Bytes);
        Assert.AreEqual(2, new SignalPlace(1, 8, false, SignalNumber.WholeNumber).Bytes);
        Assert.AreEqual(1, new SignalPlace(7, 8, true, SignalNumber.WholeNumber).Bytes);
        Assert.AreEqual(2, new SignalPlace(6, 8, true, SignalNumber.WholeNumber).Bytes);
        Assert.AreEqual(8, new SignalPlace(7, 64, true, SignalNumber.WholeNumber).Bytes);
    }
}
