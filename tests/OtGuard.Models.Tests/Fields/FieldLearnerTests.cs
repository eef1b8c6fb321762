using OtGuard.Collectors;
using OtGuard.Models.Fields;

namespace OtGuard.Models.Tests.Fields;

[TestClass]
public sealed class FieldLearnerTests
{
    [TestMethod]
    [DataRow(4, 16)]
    [DataRow(4, 15)]
    [DataRow(4, 14)]
    [DataRow(8, 256)]
    [DataRow(2, 4)]
    public void A_counter_is_found_with_its_length_and_its_wrap(int length, int modulus)
    {
        var fields = Bus.Fields(1200, frame => [0x55, (byte)(frame % modulus), 0, 0]);

        var field = fields.Single(field => field.Kind == CanFieldKind.Counter);
        Assert.AreEqual(8, field.Bit(0));
        Assert.AreEqual(length, field.Length);
        Assert.AreEqual(new CounterCycle(0, (ulong)modulus - 1, 1, false), field.Cycle);
    }

    [TestMethod]
    public void A_counter_over_two_bytes_is_found_in_both_byte_orders()
    {
        var big = Bus.Fields(1200, frame => [(byte)(frame >> 8), (byte)frame, 0]);
        var little = Bus.Fields(1200, frame => [(byte)frame, (byte)(frame >> 8), 0]);

        var one = big.Single(field => field.Kind == CanFieldKind.Counter);
        var other = little.Single(field => field.Kind == CanFieldKind.Counter);
        Assert.IsTrue(one.IsBigEndian);
        Assert.IsFalse(other.IsBigEndian);
        Assert.AreEqual(11, one.Length, "1200 frames need 11 bits.");
        Assert.AreEqual(11, other.Length);
    }

    [TestMethod]
    public void Frames_lost_now_and_then_do_not_hide_a_counter()
    {
        var fields = Bus.Fields(1200, frame => [(byte)((frame + frame / 100) & 0xF), 0]);

        var field = fields.Single(field => field.Kind == CanFieldKind.Counter);
        Assert.IsGreaterThan(0, field.Faults);
    }

    [TestMethod]
    public void A_number_that_rises_at_its_own_pace_is_no_counter()
    {
        var random = new Random(4);
        var value = 0;
        var fields = Bus.Fields(1200, _ =>
        {
            value += random.Next(2);
            return [(byte)value, 0];
        });

        Assert.DoesNotContain(field => field.Kind == CanFieldKind.Counter, fields);
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Two_numbers_and_a_switch_are_kept_apart_in_either_byte_order(bool bigEndian)
    {
        // 12 bits from byte 0, a switch in the highest bit of byte 2, 12 bits in bytes 3 and 4.
        var random = new Random(6);
        int first = 2000, second = 500;
        var fields = Bus.Fields(4000, frame =>
        {
            first = Math.Clamp(first + random.Next(-9, 10), 0, 4095);
            second = Math.Clamp(second + random.Next(-40, 41), 0, 4095);
            var state = (byte)(frame % 500 < 100 ? 0x80 : 0);
            return bigEndian
                ? [(byte)(first >> 4), (byte)(first << 4), state, (byte)(second >> 8), (byte)second]
                : [(byte)first, (byte)(first >> 8), state, (byte)second, (byte)(second >> 8)];
        });

        var numbers = fields.Where(field => field.Kind == CanFieldKind.Physical).ToArray();
        Assert.HasCount(2, numbers);
        Assert.AreEqual(bigEndian, numbers[0].IsBigEndian);
        Assert.AreEqual(bigEndian ? 12 : 0, numbers[0].Bit(0));
        Assert.AreEqual(bigEndian ? 32 : 24, numbers[1].Bit(0));
        Assert.IsTrue(numbers.All(number => number.Length is 11 or 12), "The highest bit may never have been reached.");
        Assert.AreEqual(23, fields.Single(field => field.Kind == CanFieldKind.Enumeration).StartBit);
    }

    [TestMethod]
    public void A_number_around_zero_is_signed()
    {
        var random = new Random(8);
        var value = 0;
        var fields = Bus.Fields(3000, _ =>
        {
            value = Math.Clamp(value + random.Next(-5, 6), -100, 100);
            return [(byte)(value >> 8), (byte)value];
        });

        var field = fields.Single(field => field.Kind == CanFieldKind.Physical);
        Assert.IsTrue(field.IsSigned);
        Assert.AreEqual(16, field.Length);
        Assert.IsLessThan(0, field.Minimum);
    }

    [TestMethod]
    public void Every_bit_is_in_one_field()
    {
        var random = new Random(9);
        foreach (var length in (int[])[0, 1, 3, 8, 12, 64])
        {
            var fields = Bus.Fields(600, frame =>
            {
                var payload = new byte[length];
                random.NextBytes(payload);
                for (var at = 0; at < length; at += 3) payload[at] = (byte)(frame >> at);
                return payload;
            });

            int[] bits = [.. fields.SelectMany(field => Enumerable.Range(0, field.Length).Select(field.Bit)).Order()];
            Assert.IsTrue(bits.SequenceEqual(Enumerable.Range(0, length * 8)), $"{length} bytes");
        }
    }

    [TestMethod]
    public void Frames_of_another_length_are_counted_and_not_mixed_in()
    {
        var map = Bus.Learn(400, frame => frame % 10 == 0 ? [0xFF] : [0, (byte)frame])[0];

        Assert.AreEqual(2, map.PayloadBytes);
        Assert.AreEqual(360, map.Frames + map.OtherLengths - 40, "No frame is lost.");
        Assert.AreEqual(CanFieldKind.Constant, map.Fields[0].Kind);
    }

    [TestMethod]
    public void Identifiers_beyond_the_limit_are_counted()
    {
        var learner = new FieldLearner(new FieldLearningOptions { MaximumIdentifiers = 2 });
        for (uint identifier = 0; identifier < 5; identifier++) learner.Add(0, identifier, default, [1]);

        Assert.AreEqual(2, learner.Identifiers);
        Assert.AreEqual(3, learner.FramesWithoutRoom);
    }

    [TestMethod]
    public void A_frame_of_a_known_identifier_allocates_nothing()
    {
        var learner = new FieldLearner();
        var payload = new byte[8];
        for (var frame = 0; frame < 2000; frame++)
        {
            payload[3] = (byte)frame;
            learner.Add(0, 1, new CaptureTime(frame), payload);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var frame = 0; frame < 2000; frame++)
        {
            payload[3] = (byte)frame;
            learner.Add(0, 1, new CaptureTime(frame), frame % 3 == 0 ? payload.AsSpan(0, 5) : payload);
        }

        Assert.AreEqual(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    public void Learned_fields_come_back_from_their_text()
    {
        var random = new Random(11);
        var maps = Bus.Learn(900, frame =>
        {
            var payload = Bus.Payload(random, frame);
            payload[3] = (byte)(frame % 200 < 50 ? 3 : 1);
            payload[0] = Bus.Crc8([.. payload[1..], (byte)((payload[1] & 0xF) * 29)], 0x2F, 0xFF, 0xFF);
            return payload;
        });

        string[] lines = [.. FieldText.Lines(maps)];
        var read = FieldText.Read(lines);

        Assert.HasCount(1, read);
        Assert.IsTrue(maps[0].Fields.SequenceEqual(read[0].Fields));
        Assert.IsTrue(lines.SequenceEqual(FieldText.Lines(read)));
    }

    [TestMethod]
    [DataRow("can0 1A0 bits 0+8 little | counter")]
    [DataRow("nonsense")]
    [DataRow("can0 1A0 | 99 bytes | 1 frames, 0 of other lengths | 2023-01-01T00:00:00.000000000Z .. 2023-01-01T00:00:00.000000000Z")]
    public void A_line_that_is_none_is_refused(string line)
    {
        Assert.ThrowsExactly<BaselineFormatException>(() => FieldText.Read([line]));
    }

    [TestMethod]
    [DataRow("bits 60+8 little")]
    [DataRow("bits 0+65 little")]
    [DataRow("bits 3+8 big")]
    public void A_field_outside_of_its_frame_is_refused(string bits)
    {
        string[] lines =
        [
            "can0 1A0 | 1 bytes | 1 frames, 0 of other lengths | 2023-01-01T00:00:00.000000000Z .. 2023-01-01T00:00:00.000000000Z",
            $"can0 1A0 {bits} | physical | 1 frames | 0 .. 1 | 2 distinct | changed 0.5",
        ];

        Assert.ThrowsExactly<BaselineFormatException>(() => FieldText.Read(lines));
    }
}
