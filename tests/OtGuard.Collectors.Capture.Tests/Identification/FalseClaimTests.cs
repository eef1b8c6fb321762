using OtGuard.Collectors.Capture.Identification;

namespace OtGuard.Collectors.Capture.Tests.Identification;

/// <summary>Random bytes and Modbus are not named as something else.</summary>
[TestClass]
public sealed class FalseClaimTests
{
    private const int Seed = 60870;
    private const int Payloads = 1_000_000;
    private const int LongestPayload = 96;

    private static readonly ushort[] Ports =
    [
        21, 22, 23, 25, 53, 69, 80, 88, 102, 123, 135, 137, 138, 139, 161, 319, 320, 389, 443, 445, 500, 502, 514, 546, 547,
        554, 587, 802, 1433, 1645, 1812, 1883, 1900, 1911, 1985, 2222, 2404, 3306, 3389, 3671, 3702, 4500, 4712, 4713, 4840,
        5007, 5094, 5353, 5355, 5432, 5672, 5900, 6379, 9600, 11740, 13400, 17500, 20000, 30490, 34964, 44818, 47808, 48898,
        51820,
    ];

    public TestContext TestContext { get; set; } = null!;

    // Expectation N/2^bits, and six standard deviations of a Poisson number of that mean above it, at least three.
    private static double Bound(int payloads, double probability) =>
        payloads * probability + 6 * Math.Sqrt(payloads * probability) + 3;

    [TestMethod]
    public void Random_payloads_are_claimed_no_more_often_than_a_signatures_bits_allow()
    {
        foreach (var transport in (Transport[])[Transport.Tcp, Transport.Udp])
        {
            var signatures = transport == Transport.Tcp ? ProtocolIdentifier.Tcp : ProtocolIdentifier.Udp;
            var claims = new int[signatures.Length, Ports.Length];
            var random = new Random(Seed);
            var buffer = new byte[LongestPayload];
            for (var i = 0; i < Payloads; i++)
            {
                var data = buffer.AsSpan(0, random.Next(1, LongestPayload + 1));
                random.NextBytes(data);
                var port = i % Ports.Length;
                var probe = new Probe(data, transport, 50123, Ports[port], null);
                for (var at = 0; at < signatures.Length; at++)
                    if (signatures[at].Match(probe) == ClaimVerdict.Yes) claims[at, port]++;
            }

            for (var at = 0; at < signatures.Length; at++)
            {
                for (var port = 0; port < Ports.Length; port++)
                {
                    var bound = Bound(Payloads / Ports.Length, Math.Pow(2, -signatures[at].StructureBits));
                    if (claims[at, port] > 0)
                        TestContext.WriteLine($"{transport} {Ports[port]} {signatures[at].Name}: {claims[at, port]}, bound {bound:F1}");
                    Assert.IsLessThanOrEqualTo(bound, claims[at, port], $"{signatures[at].Name} on {transport} {Ports[port]}");
                }
            }
        }
    }

    // A signature of fewer bits than this must have its port's word.
    private const int BitsWithoutPort = 16;

    [TestMethod]
    public void Random_payloads_on_ephemeral_ports_are_named_no_more_often_than_the_strong_signatures_allow()
    {
        foreach (var transport in (Transport[])[Transport.Tcp, Transport.Udp])
        {
            var signatures = transport == Transport.Tcp ? ProtocolIdentifier.Tcp : ProtocolIdentifier.Udp;
            var probability = signatures
                .Where(signature => signature.StructureBits >= BitsWithoutPort)
                .Sum(signature => Math.Pow(2, -signature.StructureBits));
            var random = new Random(Seed + 1);
            var buffer = new byte[LongestPayload];
            var named = 0;
            for (var i = 0; i < Payloads; i++)
            {
                var data = buffer.AsSpan(0, random.Next(1, LongestPayload + 1));
                random.NextBytes(data);
                if (ProtocolIdentifier.Identify(new Probe(data, transport, 50123, 60321, null)).Verdict == ClaimVerdict.Yes) named++;
            }

            TestContext.WriteLine($"{transport}: {named} of {Payloads}, bound {Bound(Payloads, probability):F1}");
            Assert.IsLessThanOrEqualTo(Bound(Payloads, probability), named, $"{transport}");
        }
    }

    [TestMethod]
    public void Made_up_modbus_requests_are_never_named()
    {
        var random = new Random(Seed + 2);
        var buffer = new byte[64];
        for (var i = 0; i < Payloads; i++)
        {
            var used = 0;
            for (var request = random.Next(1, 5); request > 0; request--)
            {
                // Transaction, protocol 0, length 6, unit, function 1 to 6, address, quantity or value.
                var function = random.Next(1, 7);
                var operand = function < 5 ? random.Next(1, 126) : random.Next(2) * 0xFF00;
                byte[] adu =
                [
                    (byte)random.Next(256), (byte)random.Next(256), 0, 0, 0, 6, (byte)random.Next(256), (byte)function,
                    (byte)random.Next(256), (byte)random.Next(256), (byte)(operand >> 8), (byte)operand,
                ];
                adu.CopyTo(buffer, used);
                used += adu.Length;
            }

            var found = ProtocolIdentifier.Identify(new Probe(buffer.AsSpan(0, used), Transport.Tcp, 50123, 502, null));

            Assert.AreNotEqual(ClaimVerdict.Yes, found.Verdict, $"{found.Name}: {Convert.ToHexString(buffer, 0, used)}");
        }
    }

    [TestMethod]
    [DataRow("modbus/emreekin/FC1-permit.pcap")]
    [DataRow("modbus/emreekin/ModbusFloat.pcap")]
    [DataRow("modbus/emreekin/crash.pcap")]
    [DataRow("modbus/emreekin/modbus-mask-write-register.pcap")]
    [DataRow("modbus/icsnpp-modbus/modbus_example.pcap")]
    [DataRow("modbus/iti/ModbusTCP.pcap")]
    [DataRow("modbus/iti/modbus_test.pcap")]
    [DataRow("modbus/lemay/channel_4d_12s.zip")]
    [DataRow("modbus/lemay/characterization_modbus_6RTU_with_operate.pcap")]
    [DataRow("modbus/lemay/moving_two_files_modbus_6RTU.pcap")]
    [DataRow("modbus/lemay/send_a_fake_command_modbus_6RTU_with_operate.pcap")]
    [DataRow("modbus/ndpi/modbus.pcap")]
    [DataRow("modbus/zeek/fuzz-1011.pcap")]
    [DataRow("modbus/zeek/modbus-eit.pcap")]
    [DataRow("modbus/zeek/modbusSmall.pcap")]
    public void Captured_modbus_segments_are_never_named(string capture)
    {
        var segments = CaptureWalk.Payloads(TestKit.SharedData.PathOf(capture))
            .Where(payload => payload.Transport == Transport.Tcp && (payload.SourcePort == 502 || payload.DestinationPort == 502))
            .ToList();

        Assert.IsNotEmpty(segments);
        foreach (var segment in segments)
        {
            var found = ProtocolIdentifier.Identify(segment.Probe);
            Assert.AreNotEqual(ClaimVerdict.Yes, found.Verdict, $"{found.Name}: {Convert.ToHexString(segment.Data)}");
            // The same bytes on another port, where no registered port speaks against a name.
            found = ProtocolIdentifier.Identify(new Probe(segment.Data, Transport.Tcp, 50123, 60321, null));
            Assert.AreNotEqual(ClaimVerdict.Yes, found.Verdict, $"{found.Name}: {Convert.ToHexString(segment.Data)}");
        }
    }
}
