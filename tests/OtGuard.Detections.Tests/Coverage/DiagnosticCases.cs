using System.Globalization;
using OtGuard.Simulators.Wire;
using static OtGuard.Detections.Tests.Coverage.CoverageSite;

namespace OtGuard.Detections.Tests.Coverage;

/// <summary>Cases of diagnostics: UDS on a car's bus, and over IP.</summary>
internal static class DiagnosticCases
{
    private const byte SecurityAccessDenied = 0x33;
    private const byte AuthenticationRequired = 0x34;
    private const byte InvalidKey = 0x35;
    private const byte ServiceNotSupported = 0x11;
    private const byte SubFunctionNotSupported = 0x12;
    private const byte OutOfRange = 0x31;
    private const byte ConditionsNotCorrect = 0x22;

    private static readonly EthernetHost Workshop = Engineering;
    private static readonly EthernetHost Gateway = Rtu2;

    /// <summary>The cases.</summary>
    public static IReadOnlyList<CoverageCase> All { get; } =
    [
        Car("D14", "security-access-denied",
            "a request is refused because the unit is locked",
            static site => site.Bus.Tester.Refused("22D001", SecurityAccessDenied),
            "one is refused because conditions are not correct",
            static site => site.Bus.Tester.Refused("22D001", ConditionsNotCorrect)),
        Car("D14", "security-access-guessing",
            "three wrong keys within a minute",
            static site => WrongKeys(site, 3),
            "one wrong key, then the right one of a tester that was learned to use it",
            static site =>
            {
                WrongKeys(site, 1);
                Unlock(site, 0x11223344);
            }) with
        { CleanForTwin = static site => Unlock(site, 0x51A7C302) },
        Car("D15", "security-access-granted",
            "a tester that only read gains access",
            static site => Unlock(site, 0x11223344),
            "one gains access as it did while learning",
            static site => Unlock(site, 0x11223344)) with
        { CleanForTwin = static site => Unlock(site, 0x51A7C302) },
        Car("D16", "weak-seed",
            "a seed of 32 bits comes a second time",
            static site => Unlock(site, 0x11223344, 0x99AA55C3, 0x11223344),
            "it comes a second time because it was asked for again before it was answered",
            static site => site.Bus.Tester.Ask("2701", "670111223344").Ask("2701", "670111223344")) with
        { Clean = static site => Unlock(site, 0x51A7C302) },
        Car("D16", "weak-seed",
            "seeds that count upwards",
            static site => Unlock(site, 0x1000, 0x1001, 0x1002, 0x1003, 0x1004, 0x1005),
            "seeds all over 32 bits",
            static site => Unlock(site, 0x8C1D2E47, 0x13F9A0B2, 0x77E21C58, 0xE0435A9D, 0x2B96F3C1, 0x5A0DE786)) with
        { Clean = static site => Unlock(site, 0x51A7C302) },
        Car("D17", "authentication-required",
            "a request is refused for want of authentication",
            static site => site.Bus.Tester.Refused("22D001", AuthenticationRequired),
            "the same request was always refused so",
            static site => site.Bus.Tester.Refused("22D001", AuthenticationRequired)) with
        { CleanForTwin = static site => site.Bus.Tester.Refused("22D001", AuthenticationRequired) },
        Car("D17", "authentication-failed",
            "a certificate is refused",
            static site => site.Bus.Tester.Refused("2901000004DEADBEEF0000", 0x51),
            "one is accepted",
            static site => site.Bus.Tester.Ask("2901000004DEADBEEF0000", "6901110004AABBCCDD0000")),
        Car("D18", "software-transfer",
            "a tester loads software",
            static site => Download(site),
            "one does so as it did while learning",
            static site => Download(site)) with
        { CleanForTwin = static site => Download(site) },
        Car("D18", "file-transfer",
            "a tester asks for a file",
            static site => site.Bus.Tester.Ask("3804000461626364", "78040210000000040004"),
            "one does so as it did while learning",
            static site => site.Bus.Tester.Ask("3804000461626364", "78040210000000040004")) with
        { CleanForTwin = static site => site.Bus.Tester.Ask("3804000461626364", "78040210000000040004") },
        Car("D19", "diagnostic-write",
            "a tester writes a data identifier it never wrote",
            static site => site.Bus.Tester.Ask("2EF15A01020304", "6EF15A"),
            "one writes the one it wrote while learning, another value",
            static site => site.Bus.Tester.Ask("2E010105060708", "6E0101")) with
        { Clean = static site => site.Bus.Tester.Ask("2E010101020304", "6E0101") },
        Car("D19", "io-control",
            "a tester takes over an output",
            static site => site.Bus.Tester.Ask("2F9B000301", "6F9B000301"),
            "it reads the output's state",
            static site => site.Bus.Tester.Ask("229B00", "629B0001")),
        Car("D19", "routine-control",
            "a tester starts a routine it never started",
            static site => site.Bus.Tester.Ask("3101FF00", "7101FF00"),
            "it starts the one it started while learning",
            static site => site.Bus.Tester.Ask("31010203", "71010203")) with
        { Clean = static site => site.Bus.Tester.Ask("31010203", "71010203") },
        Car("D20", "ecu-reset",
            "a tester resets the unit",
            static site => site.Bus.Tester.Ask("1101", "5101"),
            "a unit that cannot reset refuses",
            static site => site.Bus.Tester.Refused("1101", ServiceNotSupported)) with
        { TwinTellsForInformation = true },
        Car("D21", "communication-disabled",
            "a tester tells the unit to stop sending",
            static site => site.Bus.Tester.Ask("280101", "6801"),
            "it lets it send again",
            static site => site.Bus.Tester.Ask("280001", "6800")),
        Car("D22", "trouble-codes-cleared",
            "a tester clears the trouble codes",
            static site => site.Bus.Tester.Ask("14FFFFFF", "54"),
            "it reads them",
            static site => site.Bus.Tester.Ask("1902FF", "5902FF")),
        Car("D22", "trouble-codes-suppressed",
            "a tester switches the recording of trouble codes off",
            static site => site.Bus.Tester.Ask("8502", "C502"),
            "it switches it on",
            static site => site.Bus.Tester.Ask("8501", "C501")),
        Car("D23", "diagnostic-scan",
            "services are tried one after another",
            static site =>
            {
                foreach (var service in (string[])["2400", "2A01", "83", "84", "86", "87", "BA"])
                    site.Bus.Tester.Refused(service, ServiceNotSupported);
            },
            "a tester asks for the trouble codes in four ways the unit does not have",
            static site =>
            {
                foreach (var report in (string[])["1903", "190A", "1914", "1915"])
                    site.Bus.Tester.Refused(report, SubFunctionNotSupported);
            }),
        Car("D23", "diagnostic-scan",
            "sessions are tried one after another",
            static site =>
            {
                for (var session = 5; session < 20; session++)
                    site.Bus.Tester.Refused(Hex($"10{session:X2}"), SubFunctionNotSupported);
            },
            "a tester opens a session the unit has",
            static site => site.Bus.Tester.Ask("1003", "5003003201F4")),
        Car("D23", "diagnostic-scan",
            "data identifiers are tried one after another",
            static site =>
            {
                for (var identifier = 0x2000; identifier < 0x2030; identifier++)
                    site.Bus.Tester.Refused(Hex($"22{identifier:X4}"), OutOfRange);
            },
            "a tester asks for all 32 identifications, of which the unit has none",
            static site =>
            {
                for (var identifier = 0xF180; identifier < 0xF1A0; identifier++)
                    if (identifier != 0xF190) site.Bus.Tester.Refused(Hex($"22{identifier:X4}"), OutOfRange);
            }),
        Car("D23", "diagnostic-scan",
            "data identifiers are read one after another, and answered",
            static site =>
            {
                for (var identifier = 0x2000; identifier < 0x2030; identifier++)
                    site.Bus.Tester.Ask(Hex($"22{identifier:X4}"), Hex($"62{identifier:X4}01"));
            },
            "32 of them are",
            static site =>
            {
                for (var identifier = 0x2000; identifier < 0x2020; identifier++)
                    site.Bus.Tester.Ask(Hex($"22{identifier:X4}"), Hex($"62{identifier:X4}01"));
            }),
        Car("D23", "diagnostic-scan",
            "the same request is sent on one identifier after another",
            static site =>
            {
                for (var identifier = 0x600u; identifier < 0x620; identifier++)
                    site.Bus.Send(identifier, "023E00AAAAAAAAAA").Wait(0.05);
                site.Wait(3);
            },
            "a tester asks all units at once",
            static site => site.Bus.Send(0x7DF, "023E00AAAAAAAAAA").Wait(2)) with
        { TwinMayRaise = ["unknown-identifier"] },
        Car("D23", "diagnostic-scan",
            "somebody connects to calibration (XCP) on one identifier after another",
            static site =>
            {
                for (var identifier = 0x600u; identifier < 0x620; identifier++)
                    site.Bus.Send(identifier, "FF00000000000000").Wait(0.05);
            },
            "somebody connects to two units",
            static site =>
            {
                for (var identifier = 0x600u; identifier < 0x602; identifier++)
                    site.Bus.Send(identifier, "FF00000000000000").Wait(0.05);
            }) with
        { TwinMayRaise = ["unknown-identifier"] },
        Car("D24", "isotp-abuse",
            "four messages begin and never end",
            static site => Begin(site, 4),
            "three do, as many as are tried of one on a bad line",
            static site => Begin(site, 3)),
        Plant("D27", "doip-header-refused",
            "the gateway refuses a header",
            static site => Exchange(site, "02FD123400000000", "02FD00000000000101"),
            "it answers a request",
            static site => Exchange(site, "02FD400300000000", "02FD40040000000101")),
        Plant("D27", "doip-activation-refused",
            "the gateway refuses routing activation",
            static site => Exchange(site, "02FD0005000000070E000000000000", "02FD0006000000090E0010100600000000"),
            "it activates",
            static site => Exchange(site, "02FD0005000000070E000000000000", "02FD0006000000090E0010101000000000")),
        Plant("D27", "doip-message-refused",
            "the gateway does not know the unit a message is for",
            static site => Exchange(site, "02FD8001000000060E0020013E00", "02FD80030000000520010E0003"),
            "it passes it on",
            static site => Exchange(
                site, "02FD8001000000060E0010013E00", "02FD80020000000510010E000002FD80010000000610010E007E00")),
        Plant("D27", "doip-malformed",
            "a version and its inverse do not fit",
            static site => Exchange(site, "02FC000500000000", ""),
            "they fit",
            static site => Exchange(site, "02FD0005000000070E000000000000", "02FD0006000000090E0010101000000000")),
    ];

    private static CoverageCase Car(
        string row, string kind, string positive, Action<CoverageSite> act, string twin, Action<CoverageSite> actTwin) =>
        new(row, kind, positive, act, twin, actTwin) { Network = CoverageNetwork.Car };

    /// <summary>Over IP: a workshop's tester that was learned with the gateway, on a connection of its own.</summary>
    private static CoverageCase Plant(
        string row, string kind, string positive, Action<CoverageSite> act, string twin, Action<CoverageSite> actTwin) =>
        new(row, kind, positive, act, twin, actTwin)
        {
            Clean = static site =>
            {
                Exchange(site, "02FD0005000000070E000000000000", "02FD0006000000090E0010101000000000");
                Exchange(
                    site, "02FD8001000000060E0010013E00", "02FD80020000000510010E000002FD80010000000610010E007E00");
                Exchange(site, "02FD400300000000", "02FD40040000000101");
            },
        };

    /// <summary>A connection of its own: alive check first, so that it is known for DoIP whatever follows.</summary>
    private static void Exchange(CoverageSite site, string request, string response)
    {
        var session = site.Wait(1).Tcp(Workshop, Gateway, 13400).Open();
        session.Request(CoverageBus.Bytes("02FD400300000000"));
        session.Response(CoverageBus.Bytes("02FD40040000000101"));
        session.Request(CoverageBus.Bytes(request));
        if (response.Length > 0) session.Response(CoverageBus.Bytes(response));
        site.Wait(1);
        session.Close();
    }

    private static void WrongKeys(CoverageSite site, int count)
    {
        for (var i = 0; i < count; i++)
        {
            site.Bus.Tester.Ask("2701", Hex($"6701{0x8C1D2E47 + i * 0x13579BDF:X8}"));
            site.Bus.Tester.Refused("27020BADC0DE", InvalidKey);
        }
    }

    private static void Unlock(CoverageSite site, params uint[] seeds)
    {
        foreach (var seed in seeds)
            site.Bus.Tester.Ask("2701", Hex($"6701{seed:X8}")).Ask(Hex($"2702{seed ^ 0xA5A5A5A5:X8}"), "6702");
    }

    private static void Download(CoverageSite site)
    {
        site.Bus.Tester.Ask("34004400010000000000E0", "742000E2");
        site.Bus.Tester.Ask("3601" + new string('5', 440), "7601").Ask("3602" + new string('6', 8), "7602").Ask("37", "77");
    }

    /// <summary>First frames of a request to the tester's unit, and nothing after them.</summary>
    private static void Begin(CoverageSite site, int count)
    {
        for (var i = 0; i < count; i++) site.Bus.Send(0x7E0, "1014220101F190F1").Wait(3);
    }

    private static string Hex(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
