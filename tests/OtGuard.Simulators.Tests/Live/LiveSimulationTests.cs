using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Live;
using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Vehicle;
using OtGuard.Simulators.Vehicle.Bus;
using OtGuard.Simulators.Wire;
using OtGuard.TestKit;

namespace OtGuard.Simulators.Tests.Live;

/// <summary>The site on real sockets of this machine; each test has addresses of its own.</summary>
[TestClass]
public sealed class LiveSimulationTests
{
    private const int Feeder = 2;
    private const int Park = 11;
    private const int OpcUa = 14;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // Another run of these tests on the same machine has others.
    private static readonly int Own = 100 + Environment.ProcessId % 100;

    private static int _networks;

    [TestMethod]
    public async Task Scada_pair_polls_every_server_and_is_answered()
    {
        using var live = new Running(Options());

        await live.UntilAsync(() => live.Servers.All(server => server.BytesSent > 200));
        var summary = await live.EndAsync();

        Assert.HasCount(15, summary.Servers);
        Assert.IsGreaterThan(100, summary.Clients.Answers);
        Assert.AreEqual(0, summary.Clients.Exceptions);
        Assert.IsTrue(summary.Servers.All(server => server.Connections >= 2), "Both servers of the pair are connected.");
    }

    [TestMethod]
    public async Task Historian_of_the_station_is_told_over_TCP_by_the_server_that_others_reach_as_well()
    {
        using var live = new Running(Options());
        await live.UntilAsync(() => live.Servers[OpcUa].BytesSent > 20_000);
        using var client = live.Connect(OpcUa);

        // Hello, OPC UA Part 6 §7.1.2.3: version, buffers, limits, the endpoint's URL.
        var url = System.Text.Encoding.ASCII.GetBytes($"opc.tcp://{live.Servers[OpcUa].EndPoint}");
        byte[] body = [0, 0, 0, 0, .. new byte[] { 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, (byte)url.Length, 0, 0, 0, .. url];
        client.Send([.. "HELF"u8, (byte)(8 + body.Length), 0, 0, 0, .. body]);

        Assert.AreEqual("ACKF", System.Text.Encoding.ASCII.GetString(client.Read(28), 0, 4));
        client.Send("nonsense"u8);
        Assert.AreEqual("ERRF", System.Text.Encoding.ASCII.GetString(client.Read(8), 0, 4));
        Assert.IsTrue(client.IsClosedByPeer());
        var summary = await live.EndAsync();
        Assert.IsGreaterThanOrEqualTo(4, summary.Servers[OpcUa].Connections, "Discovery, historian, display, and this client.");
    }

    [TestMethod]
    public async Task Command_of_any_client_moves_the_physics_that_all_clients_read()
    {
        using var live = new Running(Options());
        using var client = live.Connect(Feeder);
        Assert.AreNotEqual(0, Registers(client.Ask(ModbusPdu.ReadInputRegistersRequest(0, 8)))[1]);

        var answer = client.Ask(ModbusPdu.WriteSingleCoil(SubstationProcess.BreakerCoil, false));

        Assert.AreEqual("050000" + "0000", Convert.ToHexString(answer));
        using var other = live.Connect(Feeder);
        await live.UntilAsync(() => Registers(other.Ask(ModbusPdu.ReadInputRegistersRequest(0, 8)))[1] == 0);
        var closeEarthed = client.Ask(ModbusPdu.WriteSingleCoil(SubstationProcess.EarthingCoil, true));
        Assert.AreEqual("050001FF00", Convert.ToHexString(closeEarthed));
        Assert.AreEqual("8504", Convert.ToHexString(client.Ask(ModbusPdu.WriteSingleCoil(SubstationProcess.BreakerCoil, true))));
    }

    [TestMethod]
    public async Task Messages_in_pieces_and_several_at_once_are_answered_each()
    {
        using var live = new Running(Options());
        using var client = live.Connect(Feeder);
        var first = ModbusAdu.Mbap(7, 1, ModbusPdu.ReadCoilsRequest(0, 8));
        var second = ModbusAdu.Mbap(8, 1, ModbusPdu.ReadHoldingRegistersRequest(0, 2));

        foreach (var value in first) client.Send([value]);
        var answer = client.Receive();
        client.Send([.. second, .. first, .. second[..5]]);
        client.Send(second.AsSpan(5));

        Assert.AreEqual(7, answer.Transaction);
        Assert.AreEqual(8, client.Receive().Transaction);
        Assert.AreEqual(7, client.Receive().Transaction);
        Assert.AreEqual(8, client.Receive().Transaction);
        await live.EndAsync();
    }

    [TestMethod]
    [DataRow("000100000000", DisplayName = "length 0")]
    [DataRow("00010000000101", DisplayName = "length 1")]
    [DataRow("0001000000FF01030000000A", DisplayName = "length 255")]
    [DataRow("474554202F20485454502F312E310D0A", DisplayName = "HTTP")]
    public async Task Connection_that_speaks_something_else_is_closed_and_others_go_on(string hex)
    {
        using var live = new Running(Options());
        using var other = live.Connect(Feeder);
        using var client = live.Connect(Feeder);

        client.Send(Convert.FromHexString(hex + "00000000000000"));

        Assert.IsTrue(client.IsClosedByPeer());
        Assert.AreEqual(3, other.Ask(ModbusPdu.ReadHoldingRegistersRequest(0, 1))[0]);
        await live.EndAsync();
    }

    [TestMethod]
    public async Task Other_protocol_identifiers_are_skipped_and_other_units_refused_as_by_a_gateway()
    {
        using var live = new Running(Options());
        using var client = live.Connect(Feeder);
        var request = ModbusPdu.ReadHoldingRegistersRequest(0, 1);

        client.Send([.. ModbusAdu.Mbap(1, 1, request, protocol: 5), .. ModbusAdu.Mbap(2, 9, request)]);

        var answer = client.Receive();
        Assert.AreEqual(2, answer.Transaction);
        Assert.AreEqual("830B", Convert.ToHexString(answer.Pdu));
        await live.EndAsync();
    }

    [TestMethod]
    public async Task Device_has_no_more_than_its_connections_and_gives_them_back()
    {
        using var live = new Running(Options());
        await live.UntilAsync(() => live.Servers[Feeder].Connections >= 2);

        var hoard = Enumerable.Range(0, 80).Select(_ => live.Connect(Feeder)).ToList();
        await live.UntilAsync(() => live.Servers[Feeder].Refused > 0);
        foreach (var client in hoard) client.Dispose();

        await live.UntilAsync(() =>
        {
            using var client = live.Connect(Feeder);
            return client.TryAsk(ModbusPdu.ReadHoldingRegistersRequest(0, 1));
        });
        await live.EndAsync();
    }

    [TestMethod]
    public async Task Planted_attack_is_carried_out_over_TCP_and_told_with_begin_and_end()
    {
        var told = new List<IReadOnlyList<LiveEvent>>();
        using var live = new Running(Options() with
        {
            Planned = [new PlannedEvent(TimeSpan.FromSeconds(5), new WriteByNewHost(), Strength.Of(Intensity.Medium))],
            EventsChanged = told.Add,
        });
        using var client = live.Connect(Feeder);
        await live.UntilAsync(() => Registers(client.Ask(ModbusPdu.ReadHoldingRegistersRequest(0, 8)))[3] == 9999);

        var summary = await live.EndAsync();

        var happened = summary.Events.Single();
        Assert.AreEqual("write-by-new-host", happened.Truth.Event);
        Assert.AreEqual(live.Address(66), happened.Truth.Attacker);
        Assert.AreEqual(live.Address(103), happened.Truth.Victims.Single());
        Assert.IsGreaterThan(happened.Begin, happened.End);
        Assert.AreEqual(happened, told[^1].Single() with { Truth = happened.Truth });
    }

    public static IEnumerable<object[]> LiveAttacks() =>
        AttackCatalogue.All.Where(attack => attack.CanBeLive).Chunk(12).Select(attacks => new object[] { attacks });

    [TestMethod]
    [DynamicData(nameof(LiveAttacks))]
    public async Task Every_attack_that_can_be_live_leaves_a_site_that_still_answers(IAttack[] attacks)
    {
        using var live = new Running(Options() with
        {
            Planned = [.. attacks.Select((attack, i) => new PlannedEvent(TimeSpan.FromSeconds(3 + i), attack, Strength.Of(Intensity.Medium)))],
        });
        await live.UntilAsync(() => live.Events.Count == attacks.Length);

        using var client = live.Connect(13);
        Assert.AreEqual(4, client.Ask(ModbusPdu.ReadInputRegistersRequest(0, 8))[0] & 0x7F);
        var summary = await live.EndAsync();

        CollectionAssert.AreEquivalent(
            attacks.Select(attack => attack.Name).ToList(), summary.Events.Select(happened => happened.Truth.Event).ToList());
    }

    [TestMethod]
    public async Task Run_that_is_ended_leaves_no_socket_open()
    {
        var options = Options();
        using (var live = new Running(options))
        {
            using var client = live.Connect(Feeder);
            client.Ask(ModbusPdu.ReadHoldingRegistersRequest(0, 1));
            await live.EndAsync();
            Assert.IsTrue(client.IsClosedByPeer());
        }

        using var late = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var at = new IPEndPoint(options.Addresses.Of(Site.Host(103, "")), options.Addresses.ModbusPort);
        Assert.ThrowsExactly<SocketException>(() => late.Connect(at));
        using var again = new Running(options);
        await again.EndAsync();
    }

    [TestMethod]
    public void Port_that_is_taken_is_told_with_what_helps()
    {
        var options = Options();
        using var first = new LiveSimulation(options);

        var fault = Assert.ThrowsExactly<LiveException>(() => new LiveSimulation(options));

        Assert.Contains("T1 cannot listen at", fault.Message);
        Assert.Contains("--port", fault.Message);
    }

    [TestMethod]
    public void Network_that_the_machine_does_not_have_is_told()
    {
        LiveAddresses.TryParse("192.0.2.0/24", 5020, out var addresses);

        var fault = Assert.ThrowsExactly<LiveException>(() => new LiveSimulation(Options() with { Addresses = addresses }));

        Assert.Contains("does not have the address", fault.Message);
    }

    [TestMethod]
    public async Task All_servers_can_share_an_address_with_ports_counted_up()
    {
        using var live = new Running(Options() with
        {
            Addresses = new LiveAddresses(IPAddress.Parse($"127.{Own}.{Interlocked.Increment(ref _networks)}.1"), IsNetwork: false, 15020),
        });
        await live.UntilAsync(() => live.Servers.All(server => server.BytesSent > 0));

        CollectionAssert.AreEqual(
            Enumerable.Range(15020, 14).Append(4840).ToList(), live.Servers.Select(server => server.EndPoint.Port).ToList());
        Assert.HasCount(1, live.Servers.Select(server => server.EndPoint.Address).Distinct());
        await live.EndAsync();
    }

    [TestMethod]
    [DataRow("10.20.0.0/24", true)]
    [DataRow("127.0.0.1", true)]
    [DataRow("10.20.0.1/24", false)]
    [DataRow("10.20.0.0/16", false)]
    [DataRow("::1", false)]
    [DataRow("plant", false)]
    public void Networks_are_256_addresses_or_one(string text, bool valid)
    {
        Assert.AreEqual(valid, LiveAddresses.TryParse(text, 502, out _));
    }

    [TestMethod]
    public async Task Limit_written_over_TCP_throttles_the_vehicle_on_its_bus()
    {
        using var power = new PowerOnTheBus();
        using var live = new Running(Options() with
        {
            Speed = 20,
            Vehicle = new VehicleOptions
            {
                Start = CaptureBuilder.DefaultStart,
                Duration = TimeSpan.FromDays(1),
                Legs = [new(DrivePhase.Charging, TimeSpan.FromDays(1))],
            },
            Buses = power,
        });
        await live.UntilAsync(() => power.Kilowatts > 20);

        using var client = live.Connect(Park);
        client.Ask(ModbusPdu.WriteMultipleRegistersRequest(SubstationProcess.SetpointRegister, 80, 20));

        await live.UntilAsync(() => power.Kilowatts is > 4.5 and < 4.8);
        var summary = await live.EndAsync();
        Assert.IsGreaterThan(0, summary.Vehicle!.Can.Frames);
        Assert.IsTrue(power.WasFlushed);
    }

    [TestMethod]
    public void Truth_is_replaced_as_a_whole()
    {
        using var folder = new TemporaryFolder();
        var file = new LiveTruthFile(folder.File("truth.csv"));
        var truth = new TruthRecord("mass-trip", IsAttack: true, "127.0.0.66", ["127.0.0.103", "127.0.0.104"], ["T0855"]);

        file.Write([new LiveEvent(truth, 1_768_197_600_000_000_000, 1_768_197_601_500_000_000)]);

        Assert.AreEqual(
            """
            event;label;attacker;victims;techniques;begin;end
            mass-trip;1;127.0.0.66;127.0.0.103 127.0.0.104;T0855;2026-01-12T06:00:00.000000000Z;2026-01-12T06:00:01.500000000Z

            """.ReplaceLineEndings("\n"),
            File.ReadAllText(folder.File("truth.csv")));
        Assert.HasCount(1, Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    public async Task Time_of_the_site_ends_the_run()
    {
        var options = Options();
        using var live = new LiveSimulation(options with
        {
            Speed = 50,
            Substation = options.Substation! with { Duration = TimeSpan.FromSeconds(20) },
        });

        var summary = await live.RunAsync(CancellationToken.None);

        Assert.AreEqual(TimeSpan.FromSeconds(20), summary.Simulated);
    }

    private static LiveOptions Options() => new()
    {
        Substation = new SubstationOptions { Duration = TimeSpan.FromDays(1) },
        Speed = 4,
        Addresses = new LiveAddresses(
            IPAddress.Parse($"127.{Own}.{Interlocked.Increment(ref _networks)}.0"), IsNetwork: true, FreePort()),
    };

    private static ushort FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return (ushort)((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static ushort[] Registers(byte[] pdu) =>
        [.. Enumerable.Range(0, pdu[1] / 2).Select(i => BinaryPrimitives.ReadUInt16BigEndian(pdu.AsSpan(2 + 2 * i)))];

    private sealed class Running : IDisposable
    {
        private readonly LiveOptions _options;
        private readonly LiveSimulation _simulation;
        private readonly CancellationTokenSource _stop = new();
        private readonly Task<LiveSummary> _run;

        public Running(LiveOptions options)
        {
            var told = options.EventsChanged;
            _options = options with
            {
                EventsChanged = events =>
                {
                    Events = events;
                    told?.Invoke(events);
                },
            };
            _simulation = new LiveSimulation(_options);
            _run = Task.Run(() => _simulation.RunAsync(_stop.Token));
        }

        public IReadOnlyList<LiveServerCounts> Servers => _simulation.Servers;

        public IReadOnlyList<LiveEvent> Events { get; private set; } = [];

        public string Address(byte last) => _options.Addresses.Of(Site.Host(last, "")).ToString();

        public Client Connect(int server) => new(Servers[server].EndPoint);

        public async Task UntilAsync(Func<bool> condition)
        {
            using var patience = new CancellationTokenSource(Patience);
            while (!condition())
            {
                if (_run.IsFaulted) await _run;
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patience.Token);
            }
        }

        public async Task<LiveSummary> EndAsync()
        {
            await _stop.CancelAsync();
            return await _run;
        }

        public void Dispose()
        {
            _stop.Cancel();
            _run.Wait(Patience);
            _simulation.Dispose();
            _stop.Dispose();
        }
    }

    private sealed class Client : IDisposable
    {
        private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        private ushort _transaction;

        public Client(IPEndPoint at)
        {
            _socket.Connect(at);
            _socket.ReceiveTimeout = (int)Patience.TotalMilliseconds;
            _socket.NoDelay = true;
        }

        public void Send(ReadOnlySpan<byte> bytes) => _socket.Send(bytes);

        public byte[] Ask(byte[] pdu)
        {
            _transaction++;
            Send(ModbusAdu.Mbap(_transaction, 1, pdu));
            var (transaction, answer) = Receive();
            Assert.AreEqual(_transaction, transaction);
            return answer;
        }

        public bool TryAsk(byte[] pdu)
        {
            try
            {
                return Ask(pdu)[0] == pdu[0];
            }
            catch (SocketException)
            {
                return false;
            }
        }

        public (int Transaction, byte[] Pdu) Receive()
        {
            var header = Read(7);
            return (BinaryPrimitives.ReadUInt16BigEndian(header), Read(BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(4)) - 1));
        }

        public bool IsClosedByPeer()
        {
            var buffer = new byte[512];
            try
            {
                while (_socket.Receive(buffer) > 0)
                {
                }
            }
            catch (SocketException fault)
            {
                return fault.SocketErrorCode == SocketError.ConnectionReset;
            }

            return true;
        }

        public void Dispose() => _socket.Dispose();

        public byte[] Read(int length)
        {
            var bytes = new byte[length];
            for (var filled = 0; filled < length;)
            {
                var taken = _socket.Receive(bytes.AsSpan(filled));
                if (taken == 0) throw new SocketException((int)SocketError.ConnectionReset);
                filled += taken;
            }

            return bytes;
        }
    }

    private sealed class PowerOnTheBus : ILiveCanSink
    {
        private readonly MessageDefinition _status =
            VehicleGenerator.Definitions(VehicleVariant.Car).First(message => message.Id == 0x260);

        public double Kilowatts { get; private set; }

        public bool WasFlushed { get; private set; }

        public void Write(CanFrame frame, TruthRecord? truth)
        {
            if (frame.Id == _status.Id && !frame.IsError) Kilowatts = _status["ChargePower"].Read(frame.Data);
        }

        public void Flush() => WasFlushed = true;

        public void Dispose()
        {
        }
    }
}
