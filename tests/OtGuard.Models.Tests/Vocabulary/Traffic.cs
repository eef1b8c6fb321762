using System.Text;
using System.Text.Json;
using OtGuard.Collectors;

namespace OtGuard.Models.Tests.Vocabulary;

/// <summary>Makes observations without a capture, in the order and at the times a test says.</summary>
internal sealed class Traffic
{
    internal const byte Protocol = 1;

    private readonly Dictionary<ConversationKey, Conversation> _conversations = [];
    private readonly Dictionary<ConversationKey, Connection> _connections = [];
    private readonly ObservationBatch _batch;
    private long _frame;
    private int _made;

    internal Traffic(IObservationConsumer consumer)
    {
        _batch = new ObservationBatch(consumer);
    }

    internal static ProtocolRegistry Protocols { get; } = new(new TestProtocol());

    internal static CaptureTime Start { get; } = CaptureTime.FromSeconds(1_700_000_000, 0);

    internal CaptureTime Time { get; set; } = Start;

    internal RoleEvidence RoleEvidence { get; set; } = RoleEvidence.Handshake;

    internal static NetworkAddress Ip(string text) => NetworkAddress.Parse(text);

    /// <summary>Learns what <paramref name="act"/> does.</summary>
    internal static Baseline Learn(Action<Traffic> act, LearningOptions? options = null,
        FrameSelection? selection = null)
    {
        var learner = new VocabularyLearner(Protocols, selection ?? FrameSelection.All,
            options ?? new LearningOptions());
        var traffic = new Traffic(learner);
        act(traffic);
        traffic.Flush();
        return learner.Complete();
    }

    /// <summary>Judges what <paramref name="act"/> does: a verdict for each observation.</summary>
    internal static List<Novelty> Judge(Baseline baseline, Action<Traffic> act)
    {
        var judging = new Judging(baseline);
        var traffic = new Traffic(judging);
        act(traffic);
        traffic.Flush();
        return judging.Verdicts;
    }

    internal void Flush() => _batch.Flush();

    /// <summary>Connections of before are gone: the next message between two hosts opens another.</summary>
    internal void Reconnect() => _connections.Clear();

    internal void After(TimeSpan span) => Time += span;

    internal Connection Connect(
        string client, string server, ushort service = 502, Transport transport = Transport.Tcp, string? name = null)
    {
        var key = new ConversationKey(Ip(client), Ip(server), transport, service);
        if (_connections.TryGetValue(key, out var connection)) return connection;
        if (!_conversations.TryGetValue(key, out var conversation))
        {
            conversation = new Conversation(_made, key.Client, key.Server, transport, service)
            {
                ProtocolName = name,
                FirstSeen = Time,
                LastSeen = Time,
            };
            _conversations.Add(key, conversation);
        }

        connection = new Connection(
            _made++, new Endpoint(key.Client, 50000), new Endpoint(key.Server, service), transport, conversation)
        {
            RoleEvidence = RoleEvidence,
            FirstSeen = Time,
        };
        _connections.Add(key, connection);
        if (conversation.Index == connection.Index) Network(connection, Operation.ConversationStarted);
        if (transport == Transport.Tcp) Network(connection, Operation.ConnectionOpened);
        return connection;
    }

    internal void Network(Connection connection, Operation operation, string? link = null, string? subject = null,
        ValueSlice data = default)
    {
        var frame = ++_frame;
        Touch(connection, frame);
        _batch.Add(new Observation
        {
            Time = Time,
            Connection = connection,
            Operation = operation,
            Outcome = Outcome.Succeeded,
            RequestFrame = frame,
            Code = -1,
            SubCode = -1,
            Unit = -1,
            Reason = -1,
            LinkAddress = link is null ? default : Ip(link),
            Subject = subject is null ? default : Ip(subject),
            RequestData = data,
        });
    }

    internal void Recognise(string client, string server, string name)
    {
        var connection = Connect(client, server);
        _batch.Reserve(name.Length);
        Network(connection, Operation.ProtocolIdentified, data: _batch.Store(Encoding.ASCII.GetBytes(name)));
    }

    internal void Bind(string address, string link) =>
        Network(Connect(link, "ff:ff:ff:ff:ff:ff", 0x0806, Transport.Link), Operation.AddressBound, link, address);

    internal void Read(string client, string server, uint start, int count, short unit = 1,
        Outcome outcome = Outcome.Succeeded, int reason = -1) =>
        Say(client, server, Operation.Read, 3, new Target(TargetSpace.HoldingRegisters, start, count), unit, outcome,
            reason);

    internal void Write(string client, string server, uint start, int count = 1, short unit = 1,
        Outcome outcome = Outcome.Succeeded, int reason = -1) =>
        Say(client, server, Operation.Write, 16, new Target(TargetSpace.HoldingRegisters, start, count), unit, outcome,
            reason);

    internal void Say(
        string client, string server, Operation operation, short code, Target target, short unit = 1,
        Outcome outcome = Outcome.Succeeded, int reason = -1, Target writeTarget = default, string response = "",
        TimeSpan latency = default)
    {
        var connection = Connect(client, server);
        _batch.Reserve(response.Length);
        var data = _batch.Store(Encoding.ASCII.GetBytes(response));
        var frame = _frame += 2;
        Touch(connection, frame);
        _batch.Add(new Observation
        {
            Time = Time,
            Connection = connection,
            Protocol = Protocol,
            Operation = operation,
            Outcome = outcome,
            Code = code,
            SubCode = -1,
            Unit = unit,
            Reason = reason,
            Target = target,
            WriteTarget = writeTarget,
            LatencyNanoseconds = latency.Ticks * 100,
            RequestFrame = outcome == Outcome.Unsolicited ? 0 : frame - 1,
            ResponseFrame = outcome is Outcome.Unanswered ? 0 : frame,
            ResponseData = data,
        });
    }

    /// <summary>A frame that gives no observation, as of a protocol that is not decoded.</summary>
    internal void Frame(Connection connection) => Touch(connection, ++_frame);

    private void Touch(Connection connection, long frame)
    {
        connection.Conversation.Frames.Add(frame);
        connection.Conversation.FromClient.Frames++;
        connection.Conversation.LastSeen = Time;
    }

    private sealed class Judging(Baseline baseline) : IObservationConsumer
    {
        private readonly VocabularyJudge _judge = new(baseline, Protocols);

        internal List<Novelty> Verdicts { get; } = [];

        public void Consume(ObservationBatch batch)
        {
            foreach (ref readonly var observation in batch.Items) Verdicts.Add(_judge.Judge(in observation, batch));
        }
    }

    /// <summary>A protocol that decodes nothing; its identification answers are <c>name=value</c> lines.</summary>
    private sealed class TestProtocol : IProtocol
    {
        public string Name => "modbus";

        public string DisplayName => "Modbus";

        public IReadOnlyList<(Transport Transport, ushort Port)> RegisteredPorts => [];

        public IReadOnlyList<AnomalyDescriptor> Anomalies => [];

        public Claim Probe(in Probe probe) => default;

        public IConnectionDecoder CreateDecoder(byte protocol, Transport transport, byte variant) =>
            throw new NotSupportedException();

        public string OperationName(short code, int subCode) => code == 3 ? "ReadHoldingRegisters" : $"Function{code}";

        public string OperationText(short code, int subCode) => OperationName(code, subCode);

        public string TargetText(Target target) => "";

        public string ReasonText(int reason) => "";

        public string UnitText(short unit) => "";

        public IReadOnlyList<(string Name, string Value)> Identity(in Observation observation,
            ObservationBatch batch) =>
        [
            .. Encoding.ASCII.GetString(batch.Bytes(observation.ResponseData))
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split('='))
                .Select(cells => (cells[0], cells[1])),
        ];

        public void WriteJson(Utf8JsonWriter writer, in Observation observation, ObservationBatch batch) =>
            writer.WriteNullValue();
    }
}
