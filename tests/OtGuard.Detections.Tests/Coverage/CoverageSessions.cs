using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using OtGuard.Simulators.Wire;
using OtGuard.TestKit;

namespace OtGuard.Detections.Tests.Coverage;

/// <summary>How an OPC UA session is opened.</summary>
internal sealed record CoverageLogin
{
    /// <summary>The client's application URI.</summary>
    public string Application { get; init; } = "urn:plant:hmi";

    /// <summary>The user; null for anonymous.</summary>
    public string? User { get; init; } = "operator";

    /// <summary>The client's certificate.</summary>
    public byte[] Client { get; init; } = CoverageSessions.ClientCertificate;

    /// <summary>The server's certificate.</summary>
    public byte[] Server { get; init; } = CoverageSessions.ServerCertificate;

    /// <summary>The StatusCode with which the log-in is answered.</summary>
    public uint Result { get; init; }
}

/// <summary>OPC UA between a client and a server: its normal traffic, and what cases do.</summary>
internal sealed class CoverageSessions(CoverageSite site)
{
    /// <summary>The port of OPC UA.</summary>
    public const ushort Port = 4840;

    private CoverageSession? _normal;

    /// <summary>The certificate of the client of the normal traffic.</summary>
    public static byte[] ClientCertificate { get; } = Certificate("CN=hmi");

    /// <summary>Another one.</summary>
    public static byte[] OtherCertificate { get; } = Certificate("CN=laptop");

    /// <summary>The server's.</summary>
    public static byte[] ServerCertificate { get; } = Certificate("CN=plc");

    /// <summary>One that expired before the capture begins.</summary>
    public static byte[] ExpiredCertificate { get; } = Certificate("CN=hmi", 2015, 2019);

    /// <summary>Whether OPC UA is the site's normal traffic.</summary>
    public bool IsNormal =>
        site.Network is CoverageNetwork.OpcUa or CoverageNetwork.OpcUaSigned or CoverageNetwork.OpcUaEncrypted;

    /// <summary>The session of the normal traffic.</summary>
    public CoverageSession Normal => _normal ??= Open(CoverageSite.Scada, new CoverageLogin());

    /// <summary>Whether a subscription reports each second of the normal traffic.</summary>
    public bool Reports { get; set; }

    /// <summary>The subscription no longer reports.</summary>
    public CoverageSite Silence()
    {
        Reports = false;
        return site;
    }

    /// <summary>A session with the site's security.</summary>
    public CoverageSession Open(EthernetHost client, CoverageLogin login) => Open(client, login, site.Network);

    /// <summary>A session with other security.</summary>
    public CoverageSession Open(EthernetHost client, CoverageLogin login, CoverageNetwork security) =>
        new(site.Tcp(client, CoverageSite.Rtu1, Port).Open(), security, login);

    /// <summary>A second of the normal traffic: two nodes read, one written every ten seconds.</summary>
    public void Act(int second)
    {
        Normal.Ask(Ua.ReadRequest("ns=2;s=Level", "ns=2;s=Flow"), Ua.ReadResponse(40 + second % 3, 7));
        if (Reports) Normal.Ask(Ua.PublishRequest(), Ua.PublishResponse(9, (3, second % 50)));
        if (second % 10 == 5) Normal.Ask(Ua.WriteRequest("ns=2;s=Setpoint", 50), Ua.WriteResponse());
    }

    private static byte[] Certificate(string name, int from = 2025, int to = 2035)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var made = request.CreateSelfSigned(
            new DateTimeOffset(from, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(to, 1, 1, 0, 0, 0, TimeSpan.Zero));
        return made.RawData;
    }
}

/// <summary>One secure channel with a session on it.</summary>
internal sealed class CoverageSession
{
    private static uint _channels = 100;

    private readonly TcpSession _connection;
    private readonly CoverageNetwork _security;
    private readonly uint _channel;
    private uint _request = 1;
    private uint _toServer = 1;
    private uint _toClient = 1;

    public CoverageSession(TcpSession connection, CoverageNetwork security, CoverageLogin login)
    {
        (_connection, _security) = (connection, security);
        _channel = _channels++;
        OpenChannel(login);
        Ask(
            Ua.CreateSessionRequest(login.Application, login.Client),
            Ua.CreateSessionResponse("ns=1;i=77", login.Server));
        LogIn(login);
    }

    /// <summary>Says who the user is, by a password that is encrypted.</summary>
    public CoverageSession LogIn(CoverageLogin login) => Ask(
        login.User is null
            ? Ua.ActivateSessionRequest("i=0", "i=321", new UaWriter().String("anonymous").Bytes)
            : Ua.ActivateSessionRequest(
                "i=0", "i=324", Ua.UserNameToken(login.User, "cipher", "http://www.w3.org/2001/04/xmlenc#rsa-oaep")),
        login.Result == 0 ? Ua.ActivateSessionResponse() : Ua.Fault(login.Result));

    /// <summary>A request and its answer, protected as the channel is.</summary>
    public CoverageSession Ask(byte[] request, byte[] response)
    {
        _request++;
        _connection.Request(Protect(request, _request, ++_toServer));
        _connection.Response(Protect(response, _request, ++_toClient));
        return this;
    }

    /// <summary>A chunk of a request that goes on.</summary>
    public CoverageSession Chunk(byte[] part, bool isLast)
    {
        _connection.Request(Ua.Message(part, _request + 1, ++_toServer, _channel, 1, isLast ? "MSGF" : "MSGC"));
        if (isLast) _request++;
        return this;
    }

    /// <summary>Leaves sequence numbers out.</summary>
    public CoverageSession Skip(uint numbers)
    {
        _toServer += numbers;
        return this;
    }

    private void OpenChannel(CoverageLogin login)
    {
        _connection.Request(Ua.Hello(chunks: 4));
        _connection.Response(Ua.Acknowledge(chunks: 4));
        if (_security == CoverageNetwork.OpcUa)
        {
            _connection.Request(Ua.OpenRequest(sequence: _toServer));
            _connection.Response(Ua.OpenResponse(sequence: _toClient, channel: _channel));
        }
        else
        {
            _connection.Request(Ua.SecuredOpen(0, login.Client));
            _connection.Response(Ua.SecuredOpen(_channel, login.Server));
        }
    }

    private byte[] Protect(byte[] body, uint request, uint sequence)
    {
        switch (_security)
        {
            case CoverageNetwork.OpcUaSigned:
                return Ua.Message([.. body, .. Noise(32, sequence)], request, sequence, _channel);
            case CoverageNetwork.OpcUaEncrypted:
                var length = (body.Length + 8 + 32 + 15) / 16 * 16;
                return Ua.Frame("MSGF", [.. new UaWriter().UInt32(_channel).UInt32(1).Bytes, .. Noise(length, sequence)]);
            default:
                return Ua.Message(body, request, sequence, _channel);
        }
    }

    /// <summary>Bytes that look like a signature or ciphertext, the same in every run.</summary>
    private static byte[] Noise(int length, uint seed)
    {
        var bytes = new byte[length];
        var state = seed * 2_654_435_761 + 12_345;
        for (var at = 0; at < length; at++)
        {
            state = state * 1_664_525 + 1_013_904_223;
            bytes[at] = (byte)(state >> 24);
        }

        return bytes;
    }
}
