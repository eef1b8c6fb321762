using OtGuard.Collectors.Capture.Identification;
using OtGuard.TestKit;

namespace OtGuard.Collectors.Capture.Tests.Identification;

[TestClass]
public sealed class ProtocolNamesTests
{
    private const string Readme = "collectors/OtGuard.Collectors.Capture/README.md";

    [TestMethod]
    public void Names_are_exactly_those_that_can_be_given()
    {
        var given = ProtocolIdentifier.Tcp.Concat(ProtocolIdentifier.Udp).Select(signature => signature.Name)
            .Concat(LinkNames())
            .Concat(Enumerable.Range(0, 256).Select(number => ProtocolIdentifier.NameOfIpProtocol((byte)number)).OfType<string>())
            .Distinct().Order(StringComparer.Ordinal).ToList();

        Assert.AreSequenceEqual(given, ProtocolNames.All.Select(name => name.Name).Order(StringComparer.Ordinal));
    }

    [TestMethod]
    public void Names_are_lower_case_kebab_and_unique()
    {
        foreach (var name in ProtocolNames.All)
            Assert.IsTrue(name.Name.All(c => c is >= 'a' and <= 'z' or >= '0' and <= '9' or '-'), name.Name);
        Assert.HasCount(ProtocolNames.All.Count, ProtocolNames.All.Select(name => name.Name).Distinct());
        Assert.HasCount(ProtocolNames.All.Count, ProtocolNames.All.Select(name => name.DisplayName).Distinct());
    }

    [TestMethod]
    public void Readme_lists_every_name_with_its_display_name_and_kind()
    {
        var lines = File.ReadAllLines(Path.Combine(SharedData.RepositoryRoot, Readme))
            .SkipWhile(line => line != "## Identification").Skip(1)
            .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Select(cells => (cells[1].Trim('`'), cells[2], cells[3] == "yes"))
            .OrderBy(row => row.Item1, StringComparer.Ordinal).ToList();

        Assert.AreSequenceEqual(
            ProtocolNames.All.Select(name => (name.Name, name.DisplayName, name.Industrial)).OrderBy(row => row.Name, StringComparer.Ordinal),
            lines);
    }

    [TestMethod]
    [DataRow(0x88B8, "", "goose")]
    [DataRow(0x88B9, "", "gse")]
    [DataRow(0x88BA, "", "sv")]
    [DataRow(0x8892, "FEFE", "profinet-dcp")]
    [DataRow(0x8892, "8001", "profinet-rt")]
    [DataRow(0x8892, "FC01", "profinet-alarm")]
    [DataRow(0x8892, "", "profinet")]
    [DataRow(0x88F7, "", "ptp")]
    [DataRow(0x88CC, "", "lldp")]
    [DataRow(0x88A4, "", "ethercat")]
    [DataRow(0x0026, "424203", "stp")]
    [DataRow(0x0100, "AAAA0300000C2000", "cdp")]
    [DataRow(0x0100, "AAAA030000000806", "arp")]
    [DataRow(0x0100, "AAAA030000000026", "llc")]
    [DataRow(0x0100, "", "llc")]
    [DataRow(0x1234, "", null)]
    public void Ether_type_is_named(int etherType, string payload, string? name) =>
        Assert.AreEqual(name, ProtocolIdentifier.NameOfEtherType((ushort)etherType, Convert.FromHexString(payload)));

    // Every EtherType with every first two bytes that matter, every pair of access points, every SNAP protocol.
    private static IEnumerable<string> LinkNames()
    {
        for (var type = 0; type <= 0xFFFF; type++)
        {
            if (ProtocolIdentifier.NameOfEtherType((ushort)type, []) is { } name) yield return name;
            if (ProtocolIdentifier.NameOfEtherType(0x8892, [(byte)(type >> 8), (byte)type]) is { } frame) yield return frame;
            if (ProtocolIdentifier.NameOfEtherType(0x8809, [(byte)type]) is { } subtype) yield return subtype;
            if (ProtocolIdentifier.NameOfEtherType(64, [(byte)(type >> 8), (byte)(type >> 8), 3, (byte)type]) is { } llc) yield return llc;
            foreach (var organisation in (int[])[0, 0x0C, 0xE02B])
                if (ProtocolIdentifier.NameOfEtherType(
                    64, [0xAA, 0xAA, 3, 0, (byte)(organisation >> 8), (byte)organisation, (byte)(type >> 8), (byte)type]) is { } snap)
                    yield return snap;
        }
    }
}
