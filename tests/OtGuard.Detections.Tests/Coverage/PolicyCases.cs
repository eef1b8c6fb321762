using OtGuard.Collectors;
using OtGuard.Models;
using OtGuard.Simulators.Wire;
using OtGuard.TestKit;
using static OtGuard.Detections.Tests.Coverage.CoverageSite;

namespace OtGuard.Detections.Tests.Coverage;

/// <summary>Cases of the kinds that rest on what is declared about a site.</summary>
internal static class PolicyCases
{
    private static readonly NetworkAddress Rtu = Address("10.0.0.9");

    /// <summary>Everything declared that the normal traffic keeps to.</summary>
    private static readonly DetectorOptions Declared = new()
    {
        Site = new DeclaredSite(
            [
                new DeclaredZone("control", [Block("10.0.0.0/29")]),
                new DeclaredZone("field", [Block("10.0.0.8/29")]),
                new DeclaredZone("plant", [Block("10.0.0.0/24")]),
            ],
            [new DeclaredConduit("control", "field", [502])],
            [Asset("10.0.0.5"), Asset("10.0.0.6"), Asset("10.0.0.7"), Asset("10.0.0.9"), Asset("10.0.0.10")],
            isComplete: true,
            [
                // The capture is of a day and hour within these.
                new DeclaredWrite(
                    Rtu, 1, TargetSpace.Coils, 0, 7, [Address("10.0.0.5")], null, null, Hours(startsIn: -2)),
                new DeclaredWrite(
                    Rtu, 1, TargetSpace.HoldingRegisters, 0, 9, [Address("10.0.0.5")], 10, 500, null),
                new DeclaredWrite(
                    Rtu, 1, TargetSpace.HoldingRegisters, 20, 29, [Address("10.0.0.5")], null, null,
                        Hours(startsIn: 4)),
            ],
            [
                new DeclaredState(
                    "both coils on",
                    [
                        new DeclaredCondition(Rtu, 1, TargetSpace.Coils, 2, Comparison.Equals, 1),
                        new DeclaredCondition(Rtu, 1, TargetSpace.Coils, 3, Comparison.Above, 0),
                    ]),
            ]),
    };

    /// <summary>A state told by nodes.</summary>
    private static readonly DetectorOptions NamedStates = new()
    {
        Site = new DeclaredSite(
            [], [], [], isComplete: false, [],
            [
                new DeclaredState(
                    "full and shut",
                    [
                        new DeclaredCondition(Rtu, 1, TargetSpace.Nodes, 0, Comparison.Above, 90.5) { Name = "ns=2;s=Level" },
                        new DeclaredCondition(Rtu, 1, TargetSpace.Nodes, 0, Comparison.Equals, 51) { Name = "ns=2;s=Valve" },
                    ]),
            ]),
    };

    /// <summary>Who may write a node, and a data identifier of a car's control unit.</summary>
    private static readonly DetectorOptions NamedPlaces = new()
    {
        Site = new DeclaredSite(
            [], [], [], isComplete: false,
            [
                new DeclaredWrite(Rtu, null, TargetSpace.Nodes, 0, 0, [Address("10.0.0.7")], null, null, null)
                {
                    Names = new HashSet<string> { "ns=2;s=Valve" },
                },
                new DeclaredWrite(
                    Address("can0:7E8"), null, TargetSpace.DataIdentifiers, 0x0100, 0x01FF, [Address("can0:7DF")], null, null,
                    null),
            ],
            []),
    };

    /// <summary>The cases.</summary>
    public static IReadOnlyList<CoverageCase> All { get; } =
    [
        new("A1", "undeclared-asset",
            "a host that is not declared connects to an RTU",
            static site => site.Tcp(Intruder, Rtu1).Open().Close(),
            "a declared host does so that was silent until now",
            static site => site.Tcp(Engineering, Rtu1).Open().Close())
        {
            Options = Declared, TwinMayRaise = ["new-conversation"],
        },
        new("A15", "conduit-violation",
            "the SCADA server opens an RTU's web page, for which there is no conduit",
            static site => site.Tcp(Scada, Rtu1, 80).Open().Close(),
            "it opens another connection by the declared one",
            static site => site.Tcp(Scada, Rtu1).Open().Close())
        {
            Options = Declared,
        },
        new("B3", "writer-not-declared",
            "the engineering workstation writes a coil that only the SCADA server may",
            static site => site.Modbus(Engineering, Rtu1).WriteSingleCoil(1, 5, true),
            "it writes a register of which nothing is declared",
            static site => site.Modbus(Engineering, Rtu1).WriteSingleRegister(1, 60, 7))
        {
            Options = Declared,
            Clean = static site =>
            {
                site.Modbus(Engineering, Rtu1).WriteSingleCoil(1, 5, true);
                site.Modbus(Engineering, Rtu1).WriteSingleRegister(1, 60, 7);
            },
        },
        new("B3", "writer-not-declared",
            "a client of OPC UA writes a node that only another host may",
            static site => WriteNode(site, "ns=2;s=Valve"),
            "it writes a node of which nothing is declared",
            static site => WriteNode(site, "ns=2;s=Setpoint"))
        {
            Network = CoverageNetwork.OpcUa,
            Options = NamedPlaces,
            Clean = static site =>
            {
                WriteNode(site, "ns=2;s=Valve");
                WriteNode(site, "ns=2;s=Setpoint");
            },
        },
        new("B3", "writer-not-declared",
            "a tester writes a data identifier of a car's control unit that only another may",
            static site => site.Bus.Tester.Ask("2E010101020304", "6E0101"),
            "it writes one of which nothing is declared",
            static site => site.Bus.Tester.Ask("2EF15A01020304", "6EF15A"))
        {
            Network = CoverageNetwork.Car,
            Options = NamedPlaces,
            Clean = static site =>
            {
                site.Bus.Tester.Ask("2E010101020304", "6E0101");
                site.Bus.Tester.Ask("2EF15A01020304", "6EF15A");
            },
        },
        new("B3", "write-outside-hours",
            "the SCADA server writes a register four hours before it may",
            static site => site.Modbus(Scada, Rtu1).WriteSingleRegister(1, 20, 7),
            "it writes a coil within the hours of that",
            static site => site.Modbus(Scada, Rtu1).WriteSingleCoil(1, 5, true))
        {
            Options = Declared,
            Clean = static site => site.Modbus(Scada, Rtu1).WriteSingleRegister(1, 20, 7),
        },
        new("B4", "written-value-not-declared",
            "a setpoint is written above its declared range",
            static site => site.Modbus(Scada, Rtu1).WriteSingleRegister(1, 3, 501),
            "it is set to the highest declared value",
            static site => site.Modbus(Scada, Rtu1).WriteSingleRegister(1, 3, 500))
        {
            Options = Declared,
            Clean = static site => site.Modbus(Scada, Rtu1).WriteSingleRegister(1, 3, 500),
        },
        new("B7", "critical-state",
            "two coils are switched on that must not be on together",
            static site => Switch(site, third: true),
            "one is switched on",
            static site => Switch(site, third: false))
        {
            Options = Declared,
            Clean = static site => Switch(site, third: true),
        },
        new("B7", "critical-state",
            "a level that an OPC UA server tells is above what it may be while a valve is shut",
            static site => ShutAt(site, level: 91),
            "it is not",
            static site => ShutAt(site, level: 42))
        {
            Network = CoverageNetwork.OpcUa,
            Options = NamedStates,
            Clean = static site => ShutAt(site, level: 91),
        },
    ];

    private static void ShutAt(CoverageSite site, int level)
    {
        WriteNode(site, "ns=2;s=Valve");
        site.Sessions.Normal.Ask(Ua.ReadRequest("ns=2;s=Level", "ns=2;s=Flow"), Ua.ReadResponse(level, 7));
    }

    private static void WriteNode(CoverageSite site, string node) =>
        site.Sessions.Normal.Ask(Ua.WriteRequest(node, 51, 13), Ua.WriteResponse());

    private static void Switch(CoverageSite site, bool third)
    {
        site.Modbus(Scada, Rtu1).WriteSingleCoil(1, 2, true);
        site.Modbus(Scada, Rtu1).WriteSingleCoil(1, 3, third);
        site.Normal(1);
    }

    private static DeclaredHours Hours(int startsIn)
    {
        // From the hour of the capture on; four hours long, in UTC.
        var now = DateTimeOffset.UnixEpoch.AddTicks(CaptureBuilder.DefaultStart / 100).AddHours(1 + startsIn);
        return new DeclaredHours(
            [], TimeOnly.FromDateTime(now.UtcDateTime), TimeOnly.FromDateTime(now.UtcDateTime.AddHours(4)),
            TimeZoneInfo.Utc);
    }

    private static NetworkAddress Address(string text) => NetworkAddress.Parse(text);

    private static DeclaredAsset Asset(string text) => new(Address(text), null, null);

    private static AddressBlock Block(string text) =>
        AddressBlock.TryParse(text, out var block) ? block : throw new FormatException(text);
}
