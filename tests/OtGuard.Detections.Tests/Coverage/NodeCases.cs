namespace OtGuard.Detections.Tests.Coverage;

/// <summary>Cases of the nodes of a truck's bus: J1939 addresses, parameter groups and transport protocol.</summary>
internal static class NodeCases
{
    private const byte Engine = 0x00;
    private const byte Body = 0x21;
    private const byte Tool = 0xF9;
    private const int SoftwareIdentification = 0xFEDA;
    private const string EngineName = "0102030405060780";
    private const string OtherName = "1112131415161780";

    /// <summary>The cases.</summary>
    public static IReadOnlyList<CoverageCase> All { get; } =
    [
        Truck("D1", "parameter-group-never-sent",
            "the engine sends a group it never sent",
            static site => site.Bus.Announce(Engine, 0xFEE3, new byte[39]),
            "it sends another one of those it sent",
            static site => site.Bus.Announce(Engine, 0xFECA, new byte[20])) with
        { Clean = static site => Rounds(site) },
        Truck("D24", "transport-sessions-broken",
            "four messages are announced to a node and broken off",
            static site => Break(site, 4),
            "three are, as many as are tried of one",
            static site => Break(site, 3)),
        Truck("D24", "transport-sessions-broken",
            "four messages are announced to everybody, and nothing comes",
            static site =>
            {
                for (var i = 0; i < 4; i++) site.Bus.SendGroup(Body, 0xEC00, "202700060FE3FE00", priority: 7).Wait(3);
            },
            "four lose their second packet",
            static site =>
            {
                for (var i = 0; i < 4; i++)
                {
                    site.Bus.SendGroup(Body, 0xEC00, "20140003FFDAFE00", priority: 7).Wait(0.05);
                    site.Bus.SendGroup(Body, 0xEB00, "0101020304050607", priority: 7).Wait(0.1);
                    site.Bus.SendGroup(Body, 0xEB00, "0301020304050607", priority: 7).Wait(3);
                }
            }),
        Truck("D24", "transport-overrun",
            "a receiver asks for more packets than the message has",
            static site =>
            {
                site.Bus.RequestToSend(Engine, Body, SoftwareIdentification, 28).Wait(0.01);
                site.Bus.ClearToSend(Body, Engine, SoftwareIdentification, 255, 6).Wait(2);
            },
            "it asks for all of them, and once more for the second",
            static site =>
            {
                site.Bus.RequestToSend(Engine, Body, SoftwareIdentification, 14).Wait(0.01);
                site.Bus.ClearToSend(Body, Engine, SoftwareIdentification, 2, 1).Wait(0.01);
                Data(site, 1, 2);
                site.Bus.ClearToSend(Body, Engine, SoftwareIdentification, 1, 2).Wait(0.01);
                Data(site, 2);
            }),
        Truck("D24", "transport-overrun",
            "a sender sends packets its message does not have",
            static site =>
            {
                site.Bus.RequestToSend(Engine, Body, SoftwareIdentification, 28).Wait(0.01);
                site.Bus.ClearToSend(Body, Engine, SoftwareIdentification, 4, 1).Wait(0.01);
                Data(site, 1, 2, 3, 5);
            },
            "it sends those it has",
            static site => site.Bus.Transport(Engine, Body, SoftwareIdentification, new byte[28])),
        Truck("D24", "transport-data-flood",
            "255 packets of no message",
            static site => Stray(site, 255),
            "254, the rest of a message that began before",
            static site => Stray(site, 254)),
        Truck("D25", "address-claim-conflict",
            "two nodes claim an address in turns",
            static site => Claim(site, Engine, EngineName, OtherName, EngineName),
            "one claims it again",
            static site => Claim(site, Engine, EngineName, EngineName)) with
        { Clean = static site => Claim(site, Engine, EngineName) },
        Truck("D25", "node-address-changed",
            "a node claims another address than it had",
            static site =>
            {
                Claim(site, Body, OtherName);
                Claim(site, Body + 1, OtherName);
            },
            "it claims its own again",
            static site => Claim(site, Body, OtherName, OtherName)) with
        {
            Clean = static site =>
            {
                Claim(site, Body, OtherName);
                Claim(site, Body + 1, OtherName);
                Claim(site, Body, OtherName);
            },
        },
        Truck("D25", "node-name-changed",
            "the engine's address is claimed under another name",
            static site => Claim(site, Engine, OtherName),
            "it is claimed under its own",
            static site => Claim(site, Engine, EngineName)) with
        { Clean = static site => Claim(site, Engine, EngineName) },
    ];

    private static CoverageCase Truck(
        string row, string kind, string positive, Action<CoverageSite> act, string twin, Action<CoverageSite> actTwin) =>
        new(row, kind, positive, act, twin, actTwin) { Network = CoverageNetwork.Truck };

    /// <summary>Enough messages in several packets for what nodes send to be known.</summary>
    private static void Rounds(CoverageSite site)
    {
        for (var i = 0; i < 10; i++) site.Bus.Announce(Engine, 0xFECA, new byte[20]).Wait(30);
    }

    private static void Claim(CoverageSite site, int address, params string[] names)
    {
        foreach (var name in names) site.Bus.SendGroup((byte)address, 0xEE00, name).Wait(0.3);
    }

    private static void Break(CoverageSite site, int count)
    {
        for (var i = 0; i < count; i++)
        {
            site.Bus.RequestToSend(Engine, Tool, SoftwareIdentification, 28).Wait(0.05);
            site.Bus.Abort(Tool, Engine, SoftwareIdentification, 1).Wait(1);
        }
    }

    private static void Data(CoverageSite site, params byte[] numbers)
    {
        foreach (var number in numbers)
            site.Bus.Send(CoverageBus.Identifier(Engine, 0xEB00, Body, 7), number, 1, 2, 3, 4, 5, 6, 7).Wait(0.01);
    }

    private static void Stray(CoverageSite site, int count)
    {
        for (var i = 0; i < count; i++)
            site.Bus.Send(CoverageBus.Identifier(Engine, 0xEB00, Body, 7), (byte)(i + 1), 1, 2, 3, 4, 5, 6, 7).Wait(0.1);
    }
}
