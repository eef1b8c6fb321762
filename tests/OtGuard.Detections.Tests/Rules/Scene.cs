using System.Text.Json;
using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Detections.Tests.Rules;

/// <summary>
/// Shows hand-made observations to one detector, without a baseline: for thresholds and the edges of windows. Frames are
/// numbered from 1.
/// </summary>
internal sealed class Scene
{
    /// <summary>Index of <see cref="PlainProtocol"/>.</summary>
    public const byte Protocol = 1;

    private readonly DetectionEngine _engine;
    private readonly ObservationBatch _batch;
    private readonly DeviationTable _deviations = new("test", null);
    private readonly Dictionary<(string, string, ushort), Connection> _connections = [];
    private readonly Dictionary<(string, string, ushort), Conversation> _conversations = [];
    private int _connectionCount;
    private long _frame;

    public Scene(IDetector detector)
    {
        _engine = new DetectionEngine(
            new ProtocolRegistry(new PlainProtocol()), null, [detector], _deviations, FrameSelection.All);
        _batch = new ObservationBatch(_engine);
    }

    /// <summary>The present.</summary>
    public CaptureTime Now { get; set; } = new(1_700_000_000_000_000_000);

    /// <summary>The deviations, once what was added has been judged.</summary>
    public IReadOnlyList<Deviation> Deviations
    {
        get
        {
            _batch.Flush();
            _engine.Finish();
            foreach (var deviation in _deviations.All)
            {
                var sentence = Messages.Format(deviation.Finding.Message);
                Assert.EndsWith(".", sentence);
                Assert.DoesNotContain("{", sentence);
                Assert.DoesNotContain("  ", sentence);
                Assert.IsNotEmpty(deviation.Finding.SeverityReasons);
            }

            return _deviations.All;
        }
    }

    /// <summary>Lets capture time pass.</summary>
    public Scene Wait(TimeSpan span)
    {
        Now += span;
        return this;
    }

    /// <summary>The conversation of a client with a service.</summary>
    public Conversation Conversation(string client, string server, ushort port = 502)
    {
        if (_conversations.TryGetValue((client, server, port), out var known)) return known;
        var made = new Conversation(
            _conversations.Count, NetworkAddress.Parse(client), NetworkAddress.Parse(server), Transport.Tcp, port);
        _conversations.Add((client, server, port), made);
        return made;
    }

    /// <summary>The latest connection of a client with a service; the first one where there is none.</summary>
    public Connection Connection(string client, string server, ushort port = 502) =>
        _connections.TryGetValue((client, server, port), out var known) ? known : NewConnection(client, server, port);

    /// <summary>A further connection.</summary>
    public Connection NewConnection(string client, string server, ushort port = 502)
    {
        var connection = new Connection(
            _connectionCount++,
            new Endpoint(NetworkAddress.Parse(client), (ushort)(49152 + _connectionCount % 10_000)),
            new Endpoint(NetworkAddress.Parse(server), port),
            Transport.Tcp,
            Conversation(client, server, port));
        return _connections[(client, server, port)] = connection;
    }

    /// <summary>Something of the network itself.</summary>
    public Scene Network(Operation operation, Connection connection, Direction sender = Direction.ToServer) =>
        Add(new Observation
        {
            Time = Now,
            Connection = connection,
            Operation = operation,
            Sender = sender,
            Code = -1,
            SubCode = -1,
            Unit = -1,
            Reason = -1,
            RequestFrame = ++_frame,
        });

    /// <summary>An exchange with unit 1 of 10.0.0.9 by 10.0.0.5.</summary>
    public Scene Exchange(
        Outcome outcome = Outcome.Succeeded, int reason = -1, short code = 3, uint start = 0, short unit = 1,
        ulong anomalies = 0, Operation operation = Operation.Read, Silence silence = Silence.None,
        Connection? connection = null, TargetSpace space = TargetSpace.HoldingRegisters) =>
        Add(new Observation
        {
            Time = Now,
            Connection = connection ?? Connection("10.0.0.5", "10.0.0.9"),
            Protocol = Protocol,
            Operation = operation,
            Outcome = outcome,
            Code = code,
            SubCode = -1,
            Unit = unit,
            Reason = reason,
            Target = new Target(space, start, 1),
            Anomalies = anomalies,
            Silence = silence,
            RequestFrame = ++_frame,
            ResponseFrame = outcome is Outcome.Succeeded or Outcome.Rejected ? ++_frame : 0,
        });

    private Scene Add(in Observation observation)
    {
        observation.Connection.Conversation.Frames.Add(observation.RequestFrame);
        _batch.Add(in observation);
        return this;
    }

    /// <summary>
    /// A protocol that is nobody's: refusals mean what their number in <see cref="RefusalMeaning"/> says, and anomaly
    /// bit n is named after the rows in <see cref="AnomalyRows"/>.
    /// </summary>
    private sealed class PlainProtocol : IProtocol
    {
        public string Name => "plain";

        public string DisplayName => "Plain";

        public IReadOnlyList<(Transport Transport, ushort Port)> RegisteredPorts => [(Transport.Tcp, 502)];

        public IReadOnlyList<AnomalyDescriptor> Anomalies { get; } =
        [
            .. AnomalyRows.Select((row, bit) => new AnomalyDescriptor(bit, $"anomaly-{bit}", row, "is odd", "Plain §1")),
        ];

        public IReadOnlyList<ControlAct> ControlActs { get; } =
        [
            new(8, null, ReadOnlyMemory<byte>.Empty, "B21", "restart", "Plain §2"),
            new(9, null, ReadOnlyMemory<byte>.Empty, "B22", "forget", "Plain §2"),
        ];

        public RefusalMeaning MeaningOf(int reason) => (RefusalMeaning)reason;

        public Claim Probe(in Probe probe) => new(ClaimVerdict.No);

        public IConnectionDecoder CreateDecoder(byte protocol, Transport transport, byte variant) =>
            throw new NotSupportedException();

        public string OperationName(short code, int subCode) => $"Function{code}";

        public string OperationText(short code, int subCode) => $"function {code}";

        public string TargetText(Target target) => target.Space == TargetSpace.None ? "" : $"register {target.Start}";

        public string ReasonText(int reason) => $"reason {reason}";

        public string UnitText(short unit) => $"unit {unit}";

        public void WriteJson(Utf8JsonWriter writer, in Observation observation, ObservationBatch batch) =>
            throw new NotSupportedException();
    }

    /// <summary>The catalogue's row of each anomaly bit of the protocol.</summary>
    public static IReadOnlyList<string?> AnomalyRows { get; } = ["B8", "B10", "B15", "B16", "B18", "B19", "B20", null];

    /// <summary>The bit of a row.</summary>
    public static ulong BitOf(string row) => 1UL << AnomalyRows.ToList().IndexOf(row);
}
