using System.Text;
using OtGuard.Collectors.OpcUa.Security;
using OtGuard.Collectors.OpcUa.Services;
using OtGuard.Collectors.OpcUa.Types;

namespace OtGuard.Collectors.OpcUa;

/// <summary>A way to reach a server that it offers.</summary>
/// <param name="Url">The endpoint's URL.</param>
/// <param name="ApplicationUri">The server's application URI.</param>
/// <param name="ProductUri">The server's product URI.</param>
/// <param name="SecurityPolicy">The policy's name: <c>Basic256Sha256</c>.</param>
/// <param name="SecurityMode">The mode's name: <c>SignAndEncrypt</c>.</param>
/// <param name="Certificate">The server's certificate, null where it sent none.</param>
public sealed record OfferedEndpoint(
    string Url,
    string ApplicationUri,
    string ProductUri,
    string SecurityPolicy,
    string SecurityMode,
    CertificateFacts? Certificate);

/// <summary>
/// What the observations say that open channels and sessions or ask for endpoints: security in use and on offer, who
/// the user and the application are. Empty texts for what was not seen.
/// </summary>
public sealed record OpcUaFacts
{
    /// <summary>The policy's name: <c>None</c>, <c>Basic256Sha256</c>; also what a standard of tomorrow names: <c>other</c>.</summary>
    public string SecurityPolicy { get; private init; } = "";

    /// <summary><c>None</c>, <c>Sign</c>, <c>SignAndEncrypt</c>.</summary>
    public string SecurityMode { get; private init; } = "";

    /// <summary><c>Anonymous</c>, <c>UserName</c>, <c>Certificate</c>, <c>Issued</c>.</summary>
    public string UserTokenType { get; private init; } = "";

    /// <summary>The user's name where the token has one.</summary>
    public string UserName { get; private init; } = "";

    /// <summary>The password could be read on the wire. It is kept nowhere.</summary>
    public bool PasswordReadable { get; private init; }

    /// <summary>The client's application URI.</summary>
    public string ApplicationUri { get; private init; } = "";

    /// <summary>The client's product URI.</summary>
    public string ProductUri { get; private init; } = "";

    /// <summary>The client's certificate; of a channel the sender's.</summary>
    public CertificateFacts? Certificate { get; private init; }

    /// <summary>The server's certificate in the answer to CreateSession.</summary>
    public CertificateFacts? ServerCertificate { get; private init; }

    /// <summary>The user's certificate.</summary>
    public CertificateFacts? UserCertificate { get; private init; }

    /// <summary>What the server offers, where it was asked.</summary>
    public IReadOnlyList<OfferedEndpoint> Endpoints { get; private init; } = [];

    /// <summary>
    /// Reads the facts; null where the observation is of another operation. Allocates: such operations are rare.
    /// </summary>
    public static OpcUaFacts? Read(in Observation observation, ObservationBatch batch)
    {
        var request = batch.Bytes(observation.RequestData);
        var response = batch.Bytes(observation.ResponseData);
        switch (observation.Operation)
        {
            case Operation.OpenChannel:
                return observation.Code == MessageCode.SecuredOpen
                    ? Opening(observation.SubCode, request.IsEmpty ? response : request)
                    : Secured(observation.SubCode);
            case Operation.OpenSession:
                return Session(observation.SubCode, request, response);
            case Operation.Authenticate:
                return Authentication(observation.SubCode, request);
            case Operation.Concealed:
                return Secured(observation.SubCode);
            case Operation.Discover when observation.Code == 428:
                return new OpcUaFacts { Endpoints = Offered(new UaReader(response)) };
            default:
                return null;
        }
    }

    private static OpcUaFacts Secured(int subCode)
    {
        if (subCode < 0) return new OpcUaFacts();
        var code = SecurityCode.From(subCode);
        return new OpcUaFacts
        {
            SecurityPolicy = code.Policy.Name,
            SecurityMode = code.Mode == Security.SecurityMode.Unknown ? "" : code.Mode.ToString(),
            UserTokenType = code.User == UserTokenKind.Unknown ? "" : code.User.ToString(),
            PasswordReadable = code.PasswordReadable,
        };
    }

    private static OpcUaFacts Opening(int subCode, ReadOnlySpan<byte> header)
    {
        if (header.Length < 12) return Secured(subCode);
        var reader = new UaReader(header[12..]);
        reader.String();
        return Secured(subCode) with { Certificate = CertificateOf(reader.ByteString()) };
    }

    private static OpcUaFacts Session(int subCode, ReadOnlySpan<byte> request, ReadOnlySpan<byte> response)
    {
        var asked = new UaReader(request);
        var application = Encoding.UTF8.GetString(asked.String());
        var product = Encoding.UTF8.GetString(asked.String());
        asked.LocalizedText();
        asked.Int32();
        asked.String();
        asked.String();
        var urls = asked.ArrayLength();
        for (var index = 0; index < urls && !asked.Failed; index++) asked.String();
        for (var index = 0; index < 3; index++) asked.String();
        asked.ByteString();
        var clientCertificate = CertificateOf(asked.ByteString());
        var given = new UaReader(response);
        given.NodeId();
        given.NodeId();
        given.Double();
        given.ByteString();
        var serverCertificate = CertificateOf(given.ByteString());
        return Secured(subCode) with
        {
            ApplicationUri = application,
            ProductUri = product,
            Certificate = clientCertificate,
            ServerCertificate = serverCertificate,
            Endpoints = Offered(given),
        };
    }

    private static OpcUaFacts Authentication(int subCode, ReadOnlySpan<byte> request)
    {
        var facts = Secured(subCode);
        if (!UserToken.TryFind(request, out var token)) return facts;
        var name = request.Slice(token.NameAt, token.NameLength);
        return token.Kind switch
        {
            UserTokenKind.UserName => facts with { UserName = Encoding.UTF8.GetString(name) },
            UserTokenKind.Certificate => facts with { UserCertificate = CertificateOf(name) },
            UserTokenKind.Unknown or UserTokenKind.Anonymous or UserTokenKind.Issued => facts,
        };
    }

    private static CertificateFacts? CertificateOf(ReadOnlySpan<byte> der) =>
        der.IsEmpty ? null : CertificateTable.Parse(der);

    private static List<OfferedEndpoint> Offered(UaReader reader)
    {
        var endpoints = new List<OfferedEndpoint>();
        var count = reader.ArrayLength();
        for (var index = 0; index < count && !reader.Failed; index++)
        {
            var url = Encoding.UTF8.GetString(reader.String());
            var application = Encoding.UTF8.GetString(reader.String());
            var product = Encoding.UTF8.GetString(reader.String());
            reader.LocalizedText();
            reader.Int32();
            reader.String();
            reader.String();
            var urls = reader.ArrayLength();
            for (var at = 0; at < urls && !reader.Failed; at++) reader.String();
            var certificate = reader.ByteString();
            var mode = reader.Int32();
            var policy = SecurityPolicies.Of(reader.String());
            var tokens = reader.ArrayLength();
            for (var at = 0; at < tokens && !reader.Failed; at++)
            {
                reader.String();
                reader.Int32();
                reader.String();
                reader.String();
                reader.String();
            }

            reader.String();
            reader.Byte();
            if (reader.Failed) break;
            endpoints.Add(new OfferedEndpoint(
                url, application, product, policy.Name,
                mode is >= 1 and <= 3 ? ((SecurityMode)mode).ToString() : "", CertificateOf(certificate)));
        }

        return endpoints;
    }
}
