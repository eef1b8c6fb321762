using OtGuard.Models;
using OtGuard.TestKit;

namespace OtGuard.Detections.Tests.Coverage;

/// <summary>
/// Cases of the kinds about sessions (OPC UA), each in the security modes in which the row can be judged: None, Sign and, for
/// what shows outside of encrypted messages, SignAndEncrypt.
/// </summary>
internal static class SessionCases
{
    private const uint BadUserAccessDenied = 0x801F_0000;
    private const uint BadNodeIdUnknown = 0x8034_0000;

    private static readonly (CoverageNetwork Network, string Name)[] Readable =
        [(CoverageNetwork.OpcUa, "None"), (CoverageNetwork.OpcUaSigned, "Sign")];

    private static readonly (CoverageNetwork Network, string Name)[] Any =
        [.. Readable, (CoverageNetwork.OpcUaEncrypted, "SignAndEncrypt")];

    private static readonly (CoverageNetwork Network, string Name)[] Protected =
        [(CoverageNetwork.OpcUaSigned, "Sign"), (CoverageNetwork.OpcUaEncrypted, "SignAndEncrypt")];

    private static readonly (CoverageNetwork Network, string Name)[] Clear = [(CoverageNetwork.OpcUa, "None")];

    /// <summary>The site is learned for two minutes only, which are taken for enough.</summary>
    private static readonly LearningOptions FewOccasions = new() { MinimumOccasions = 2 };

    /// <summary>The cases.</summary>
    public static IReadOnlyList<CoverageCase> All { get; } =
    [
        .. In(Readable, "C1", "service-not-permitted",
            "the client deletes subscriptions, a service it never used",
            static site => site.Sessions.Normal.Ask(DeleteSubscriptions(), DeletedSubscriptions()),
            "it does so as it did while learning",
            static site => site.Sessions.Normal.Ask(DeleteSubscriptions(), DeletedSubscriptions()),
            static site => site.Sessions.Normal.Ask(DeleteSubscriptions(), DeletedSubscriptions())),
        .. In(Readable, "C2", "node-not-permitted",
            "the client reads a node it never read",
            static site => Read(site, "ns=2;s=Other"),
            "it reads one of those it reads, alone",
            static site => Read(site, "ns=2;s=Flow"),
            learning: FewOccasions),
        .. In(Readable, "C3", "service-failures",
            "twenty reads of a node that does not exist",
            static site => Fail(site, 20),
            "nineteen",
            static site => Fail(site, 19),
            learning: FewOccasions, mayRaise: ["node-not-permitted"]),
        .. In(Readable, "C4", "server-event",
            "the server reports an event of severity 900",
            static site => Report(site, 900),
            "it reports one of severity 800",
            static site => Report(site, 800),
            clean: Subscribe),
        .. In(Protected, "C5", "security-changed",
            "the client comes without security",
            static site => site.Sessions.Open(CoverageSite.Scada, new CoverageLogin(), CoverageNetwork.OpcUa),
            "it opens a second session secured as ever",
            static site => site.Sessions.Open(CoverageSite.Scada, new CoverageLogin())),
        .. In(Readable, "C6", "user-not-proven",
            "the client comes with an anonymous user",
            static site => site.Sessions.Open(CoverageSite.Scada, new CoverageLogin { User = null }),
            "it comes with its user",
            static site => site.Sessions.Open(CoverageSite.Scada, new CoverageLogin())),
        .. In(Readable, "C7", "credential-guessing",
            "twenty log-ins are refused within a minute",
            static site => Guess(site, 20),
            "nineteen are",
            static site => Guess(site, 19)),
        .. In(Any, "C8", "client-identity-changed",
            "the client comes with another certificate",
            static site => site.Sessions.Open(
                CoverageSite.Scada, new CoverageLogin { Client = CoverageSessions.OtherCertificate }),
            "it comes with one of the two it had while learning",
            static site => site.Sessions.Open(
                CoverageSite.Scada, new CoverageLogin { Client = CoverageSessions.OtherCertificate }),
            static site => site.Sessions.Open(
                CoverageSite.Scada, new CoverageLogin { Client = CoverageSessions.OtherCertificate })),
        .. In(Any, "C9", "server-certificate-changed",
            "the server shows another certificate",
            static site => site.Sessions.Open(
                CoverageSite.Scada, new CoverageLogin { Server = CoverageSessions.OtherCertificate }),
            "it shows its own",
            static site => site.Sessions.Open(CoverageSite.Scada, new CoverageLogin())),
        .. In(Protected, "C10", "certificate-weak",
            "the client comes with a certificate that has expired",
            static site => site.Sessions.Open(
                CoverageSite.Scada, new CoverageLogin { Client = CoverageSessions.ExpiredCertificate }),
            "it comes with one that is valid",
            static site => site.Sessions.Open(CoverageSite.Scada, new CoverageLogin()),
            mayRaise: []),
        .. In(Readable, "C11", "discovery-by-new-host",
            "the client asks for endpoints, which it never did",
            static site => site.Sessions.Normal.Ask(GetEndpoints(), Endpoints()),
            "it does so as it did while learning",
            static site => site.Sessions.Normal.Ask(GetEndpoints(), Endpoints()),
            static site => site.Sessions.Normal.Ask(GetEndpoints(), Endpoints())),
        .. In(Readable, "C12", "address-space-sweep",
            "the client reads 64 nodes it never read",
            static site => ReadMany(site, 64),
            "it reads 63",
            static site => ReadMany(site, 63)),
        .. In(Readable, "C13", "first-write-to-node",
            "the client writes a node it never wrote",
            static site => Write(site, "ns=2;s=Valve", 13),
            "it writes the one it wrote while learning, another value",
            static site => Write(site, "ns=2;s=Setpoint", 13)),
        .. In(Readable, "C13", "first-write-to-node",
            "the client writes the description of the node whose value it writes",
            static site => Write(site, "ns=2;s=Setpoint", 5),
            "it writes its value",
            static site => Write(site, "ns=2;s=Setpoint", 13)),
        .. In(Readable, "C15", "method-call-unseen",
            "the client calls a method",
            static site => site.Sessions.Normal.Ask(Call(), Called()),
            "it calls the one it called while learning",
            static site => site.Sessions.Normal.Ask(Call(), Called()),
            static site => site.Sessions.Normal.Ask(Call(), Called())),
        .. In(Readable, "C16", "model-or-history-changed",
            "the client deletes a node",
            static site => site.Sessions.Normal.Ask(DeleteNode(), DeletedNode()),
            "it does so as it did while learning",
            static site => site.Sessions.Normal.Ask(DeleteNode(), DeletedNode()),
            static site => site.Sessions.Normal.Ask(DeleteNode(), DeletedNode())),
        .. In(Any, "C18", "secure-channel-flood",
            "the client opens twenty channels within a minute",
            static site => OpenMany(site, 20),
            "it opens nineteen",
            static site => OpenMany(site, 19)),
        .. In(Clear, "C19", "chunk-flood",
            "a request comes in more chunks than the server takes",
            static site => Chunks(site, 5),
            "it comes in as many as the server takes",
            static site => Chunks(site, 4),
            mayRaise: ["encoding-malformed"]),
        .. In(Readable, "C20", "nesting-bomb",
            "a value nested 150 levels deep is written",
            static site => site.Sessions.Normal.Ask(Nested(150), Ua.WriteResponse()),
            "one nested 20 levels deep is",
            static site => site.Sessions.Normal.Ask(Nested(20), Ua.WriteResponse())),
        .. In(Readable, "C21", "subscription-flood",
            "the client asks for twenty monitored items it never asked for, where twenty are the limit",
            static site => Monitor(site, 20),
            "it asks for nineteen",
            static site => Monitor(site, 19),
            options: new DetectorOptions { SessionSecurity = new() { Subscriptions = 20 } },
            learning: new LearningOptions { MinimumOccasions = 200 }, mayRaise: ["service-not-permitted"]),
        .. In(Clear, "C22", "encoding-malformed",
            "a request goes on after its fields",
            static site => site.Sessions.Normal.Ask([.. Ua.ReadRequest("ns=2;s=Level", "ns=2;s=Flow"), 1, 2, 3], Ua.ReadResponse(1, 2)),
            "it ends with them",
            static site => site.Sessions.Normal.Ask(Ua.ReadRequest("ns=2;s=Level", "ns=2;s=Flow"), Ua.ReadResponse(1, 2))),
        .. In(Readable, "C23", "sequence-violation",
            "a sequence number is left out",
            static site => Read(site.Sessions.Normal.Skip(1), "ns=2;s=Flow"),
            "none is",
            static site => Read(site.Sessions.Normal.Skip(0), "ns=2;s=Flow")),
    ];

    private static IEnumerable<CoverageCase> In(
        (CoverageNetwork Network, string Name)[] modes,
        string row,
        string kind,
        string positive,
        Action<CoverageSite> act,
        string twin,
        Action<CoverageSite> actTwin,
        Action<CoverageSite>? cleanForTwin = null,
        LearningOptions? learning = null,
        DetectorOptions? options = null,
        IReadOnlyList<string>? mayRaise = null,
        Action<CoverageSite>? clean = null) =>
        modes.Select(mode => new CoverageCase(row, kind, $"{mode.Name}: {positive}", act, twin, actTwin)
        {
            Network = mode.Network,
            Clean = clean,
            CleanForTwin = cleanForTwin,
            Learning = learning ?? new LearningOptions(),
            Options = options ?? new DetectorOptions(),
            TwinMayRaise = mayRaise ?? [],
        });

    private static void Read(CoverageSite site, string node) => Read(site.Sessions.Normal, node);

    private static void Read(CoverageSession session, string node) => session.Ask(Ua.ReadRequest(node), Ua.ReadResponse(1));

    private static void ReadMany(CoverageSite site, int count)
    {
        for (var node = 0; node < count; node++) Read(site, $"ns=3;i={1000 + node}");
    }

    private static void Write(CoverageSite site, string node, uint attribute) =>
        site.Sessions.Normal.Ask(Ua.WriteRequest(node, 51, attribute), Ua.WriteResponse());

    private static void Fail(CoverageSite site, int count)
    {
        for (var i = 0; i < count; i++)
        {
            site.Wait(1).Sessions.Normal.Ask(
                Ua.ReadRequest("ns=2;s=Gone"),
                new UaWriter().NodeId("i=634").ResponseHeader().Int32(1).Byte(2).UInt32(BadNodeIdUnknown).Int32(-1).Bytes);
        }
    }

    private static void Guess(CoverageSite site, int count)
    {
        for (var i = 0; i < count; i++)
            site.Wait(1).Sessions.Normal.LogIn(new CoverageLogin { Result = BadUserAccessDenied });
    }

    private static void OpenMany(CoverageSite site, int count)
    {
        // With the channel of the normal traffic, opened long before, they are so many within the minute.
        site.Wait(61);
        for (var i = 0; i < count; i++) site.Wait(1).Sessions.Open(CoverageSite.Scada, new CoverageLogin());
    }

    private static void Chunks(CoverageSite site, int count)
    {
        var body = Ua.ReadRequest("ns=2;s=Level", "ns=2;s=Flow");
        var size = body.Length / count;
        for (var chunk = 0; chunk < count; chunk++)
        {
            var last = chunk == count - 1;
            site.Wait(0.01).Sessions.Normal.Chunk(body[(chunk * size)..(last ? body.Length : (chunk + 1) * size)], last);
        }
    }

    private static void Monitor(CoverageSite site, int count)
    {
        for (uint item = 0; item < count; item++)
        {
            site.Wait(0.1).Sessions.Normal.Ask(
                Ua.CreateMonitoredItemsRequest(1, item, $"ns=4;i={item}"), Ua.CreateMonitoredItemsResponse(item));
        }
    }

    /// <summary>A client subscribes to a server's events and is sent one that needs no attention.</summary>
    private static void Subscribe(CoverageSite site) => Report(site, 100);

    private static void Report(CoverageSite site, int severity)
    {
        const string server = "i=2253";
        site.Sessions.Normal.Ask(
            new UaWriter().NodeId("i=751").RequestHeader().UInt32(9).Int32(2).Int32(1)
                .NodeId(server).UInt32(12).String(null).QualifiedName(null).Int32(2)
                .UInt32(3).Double(0).ExtensionObject("i=0", null).UInt32(1).Byte(1).Bytes,
            Ua.CreateMonitoredItemsResponse(3));
        var events = new UaWriter().Int32(1).UInt32(3).Int32(3)
            .Byte(17).NodeId("i=2041").Byte(21).LocalizedText("Boiler too hot").Byte(5).UInt16(severity);
        site.Sessions.Normal.Ask(
            Ua.PublishRequest(),
            new UaWriter().NodeId("i=829").ResponseHeader().UInt32(9).Int32(1).UInt32(1).Byte(0)
                .UInt32(1).Int64(0).Int32(1).ExtensionObject("i=916", events.Bytes).Int32(-1).Int32(-1).Bytes);
    }

    private static byte[] Nested(int levels)
    {
        // A Variant that holds a Variant (an array of one), and so on; the innermost is a number.
        var value = new UaWriter();
        for (var level = 0; level < levels; level++) value.Byte(0x80 | 24).Int32(1);
        value.Byte(6).Int32(1);
        return new UaWriter().NodeId("i=673").RequestHeader().Int32(1).NodeId("ns=2;s=Setpoint").UInt32(13).String(null)
            .Byte(1).Raw(value.Bytes).Bytes;
    }

    private static byte[] DeleteSubscriptions() =>
        new UaWriter().NodeId("i=847").RequestHeader().Int32(1).UInt32(1).Bytes;

    private static byte[] DeletedSubscriptions() =>
        new UaWriter().NodeId("i=850").ResponseHeader().Int32(1).UInt32(0).Int32(-1).Bytes;

    private static byte[] GetEndpoints() =>
        new UaWriter().NodeId("i=428").RequestHeader().String("opc.tcp://plc:4840").Int32(-1).Int32(-1).Bytes;

    private static byte[] Endpoints() => new UaWriter().NodeId("i=431").ResponseHeader().Int32(0).Bytes;

    private static byte[] Call() =>
        new UaWriter().NodeId("i=712").RequestHeader().Int32(1).NodeId("ns=2;s=Pump").NodeId("ns=2;s=Start").Int32(-1).Bytes;

    private static byte[] Called() =>
        new UaWriter().NodeId("i=715").ResponseHeader().Int32(1).UInt32(0).Int32(-1).Int32(-1).Int32(-1).Int32(-1).Bytes;

    private static byte[] DeleteNode() =>
        new UaWriter().NodeId("i=500").RequestHeader().Int32(1).NodeId("ns=2;s=Old").Byte(1).Bytes;

    private static byte[] DeletedNode() =>
        new UaWriter().NodeId("i=503").ResponseHeader().Int32(1).UInt32(0).Int32(-1).Bytes;
}
