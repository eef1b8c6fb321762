using OtGuard.Models.Fields;

namespace OtGuard.Models.Tests.Fields;

[TestClass]
public sealed class ChecksumTests
{
    private static readonly byte[] DataIds = [.. Enumerable.Range(0, 16).Select(i => (byte)(i * 37 + 11))];

    [TestMethod]
    public void The_check_values_of_the_specification_come_out()
    {
        // AUTOSAR CRC Library R22-11 §7.2.1: check values of "123456789".
        var digits = "123456789"u8;

        Assert.AreEqual(0x4B, Bus.Crc8(digits, 0x1D, 0xFF, 0xFF));
        Assert.AreEqual(0xDF, Bus.Crc8(digits, 0x2F, 0xFF, 0xFF));
        Assert.AreEqual(0x29B1, Bus.Crc16(digits, 0x1021, 0xFFFF));
    }

    [TestMethod]
    public void Sae_j1850_with_a_data_id_that_is_not_in_the_frame_is_found()
    {
        var rule = Find(payload =>
        {
            // AUTOSAR E2E profile 1: CRC in byte 0 over Data ID and the other bytes.
            payload[0] = Bus.Crc8([0x34, 0x12, .. payload[1..]], 0x1D, 0xFF, 0xFF);
            return payload;
        });

        Assert.AreEqual(ChecksumAlgorithm.Crc8, rule.Algorithm);
        Assert.AreEqual(0x1D, rule.Polynomial);
        Assert.AreEqual(0, rule.StartBit);
    }

    [TestMethod]
    public void Profile_2_with_its_list_of_data_ids_is_found_by_the_counter()
    {
        var rule = Find(payload =>
        {
            payload[0] = Bus.Crc8([.. payload[1..], DataIds[payload[1] & 0xF]], 0x2F, 0xFF, 0xFF);
            return payload;
        });

        Assert.AreEqual(0x2F, rule.Polynomial);
        Assert.AreEqual(8, rule.CounterBit);
        Assert.AreEqual(1, rule.AppendedBytes);
        Assert.AreEqual(16, rule.Constants.Length);
    }

    [TestMethod]
    public void Profile_5_of_16_bits_is_found()
    {
        var rule = Find(payload =>
        {
            var crc = Bus.Crc16([.. payload[2..], 0x21, 0x43], 0x1021, 0xFFFF);
            payload[0] = (byte)crc;
            payload[1] = (byte)(crc >> 8);
            return payload;
        });

        Assert.AreEqual(ChecksumAlgorithm.Crc16LittleEndian, rule.Algorithm);
        Assert.AreEqual(16, rule.Length);
    }

    [TestMethod]
    public void The_sum_with_identifier_and_length_is_found()
    {
        var rule = Find(payload =>
        {
            payload[7] = (byte)(0x1 + 0xA0 + 8 + payload[..7].Sum(value => value));
            return payload;
        });

        Assert.AreEqual(ChecksumAlgorithm.Sum, rule.Algorithm);
        Assert.AreEqual(0x1 + 0xA0 + 8, rule.Constants[0]);
    }

    [TestMethod]
    public void The_exclusive_or_of_all_bytes_is_found()
    {
        var rule = Find(payload =>
        {
            payload[7] = payload[..7].Aggregate((a, b) => (byte)(a ^ b));
            return payload;
        });

        Assert.AreEqual(ChecksumAlgorithm.Xor, rule.Algorithm);
    }

    [TestMethod]
    public void The_negated_sum_of_nibbles_in_the_last_nibble_is_found()
    {
        var rule = Find(payload =>
        {
            var sum = 0x1 + 0xA + payload[..7].Sum(value => (value >> 4) + (value & 0xF));
            payload[7] = (byte)(0x30 | (8 - sum - 3) & 0xF);
            return payload;
        });

        Assert.AreEqual(ChecksumAlgorithm.NegatedNibbleSum, rule.Algorithm);
        Assert.AreEqual(56, rule.StartBit);
        Assert.AreEqual(4, rule.Length);
    }

    [TestMethod]
    [DataRow(0x85, 0)]
    [DataRow(0x31, 0xFF)]
    [DataRow(0x9B, 0x42)]
    public void A_polynomial_of_nobodys_standard_is_solved(int polynomial, int start)
    {
        var rule = Find(payload =>
        {
            payload[7] = Bus.Crc8(payload.AsSpan(0, 7), polynomial, start, 0);
            return payload;
        });

        Assert.AreEqual(polynomial, rule.Polynomial);
    }

    [TestMethod]
    public void A_random_byte_is_no_checksum()
    {
        var random = new Random(1);
        var fields = Bus.Fields(1000, frame =>
        {
            var payload = Bus.Payload(random, frame);
            payload[7] = (byte)random.Next(256);
            return payload;
        });

        Assert.DoesNotContain(field => field.Kind == CanFieldKind.Checksum, fields);
    }

    [TestMethod]
    public void A_copy_of_another_byte_is_no_checksum()
    {
        var random = new Random(1);
        var fields = Bus.Fields(1000, _ =>
        {
            var payload = new byte[8];
            payload[2] = (byte)random.Next(256);
            payload[7] = (byte)~payload[2];
            return payload;
        });

        Assert.DoesNotContain(field => field.Kind == CanFieldKind.Checksum, fields);
    }

    [TestMethod]
    public void A_checksum_that_nobody_can_name_shows_by_its_statistics()
    {
        // A fixed random table over payloads that come again.
        var random = new Random(7);
        var table = new byte[64];
        random.NextBytes(table);
        var fields = Bus.Fields(1000, _ =>
        {
            var payload = new byte[8];
            var at = random.Next(64);
            payload[2] = (byte)(at & 7);
            payload[4] = (byte)(at >> 3);
            payload[7] = table[at];
            return payload;
        });

        var field = fields.Single(field => field.Kind == CanFieldKind.Checksum);
        Assert.IsNull(field.Checksum);
        Assert.AreEqual(56, field.Bit(0));
    }

    [TestMethod]
    public void A_wrong_frame_in_a_hundred_does_not_hide_a_checksum_and_is_counted()
    {
        var random = new Random(3);
        var fields = Bus.Fields(2000, frame =>
        {
            var payload = Bus.Payload(random, frame);
            payload[7] = (byte)(Bus.Crc8(payload.AsSpan(0, 7), 0x1D, 0xFF, 0xFF) ^ (frame % 100 == 50 ? 1 : 0));
            return payload;
        });

        var field = fields.Single(field => field.Kind == CanFieldKind.Checksum);
        Assert.AreEqual(2000 - 512, field.Frames, "Checked on every frame after the first sample.");
        Assert.AreEqual(15, field.Faults);
    }

    private static ChecksumRule Find(Func<byte[], byte[]> sign)
    {
        var random = new Random(5);
        var fields = Bus.Fields(400, frame => sign(Bus.Payload(random, frame)));
        var field = fields.Single(f => f.Kind == CanFieldKind.Checksum);
        Assert.AreEqual(0, field.Faults);
        return field.Checksum!;
    }
}
