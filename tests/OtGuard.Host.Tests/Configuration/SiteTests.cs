using System.Text.Json;
using OtGuard.Alerting;
using OtGuard.Collectors;
using OtGuard.Host.Configuration;
using OtGuard.TestKit;

namespace OtGuard.Host.Tests.Configuration;

/// <summary>What is declared about a site: read whole or refused with all faults, and gone by.</summary>
[TestClass]
public sealed class SiteTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => _folder.File("site.json");

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public void All_faults_of_a_site_are_told_at_once()
    {
        System.IO.File.WriteAllText(_folder.File("bad.csv"), "address,colour\n,red\n");
        System.IO.File.WriteAllText(_folder.File("bad.scd"), "<notSCL/>");

        var told = string.Join('\n', Faults("""
            {
              "zones": [ { "name": "a", "addresses": ["10.0.0.0/33", "nowhere"] }, { "name": "a" } ],
              "conduits": [ { "from": "a", "to": "b" } ],
              "assets": [ { "address": "x", "zone": "c" } ],
              "assetFiles": [ "bad.csv", "bad.scd", "none.scd" ],
              "writes": [
                { "server": "10.0.0.9", "table": "input-registers", "first": 5, "last": 4, "low": 2, "high": 1,
                  "hours": { "timeZone": "Mars/Olympus" } }
              ],
              "criticalStates": [
                { "name": "s", "all": [] },
                { "name": "t", "all": [
                  { "server": "10.0.0.9", "value": 1 },
                  { "server": "10.0.0.9", "table": "coils", "address": 1, "node": "ns=2;s=A", "value": 1 },
                  { "server": "10.0.0.9", "table": "coils", "value": 1 },
                  { "server": "10.0.0.9", "table": "coils", "address": 1, "value": 0.5 },
                  { "server": "can0", "signal": "Speed", "value": 0.5 } ] }
              ],
              "maintenance": [ { "workOrder": "1", "from": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z" } ]
            }
            """).Select(fault => fault.ToString()));

        foreach (var fault in new[]
        {
            "zones[0].addresses[0]: '10.0.0.0/33'", "zones[0].addresses[1]: 'nowhere'", "zones: 'a' is declared twice.",
            "conduits[0].to: There is no zone 'b'; there are a.", "assets[0].zone: There is no zone 'c'",
            "assets[0].address: 'x' is no address.", "there is no column 'colour'", "line 2: the address is missing",
            "its root is notSCL", "none.scd", "writes[0].table:", "writes[0].last:", "writes[0].high:",
            "writes[0].hours.timeZone: 'Mars/Olympus'", "criticalStates[0].all:", "criticalStates[1].all[0]:",
            "criticalStates[1].all[1]:", "criticalStates[1].all[2]:", "criticalStates[1].all[3].value:",
            "criticalStates[1].all[4].signal:", "maintenance[0].until:",
        })
            Assert.Contains(fault, told);
    }

    [TestMethod]
    public void A_moment_without_an_offset_is_a_fault_and_so_is_an_unknown_key()
    {
        var told = string.Join('\n', Faults("""
            { "maintenance": [ { "workOrder": "1", "from": "2026-01-02T00:00:00", "until": "2026-01-03" } ], "zone": [] }
            """).Select(fault => fault.ToString()));

        Assert.Contains("maintenance[0].from: '2026-01-02T00:00:00' is no moment", told);
        Assert.Contains("maintenance[0].until: '2026-01-03' is no moment", told);
        Assert.Contains("zone: There is no such setting. Is 'zones' meant?", told);
    }

    [TestMethod]
    public void Assets_come_from_the_file_from_tables_and_from_the_access_points_of_an_SCD_file()
    {
        System.IO.File.WriteAllText(
            _folder.File("assets.csv"),
            "Address;Name;Zone;Criticality;Process\n10.0.0.9;RTU 1;;high;running\n# none\n"
            + "10.0.0.10;RTU 2;spare;low;\n");
        System.IO.File.WriteAllText(_folder.File("station.scd"), """
            <?xml version="1.0" encoding="UTF-8"?>
            <SCL xmlns="http://www.iec.ch/61850/2003/SCL" version="2007" revision="B">
              <Communication>
                <SubNetwork name="StationBus" type="8-MMS">
                  <ConnectedAP iedName="BCU_E01" apName="P1">
                    <Address><P type="IP">10.0.1.21</P><P type="IP-SUBNET">255.255.255.0</P></Address>
                  </ConnectedAP>
                  <ConnectedAP iedName="PROT_E01" apName="P1">
                    <Address><P type="IP">10.0.1.22</P><P type="MAC-Address">01-0C-CD-01-00-01</P></Address>
                  </ConnectedAP>
                </SubNetwork>
              </Communication>
            </SCL>
            """);
        System.IO.File.WriteAllText(File, """
            {
              "zones": [ { "name": "field", "addresses": ["10.0.0.0/24"] }, { "name": "bay", "addresses": ["10.0.1.0/24"] },
                         { "name": "spare", "addresses": ["10.0.0.10/32"] } ],
              "assets": [ { "address": "10.0.0.9", "criticality": "medium" } ],
              "assetFiles": [ "assets.csv", "station.scd" ]
            }
            """);

        var site = SiteFile.Read(File, new Dictionary<string, string>());

        Assert.AreEqual("BCU_E01", site.Declared.Asset(NetworkAddress.Parse("10.0.1.21"))!.Name);
        Assert.AreEqual("bay", site.Declared.ZoneOf(NetworkAddress.Parse("10.0.1.22")));
        Assert.AreEqual("spare", site.Declared.ZoneOf(NetworkAddress.Parse("10.0.0.10")));
        Assert.IsNull(site.Declared.ZoneOf(NetworkAddress.Parse("10.0.2.1")));
        // Of two declarations the file's own counts.
        Assert.AreEqual(AssetCriticality.Medium, site.Assets.Find("10.0.0.9", null).Criticality);
        Assert.AreEqual(AssetCriticality.Low, site.Assets.Find("10.0.0.10", null).Criticality);
    }

    [TestMethod]
    public void Hours_run_over_midnight_and_in_the_time_of_their_place()
    {
        System.IO.File.WriteAllText(File, """
            { "writes": [ { "server": "10.0.0.9", "table": "coils", "first": 0,
              "hours": { "days": ["friday"], "from": "22:00", "until": "06:00", "timeZone": "Europe/Berlin" } } ] }
            """);
        var hours = SiteFile.Read(File, new Dictionary<string, string>()).Declared
            .WritesTo(NetworkAddress.Parse("10.0.0.9"))[0].Hours!;

        // Friday, 2026-07-03, two hours before UTC.
        Assert.IsFalse(hours.Contains(At("2026-07-03T19:59:00Z")));
        Assert.IsTrue(hours.Contains(At("2026-07-03T20:00:00Z")));
        Assert.IsTrue(hours.Contains(At("2026-07-04T03:59:00Z")));
        Assert.IsFalse(hours.Contains(At("2026-07-04T04:00:00Z")));
        Assert.IsFalse(hours.Contains(At("2026-07-04T20:00:00Z")));
    }

    [TestMethod]
    public void The_service_judges_by_the_site_counts_deviations_to_its_zones_and_holds_back_announced_work()
    {
        Otguard.Run(
            "simulate", "run", "substation", "--duration", "2m", "--attack", "write-by-new-host", "-o",
            _folder.File("attacked"));
        System.IO.File.WriteAllText(File, """
            {
              "name": "north",
              "zones": [ { "name": "control", "addresses": ["10.20.0.0/26"] }, { "name": "field", "addresses": ["10.20.0.64/26"] },
                         { "name": "rest", "addresses": ["10.20.0.0/16"] } ],
              "conduits": [ { "from": "control", "to": "field", "ports": [502] } ]
            }
            """);
        Run("first");
        var first = Deviations("first");
        var violation = first.First(one => one.GetProperty("kind").GetString() == "conduit-violation");
        Assert.AreEqual("north", violation.GetProperty("site").GetString());
        Assert.IsTrue(violation.GetProperty("zone").GetString() is "field" or "rest" or "control");

        System.IO.File.WriteAllText(File, System.IO.File.ReadAllText(File).TrimEnd().TrimEnd('}') + """
              , "maintenance": [ { "workOrder": "4711", "from": "2020-01-01T00:00:00Z", "until": "2030-01-01T00:00:00Z" } ] }
            """);
        Run("second");
        var windows = Otguard.Run("alerts", "windows", "list", "--store", Store("second"), "--format", "jsonl").Json;

        Assert.AreEqual("4711", windows.Single().GetProperty("workOrder").GetString());
        Assert.IsGreaterThan(0, windows[0].GetProperty("held").GetInt64());
        Assert.HasCount(0, Otguard.Run(
            "alerts", "list", "--store", Store("second"), "--state", "all", "--format", "jsonl").Lines);
        Assert.HasCount(first.Count, Deviations("second"));
    }

    private string Store(string name) => _folder.File($"{name}/otguard.store");

    private IReadOnlyList<JsonElement> Deviations(string name) =>
        Otguard.Run("store", "export", "deviations", "--store", Store(name)).Json;

    private void Run(string name)
    {
        System.IO.File.WriteAllText(_folder.File("otguard.json"), JsonSerializer.Serialize(new
        {
            data = name,
            site = "site.json",
            http = new { port = 0 },
            sources = new[] { new { name = "plant", address = "attacked/capture.pcap" } },
        }));
        var run = Otguard.Run("run", "--config", _folder.File("otguard.json"), "--until-end");
        Assert.IsLessThanOrEqualTo(1, run.ExitCode, run.Error);
    }

    private IReadOnlyList<ConfigurationFault> Faults(string json)
    {
        System.IO.File.WriteAllText(File, json);
        return Assert.ThrowsExactly<ConfigurationException>(
            () => SiteFile.Read(File, new Dictionary<string, string>())).Faults;
    }

    private static CaptureTime At(string moment) => Runs.Moments.Of(
        DateTimeOffset.Parse(moment, System.Globalization.CultureInfo.InvariantCulture));
}
