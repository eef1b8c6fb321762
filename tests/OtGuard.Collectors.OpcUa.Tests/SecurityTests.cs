using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using OtGuard.Collectors.OpcUa.Security;

using OtGuard.TestKit;

namespace OtGuard.Collectors.OpcUa.Tests;

[TestClass]
public sealed class SecurityTests
{
    private static readonly byte[] Signature = [.. Enumerable.Range(1, 32).Select(value => (byte)(value * 7))];

    [TestMethod]
    public void Signed_messages_are_decoded_without_their_signature()
    {
        var exchange = new Exchange();
        exchange.Send(Direction.ToServer, Ua.SecuredOpen(0, Certificate())).Send(Direction.ToClient, Ua.SecuredOpen(8, Certificate()));
        exchange.Send(Direction.ToServer, Ua.Message([.. Ua.ReadRequest("ns=2;s=Tap"), .. Signature], 2, 52, 8));
        exchange.Send(Direction.ToClient, Ua.Message([.. Ua.ReadResponse(7), .. Signature], 2, 52, 8));

        Assert.AreEqual((Outcome.Succeeded, "ns=2;s=Tap", "=7", OpcUaAnomaly.None),
            (exchange.Last.Outcome, exchange.Last.TargetName, exchange.Last.Values, exchange.Last.Anomalies));
        var channel = exchange.Protocol.Channels[0];
        Assert.AreEqual(("Basic256Sha256", "Sign"), (channel.Policy, channel.Mode));
    }

    [TestMethod]
    [DataRow(0, "None")]
    [DataRow(20, "Sign")]
    [DataRow(32, "Sign")]
    [DataRow(48, "Sign")]
    public void Joined_midway_the_length_that_fits_is_the_signature(int length, string mode)
    {
        byte[] signature = [.. Enumerable.Range(0, length).Select(value => (byte)(value * 31 + 5))];
        var exchange = new Exchange(joinedMidway: true);
        exchange.Send(Direction.ToServer, Ua.Message([.. Ua.ReadRequest("ns=2;s=Tap"), .. signature], 2, 52, 8));
        exchange.Send(Direction.ToClient, Ua.Message([.. Ua.ReadResponse(7), .. signature], 2, 52, 8));

        Assert.AreEqual(("ns=2;s=Tap", "=7", OpcUaAnomaly.None), (exchange.Last.TargetName, exchange.Last.Values, exchange.Last.Anomalies));
        Assert.AreEqual(mode, exchange.Protocol.Channels[0].Mode);
    }

    [TestMethod]
    public void Joined_midway_signatures_are_taken_out_of_chunks()
    {
        var exchange = new Exchange(joinedMidway: true);
        var body = Ua.ReadRequest("ns=2;s=Tap", "ns=2;s=Flow");
        exchange.Send(Direction.ToServer, Ua.Message([.. body[..30], .. Signature], 2, 52, 8, type: "MSGC"));
        exchange.Send(Direction.ToServer, Ua.Message([.. body[30..], .. Signature], 2, 53, 8));
        exchange.Send(Direction.ToClient, Ua.Message([.. Ua.ReadResponse(7, 8), .. Signature], 2, 52, 8));

        Assert.AreEqual(("ns=2;s=Flow", "=8", OpcUaAnomaly.None), (exchange.Last.TargetName, exchange.Last.Values, exchange.Last.Anomalies));
    }

    [TestMethod]
    public void Encrypted_messages_are_seen_by_their_envelope_and_nothing_is_claimed()
    {
        var cipher = new byte[144];
        new Random(4840).NextBytes(cipher);
        var exchange = new Exchange();
        exchange.Send(Direction.ToServer, Ua.SecuredOpen(0, Certificate())).Send(Direction.ToClient, Ua.SecuredOpen(8, Certificate()));
        exchange.Send(Direction.ToServer, Ua.Frame("MSGF", [.. new UaWriter().UInt32(8).UInt32(3).Bytes, .. cipher]));

        var seen = exchange.Last;
        Assert.AreEqual((Operation.Concealed, Outcome.Unpaired, Target.None), (seen.Operation, seen.Outcome, seen.Observation.Target));
        Assert.AreEqual((8u, 3u, 0u, 0u),
            (seen.Observation.Channel, seen.Observation.ChannelToken, seen.Observation.Sequence, seen.Observation.Transaction));
        Assert.AreEqual(("Basic256Sha256", "SignAndEncrypt"), (seen.Facts!.SecurityPolicy, seen.Facts.SecurityMode));
        Assert.HasCount(16, seen.RequestData);
        Assert.AreEqual(160, seen.Json.GetProperty("size").GetInt32());
        Assert.AreEqual(160L + exchange.Protocol.Channels[0].OpaqueBytes - 160, exchange.Connection.Conversation.Visibility.OpaqueBytes);
    }

    [TestMethod]
    public void Certificate_of_a_secured_channel_is_read()
    {
        var der = Certificate();
        var exchange = new Exchange { Milliseconds = Milliseconds(2026) };
        var seen = exchange.Send(Direction.ToServer, Ua.SecuredOpen(0, der)).Single;

        var certificate = seen.Facts!.Certificate!;
        Assert.AreEqual(("CN=pump", "urn:pump", 2048, true), (certificate.Subject, certificate.ApplicationUri, certificate.KeyBits, certificate.IsSelfSigned));
        using var loaded = X509CertificateLoader.LoadCertificate(der);
        Assert.AreEqual(loaded.Thumbprint, certificate.Thumbprint);
        Assert.AreEqual(OpcUaAnomaly.CertificateSelfSigned, seen.Anomalies);
    }

    [TestMethod]
    [DataRow(2019, nameof(OpcUaAnomaly.CertificateNotYetValid))]
    [DataRow(2031, nameof(OpcUaAnomaly.CertificateExpired))]
    public void Certificate_outside_of_its_time_is_said(int year, string anomaly)
    {
        var exchange = new Exchange { Milliseconds = Milliseconds(year) };

        var seen = exchange.Send(Direction.ToServer, Ua.SecuredOpen(0, Certificate())).Single;

        Assert.IsTrue(seen.Anomalies.HasFlag(Enum.Parse<OpcUaAnomaly>(anomaly)));
    }

    [TestMethod]
    public void Weak_key_is_said() =>
        Assert.IsTrue(CertificateTable.Parse(Certificate(1024)).Anomalies.HasFlag(OpcUaAnomaly.CertificateKeyWeak));

    [TestMethod]
    public void Chain_that_runs_in_a_circle_is_said()
    {
        byte[] looped = [.. Issued("CN=a", "CN=b"), .. Issued("CN=b", "CN=a")];
        byte[] straight = [.. Issued("CN=a", "CN=b"), .. Issued("CN=b", "CN=root")];

        Assert.IsTrue(CertificateTable.Parse(looped).Anomalies.HasFlag(OpcUaAnomaly.CertificateChainLooped));
        Assert.AreEqual(2, CertificateTable.Parse(looped).ChainLength);
        Assert.IsFalse(CertificateTable.Parse(straight).Anomalies.HasFlag(OpcUaAnomaly.CertificateChainLooped));
    }

    [TestMethod]
    public void Bytes_that_are_no_certificate_are_said() =>
        Assert.AreEqual(OpcUaAnomaly.CertificateInvalid, CertificateTable.Parse([0x30, 3, 1, 2, 3]).Anomalies);

    [TestMethod]
    public void Password_is_blanked_and_that_it_was_readable_is_said()
    {
        var exchange = new Exchange().Opened();
        exchange.Request(Ua.ActivateSessionRequest("ns=1;i=77", "i=324", Ua.UserNameToken("operator", "s3cr3t-word")));
        exchange.Response(Ua.ActivateSessionResponse());

        var seen = exchange.Single;
        Assert.IsTrue(seen.Anomalies.HasFlag(OpcUaAnomaly.PasswordReadable));
        Assert.AreEqual(("UserName", "operator", true), (seen.Facts!.UserTokenType, seen.Facts.UserName, seen.Facts.PasswordReadable));
        Assert.DoesNotContain("s3cr3t-word", Encoding.Latin1.GetString(seen.RequestData));
        Assert.DoesNotContain("s3cr3t-word", seen.Json.GetRawText());
    }

    [TestMethod]
    public void Certificate_whose_dates_are_none_is_said_to_be_invalid()
    {
        var der = Certificate();
        // UTCTime, 13 characters, twice: the time from which and until which it is valid.
        var at = der.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x17, 13]);
        "999999999999Z"u8.CopyTo(der.AsSpan(at + 2));
        "999999999999Z"u8.CopyTo(der.AsSpan(at + 17));

        Assert.IsTrue(CertificateTable.Parse(der).Anomalies.HasFlag(OpcUaAnomaly.CertificateInvalid));
    }

    [TestMethod]
    public void Password_that_is_encrypted_is_not_called_readable()
    {
        var exchange = new Exchange().Opened();
        exchange.Request(Ua.ActivateSessionRequest(
            "ns=1;i=77", "i=324", Ua.UserNameToken("operator", "cipher", "http://www.w3.org/2001/04/xmlenc#rsa-oaep")));
        exchange.Response(Ua.ActivateSessionResponse());

        Assert.AreEqual((OpcUaAnomaly.None, false), (exchange.Single.Anomalies, exchange.Single.Facts!.PasswordReadable));
    }

    [TestMethod]
    public void Broken_identity_token_leaves_nothing_behind()
    {
        var whole = Ua.ActivateSessionRequest("ns=1;i=77", "i=324", Ua.UserNameToken("operator", "s3cr3t-word"));
        var exchange = new Exchange().Opened();
        exchange.Request(whole[..^20]).Response(Ua.ActivateSessionResponse());

        Assert.IsTrue(exchange.Single.Anomalies.HasFlag(OpcUaAnomaly.EncodingInvalid));
        Assert.IsEmpty(exchange.Single.RequestData);
    }

    [TestMethod]
    public void Later_operations_name_their_user_and_application()
    {
        var exchange = new Exchange().Opened();
        exchange.Request(Ua.CreateSessionRequest("urn:scada"), 2).Response(Ua.CreateSessionResponse("ns=1;i=77"), 2);
        exchange.Request(Ua.ActivateSessionRequest("ns=1;i=77", "i=324", Ua.UserNameToken("operator", "x")), 3)
            .Response(Ua.ActivateSessionResponse(), 3);
        exchange.Request(Ua.ReadRequestIn("ns=1;i=77", "i=85"), 4).Response(Ua.ReadResponse(1), 4);

        Assert.AreEqual("user operator, application urn:scada", exchange.Protocol.ActorText(exchange.Last.Observation.Actor));
        Assert.AreEqual("urn:scada", exchange.Seen[0].Facts!.ApplicationUri);
    }

    [TestMethod]
    public void Refused_user_becomes_nobody()
    {
        var exchange = new Exchange().Opened();
        exchange.Request(Ua.CreateSessionRequest("urn:scada"), 2).Response(Ua.CreateSessionResponse("ns=1;i=77"), 2);
        exchange.Request(Ua.ActivateSessionRequest("ns=1;i=77", "i=324", Ua.UserNameToken("root", "x")), 3)
            .Response(Ua.Fault(0x801F0000), 3);
        Assert.AreEqual((Operation.Authenticate, Outcome.Rejected), (exchange.Last.Operation, exchange.Last.Outcome));
        exchange.Request(Ua.ReadRequestIn("ns=1;i=77", "i=85"), 4).Response(Ua.ReadResponse(1), 4);

        Assert.AreEqual("application urn:scada", exchange.Protocol.ActorText(exchange.Last.Observation.Actor));
    }

    [TestMethod]
    public void Security_facts_survive_their_number()
    {
        foreach (var policy in SecurityPolicies.All)
        {
            var code = new SecurityCode(SecurityMode.Sign, policy, UserTokenKind.Issued, true);
            Assert.AreEqual(code, SecurityCode.From(code.Value));
        }
    }

    private static double Milliseconds(int year) => new DateTimeOffset(year, 6, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    private static byte[] Certificate(int bits = 2048)
    {
        using var key = RSA.Create(bits);
        var request = new CertificateRequest("CN=pump", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri("urn:pump"));
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(
            new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
        return certificate.RawData;
    }

    private static byte[] Issued(string subject, string issuer)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.Create(
            new X500DistinguishedName(issuer), X509SignatureGenerator.CreateForRSA(key, RSASignaturePadding.Pkcs1),
            new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero), [1, 2, 3]);
        return certificate.RawData;
    }
}
