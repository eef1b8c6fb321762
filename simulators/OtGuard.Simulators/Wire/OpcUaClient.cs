using System.Text;

namespace OtGuard.Simulators.Wire;

/// <summary>Who logs in.</summary>
/// <param name="Name">The user's name.</param>
/// <param name="Password">The password; it goes encrypted for the server.</param>
internal sealed record OpcUaUser(string Name, string Password);

/// <summary>An endpoint that a server offers, as far as a client needs it.</summary>
/// <param name="Security">How it is secured.</param>
/// <param name="Certificate">The server's certificate.</param>
internal sealed record OpcUaEndpoint(OpcUaSecurity Security, byte[] Certificate);

/// <summary>
/// A client's side of one connection: writes its messages, and reads of the answers what it needs to go on. Every method
/// returns the bytes to be sent, valid until the next call. Not thread-safe.
/// </summary>
/// <remarks>OPC UA Part 4 v1.05 §5.5 to §5.14.</remarks>
internal sealed class OpcUaClient
{
    private const string SignatureAlgorithm = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
    private const string EncryptionAlgorithm = "http://www.w3.org/2001/04/xmlenc#rsa-oaep";
    private const uint TimeoutMilliseconds = 10_000;
    private const int NonceBytes = 32;

    private readonly OpcUaIdentity? _own;
    private readonly Random _random;
    private readonly Func<long> _clock;
    private readonly OpcUaWriter _body = new();
    private readonly OpcUaWriter _output = new();
    private byte[] _sessionNonce = [];
    private OpcUaNodeId _session;
    private uint _handle;

    /// <summary>Creates a client.</summary>
    /// <param name="own">Its certificate; null where it has none.</param>
    /// <param name="applicationUri">Its name.</param>
    /// <param name="random">Gives nonces and paddings.</param>
    /// <param name="clock">Nanoseconds since 1970.</param>
    public OpcUaClient(OpcUaIdentity? own, string applicationUri, Random random, Func<long> clock)
    {
        (_own, ApplicationUri, _random, _clock) = (own, applicationUri, random, clock);
        Channel = new OpcUaChannel(own, random);
    }

    /// <summary>The application's name.</summary>
    public string ApplicationUri { get; }

    /// <summary>Its side of the secure channel.</summary>
    public OpcUaChannel Channel { get; }

    /// <summary>The identifier of the latest request.</summary>
    public uint RequestId { get; private set; }

    /// <summary>The service result of the latest answer; <see cref="OpcUaStatus.Good"/> at first.</summary>
    public uint Result { get; private set; }

    /// <summary>The type id of the latest answer.</summary>
    public uint AnswerType { get; private set; }

    /// <summary>The identifier of the subscription that was created last.</summary>
    public uint Subscription { get; private set; }

    /// <summary>How long the token is valid, in milliseconds, as the server revised it.</summary>
    public uint LifetimeMilliseconds { get; private set; }

    /// <summary>What the server offers, where it was asked.</summary>
    public IReadOnlyList<OpcUaEndpoint> Endpoints { get; private set; } = [];

    /// <summary>The subscription and sequence number of a notification that has to be acknowledged, if any.</summary>
    public (uint Subscription, uint Sequence)? ToAcknowledge { get; private set; }

    /// <summary>Values in the latest notification.</summary>
    public int Notified { get; private set; }

    /// <summary>Hello.</summary>
    public ReadOnlySpan<byte> Hello(string url)
    {
        OpcUaTransport.Hello(_output.Clear(), url);
        return _output.Written;
    }

    /// <summary>Opens the channel, or renews its token where it is open.</summary>
    /// <param name="security">How it is secured.</param>
    /// <param name="serverCertificate">For whom it is encrypted; nothing in clear.</param>
    /// <param name="lifetimeMilliseconds">How long the token is to be valid.</param>
    public ReadOnlySpan<byte> Open(OpcUaSecurity security, byte[] serverCertificate, uint lifetimeMilliseconds)
    {
        var isRenewal = Channel.Id != 0;
        Channel.Security = security;
        Channel.RemoteCertificate = serverCertificate;
        var nonce = Channel.NewNonce();
        Begin(OpcUaMessageType.OpenSecureChannelRequest).UInt32(0).Int32(isRenewal ? 1 : 0).Int32((int)security)
            .ByteString(nonce.Length == 0 ? null : nonce).UInt32(lifetimeMilliseconds);
        Channel.WriteOpen(_output.Clear(), ++RequestId, _body.Written);
        return _output.Written;
    }

    /// <summary>Closes the channel; nobody answers.</summary>
    public ReadOnlySpan<byte> CloseChannel()
    {
        Begin(OpcUaMessageType.CloseSecureChannelRequest);
        Channel.Write(_output.Clear(), "CLO"u8, ++RequestId, _body.Written);
        return _output.Written;
    }

    /// <summary>Asks which servers there are.</summary>
    public ReadOnlySpan<byte> FindServers(string url)
    {
        Begin(OpcUaMessageType.FindServersRequest).String(url).Int32(-1).Int32(-1);
        return Message();
    }

    /// <summary>Asks how the server can be reached.</summary>
    public ReadOnlySpan<byte> GetEndpoints(string url)
    {
        Begin(OpcUaMessageType.GetEndpointsRequest).String(url).Int32(-1).Int32(-1);
        return Message();
    }

    /// <summary>Creates a session.</summary>
    public ReadOnlySpan<byte> CreateSession(string url, string name, double timeoutMilliseconds)
    {
        _session = default;
        var nonce = new byte[NonceBytes];
        _random.NextBytes(nonce);
        Begin(OpcUaMessageType.CreateSessionRequest)
            .String(ApplicationUri).String("urn:practice:product").LocalizedText(name).Int32(1).String(null).String(null)
            .Int32(-1).String(null).String(url).String(name).ByteString(nonce)
            .ByteString(Channel.Security == OpcUaSecurity.None ? null : _own?.Certificate)
            .Double(timeoutMilliseconds).UInt32(0);
        return Message();
    }

    /// <summary>Logs in; anonymously without a user.</summary>
    /// <param name="user">Who logs in.</param>
    /// <param name="serverCertificate">For whom the password is encrypted.</param>
    public ReadOnlySpan<byte> ActivateSession(OpcUaUser? user, byte[] serverCertificate)
    {
        Begin(OpcUaMessageType.ActivateSessionRequest);
        if (Channel.Security == OpcUaSecurity.Sign)
        {
            byte[] signed = [.. Channel.RemoteCertificate, .. _sessionNonce];
            _body.String(SignatureAlgorithm).ByteString(_own!.Sign(signed));
        }
        else
        {
            _body.String(null).Int32(-1);
        }

        _body.Int32(-1).Int32(1).String("en");
        if (user is null)
        {
            var at = _body.BeginExtension(OpcUaMessageType.AnonymousToken);
            _body.String("anonymous").EndExtension(at);
        }
        else
        {
            var at = _body.BeginExtension(OpcUaMessageType.UserNameToken);
            _body.String("username").String(user.Name)
                .ByteString(OpcUaIdentity.Encrypt(serverCertificate, Secret(user.Password), _random))
                .String(EncryptionAlgorithm).EndExtension(at);
        }

        _body.String(null).Int32(-1);
        return Message();
    }

    /// <summary>Ends the session with its subscriptions.</summary>
    public ReadOnlySpan<byte> CloseSession()
    {
        Begin(OpcUaMessageType.CloseSessionRequest).Boolean(true);
        return Message();
    }

    /// <summary>Reads an attribute of nodes.</summary>
    public ReadOnlySpan<byte> Read(IReadOnlyList<OpcUaNodeId> nodes, uint attribute = OpcUaAttributeId.Value)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        Begin(OpcUaMessageType.ReadRequest).Double(0).Int32(0).Int32(nodes.Count);
        foreach (var node in nodes) _body.NodeId(node).UInt32(attribute).String(null).QualifiedName(0, null);
        return Message();
    }

    /// <summary>Writes the value of a node.</summary>
    public ReadOnlySpan<byte> Write(OpcUaNodeId node, OpcUaVariant value)
    {
        Begin(OpcUaMessageType.WriteRequest).Int32(1).NodeId(node).UInt32(OpcUaAttributeId.Value).String(null)
            .Byte(1).Variant(value);
        return Message();
    }

    /// <summary>Asks what hangs below nodes, by all hierarchical references.</summary>
    public ReadOnlySpan<byte> Browse(params IReadOnlyList<OpcUaNodeId> nodes)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        const uint hierarchicalReferences = 33;
        const uint everything = 63;
        Begin(OpcUaMessageType.BrowseRequest).NodeId(0).Int64(0).UInt32(0).UInt32(0).Int32(nodes.Count);
        foreach (var node in nodes)
            _body.NodeId(node).Int32(0).NodeId(hierarchicalReferences).Boolean(true).UInt32(0).UInt32(everything);
        return Message();
    }

    /// <summary>Calls a method of an object.</summary>
    public ReadOnlySpan<byte> Call(OpcUaNodeId node, OpcUaNodeId method, params IReadOnlyList<OpcUaVariant> arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        Begin(OpcUaMessageType.CallRequest).Int32(1).NodeId(node).NodeId(method).Int32(arguments.Count);
        foreach (var argument in arguments) _body.Variant(argument);
        return Message();
    }

    /// <summary>Adds a variable below a node.</summary>
    public ReadOnlySpan<byte> AddVariable(OpcUaNodeId parent, OpcUaNodeId node, string name, OpcUaVariant value)
    {
        const uint hasComponent = 47;
        const uint baseDataVariable = 63;
        const int variable = 2;
        Begin(OpcUaMessageType.AddNodesRequest).Int32(1).NodeId(parent).NodeId(hasComponent).NodeId(node)
            .QualifiedName(node.NamespaceIndex, name).Int32(variable);
        // Which attributes are given: all of a Variable but the write masks (Part 4 v1.05 §7.24).
        const uint given = 1 << 0 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 19 | 1 << 21;
        var at = _body.BeginExtension(OpcUaMessageType.VariableAttributes);
        _body.UInt32(given).LocalizedText(name).LocalizedText("").UInt32(0).UInt32(0).Variant(value)
            .NodeId((uint)value.Type).Int32(-1).Int32(-1).Byte(3).Byte(3).Double(0).Boolean(false).EndExtension(at);
        _body.NodeId(baseDataVariable);
        return Message();
    }

    /// <summary>Deletes nodes.</summary>
    public ReadOnlySpan<byte> DeleteNodes(params IReadOnlyList<OpcUaNodeId> nodes)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        Begin(OpcUaMessageType.DeleteNodesRequest).Int32(nodes.Count);
        foreach (var node in nodes) _body.NodeId(node).Boolean(true);
        return Message();
    }

    /// <summary>Creates a subscription.</summary>
    public ReadOnlySpan<byte> CreateSubscription(double intervalMilliseconds, uint keepAliveCount)
    {
        Begin(OpcUaMessageType.CreateSubscriptionRequest)
            .Double(intervalMilliseconds).UInt32(keepAliveCount * 10).UInt32(keepAliveCount).UInt32(0).Boolean(true).Byte(0);
        return Message();
    }

    /// <summary>Watches the values of nodes; their handles count up from <paramref name="firstHandle"/>.</summary>
    public ReadOnlySpan<byte> CreateMonitoredItems(
        uint subscription, uint firstHandle, double samplingMilliseconds, IReadOnlyList<OpcUaNodeId> nodes)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        Begin(OpcUaMessageType.CreateMonitoredItemsRequest).UInt32(subscription).Int32(0).Int32(nodes.Count);
        foreach (var node in nodes)
        {
            _body.NodeId(node).UInt32(OpcUaAttributeId.Value).String(null).QualifiedName(0, null).Int32(2)
                .UInt32(firstHandle++).Double(samplingMilliseconds).NoExtension().UInt32(1).Boolean(true);
        }

        return Message();
    }

    /// <summary>Asks for a notification and acknowledges the latest; it may be answered much later.</summary>
    public ReadOnlySpan<byte> Publish()
    {
        Begin(OpcUaMessageType.PublishRequest, timeout: 0);
        if (ToAcknowledge is { } seen) _body.Int32(1).UInt32(seen.Subscription).UInt32(seen.Sequence);
        else _body.Int32(-1);
        ToAcknowledge = null;
        return Message();
    }

    /// <summary>Deletes subscriptions, its own or others'.</summary>
    public ReadOnlySpan<byte> DeleteSubscriptions(params IReadOnlyList<uint> subscriptions)
    {
        ArgumentNullException.ThrowIfNull(subscriptions);
        Begin(OpcUaMessageType.DeleteSubscriptionsRequest).Int32(subscriptions.Count);
        foreach (var subscription in subscriptions) _body.UInt32(subscription);
        return Message();
    }

    /// <summary>
    /// A Write of a value in which Variants are nested, <paramref name="depth"/> levels deep: an array of one Variant
    /// that is an array of one Variant, and so on.
    /// </summary>
    public ReadOnlySpan<byte> WriteNested(OpcUaNodeId node, int depth)
    {
        const byte arrayOfVariants = (byte)OpcUaType.Variant | 0x80;
        Begin(OpcUaMessageType.WriteRequest).Int32(1).NodeId(node).UInt32(OpcUaAttributeId.Value).String(null).Byte(1);
        for (var level = 0; level < depth; level++) _body.Byte(arrayOfVariants).Int32(1);
        _body.Variant(OpcUaVariant.Of(1));
        return Message();
    }

    /// <summary>The first chunk of a message that goes on, or another one of it.</summary>
    public ReadOnlySpan<byte> Intermediate(bool isFirst, int bytes)
    {
        _body.Clear();
        if (isFirst) Begin(OpcUaMessageType.WriteRequest).Int32(1);
        _body.Room(bytes).Fill(0x41);
        if (isFirst) RequestId++;
        Channel.WriteChunk(_output.Clear(), "MSG"u8, (byte)'C', RequestId, _body.Written);
        return _output.Written;
    }

    /// <summary>Takes a message of the server, which is one chunk; false where it cannot be read.</summary>
    public bool Receive(ReadOnlySpan<byte> message)
    {
        AnswerType = 0;
        if (message.StartsWith("ACK"u8)) return true;
        if (message.StartsWith("OPN"u8)) return Channel.TryReadOpen(message, out _, out var opened) && Opened(opened);
        if (!message.StartsWith("MSG"u8) || !Channel.TryRead(message, out _, out var body)) return false;
        Answered(body);
        return true;
    }

    private OpcUaWriter Begin(uint type, uint timeout = TimeoutMilliseconds) =>
        _body.Clear().Request(type, _session, ++_handle, _clock(), timeout);

    private ReadOnlySpan<byte> Message()
    {
        Channel.Write(_output.Clear(), "MSG"u8, ++RequestId, _body.Written);
        return _output.Written;
    }

    // Part 4 v1.05 §7.40.2.2: length, password, the server's nonce.
    private byte[] Secret(string password)
    {
        var text = Encoding.UTF8.GetBytes(password);
        return new OpcUaWriter().Int32(text.Length + _sessionNonce.Length).Raw(text).Raw(_sessionNonce).Written.ToArray();
    }

    private OpcUaReader Answer(ReadOnlySpan<byte> body)
    {
        var reader = new OpcUaReader(body);
        AnswerType = reader.NodeId().Number;
        reader.Int64();
        reader.UInt32();
        Result = reader.UInt32();
        reader.Take(1);
        reader.ArrayLength();
        reader.ExtensionObject(out _);
        return reader;
    }

    private bool Opened(byte[] body)
    {
        var reader = Answer(body);
        reader.UInt32();
        Channel.Id = reader.UInt32();
        var token = reader.UInt32();
        reader.Int64();
        LifetimeMilliseconds = reader.UInt32();
        Channel.Issue(token, Channel.Nonce, reader.ByteString(), isServer: false);
        return !reader.Failed;
    }

    private void Answered(ReadOnlySpan<byte> body)
    {
        var reader = Answer(body);
        Notified = 0;
        if (OpcUaStatus.IsBad(Result)) return;
        switch (AnswerType - OpcUaMessageType.ToResponse)
        {
            case OpcUaMessageType.CreateSessionRequest:
                reader.NodeId();
                _session = reader.NodeId();
                reader.Double();
                _sessionNonce = reader.ByteString().ToArray();
                break;
            case OpcUaMessageType.ActivateSessionRequest:
                _sessionNonce = reader.ByteString().ToArray();
                break;
            case OpcUaMessageType.CreateSubscriptionRequest:
                Subscription = reader.UInt32();
                break;
            case OpcUaMessageType.GetEndpointsRequest:
                Endpoints = Offered(ref reader);
                break;
            case OpcUaMessageType.PublishRequest:
                var subscription = reader.UInt32();
                var available = reader.ArrayLength();
                reader.Take(available * 4);
                reader.Boolean();
                var sequence = reader.UInt32();
                reader.Int64();
                // A keep-alive has no notification, and its sequence number is that of the next one.
                if (reader.ArrayLength() > 0)
                {
                    ToAcknowledge = (subscription, sequence);
                    var notification = new OpcUaReader(reader.ExtensionObject(out _));
                    Notified = notification.Int32();
                }

                break;
            default:
                break;
        }
    }

    private static List<OpcUaEndpoint> Offered(ref OpcUaReader reader)
    {
        var endpoints = new List<OpcUaEndpoint>();
        for (var count = reader.ArrayLength(); count > 0 && !reader.Failed; count--)
        {
            for (var i = 0; i < 3; i++) reader.ByteString();
            reader.LocalizedText();
            reader.Int32();
            for (var i = 0; i < 2; i++) reader.ByteString();
            for (var urls = reader.ArrayLength(); urls > 0; urls--) reader.ByteString();
            var certificate = reader.ByteString().ToArray();
            var mode = reader.Int32();
            reader.ByteString();
            for (var tokens = reader.ArrayLength(); tokens > 0; tokens--)
            {
                reader.ByteString();
                reader.Int32();
                for (var i = 0; i < 3; i++) reader.ByteString();
            }

            reader.ByteString();
            reader.Byte();
            endpoints.Add(new OpcUaEndpoint((OpcUaSecurity)mode, certificate));
        }

        return endpoints;
    }
}
