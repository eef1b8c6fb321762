using OtGuard.Collectors.Capture.Identification;

namespace OtGuard.Collectors.Capture.Tests.Identification;

[TestClass]
public sealed class ProtocolIdentifierTests
{
    public static IEnumerable<object[]> StreamSamples => Samples.Tcp.Select((sample, index) => new object[] { sample.Name, index });

    public static IEnumerable<object[]> DatagramSamples => Samples.Udp.Select((sample, index) => new object[] { sample.Name, index });

    [TestMethod]
    [DynamicData(nameof(StreamSamples))]
    public void First_message_of_a_stream_is_named(string name, int index)
    {
        var found = ProtocolIdentifier.Identify(Samples.Tcp[index].Payload.Probe);

        Assert.AreEqual((ClaimVerdict.Yes, name), (found.Verdict, found.Name));
    }

    [TestMethod]
    [DynamicData(nameof(StreamSamples))]
    public void No_beginning_of_a_first_message_is_refused_or_named_otherwise(string name, int index)
    {
        var payload = Samples.Tcp[index].Payload;
        for (var length = 0; length < payload.Data.Length; length++)
        {
            var found = ProtocolIdentifier.Identify(payload.Cut(length));

            Assert.AreNotEqual(ClaimVerdict.No, found.Verdict, $"{length} bytes");
            if (found.Verdict == ClaimVerdict.Yes) Assert.AreEqual(name, found.Name, $"{length} bytes");
        }
    }

    [TestMethod]
    [DynamicData(nameof(DatagramSamples))]
    public void Datagram_is_named(string name, int index)
    {
        var found = ProtocolIdentifier.Identify(Samples.Udp[index].Payload.Probe);

        Assert.AreEqual((ClaimVerdict.Yes, name), (found.Verdict, found.Name));
    }

    [TestMethod]
    [DynamicData(nameof(DatagramSamples))]
    public void Cut_datagram_is_never_named_otherwise_and_never_waits(string name, int index)
    {
        var payload = Samples.Udp[index].Payload;
        for (var length = 0; length < payload.Data.Length; length++)
        {
            var found = ProtocolIdentifier.Identify(payload.Cut(length));

            Assert.AreNotEqual(ClaimVerdict.NeedMoreData, found.Verdict, $"{length} bytes");
            if (found.Verdict == ClaimVerdict.Yes) Assert.AreEqual(name, found.Name, $"{length} bytes");
        }
    }

    [TestMethod]
    public void Connect_request_alone_waits_under_the_name_of_its_envelope()
    {
        byte[] request = [3, 0, 0, 0x16, 0x11, 0xE0, 0, 0, 0, 1, 0, 0xC0, 1, 10, 0xC1, 2, 1, 0, 0xC2, 2, 1, 2];

        var found = ProtocolIdentifier.Identify(new Payload(request, Transport.Tcp, 50123, 102).Probe);

        Assert.AreEqual(new Capture.Identification.Identification(ClaimVerdict.NeedMoreData, "iso-on-tcp", false), found);
    }

    [TestMethod]
    public void Netbios_session_request_alone_waits_under_the_name_of_its_envelope()
    {
        byte[] request = [0x81, 0, 0, 68, 32, .. Enumerable.Repeat((byte)'A', 32), 0, 32, .. Enumerable.Repeat((byte)'B', 32), 0];

        var found = ProtocolIdentifier.Identify(new Payload(request, Transport.Tcp, 50123, 139).Probe);

        Assert.AreEqual((ClaimVerdict.NeedMoreData, "netbios-ssn"), (found.Verdict, found.Name));
    }

    [TestMethod]
    [DataRow("tls", true)]
    [DataRow("modbus-tls", true)]
    [DataRow("ssh", true)]
    [DataRow("opcua", false)]
    [DataRow("http", false)]
    public void Encrypted_protocols_are_opaque(string name, bool opaque)
    {
        foreach (var sample in Samples.Tcp.Where(sample => sample.Name == name))
            Assert.AreEqual(opaque, ProtocolIdentifier.Identify(sample.Payload.Probe).Opaque);
    }

    [TestMethod]
    public void Enough_bytes_settle_every_stream()
    {
        var random = new Random(2404);
        foreach (var (name, payload) in Samples.Tcp)
        {
            for (var length = 1; length <= payload.Data.Length; length++)
            {
                var data = new byte[ProtocolIdentifier.EnoughBytes];
                random.NextBytes(data);
                payload.Data.AsSpan(0, length).CopyTo(data);

                var found = ProtocolIdentifier.Identify(new Probe(data, Transport.Tcp, 50123, payload.DestinationPort, null));

                Assert.AreNotEqual(ClaimVerdict.NeedMoreData, found.Verdict, name);
                foreach (var signature in ProtocolIdentifier.Tcp)
                    Assert.AreNotEqual(
                        ClaimVerdict.NeedMoreData,
                        signature.Match(new Probe(data, Transport.Tcp, 50123, payload.DestinationPort, null)),
                        $"{signature.Name} still waits after {length} bytes of {name}");
            }
        }
    }

    [TestMethod]
    public void Changed_and_cut_messages_never_throw()
    {
        var random = new Random(1815);
        foreach (var (_, payload) in Samples.Tcp.Concat(Samples.Udp))
        {
            for (var round = 0; round < 2000; round++)
            {
                var data = payload.Data.AsSpan(0, random.Next(payload.Data.Length + 1)).ToArray();
                for (var change = random.Next(4); change > 0 && data.Length > 0; change--)
                    data[random.Next(data.Length)] = (byte)random.Next(256);
                foreach (var transport in (Transport[])[Transport.Tcp, Transport.Udp])
                {
                    var probe = new Probe(data, transport, 50123, payload.DestinationPort, null);
                    var found = ProtocolIdentifier.Identify(probe);
                    if (found.Verdict == ClaimVerdict.Yes) Assert.IsNotNull(ProtocolNames.Find(found.Name!));
                }
            }
        }
    }

    [TestMethod]
    public void Identification_allocates_nothing()
    {
        var payloads = Samples.Tcp.Concat(Samples.Udp).Select(sample => sample.Payload).ToArray();
        foreach (var payload in payloads) ProtocolIdentifier.Identify(payload.Probe);

        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var payload in payloads) ProtocolIdentifier.Identify(payload.Probe);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.AreEqual(0, allocated);
    }
}
