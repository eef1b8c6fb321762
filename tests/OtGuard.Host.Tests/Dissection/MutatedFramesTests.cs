using OtGuard.Collectors;
using OtGuard.Collectors.Can.Dbc;
using OtGuard.Collectors.Capture.Files;
using OtGuard.Fuzzing;
using OtGuard.Fuzzing.Targets;
using OtGuard.TestKit;

namespace OtGuard.Host.Tests.Dissection;

/// <summary>
/// Frames of real captures, changed: whatever the bytes are, they are taken apart within their bounds.
/// </summary>
[TestClass]
public sealed class MutatedFramesTests
{
    private const int Seed = 20261130;
    private const int Frames = 4000;

    [TestMethod]
    [DataRow("modbus/icsnpp-modbus/modbus_example.pcap")]
    [DataRow("modbus/zeek/modbusSmall.pcap")]
    [DataRow("opcua/icsnpp-opcua/open62541_client-server_mainloop.pcap")]
    [DataRow("opcua/icsnpp-opcua/open62541_client-server_encrypted.pcap")]
    [DataRow("opcua/iti/opc-ua-ap-method-wireshark-freeze.pcap")]
    [DataRow("can/diag/canfd.pcap.gz")]
    [DataRow("can/diag/candump_uds_scanner.pcap.gz")]
    [DataRow("can/j1939/normal.log.gz")]
    [DataRow("can/formats/candump.log.gz")]
    [DataRow("other/doip/scapy/doip.pcap.gz")]
    public void Fields_of_changed_frames_lie_within_them_and_share_no_bits_of_a_layer(string capture)
    {
        List<byte[]> seeds = [];
        var linkType = LinkType.Ethernet;
        using (var source = CaptureFiles.Open([SharedData.PathOf(capture)]))
        {
            while (seeds.Count < 500 && source.TryRead(out var frame))
            {
                seeds.Add(frame.Data.ToArray());
                linkType = frame.LinkType;
            }
        }

        var mutator = new Mutator(seeds, Seed);
        var dissector = DissectionTarget.Dissector(
            new DbcDatabase(DbcReader.ReadFile(SharedData.PathOf("can/formats/LeafPowertrainBus.dbc"))));
        var (taken, fields) = (0L, 0L);
        for (var number = 1; number <= Frames; number++)
        {
            // Whole frames between changed ones, so that there are messages to break off.
            var data = number % 2 == 0 ? seeds[number / 2 % seeds.Count] : mutator.Next();
            dissector.Add(new CapturedFrame(new CaptureTime(number * 1_000_000L), linkType, 0, number, data,
                data.Length));
            Take();
        }

        dissector.Finish();
        Take();
        Assert.AreEqual(Frames, taken, $"seed {Seed}");
        Assert.IsGreaterThan(taken, fields);

        void Take()
        {
            while (dissector.TryTake(out var frame))
            {
                Assert.AreEqual(++taken, frame.Number, $"seed {Seed}");
                DissectionTarget.Check(frame);
                fields += frame.Fields.Count;
            }
        }
    }
}
