namespace OtGuard.Collectors.Modbus.Tests;

[TestClass]
public sealed class ProbeTests
{
    private static readonly ModbusProtocol Protocol = new(new ModbusOptions());

    [TestMethod]
    [DataRow("0001 0000 0006 01 03 0000 0001", true, DisplayName = "read request")]
    [DataRow("0001 0000 0005 01 03 02 0001", false, DisplayName = "read response")]
    [DataRow("0001 0000 0006 01 06 0001 0003", null, DisplayName = "single write, the same both ways")]
    [DataRow("0001 0000 0003 01 83 02", false, DisplayName = "exception")]
    [DataRow("0001 0000 0002 01 11", true, DisplayName = "report server identifier")]
    [DataRow("0001 0000 0005 01 2B 0E 01 00", true, DisplayName = "read device identification")]
    [DataRow("0001 0000 0006 01 03 0000 0001 0002 0000 0006 01 03 0000 0001", true, DisplayName = "two requests")]
    public void Message_on_any_port_is_claimed_with_its_direction(string bytes, bool? senderIsClient)
    {
        var claim = Ask(bytes, 40000, 20000);

        Assert.AreEqual(ClaimVerdict.Yes, claim.Verdict);
        Assert.AreEqual(senderIsClient, claim.SenderIsClient);
        Assert.AreEqual((byte)ModbusFraming.Mbap, claim.Variant);
    }

    [TestMethod]
    public void Every_prefix_of_a_message_asks_for_more()
    {
        var message = Exchange.Bytes("0001 0000 0009 01 10 0001 0001 02 000A");
        for (var length = 1; length < message.Length; length++)
        {
            var claim = Protocol.Probe(new Probe(message.AsSpan(0, length), Transport.Tcp, 40000, 20000, null));
            Assert.AreEqual(ClaimVerdict.NeedMoreData, claim.Verdict, $"length {length}");
        }
    }

    [TestMethod]
    [DataRow("474554202F20485454502F312E310D0A", DisplayName = "HTTP")]
    [DataRow("1603010200010001FC0303", DisplayName = "TLS")]
    [DataRow("0300001611E00000000100C1020100C2020102C0010A", DisplayName = "TPKT, S7")]
    [DataRow("680E00000000640106000100000000140000", DisplayName = "IEC 104")]
    [DataRow("680407000000", DisplayName = "IEC 104 STARTDT")]
    [DataRow("0564056F0100000017FD", DisplayName = "DNP3")]
    [DataRow("6300000000000000C1DEBED10000000000000000", DisplayName = "EtherNet/IP list identity")]
    [DataRow("6500040000000000000000000000000000000000000000000100 0000", DisplayName = "EtherNet/IP register session")]
    [DataRow("48454C46", DisplayName = "OPC UA")]
    [DataRow("00000055FF534D4272000000001843C8", DisplayName = "SMB")]
    [DataRow("5353482D322E302D4F70656E5353480D0A", DisplayName = "SSH")]
    [DataRow("0000000000000000000000000000", DisplayName = "zeros")]
    [DataRow("02FD0005000000070E0010010000000000", DisplayName = "DoIP")]
    public void Other_protocols_are_not_claimed(string bytes)
    {
        var data = Exchange.Bytes(bytes.Replace(" ", ""));
        foreach (var port in (ushort[])[502, 20000])
        {
            var claim = Protocol.Probe(new Probe(data, Transport.Tcp, 40000, port, true));
            Assert.AreNotEqual(ClaimVerdict.Yes, claim.Verdict);
        }
    }

    [TestMethod]
    [DataRow("0001 0000 0002 01 00", DisplayName = "function code 0")]
    [DataRow("0001 0000 0006 01 63 0000 0001", DisplayName = "function code of nobody")]
    [DataRow("0001 0000 0004 01 03 0000", DisplayName = "fields missing")]
    [DataRow("0001 0000 0008 01 03 0000 0001 0000", DisplayName = "bytes too many")]
    [DataRow("0001 0007 0006 01 03 0000 0001", DisplayName = "protocol identifier 7")]
    [DataRow("0001 0000 FFFF 01 03 0000 0001", DisplayName = "length 65535")]
    [DataRow("0001 0000 0000 01 03 0000 0001", DisplayName = "length 0")]
    [DataRow("0001 0000 0064 01 03 0000 0001", DisplayName = "length beyond the segment")]
    public void Malformed_message_is_claimed_on_the_registered_port_only(string bytes)
    {
        Assert.AreEqual(ClaimVerdict.Yes, Ask(bytes, 40000, 502).Verdict);
        Assert.AreNotEqual(ClaimVerdict.Yes, Ask(bytes, 40000, 20000).Verdict);
    }

    [TestMethod]
    public void Rtu_frame_is_claimed_by_its_check_sum()
    {
        var request = Exchange.Rtu(17, Exchange.Bytes("03 006B 0003"));
        var claim = Protocol.Probe(new Probe(request, Transport.Tcp, 40000, 4001, null));
        request[^1] ^= 1;
        var wrong = Protocol.Probe(new Probe(request, Transport.Tcp, 40000, 4001, null));

        Assert.AreEqual(new Claim(ClaimVerdict.Yes, (byte)ModbusFraming.Rtu, true), claim);
        Assert.AreEqual(ClaimVerdict.No, wrong.Verdict);
    }

    [TestMethod]
    public void Datagram_is_never_waited_for()
    {
        var data = Exchange.Bytes("0001 0000 0006 01 03");

        Assert.AreEqual(ClaimVerdict.No, Protocol.Probe(new Probe(data, Transport.Udp, 40000, 20000, null)).Verdict);
    }

    private static Claim Ask(string bytes, ushort source, ushort destination) =>
        Protocol.Probe(new Probe(Exchange.Bytes(bytes), Transport.Tcp, source, destination, null));
}
