namespace OtGuard.Collectors.Tests;

[TestClass]
public sealed class NetworkAddressTests
{
    [TestMethod]
    [DataRow("10.0.0.5")]
    [DataRow("255.255.255.255")]
    [DataRow("fe80::1")]
    [DataRow("2001:db8::ff00:42:8329")]
    [DataRow("00:80:f4:01:02:03")]
    public void Text_is_read_back_as_written(string text) =>
        Assert.AreEqual(text, NetworkAddress.Parse(text).ToString());

    [TestMethod]
    [DataRow("8.8.8.8", true)]
    [DataRow("10.1.2.3", false)]
    [DataRow("172.15.0.1", true)]
    [DataRow("172.16.0.1", false)]
    [DataRow("172.31.255.255", false)]
    [DataRow("172.32.0.1", true)]
    [DataRow("192.168.1.1", false)]
    [DataRow("100.64.0.1", false)]
    [DataRow("100.128.0.1", true)]
    [DataRow("169.254.1.1", false)]
    [DataRow("127.0.0.1", false)]
    [DataRow("198.18.0.1", false)]
    [DataRow("198.51.100.7", false)]
    [DataRow("203.0.113.9", false)]
    [DataRow("192.0.2.1", false)]
    [DataRow("224.0.0.1", false)]
    [DataRow("2a00:1450::1", true)]
    [DataRow("2001:db8::1", false)]
    [DataRow("fd00::1", false)]
    [DataRow("fe80::1", false)]
    [DataRow("00:80:f4:01:02:03", false)]
    public void Only_addresses_routed_on_the_Internet_are_public(string text, bool expected) =>
        Assert.AreEqual(expected, NetworkAddress.Parse(text).IsPublic);

    [TestMethod]
    [DataRow("224.0.0.251", true)]
    [DataRow("10.0.0.1", false)]
    [DataRow("ff02::1", true)]
    [DataRow("01:0c:cd:01:00:01", true)]
    [DataRow("00:0c:cd:01:00:01", false)]
    public void Group_addresses_are_told_from_others(string text, bool expected) =>
        Assert.AreEqual(expected, NetworkAddress.Parse(text).IsMulticast);

    [TestMethod]
    [DataRow("zz:80:f4:01:02:03")]
    [DataRow("")]
    [DataRow("host")]
    public void What_is_no_address_is_refused(string text) => Assert.IsFalse(NetworkAddress.TryParse(text, out _));
}
