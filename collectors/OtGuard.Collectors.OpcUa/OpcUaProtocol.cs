using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using OtGuard.Collectors.Dissection;
using OtGuard.Collectors.OpcUa.Dissection;
using OtGuard.Collectors.OpcUa.Security;
using OtGuard.Collectors.OpcUa.Services;
using OtGuard.Collectors.OpcUa.Transport;
using OtGuard.Collectors.OpcUa.Types;

namespace OtGuard.Collectors.OpcUa;

/// <summary>
/// OPC UA over TCP on any port, in the binary encoding: recognised by structure, decoded by OPC UA Part 4 and Part 6,
/// version 1.05.
/// </summary>
/// <remarks>
/// Thread-safe; the decoders it makes are not. It owns what a run's observations refer to by number: NodeIds, actors,
/// certificates, secure channels. All of it is bounded (<see cref="OpcUaOptions"/>).
/// </remarks>
public sealed class OpcUaProtocol : IProtocol
{
    /// <summary>The port registered for OPC UA over TCP.</summary>
    public const ushort Port = 4840;

    private readonly OpcUaState _state;

    /// <summary>Creates the protocol.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside of its range.</exception>
    public OpcUaProtocol(OpcUaOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(options.ResponseTimeout, TimeSpan.Zero);
        InRange(options.MaximumOutstandingRequests, 1, 4096);
        InRange(options.MaximumChunkBytes, 8192, 16 << 20);
        InRange(options.MaximumMessageBytes, 64 << 10, 64 << 20);
        InRange(options.MaximumOperations, 1, ushort.MaxValue);
        InRange(options.MaximumMonitoredItems, 1, 1 << 20);
        InRange(options.MaximumNodes, 1, 1 << 26);
        InRange(options.MaximumNodeIdentifierBytes, 1, int.MaxValue);
        InRange(options.MaximumActors, 1, int.MaxValue);
        InRange(options.MaximumChannels, 1, int.MaxValue);
        InRange(options.MaximumCertificates, 1, int.MaxValue);
        _state = new OpcUaState(options);
    }

    /// <inheritdoc/>
    public string Name => "opcua";

    /// <inheritdoc/>
    public string DisplayName => "OPC UA";

    /// <inheritdoc/>
    public IReadOnlyList<(Collectors.Transport Transport, ushort Port)> RegisteredPorts { get; } =
        [(Collectors.Transport.Tcp, Port)];

    /// <inheritdoc/>
    public IReadOnlyList<AnomalyDescriptor> Anomalies => OpcUaAnomalies.Descriptors;

    /// <inheritdoc/>
    public IReadOnlyList<ChannelSummary> Channels => [.. _state.Channels.Select(channel => channel.Summary())];

    /// <summary>The certificates seen, by thumbprint.</summary>
    public IReadOnlyList<CertificateFacts> Certificates => _state.Certificates.All;

    /// <inheritdoc/>
    public StageCounters Counters => _state.Settle();

    /// <inheritdoc/>
    public RefusalMeaning MeaningOf(int reason) => OpcUaRefusals.MeaningOf((uint)reason);

    /// <inheritdoc/>
    public Claim Probe(in Probe probe) => OpcUaProbe.Judge(probe);

    /// <inheritdoc/>
    public IConnectionDecoder CreateDecoder(byte protocol, Collectors.Transport transport, byte variant) =>
        new OpcUaDecoder(protocol, _state);

    /// <inheritdoc/>
    public IMessageDissector Dissector => OpcUaDissector.Instance;

    /// <inheritdoc/>
    public string OperationName(short code, int subCode) => code switch
    {
        MessageCode.Hello => "Hello",
        MessageCode.Error => "Error",
        MessageCode.ReverseHello => "ReverseHello",
        MessageCode.SecuredOpen => "OpenSecureChannel",
        MessageCode.Concealed => "Encrypted",
        < 0 => "Undecodable",
        _ => ServiceTable.Find((uint)code, out _)?.Name
            ?? string.Create(CultureInfo.InvariantCulture, $"Service{code}"),
    };

    /// <inheritdoc/>
    public string OperationText(short code, int subCode)
    {
        switch (code)
        {
            case MessageCode.Hello:
                return "Hello";
            case MessageCode.Error:
                return "Error message";
            case MessageCode.ReverseHello:
                return "ReverseHello";
            case MessageCode.SecuredOpen:
                return $"OpenSecureChannel ({SecurityText(subCode)})";
            case MessageCode.Concealed:
                return $"encrypted message ({SecurityText(subCode)})";
            case < 0:
                return "bytes that are no message";
        }

        var service = ServiceTable.Find((uint)code, out _);
        if (service is null) return string.Create(CultureInfo.InvariantCulture, $"service with type id {code}");
        if (subCode < 0) return service.Name;
        return service.Operation is Operation.OpenChannel or Operation.OpenSession or Operation.Authenticate
            ? $"{service.Name} ({SecurityText(subCode)})"
            : subCode == AttributeId.Value ? service.Name : $"{service.Name} ({AttributeId.Name(subCode)})";
    }

    /// <inheritdoc/>
    public string TargetText(Target target) => target.Space switch
    {
        TargetSpace.None => "",
        TargetSpace.Nodes => TargetKey(target) is { } text
            ? $"node {text}"
            : string.Create(CultureInfo.InvariantCulture, $"node #{target.Start:X8}"),
        _ => throw new ArgumentOutOfRangeException(nameof(target)),
    };

    /// <inheritdoc/>
    public string? TargetKey(Target target) =>
        target.Space == TargetSpace.Nodes ? _state.Nodes.TextOf(target.Start) : null;

    /// <inheritdoc/>
    public bool TryParseTargetKey(ReadOnlySpan<char> key, out Target target)
    {
        target = Target.None;
        if (!NodeIdView.TryParse(key, out var node, out var data)) return false;
        target = new Target(TargetSpace.Nodes, _state.Nodes.NumberOf(node, data), 1);
        return true;
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, string Value)> Credentials(in Observation observation, ObservationBatch batch)
    {
        if (OpcUaFacts.Read(in observation, batch) is not { } facts) return [];
        var found = new List<(string, string)>();
        if (observation.Operation == Operation.OpenChannel)
        {
            if (facts.SecurityPolicy.Length > 0) found.Add(("channel security", facts.SecurityPolicy));
            if (facts.Certificate is { } own)
                found.Add((observation.RequestFrame != 0 ? "client certificate" : "server certificate", own.Thumbprint));
            return found;
        }

        if (facts.ApplicationUri.Length > 0) found.Add(("application", facts.ApplicationUri));
        if (facts.Certificate is { } client) found.Add(("client certificate", client.Thumbprint));
        if (facts.ServerCertificate is { } server) found.Add(("server certificate", server.Thumbprint));
        if (observation.Operation == Operation.Authenticate && facts.UserTokenType.Length > 0)
            found.Add(("user", facts.UserName.Length > 0 ? $"{facts.UserTokenType} {facts.UserName}" : facts.UserTokenType));
        if (observation.Operation == Operation.OpenSession && facts.SecurityPolicy.Length > 0)
            found.Add(("session security", $"{facts.SecurityMode} {facts.SecurityPolicy}".Trim()));
        return found;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Of the fields of BaseEventType, which a client may ask for in any order, Severity is the only UInt16 and Message the only
    /// LocalizedText (Part 5 v1.05 §6.4.2).
    /// </remarks>
    public ReportedEvent? EventOf(in Observation observation, ObservationBatch batch)
    {
        const byte isUInt16 = 5;
        const byte isLocalizedText = 21;
        if (observation.Operation != Operation.Notify || observation.SubCode != AttributeId.EventNotifier) return null;
        var bytes = batch.Bytes(observation.ResponseValues);
        var reader = new UaReader(bytes);
        var severity = 0;
        var text = "";
        for (var field = 0; field < observation.ResponseValues.Count; field++)
        {
            var at = reader.Position;
            reader.Variant();
            if (reader.Failed) break;
            if (severity == 0 && bytes[at] == isUInt16) severity = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(at + 1)..]);
            else if (text.Length == 0 && bytes[at] == isLocalizedText)
                text = OpcUaJson.ValuesText(
                    observation.ResponseValues.Part(at, reader.Position - at, 1, ValueEncoding.Variant), batch).Trim('"');
        }

        return severity == 0 ? null : new ReportedEvent(severity, text);
    }

    /// <inheritdoc/>
    public bool HasSessions => true;

    /// <inheritdoc/>
    public string ProbingRow => "C12";

    /// <inheritdoc/>
    public string ActorText(uint actor) => _state.Actors.TextOf(actor);

    /// <inheritdoc/>
    public string ReasonText(int reason) => reason == -1 ? "" : StatusCodes.Name((uint)reason);

    /// <inheritdoc/>
    public string UnitText(short unit) => "";

    /// <inheritdoc/>
    public void WriteJson(Utf8JsonWriter writer, in Observation observation, ObservationBatch batch) =>
        OpcUaJson.Write(writer, new ReadOnlySpan<Observation>(in observation), batch, _state);

    /// <inheritdoc/>
    public void WriteJson(Utf8JsonWriter writer, ReadOnlySpan<Observation> parts, ObservationBatch batch) =>
        OpcUaJson.Write(writer, parts, batch, _state);

    /// <inheritdoc/>
    public string ValuesText(ValueSlice values, ObservationBatch batch) => OpcUaJson.ValuesText(values, batch);

    /// <inheritdoc/>
    public bool TryNumber(ValueSlice values, ObservationBatch batch, out double number)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return VariantNumber.TryRead(batch.Bytes(values), out number);
    }

    /// <summary>What its decoders share, for tests.</summary>
    internal OpcUaState State => _state;

    private static string SecurityText(int subCode)
    {
        var code = SecurityCode.From(subCode);
        var mode = code.Mode == SecurityMode.Unknown ? "mode not seen" : code.Mode.ToString();
        var policy = code.Policy.Number == 0 ? "policy not seen" : code.Policy.Name;
        var text = code.Policy == SecurityPolicies.None ? "no security" : $"{policy}, {mode}";
        return code.User switch
        {
            UserTokenKind.Unknown => text,
            UserTokenKind.Anonymous => $"anonymous, {text}",
            UserTokenKind.UserName => $"{(code.PasswordReadable ? "readable password" : "user name")}, {text}",
            UserTokenKind.Certificate => $"user certificate, {text}",
            UserTokenKind.Issued => $"issued token, {text}",
        };
    }

    private static void InRange(int value, int minimum, int maximum)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, minimum);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, maximum);
    }
}
