using System.Runtime.InteropServices;
using OtGuard.Collectors.Can.Live;
using OtGuard.Collectors.Can.Live.SocketCan;

namespace OtGuard.Collectors.Can.Tests.Live;

/// <summary>Which links may be listened on; reading them is tried in an emulated machine by the scenario tests.</summary>
[TestClass]
public sealed class SocketCanStartTests
{
    private static readonly CanLink Up = new()
    {
        Name = "can0",
        Index = 1,
        Kind = "can",
        IsUp = true,
        BitsPerSecond = 500_000,
        Modes = CanLinkModes.None,
    };

    [TestMethod]
    public void A_link_that_listens_only_is_admitted() =>
        Assert.AreEqual("can0", Admit(Up with { Modes = CanLinkModes.ListenOnly }).Name);

    [TestMethod]
    public void A_virtual_link_is_admitted() => Assert.AreEqual("can0", Admit(Up with { Kind = "vcan", Modes = null }).Name);

    [TestMethod]
    public void A_link_that_would_acknowledge_is_refused_with_the_commands_that_help()
    {
        var fault = Assert.ThrowsExactly<LiveSourceException>(() => Admit(Up));

        Assert.Contains("its controller would acknowledge frames", fault.Message);
        Assert.Contains("ip link set can0 type can bitrate 500000 listen-only on berr-reporting on", fault.Message);
        Assert.Contains("--acknowledge", fault.Message);
    }

    [TestMethod]
    public void A_link_whose_mode_is_unknown_is_refused() =>
        Assert.Contains(
            "does not say whether it listens only",
            Assert.ThrowsExactly<LiveSourceException>(() => Admit(Up with { Modes = null, Kind = "slcan" })).Message);

    [TestMethod]
    public void A_link_without_a_listen_only_mode_is_refused() =>
        Assert.Contains(
            "its driver has no listen-only mode",
            Assert.ThrowsExactly<LiveSourceException>(() => Admit(Up with { SupportedModes = CanLinkModes.Fd })).Message);

    [TestMethod]
    public void Acknowledging_that_was_asked_for_is_admitted() =>
        Assert.AreEqual("can0", Admit(Up, acknowledge: true).Name);

    [TestMethod]
    public void A_link_that_is_down_or_missing_is_refused()
    {
        Assert.Contains(
            "can0 is down", Assert.ThrowsExactly<LiveSourceException>(() => Admit(Up with { IsUp = false }, true)).Message);
        Assert.Contains(
            "there are can1",
            Assert.ThrowsExactly<LiveSourceException>(() => Admit(Up with { Name = "can1" }, true)).Message);
    }

    [TestMethod]
    public void Control_messages_give_both_stamps_and_the_drops()
    {
        long[] words =
        [
            16 + 48, Header(1, 37), 100, 5, 0, 0, 7, 9,
            16 + 4, Header(1, 40), 3,
        ];

        var read = ControlMessages.Read(MemoryMarshal.AsBytes(words.AsSpan()));

        Assert.AreEqual(100_000_000_005, read.System);
        Assert.AreEqual(7_000_000_009, read.Hardware);
        Assert.AreEqual(3u, read.Dropped);
    }

    [TestMethod]
    public void Control_messages_that_lie_about_their_length_are_left()
    {
        long[] words = [1_000, Header(1, 37), 100, 5];

        Assert.AreEqual(0, ControlMessages.Read(MemoryMarshal.AsBytes(words.AsSpan())).System);
    }

    private static long Header(int level, int type) => (long)type << 32 | (uint)level;

    private static CanLink Admit(CanLink link, bool acknowledge = false) =>
        CanLinkAdvice.Admit("can0", new Links(link), new LiveCanOptions { Acknowledge = acknowledge });

    private sealed class Links(params CanLink[] links) : ICanLinks
    {
        public IReadOnlyList<CanLink> All() => links;
    }
}
