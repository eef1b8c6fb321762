using OtGuard.Host.Commands;
using OtGuard.Host.Live;

namespace OtGuard.Host.Tests.Live;

[TestClass]
public sealed class LiveAddressTests
{
    [TestMethod]
    public void An_interface_is_read_with_its_settings()
    {
        Assert.AreEqual(
            new LiveAddress(LiveScheme.SocketCan, "can0") { Acknowledge = true, Duration = TimeSpan.FromSeconds(90) },
            LiveAddress.Parse("socketcan:can0?acknowledge=true&for=1.5m"));
        Assert.AreEqual(
            new LiveAddress(LiveScheme.Pcan, "PCAN_USBBUS1") { BitsPerSecond = 250_000, DataBitsPerSecond = 2_000_000 },
            LiveAddress.Parse("pcan:PCAN_USBBUS1?bitrate=250000&data=2000000"));
        Assert.AreEqual(
            "f_clock=80000000,nom_brp=10",
            LiveAddress.Parse("pcan:PCAN_USBBUS1?timing=f_clock=80000000,nom_brp=10").Timing);
        Assert.AreEqual(
            new LiveAddress(LiveScheme.Net, "eth0")
            {
                Promiscuous = false,
                Filter = "tcp[13] & 2 != 0",
                BufferBytes = 8 << 20,
                Duration = TimeSpan.FromSeconds(5),
            },
            LiveAddress.Parse("net:eth0?promiscuous=false&filter=tcp[13] %26 2 != 0&buffer=8MiB&for=5s&acknowledge=true"));
        Assert.AreEqual(
            new LiveAddress(LiveScheme.Folder, "/var/captures") { State = "/tmp/read.json", Settle = TimeSpan.FromSeconds(30) },
            LiveAddress.Parse("dir:/var/captures?state=/tmp/read.json&settle=30s"));
    }

    [TestMethod]
    [DataRow("socketcan:")]
    [DataRow("net:")]
    [DataRow("net:eth0?process=false")]
    [DataRow("net:eth0?promiscuous=no")]
    [DataRow("net:eth0?buffer=2TiB")]
    [DataRow("net:eth0?buffer=4GiB")]
    [DataRow("net:eth0?bitrate=500000")]
    [DataRow("dir:/var/captures?filter=arp")]
    [DataRow("socketcan:can0?bitrate=500000")]
    [DataRow("socketcan:can0?acknowledge=yes")]
    [DataRow("socketcan:can0?speed=1")]
    [DataRow("socketcan:can0?for=soon")]
    [DataRow("pcan:PCAN_USBBUS1?bitrate=fast")]
    [DataRow("pcan:PCAN_USBBUS1?bitrate=-5")]
    public void What_cannot_be_meant_is_wrong_usage(string text) =>
        Assert.ThrowsExactly<UsageException>(() => LiveAddress.Parse(text));

    [TestMethod]
    [DataRow("60s", 60.0)]
    [DataRow("500ms", 0.5)]
    [DataRow("2h", 7200.0)]
    [DataRow("5", 5.0)]
    public void Times_have_the_usual_units(string text, double seconds) =>
        Assert.AreEqual(seconds, LiveAddress.ParseDuration(text)!.Value.TotalSeconds);

    [TestMethod]
    [DataRow("")]
    [DataRow("0s")]
    [DataRow("s")]
    [DataRow("5x")]
    [DataRow("1e999")]
    [DataRow("99999999h")]
    public void What_is_no_time_is_refused(string text) => Assert.IsNull(LiveAddress.ParseDuration(text));

    [TestMethod]
    public void Files_and_live_sources_do_not_mix()
    {
        var run = Otguard.Run("inspect", "socketcan:can0", "plant.pcap");

        Assert.AreEqual(2, run.ExitCode);
        Assert.Contains("do not go together", run.Error);
    }

    [TestMethod]
    [DataRow("--acknowledge")]
    [DataRow("--for=5s")]
    public void Options_of_live_sources_are_wrong_usage_with_files(string option)
    {
        var run = Otguard.Run("inspect", "plant.pcap", option);

        Assert.AreEqual(2, run.ExitCode);
        Assert.Contains("are for live sources", run.Error);
    }

    [TestMethod]
    public void An_interface_that_is_not_there_is_a_fault_of_the_environment()
    {
        var run = Otguard.Run("inspect", "socketcan:can_of_nobody", "--for", "1s");

        Assert.AreEqual(4, run.ExitCode);
        Assert.Contains("can_of_nobody", run.Error);
    }

    [TestMethod]
    public void A_channel_that_does_not_exist_is_a_fault_of_the_environment()
    {
        var run = Otguard.Run("inspect", "pcan:PCAN_USBBUS99");

        Assert.AreEqual(4, run.ExitCode);
        Assert.Contains("PCAN_USBBUS1 to 16", run.Error);
    }
}
