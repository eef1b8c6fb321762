using OtGuard.Collectors.Can.J1939;

namespace OtGuard.Collectors.Can.Tests.J1939;

[TestClass]
public sealed class J1939Tests
{
    [TestMethod]
    [DataRow(0x18FEF100u, 6, 0xFEF1, 0x00, 255)]
    [DataRow(0x0C00100Bu, 3, 0x0000, 0x0B, 0x10)]
    [DataRow(0x1CECFF00u, 7, 0xEC00, 0x00, 255)]
    [DataRow(0x19F01005u, 6, 0x1F010, 0x05, 255)]
    public void Identifiers_are_divided(uint identifier, int priority, int group, int source, int destination) =>
        Assert.AreEqual(
            new J1939Identifier((byte)priority, group, (byte)source, (byte)destination), J1939Identifier.Of(identifier));

    [TestMethod]
    public void Announced_message_is_put_together_under_the_group_it_carries()
    {
        var seen = new Bus()
            .Send("18ECFF00", "20 0E 00 02 FF CA FE 00").Send("18EBFF00", "01 43 FF BF 00 09 08 54")
            .Send("18EBFF00", "02 00 09 08 ED 14 1F 01").Finish().J1939.Single();

        Assert.AreEqual(new Target(TargetSpace.ParameterGroups, 65226, 1), seen.Observation.Target);
        Assert.AreEqual("43FFBF00090854000908ED141F01", Convert.ToHexString(seen.Request));
        Assert.AreEqual(Operation.Broadcast, seen.Observation.Operation);
        var codes = seen.Json.GetProperty("dtcs");
        Assert.AreEqual(3, codes.GetArrayLength());
        Assert.AreEqual(191, codes[0].GetProperty("spn").GetInt32());
        Assert.AreEqual(9, codes[0].GetProperty("fmi").GetInt32());
        Assert.AreEqual(8, codes[0].GetProperty("occurrences").GetInt32());
        Assert.AreEqual("can0/00", seen.Client);
    }

    [TestMethod]
    public void Address_claims_show_the_name_and_their_contention()
    {
        var bus = new Bus()
            .Send("18EEFF0B", "01 00 E0 01 00 82 00 10").Send("18EEFF0B", "02 00 E0 01 00 82 00 10")
            .Send("18EEFF0C", "02 00 E0 01 00 82 00 10").Send("18EEFFFE", "03 00 E0 01 00 82 00 10").Finish();

        CollectionAssert.AreEqual(
            new[]
            {
                J1939Anomaly.None, J1939Anomaly.AddressContention, J1939Anomaly.AddressChanged, J1939Anomaly.CannotClaim,
            },
            bus.J1939.Select(seen => seen.J1939Anomalies).ToArray());
        var name = bus.J1939[0].Json.GetProperty("name");
        Assert.AreEqual(15, name.GetProperty("manufacturer").GetInt32());
        Assert.AreEqual(130, name.GetProperty("function").GetInt32());
        Assert.AreEqual(1, name.GetProperty("identity").GetInt32());
        Assert.AreEqual(1, name.GetProperty("industryGroup").GetInt32());
    }

    /// <summary>Of two packets that may be repeated twice each.</summary>
    private const string FirstPacketSevenTimes = FirstPacket + FirstPacket + FirstPacket + FirstPacket + FirstPacket
        + FirstPacket + FirstPacket;

    private const string FirstPacket = "|18EB0B00 01 00 00 00 00 00 00 00";

    [TestMethod]
    [DataRow("18ECFF00", "20 0E 00 09 FF CA FE 00", "SizeInvalid")]
    [DataRow("18ECFF00", "20 FF FF FF FF CA FE 00", "SizeInvalid")]
    [DataRow("18EBFF00", "01 00 00 00 00 00 00 00", "DataWithoutSession")]
    [DataRow("18EC000B", "11 01 01 FF FF CA FE 00", "ControlUnexpected")]
    [DataRow("18EC000B", "FF 02 FF FF FF CA FE 00", "SessionAborted")]
    [DataRow("18ECFF00", "20 0E 00 02 FF CA FE 00|18EBFF00 02 00 00 00 00 00 00 00", "SequenceNumberWrong")]
    [DataRow("18ECFF00", "20 0E 00 02 FF CA FE 00|18ECFF00 20 0E 00 02 FF CA FE 00", "SessionRestarted")]
    [DataRow("18EC0B00", "10 1C 00 04 FF E3 FE 00|18EC000B 11 FF 06 FF FF E3 FE 00", "ClearToSendBeyondMessage")]
    [DataRow("18EC0B00", "10 0E 00 02 FF E3 FE 00|18EB0B00 03 00 00 00 00 00 00 00", "DataBeyondMessage")]
    [DataRow("18EC0B00", "10 0E 00 02 FF E3 FE 00" + FirstPacketSevenTimes, "RetransmissionsBeyondLimit")]
    public void Abuses_of_the_transport_are_observed(string identifier, string frames, string anomaly)
    {
        var bus = new Bus().Send("18EEFF0B", "01 00 E0 01 00 82 00 10");
        var parts = frames.Split('|');
        bus.Send(identifier, parts[0]);
        foreach (var more in parts[1..]) bus.Send(more[..8], more[9..]);

        Assert.AreEqual(Enum.Parse<J1939Anomaly>(anomaly), bus.Finish().J1939[1].J1939Anomalies);
    }

    [TestMethod]
    public void Message_whose_packets_stay_out_is_given_up()
    {
        var bus = new Bus().Send("18EEFF0B", "01 00 E0 01 00 82 00 10").Send("18ECFF00", "20 0E 00 02 FF CA FE 00");
        for (var round = 0; round < 20; round++) bus.Send("18FEF100", "00", after: 100);

        Assert.AreEqual(J1939Anomaly.SessionNeverCompleted, bus.J1939[1].J1939Anomalies);
    }

    [TestMethod]
    public void Bus_with_29_bits_of_another_kind_is_not_taken_for_J1939()
    {
        var bus = new Bus();
        for (var round = 0; round < 300; round++) bus.Send($"10{round % 40:X2}4060", "00 11");

        Assert.IsFalse(bus.Finish().Traffic.Channels[0].IsJ1939);
        Assert.IsEmpty(bus.J1939);
    }
}
