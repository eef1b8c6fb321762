using OtGuard.Collectors;

namespace OtGuard.Models.Tests.Signals;

[TestClass]
public sealed class NameMapTests
{
    private const string Header = "server,unit,table,address,name,type,word order,scaling,unit,low,high";

    [TestMethod]
    public void A_point_is_read_with_everything_that_is_said_of_it()
    {
        var map = Read(
            $"# feeder 1\n{Header}\n"
            + "10.0.0.9,1,holding register,0x10,\"Active power, \"\"L1\"\"\",int32,CDAB,0.1,kW,-500,500\n"
            + "10.0.0.9,1,coil,3,Breaker");

        Assert.HasCount(2, map.Points);
        var power = map.Find(NetworkAddress.Parse("10.0.0.9"), 1, TargetSpace.HoldingRegisters, 16)!;
        Assert.AreEqual(
            new NamedPoint(
                NetworkAddress.Parse("10.0.0.9"), 1, TargetSpace.HoldingRegisters, 16, "Active power, \"L1\"", PointType.Int32,
                WordOrder.WordSwapped, 0.1, 0, "kW", -500, 500),
            power);
        Assert.AreEqual(PointType.Bit, map.Points[0].Type);
    }

    [TestMethod]
    public void A_later_register_belongs_to_the_point_and_is_none_of_its_own()
    {
        var map = Read($"{Header}\n10.0.0.9,1,input register,8,Energy,uint64");

        Assert.AreEqual("Energy", map.Covering(NetworkAddress.Parse("10.0.0.9"), 1, TargetSpace.InputRegisters, 11)!.Name);
        Assert.IsNull(map.Find(NetworkAddress.Parse("10.0.0.9"), 1, TargetSpace.InputRegisters, 11));
        Assert.IsNull(map.Covering(NetworkAddress.Parse("10.0.0.9"), 1, TargetSpace.InputRegisters, 12));
    }

    [TestMethod]
    [DataRow("int16", "", "FFFE", -2.0)]
    [DataRow("uint16", "", "FFFE", 65534.0)]
    [DataRow("uint16", "BADC", "FEFF", 65534.0)]
    [DataRow("int32", "ABCD", "FFFE1DC0", -123456.0)]
    [DataRow("int32", "CDAB", "1DC0FFFE", -123456.0)]
    [DataRow("int32", "BADC", "FEFFC01D", -123456.0)]
    [DataRow("int32", "DCBA", "C01DFEFF", -123456.0)]
    [DataRow("uint32", "ABCD", "FFFFFFFF", 4294967295.0)]
    [DataRow("float32", "CDAB", "000042F6", 123.0)]
    [DataRow("int64", "ABCD", "FFFFFFFFFFFFFFFF", -1.0)]
    [DataRow("uint64", "CDAB", "0003000200010000", 4295098371.0)]
    [DataRow("float64", "DCBA", "000000000000F83F", 1.5)]
    public void A_value_is_read_from_its_registers_in_every_type_and_order(
        string type, string order, string registers, double expected)
    {
        var point = Read($"{Header}\n10.0.0.9,1,input register,0,P,{type},{order}").Points[0];

        Assert.AreEqual(expected, point.Read(Convert.FromHexString(registers)));
    }

    [TestMethod]
    public void A_value_is_scaled_and_then_moved()
    {
        var point = Read("server;unit;table;address;name;scale;offset\n10.0.0.9;1;input register;0;T;0.5;-40").Points[0];

        Assert.AreEqual(10.0, point.Read([0, 100]));
    }

    [TestMethod]
    public void A_node_is_named_by_its_number_or_by_what_a_protocol_reads()
    {
        Assert.AreEqual(7u, Read($"{Header}\n10.0.0.9,,node,7,P").Points[0].Address);
        Assert.AreEqual("'ns=2;s=P' is no NodeId", Faults($"{Header}\n10.0.0.9,,node,ns=2;s=P,P".Replace(',', '\t')).Single().Text);
    }

    [TestMethod]
    public void All_faults_are_told_at_once_with_their_lines()
    {
        var faults = Faults(
            $"""
            {Header}
            plc,1,holding register,0,A
            10.0.0.9,256,holding register,1,B
            10.0.0.9,1,relay,1,C

            10.0.0.9,1,holding register,70000,D
            10.0.0.9,1,holding register,65535,E,float32
            10.0.0.9,1,holding register,2,F,int24
            10.0.0.9,1,coil,2,G,uint16
            10.0.0.9,1,holding register,3,H,int32,ACBD
            10.0.0.9,1,holding register,5,I,int32,,0,kW,9,x
            10.0.0.9,1,holding register,7,J,,,,,9,1
            10.0.0.9,1,holding register,9,
            10.0.0.9,1,holding register,10,K,int32
            10.0.0.9,1,holding register,11,L
            10.0.0.9,1,holding register,12,K
            10.0.0.9,1,holding register,13,"M
            10.0.0.9,1,holding register,14,N,,,,,,,too many
            """);

        int[] lines = [2, 3, 4, 6, 7, 8, 9, 10, 11, 11, 12, 13, 15, 16, 17, 18];
        Assert.AreSequenceEqual(lines, faults.Select(fault => fault.Line));
        Assert.Contains("'K' of line 14", faults[12].Text);
        Assert.StartsWith("line 2: 'plc' is no address", faults[0].ToString());
    }

    [TestMethod]
    [DataRow("", "names no columns")]
    [DataRow("server,unit,table,address", "'name' is missing")]
    [DataRow("server,unit,table,address,name,colour", "'colour'")]
    [DataRow("server,unit,table,address,name,name", "twice")]
    public void A_header_that_does_not_tell_the_columns_is_refused(string header, string expected) =>
        Assert.Contains(fault => fault.Text.Contains(expected, StringComparison.Ordinal), Faults(header));

    private static NameMap Read(string text)
    {
        using var reader = new StringReader(text);
        return NameMapReader.Read(reader);
    }

    private static IReadOnlyList<NameMapFault> Faults(string text) =>
        Assert.ThrowsExactly<NameMapFormatException>(() => Read(text)).Faults;
}
