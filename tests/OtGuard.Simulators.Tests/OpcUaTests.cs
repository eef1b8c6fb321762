using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Substation.OpcUa;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Tests;

[TestClass]
public sealed class OpcUaTests
{
    private static readonly SubstationOptions OneCycle = new()
    {
        Duration = TimeSpan.FromMinutes(10),
        FastPoll = TimeSpan.FromSeconds(5),
    };

    [TestMethod]
    public void Every_service_of_a_cycle_is_read_by_tshark_from_whom_it_comes()
    {
        string[] fromHistorian =
        [
            "ActivateSessionRequest", "CallRequest", "CloseSecureChannelRequest", "CloseSessionRequest",
            "CreateMonitoredItemsRequest", "CreateSessionRequest", "CreateSubscriptionRequest", "GetEndpointsRequest",
            "OpenSecureChannelRequest", "PublishRequest", "ReadRequest",
        ];
        string[] fromDisplay =
        [
            "ActivateSessionRequest", "BrowseRequest", "CloseSecureChannelRequest", "CloseSessionRequest",
            "CreateSessionRequest", "OpenSecureChannelRequest", "ReadRequest", "WriteRequest",
        ];
        var pcap = Generate(OneCycle);

        string[] Services(string host) => [.. Tshark.Run(
            pcap, "-Y", $"opcua.servicenodeid.numeric and ip.src == {host}", "-T", "fields", "-e", "_ws.col.Info")
            .Select(line => line[(line.LastIndexOf(' ') + 1)..]).Distinct().Order(StringComparer.Ordinal)];

        Tshark.AssertHealthy(pcap, "not tcp.port == 4840");
        // Of what opens a signed channel the body is encrypted: no service is told of it.
        CollectionAssert.AreEqual(
            fromHistorian, Services("10.20.0.31").Where(name => !char.IsAsciiDigit(name[0])).ToArray());
        CollectionAssert.AreEqual(fromDisplay, Services("10.20.0.32"));
    }

    [TestMethod]
    public void Channels_are_renewed_and_subscriptions_say_that_they_live_in_each_cycle()
    {
        var pcap = Generate(OneCycle);

        string[] Tokens(string host) => Tshark.Run(
            pcap, "-Y", $"opcua.transport.type == \"MSG\" and ip.src == {host}", "-T", "fields",
            "-e", "tcp.stream", "-e", "opcua.security.tokenid");
        // A keep-alive has no notification.
        var alive = Tshark.Run(pcap, "-Y", "opcua.servicenodeid.numeric == 829 and not opcua.ClientHandle");

        foreach (var client in (string[])["10.20.0.31", "10.20.0.32"])
        {
            var tokens = Tokens(client).Distinct().GroupBy(line => line.Split('\t')[0]);
            Assert.IsTrue(tokens.Any(connection => connection.Count() == 2), "No channel was renewed by " + client);
        }

        Assert.IsNotEmpty(alive);
    }

    [TestMethod]
    public void Nodes_and_registers_tell_the_same_of_a_feeder()
    {
        var pcap = Generate(OneCycle with
        {
            Duration = TimeSpan.FromMinutes(2),
            FastPoll = TimeSpan.FromSeconds(1),
            SlowPoll = TimeSpan.FromSeconds(5),
        });
        // The display reads the powers of all devices, T1 and T2 first: the third is the first feeder's.
        var read = Tshark.Run(
            pcap, "-Y", "opcua.servicenodeid.numeric == 634 and opcua.Float and ip.dst == 10.20.0.32", "-T", "fields",
            "-e", "frame.time_epoch", "-e", "opcua.Float");
        var polled = Tshark.Run(
            pcap, "-Y", "modbus.func_code == 4 and ip.src == 10.20.0.103 and modbus.regval_uint16", "-T", "fields",
            "-e", "frame.time_epoch", "-e", "modbus.regval_uint16").Select(line => line.Split('\t'))
            .Where(cells => cells[1].Split(',').Length == 8)
            .ToLookup(cells => Second(cells[0]), cells => (double)(short)(ushort)Number(cells[1].Split(',')[2]));

        static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
        static long Second(string epoch) => (long)Number(epoch);
        var compared = 0;
        foreach (var cells in read.Select(line => line.Split('\t')))
        {
            if (!polled[Second(cells[0])].Any()) continue;
            Assert.Contains(Number(cells[1].Split(',')[2]), polled[Second(cells[0])]);
            compared++;
        }

        Assert.IsGreaterThan(0, compared);
    }

    [TestMethod]
    public void Calendar_keeps_both_clients_connected_and_renews_their_channels_hourly()
    {
        var options = new SubstationOptions { Life = StationLifeKind.Calendar, Duration = TimeSpan.FromHours(36) }
            .Thinned(TimeSpan.FromMinutes(5));
        var pcap = Generate(options);

        Tshark.AssertHealthy(pcap, "not tcp.port == 4840");
        foreach (var client in (string[])["10.20.0.31", "10.20.0.32"])
        {
            var opened = Tshark.Run(pcap, "-Y", $"opcua.transport.type == \"OPN\" and ip.src == {client}").Length;
            Assert.IsGreaterThanOrEqualTo(45, opened, client);
        }
    }

    [TestMethod]
    public void Encoding_is_that_of_the_examples_of_the_standard()
    {
        // Part 6 v1.05 §5.2.2.2, §5.2.2.3, §5.2.2.4, §5.2.2.9.
        AssertEncoded("00CA9A3B", writer => writer.Int32(1_000_000_000));
        AssertEncoded("0A0000D0C0", writer => writer.Variant(OpcUaVariant.Of(-6.5f)));
        AssertEncoded("06000000E6B0B4426F79", writer => writer.String("水Boy"));
        AssertEncoded("03010006000000486F74E6B0B4", writer => writer.NodeId(OpcUaNodeId.Named(1, "Hot水")));
        AssertEncoded("0048", writer => writer.NodeId(72));
        AssertEncoded("01050104", writer => writer.NodeId(new OpcUaNodeId(5, 1025)));
    }

    [TestMethod]
    public void Keys_are_derived_as_the_test_vector_of_the_function_has_it()
    {
        // P_SHA256 of a secret and a labelled seed; published with the interoperability tests of TLS 1.2.
        var secret = Convert.FromHexString("9BBE436BA940F017B17652849A71DB35");
        byte[] seed = [.. "test label"u8, .. Convert.FromHexString("A0BA9F936CDA311827A6F796FFD5198C")];

        var key = OpcUaChannel.Derive(secret, seed);

        Assert.AreEqual("E3F229BA727BE17B8D122620557CD453C2AAB21D07C3D495329B52D4E61EDB5A", Convert.ToHexString(key));
    }

    [TestMethod]
    public void What_is_padded_with_the_simulators_own_randomness_is_decrypted_by_the_platforms_cryptography()
    {
        using var identity = OpcUaPractice.Identity(OpcUaPractice.Server);
        var plain = Enumerable.Range(0, 500).Select(i => (byte)i).ToArray();

        var encrypted = OpcUaIdentity.Encrypt(identity.Certificate, plain, new Random(7));
        var again = OpcUaIdentity.Encrypt(identity.Certificate, plain, new Random(7));

        CollectionAssert.AreEqual(plain, identity.Decrypt(encrypted));
        CollectionAssert.AreEqual(encrypted, again);
    }

    [TestMethod]
    public void Practice_certificates_are_valid_for_long_and_named_for_their_applications()
    {
        foreach (var name in (string[])[OpcUaPractice.Server, OpcUaPractice.Historian, OpcUaPractice.Stranger])
        {
            using var identity = OpcUaPractice.Identity(name);
            using var certificate = X509CertificateLoader.LoadCertificate(identity.Certificate);

            Assert.AreEqual($"urn:practice:{name}", identity.ApplicationUri);
            Assert.Contains("not for use", certificate.Subject);
            Assert.IsGreaterThan(2100, certificate.NotAfter.Year);
        }
    }

    [TestMethod]
    public void Bytes_that_come_one_by_one_are_answered_as_those_that_come_at_once()
    {
        static string Answers(int piece)
        {
            var (site, client) = (new Site(new CaptureBuilder(), 5), NewClient(null));
            using var answers = new MemoryStream();
            var connection = site.OpcUa.Server.Accept(bytes =>
            {
                answers.Write(bytes);
                client.Receive(bytes);
            });
            void Send(ReadOnlySpan<byte> bytes)
            {
                for (var rest = bytes.ToArray().AsSpan(); !rest.IsEmpty; rest = rest[Math.Min(piece, rest.Length)..])
                    connection.Receive(rest[..Math.Min(piece, rest.Length)]);
            }

            LogIn(client, site, Send, OpcUaSecurity.None);
            Send(client.Read([OpcUaAddressSpace.Tariff, OpcUaNodeId.Standard(1)]));
            return Convert.ToHexString(answers.ToArray());
        }

        Assert.AreEqual(Answers(int.MaxValue), Answers(1));
    }

    [TestMethod]
    public void Signed_request_that_was_changed_on_its_way_ends_the_connection()
    {
        var site = new Site(new CaptureBuilder(), 5);
        using var identity = OpcUaPractice.Identity(OpcUaPractice.Historian);
        var client = NewClient(identity);
        var last = "";
        var connection = site.OpcUa.Server.Accept(bytes =>
        {
            last = Convert.ToHexString(bytes[..3]);
            client.Receive(bytes);
        });
        LogIn(client, site, connection.Receive, OpcUaSecurity.Sign);
        connection.Receive(client.Read([OpcUaAddressSpace.Tariff]));
        Assert.IsFalse(connection.IsClosed);

        var changed = client.Read([OpcUaAddressSpace.Tariff]).ToArray();
        changed[60] ^= 1;
        connection.Receive(changed);

        Assert.IsTrue(connection.IsClosed);
        Assert.AreEqual(Convert.ToHexString("ERR"u8), last);
    }

    [TestMethod]
    public void Wrong_password_is_refused_and_the_right_one_is_not()
    {
        var site = new Site(new CaptureBuilder(), 5);
        var client = NewClient(null);
        var connection = site.OpcUa.Server.Accept(bytes => client.Receive(bytes));
        LogIn(client, site, connection.Receive, OpcUaSecurity.None);
        var certificate = site.OpcUa.Server.Identity.Certificate;

        connection.Receive(client.ActivateSession(OpcUaStation.HistorianUser with { Password = "guess" }, certificate));
        var wrong = client.Result;
        connection.Receive(client.ActivateSession(OpcUaStation.HistorianUser, certificate));

        Assert.AreEqual(OpcUaStatus.BadUserAccessDenied, wrong);
        Assert.AreEqual(OpcUaStatus.Good, client.Result);
    }

    [TestMethod]
    public void Broken_requests_are_answered_or_end_the_connection_and_never_throw()
    {
        var random = new Random(11);
        var site = new Site(new CaptureBuilder(), 5);
        for (var round = 0; round < 300; round++)
        {
            // It keeps the sessions of lost connections until their time is over, and has room for a hundred.
            if (round % 50 == 0) site.OpcUa.Server.Restart();
            var client = NewClient(null);
            var connection = site.OpcUa.Server.Accept(bytes => client.Receive(bytes));
            LogIn(client, site, connection.Receive, OpcUaSecurity.None);
            var message = (round % 8) switch
            {
                0 => client.Read([OpcUaAddressSpace.Tariff, OpcUaAddressSpace.ServerStatus]),
                1 => client.Write(OpcUaAddressSpace.Tariff, OpcUaVariant.Of(2)),
                2 => client.Browse(OpcUaAddressSpace.Objects),
                3 => client.Call(OpcUaAddressSpace.Server, OpcUaAddressSpace.GetMonitoredItems, OpcUaVariant.Of(1u)),
                4 => client.CreateSubscription(1000, 10),
                5 => client.CreateMonitoredItems(1, 1, 1000, [OpcUaAddressSpace.Tariff]),
                6 => client.AddVariable(
                    OpcUaAddressSpace.Station, OpcUaNodeId.Named(2, "New"), "New", OpcUaVariant.Of(1f)),
                _ => client.Publish(),
            };
            var broken = message.ToArray();
            for (var i = 0; i < 3; i++)
                broken[random.Next(OpcUaTransport.HeaderBytes, broken.Length)] = (byte)random.Next(256);

            connection.Receive(broken);
            site.OpcUa.Server.Advance();
            connection.Close();
        }
    }

    [TestMethod]
    public void Nesting_beyond_the_limit_and_chunks_without_end_are_refused()
    {
        var site = new Site(new CaptureBuilder(), 5);
        var client = NewClient(null);
        var connection = site.OpcUa.Server.Accept(bytes => client.Receive(bytes));
        LogIn(client, site, connection.Receive, OpcUaSecurity.None);

        connection.Receive(client.WriteNested(OpcUaAddressSpace.Tariff, 5000));
        Assert.AreEqual(OpcUaStatus.BadEncodingLimitsExceeded, client.Result);
        for (var chunk = 0; chunk < OpcUaServer.MaximumChunks; chunk++)
            connection.Receive(client.Intermediate(chunk == 0, 100));
        Assert.IsFalse(connection.IsClosed);
        connection.Receive(client.Intermediate(isFirst: false, 100));
        Assert.IsTrue(connection.IsClosed);
    }

    [TestMethod]
    public void Answer_longer_than_a_chunk_comes_in_several_that_tshark_puts_together()
    {
        var capture = new CaptureBuilder();
        var site = new Site(capture, 5);
        var session = new TcpSession(capture, site.Intruder, 50_000, site.OpcUa.Host, OpcUaTransport.Port).Open();
        var client = NewClient(null);
        var answers = new Queue<byte[]>();
        var connection = site.OpcUa.Server.Accept(bytes => answers.Enqueue(bytes.ToArray()));
        void Send(ReadOnlySpan<byte> bytes)
        {
            session.Request(bytes);
            connection.Receive(bytes);
            while (answers.TryDequeue(out var answer))
            {
                session.Response(answer);
                client.Receive(answer);
            }
        }

        LogIn(client, site, Send, OpcUaSecurity.None);
        connection.Channel.MaximumChunkBytes = 8192;
        Send(client.Browse([.. Enumerable.Repeat(OpcUaAddressSpace.Objects, 40), .. site.Devices.Select(
            device => OpcUaNodeId.Named(OpcUaAddressSpace.Namespace, device.Name))]));
        session.Close();

        var pcap = capture.ToPcap();
        var chunks = Tshark.Run(
            pcap, "-Y", "opcua.transport.chunk == \"C\"", "-T", "fields", "-e", "opcua.transport.size");
        var whole = Tshark.Run(pcap, "-Y", "opcua.servicenodeid.numeric == 530");
        Assert.IsNotEmpty(chunks);
        Assert.HasCount(1, whole);
        Tshark.AssertHealthy(pcap);
    }

    [TestMethod]
    public void Notifications_that_are_held_back_do_not_reach_the_historian()
    {
        int Told(params PlannedEvent[] planned)
        {
            using var stream = new MemoryStream();
            new SubstationGenerator(OneCycle with { Duration = TimeSpan.FromMinutes(3) })
                .Generate(new PcapWriter(stream), planned);
            return Tshark.Run(stream.ToArray(), "-Y", "opcua.servicenodeid.numeric == 829").Length;
        }

        var usual = Told();
        var suppressed = Told(new PlannedEvent(
            TimeSpan.FromSeconds(30), new OpcUaNotificationsSuppressed(), Strength.Of(Intensity.High)));

        Assert.IsLessThan(usual / 3, suppressed);
    }

    private static OpcUaClient NewClient(OpcUaIdentity? identity) =>
        new(identity, identity?.ApplicationUri ?? "urn:test:client", new Random(3), () => CaptureBuilder.DefaultStart);

    private static void LogIn(OpcUaClient client, Site site, OpcUaSend send, OpcUaSecurity security)
    {
        var server = site.OpcUa.Server;
        send(client.Hello(server.Url));
        send(client.Open(security, security == OpcUaSecurity.None ? [] : server.Identity.Certificate, 60_000));
        send(client.CreateSession(server.Url, "test", 60_000));
        send(client.ActivateSession(null, server.Identity.Certificate));
        Assert.AreEqual(OpcUaStatus.Good, client.Result);
    }

    private static void AssertEncoded(string expected, Action<OpcUaWriter> write)
    {
        var writer = new OpcUaWriter();
        write(writer);
        Assert.AreEqual(expected, Convert.ToHexString(writer.Written));
    }

    private static byte[] Generate(SubstationOptions options)
    {
        using var stream = new MemoryStream();
        new SubstationGenerator(options).Generate(new PcapWriter(stream));
        return stream.ToArray();
    }
}
