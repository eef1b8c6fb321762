using System.Runtime.InteropServices;
using System.Text;
using CsCheck;
using OtGuard.Collectors.Can.Live;

namespace OtGuard.Collectors.Can.Tests.Live;

[TestClass]
public sealed class CanLinkTests
{
    [TestMethod]
    public void The_request_asks_for_every_link()
    {
        var request = new byte[CanLinkMessage.RequestBytes];
        CanLinkMessage.WriteRequest(request, 7);

        Assert.AreEqual("2000000012000103070000000000000000000000000000000000000000000000", Convert.ToHexString(request));
    }

    [TestMethod]
    public void A_controller_is_read_with_its_modes_rates_state_and_counters()
    {
        var data = Attribute(1, Number(500_000), new byte[28]) + Attribute(9, Number(2_000_000), new byte[28])
            + Attribute(4, Number(1)) + Attribute(5, Number(0x32), Number(0x32)) + Attribute(8, Bytes("0500 6000"))
            + Attribute(17, Bytes(Attribute(1, Number(0x33))));
        var links = Read(Link(280, 1, 5, Attribute(3, Text("can7")) + Attribute(4, Number(72))
            + Attribute(18, Bytes(Attribute(1, Text("can")) + Attribute(2, Bytes(data))))));

        Assert.AreEqual(
            new CanLink
            {
                Name = "can7",
                Index = 5,
                Kind = "can",
                IsUp = true,
                MaximumFrameBytes = 72,
                Modes = CanLinkModes.ListenOnly | CanLinkModes.ErrorReporting | CanLinkModes.Fd,
                SupportedModes = CanLinkModes.Loopback | CanLinkModes.ListenOnly | CanLinkModes.ErrorReporting | CanLinkModes.Fd,
                BitsPerSecond = 500_000,
                DataBitsPerSecond = 2_000_000,
                State = CanControllerState.ErrorWarning,
                ErrorCounters = (5, 96),
            },
            links.Single());
        Assert.IsTrue(links[0].IsHarmless);
    }

    [TestMethod]
    public void Links_that_are_not_CAN_are_passed_over_and_a_virtual_bus_disturbs_nobody()
    {
        var links = Read(
            Link(1, 1, 2, Attribute(3, Text("eth0")))
            + Link(280, 0, 3, Attribute(3, Text("vcan0")) + Attribute(18, Bytes(Attribute(1, Text("vcan"))))));

        Assert.AreEqual("vcan0", links.Single().Name);
        Assert.IsFalse(links[0].IsUp);
        Assert.IsTrue(links[0].IsHarmless);
    }

    [TestMethod]
    public void Any_bytes_are_read_without_a_fault_and_the_end_is_found() => Gen.Byte.Array[0, 200].Sample(bytes =>
    {
        var links = new List<CanLink>();
        CanLinkMessage.Read(bytes, links);
        return links.Count <= bytes.Length / 16;
    });

    [TestMethod]
    public void A_done_message_ends_the_dump() =>
        Assert.IsTrue(CanLinkMessage.Read(Bytes("14000000 0300 0200 00000000 00000000 00000000"), []));

    [TestMethod]
    public void The_commands_keep_what_is_set_and_turn_on_what_the_driver_has()
    {
        var link = new CanLink { Name = "can0", Index = 1, Kind = "can", BitsPerSecond = 250_000, Modes = CanLinkModes.None };

        Assert.AreEqual(
            "ip link set can0 down && ip link set can0 type can bitrate 250000 listen-only on berr-reporting on && ip link set can0 up",
            CanLinkAdvice.ListenOnlyCommands(link));
        Assert.AreEqual(
            "ip link set can0 down && ip link set can0 type can bitrate 500000 dbitrate 2000000 fd on listen-only on && ip link set can0 up",
            CanLinkAdvice.ListenOnlyCommands(link with
            {
                BitsPerSecond = 500_000,
                DataBitsPerSecond = 2_000_000,
                Modes = CanLinkModes.Fd,
                SupportedModes = CanLinkModes.ListenOnly | CanLinkModes.Fd,
            }));
    }

    private static List<CanLink> Read(string messages)
    {
        var links = new List<CanLink>();
        Assert.IsFalse(CanLinkMessage.Read(Bytes(messages), links));
        return links;
    }

    private static string Link(ushort hardware, uint flags, int index, string attributes)
    {
        var body = $"0000{Hex(hardware)}{Hex((uint)index)}{Hex(flags)}00000000{attributes}";
        return $"{Hex((uint)(16 + body.Length / 2))}1000020000000000 00000000{body}".Replace(" ", "", StringComparison.Ordinal);
    }

    private static string Attribute(ushort type, params byte[][] values)
    {
        var value = values.SelectMany(part => part).ToArray();
        return Hex((ushort)(4 + value.Length)) + Hex(type) + Convert.ToHexString(value)
            + new string('0', 2 * (-value.Length & 3));
    }

    private static byte[] Number(uint value) => Bytes(Hex(value));

    private static byte[] Text(string text) => [.. Encoding.ASCII.GetBytes(text), 0];

    private static byte[] Bytes(string hexadecimal) => Bus.Bytes(hexadecimal);

    private static string Hex<T>(T value)
        where T : unmanaged => Convert.ToHexString(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));
}
