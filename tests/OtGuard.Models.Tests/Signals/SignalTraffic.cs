using System.Buffers.Binary;
using OtGuard.Collectors;
using OtGuard.Collectors.Can;
using OtGuard.Collectors.Can.DoIp;
using OtGuard.Collectors.Can.J1939;
using OtGuard.Collectors.Can.Uds;
using OtGuard.Collectors.Modbus;
using OtGuard.Collectors.OpcUa;
using OtGuard.Models.MlNet;
using OtGuard.Models.Scoring;
using OtGuard.Models.Training;

namespace OtGuard.Models.Tests.Signals;

/// <summary>Makes observations that carry values: registers, coils, nodes, and frames of a bus by way of their decoder.</summary>
internal sealed class SignalTraffic
{
    internal static readonly CaptureTime Start = CaptureTime.FromSeconds(1_700_000_000, 0);

    private readonly Dictionary<(string, string), Connection> _connections = [];
    private readonly ConversationRegister _register = new();
    private readonly ObservationBatch _batch;
    private readonly CanTraffic _can;
    private long _frame;

    internal SignalTraffic(IObservationConsumer consumer)
    {
        _batch = new ObservationBatch(consumer);
        _can = new CanTraffic(Protocols, new CanOptions(), _batch, _register);
    }

    internal static ProtocolRegistry Protocols { get; } = MakeProtocols();

    internal CaptureTime Time { get; set; } = Start;

    /// <summary>The whole baseline of what <paramref name="act"/> does.</summary>
    internal static Baseline Learn(
        Action<SignalTraffic> act, LearningOptions? options = null, Baseline? earlier = null, IModelTrainer? trainer = null)
    {
        var learner = new BaselineLearner(Protocols, FrameSelection.All, options ?? new LearningOptions(), earlier);
        Run(learner, act, Start);
        return learner.Complete(trainer ?? new MlNetTrainer(), progress: null, CancellationToken.None);
    }

    /// <summary>What <paramref name="baseline"/> says of what <paramref name="act"/> does a day later.</summary>
    internal static SignalVerdicts Judge(Baseline baseline, Action<SignalTraffic> act, AlarmBudget? budget = null)
    {
        var judging = new SignalVerdicts(baseline, budget ?? AlarmBudget.Default);
        Run(judging, act, Start + TimeSpan.FromDays(1));
        return judging;
    }

    internal static void Run(IObservationConsumer consumer, Action<SignalTraffic> act, CaptureTime from)
    {
        var traffic = new SignalTraffic(consumer) { Time = from };
        act(traffic);
        traffic.Flush();
    }

    internal void Flush() => _batch.Flush();

    internal SignalTraffic After(double seconds)
    {
        Time += TimeSpan.FromSeconds(seconds);
        return this;
    }

    /// <summary>Input registers from 0 on are read.</summary>
    internal SignalTraffic Read(string server, params ReadOnlySpan<ushort> values) =>
        Say(server, Operation.Read, TargetSpace.InputRegisters, 4, values);

    /// <summary>Holding registers from 0 on are written.</summary>
    internal SignalTraffic Write(string server, params ReadOnlySpan<ushort> values) =>
        Say(server, Operation.Write, TargetSpace.HoldingRegisters, 16, values);

    /// <summary>Input registers 0 and 1 are read, which hold a floating-point number.</summary>
    internal SignalTraffic ReadFloat(string server, float value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteSingleBigEndian(bytes, value);
        return Read(
            server, BinaryPrimitives.ReadUInt16BigEndian(bytes), BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]));
    }

    /// <summary>A node of an OPC UA server is read: a Variant that holds a Double.</summary>
    internal SignalTraffic Node(string server, uint node, double value, ushort part = 0)
    {
        const byte isDouble = 11;
        Span<byte> variant = stackalloc byte[9];
        variant[0] = isDouble;
        BinaryPrimitives.WriteDoubleLittleEndian(variant[1..], value);
        _batch.Reserve(variant.Length);
        var stored = _batch.Store(variant);
        Add(server, "opcua", 631, new Target(TargetSpace.Nodes, node, 1), Operation.Read, unit: -1,
            stored.Part(0, variant.Length, 1, ValueEncoding.Variant), part);
        return this;
    }

    /// <summary>A data frame on can0.</summary>
    internal SignalTraffic Frame(uint identifier, params ReadOnlySpan<byte> payload)
    {
        Span<byte> frame = stackalloc byte[8 + payload.Length];
        frame.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(frame, identifier);
        frame[4] = (byte)payload.Length;
        payload.CopyTo(frame[8..]);
        _can.Process(new CapturedFrame(Time, LinkType.SocketCan, 0, ++_frame, frame, frame.Length));
        return this;
    }

    private SignalTraffic Say(
        string server, Operation operation, TargetSpace space, short code, ReadOnlySpan<ushort> values)
    {
        Span<byte> bytes = stackalloc byte[values.Length * 2];
        for (var at = 0; at < values.Length; at++) BinaryPrimitives.WriteUInt16BigEndian(bytes[(at * 2)..], values[at]);
        _batch.Reserve(bytes.Length);
        var stored = _batch.Store(bytes).Part(0, bytes.Length, values.Length, ValueEncoding.UInt16BigEndian);
        Add(server, "modbus", code, new Target(space, 0, values.Length), operation, unit: 1, stored);
        return this;
    }

    private void Add(
        string server, string protocol, short code, Target target, Operation operation, short unit, ValueSlice values,
        ushort part = 0)
    {
        var connection = Connect(server, protocol == "modbus" ? (ushort)502 : (ushort)4840);
        _frame += 2;
        connection.Conversation.Frames.Add(_frame);
        connection.Conversation.LastSeen = Time;
        _batch.Add(new Observation
        {
            Time = Time,
            Connection = connection,
            Protocol = Protocols.IndexOf(protocol)!.Value,
            Operation = operation,
            Outcome = Outcome.Succeeded,
            Code = code,
            SubCode = -1,
            Unit = unit,
            Part = part,
            Reason = -1,
            Target = target,
            RequestFrame = _frame - 1,
            ResponseFrame = _frame,
            RequestValues = operation == Operation.Write ? values : default,
            ResponseValues = operation == Operation.Write ? default : values,
        });
    }

    private Connection Connect(string server, ushort port)
    {
        const string client = "10.0.0.5";
        if (_connections.TryGetValue((client, server), out var connection)) return connection;
        var (from, to) = (NetworkAddress.Parse(client), NetworkAddress.Parse(server));
        var conversation = _register.Open(from, to, Transport.Tcp, port, Time);
        connection = new Connection(
            _register.NextConnection(), new Endpoint(from, 50000), new Endpoint(to, port), Transport.Tcp, conversation)
        {
            RoleEvidence = RoleEvidence.Handshake,
            FirstSeen = Time,
        };
        _connections.Add((client, server), connection);
        return connection;
    }

    private static ProtocolRegistry MakeProtocols()
    {
        var doip = new DoIpProtocol(new CanOptions());
        var protocols = new ProtocolRegistry(
            new ModbusProtocol(new ModbusOptions()), new OpcUaProtocol(new OpcUaOptions()), doip, new CanProtocol(),
            new UdsProtocol(), new J1939Protocol());
        doip.UseRegistry(protocols);
        return protocols;
    }
}

/// <summary>Judges by the models of a baseline, time passing as the engine tells them of it, and keeps what they say.</summary>
internal sealed class SignalVerdicts(Baseline baseline, AlarmBudget budget) : IObservationConsumer
{
    private readonly ModelJudge _judge =
        new(baseline.Models, baseline, SignalTraffic.Protocols, new ModelOptions(), budget);

    private long _nextAdvance = long.MinValue;

    /// <summary>Each event once: its scale and what it is about.</summary>
    public List<string> Alarms { get; } = [];

    /// <summary>The greatest score on each scale.</summary>
    public Dictionary<string, double> Top { get; } = [];

    public double TopOf(string scale) => Top.GetValueOrDefault(scale);

    public void Consume(ObservationBatch batch)
    {
        foreach (ref readonly var observation in batch.Items)
        {
            var time = observation.Time.UnixNanoseconds;
            if (time >= _nextAdvance || time < _nextAdvance - 2 * CaptureTime.NanosecondsPerSecond)
            {
                _judge.Advance(observation.Time);
                _nextAdvance = time + CaptureTime.NanosecondsPerSecond;
            }

            var hasAlarms = observation.Protocol != ProtocolRegistry.Network && _judge.Observe(in observation, batch);
            foreach (ref readonly var score in _judge.Scores)
            {
                Assert.IsTrue(double.IsFinite(score.Value) && score.Value >= 0, $"a score of {score.Value}");
                var scale = baseline.Models.Scales[score.Scale].Scale;
                Top[scale] = Math.Max(TopOf(scale), score.Value);
            }

            if (!hasAlarms) continue;
            foreach (var alarm in _judge.Alarms)
            {
                var subject = _judge.Describe(alarm);
                if (alarm.IsNew) Alarms.Add($"{alarm.Scale}: {subject.Subject}, {subject.Thing}");
            }
        }
    }

    /// <summary>Nothing may be told; what was stands in the failure.</summary>
    public void AssertSilent() => Assert.IsEmpty(Alarms, string.Join("; ", Alarms.Take(20)));

    /// <summary>An event on the scale has to have been told.</summary>
    public void AssertTold(string scale) => Assert.IsTrue(
        Alarms.Any(alarm => alarm.StartsWith(scale + ":", StringComparison.Ordinal)),
        $"nothing on '{scale}', greatest {TopOf(scale)}; told: {string.Join("; ", Alarms.Take(20))}");
}
