using OtGuard.TestKit;

namespace OtGuard.Collectors.Capture.Tests.Identification;

/// <summary>
/// Names and numbers of conversations in captures of others. The expectations are tshark 4's protocol column and the
/// <c>.out</c> files of nDPI beside the captures, by pair of endpoints; "?" is what neither names ("TCP", "UDP").
/// </summary>
/// <remarks>
/// Where the two differ or see less, the reason stands beside the row. Modbus is named by its own decoder: "?" here.
/// </remarks>
[TestClass]
public sealed class CaptureNamesTests
{
    [TestMethod]
    [DataRow("other/iec104/iti/090813_diverse.pcap", "browser=1 iec104=1")]
    [DataRow("other/iec104/iti/TestDissectIec104.pcap", "iec104=6")]
    [DataRow("other/dnp3/icsnpp-dnp3/dnp3_example.pcap", "dnp3=11")]
    // The unnamed ones are a flood whose SYNs carry the letter X.
    [DataRow("other/dnp3/igbe/dnp3dataset_capture.pcap", "?=400 dnp3=539")]
    [DataRow("other/dnp3/qut/attacker.pcap.zip",
        "?=18 arp=6 browser=1 dnp3=12 goose=2 icmp=1 icmpv6=1 igmp=2 mdns=2 netbios-ns=1 ntp=1 ptp=1")]
    [DataRow("other/dnp3/suricata-dnp3-eve/input.pcap", "dnp3=1")]
    [DataRow("other/dnp3/zeek/dnp3_del_measure.pcap", "dnp3=1")]
    [DataRow("other/dnp3/zeek/dnp3_en_spon.pcap", "dnp3=1")]
    [DataRow("other/dnp3/zeek/dnp3_file_read.pcap", "dnp3=1")]
    [DataRow("other/dnp3/zeek/dnp3_read.pcap", "dnp3=1")]
    [DataRow("other/dnp3/zeek/dnp3_select_operate.pcap", "dnp3=1")]
    [DataRow("other/dnp3/zeek/dnp3_udp_read.pcap", "dnp3=1")]
    [DataRow("other/doip/scapy/doip.pcap.gz", "doip=8")]
    [DataRow("other/goose/iti/GOOSE.pcap", "goose=1")]
    [DataRow("other/goose/iti/Sample_File_GOOSE.pcap", "goose=1")]
    [DataRow("other/ndpi/bacnet.pcap", "bacnet=10")]
    [DataRow("other/ndpi/ethernetIP.pcap", "enip=4")]
    [DataRow("other/ndpi/hart_ip.pcap", "hart-ip=3")]
    [DataRow("other/ndpi/s7comm.pcap", "s7comm=1")]
    // nDPI: SOMEIP; tshark reads the ports as another protocol's or nobody's.
    [DataRow("other/ndpi/someip_sd_sample.pcap", "someip-sd=2")]
    [DataRow("other/ndpi/someip-tp.pcap", "someip=1")]
    // Zeek's conn.log beside the capture: s7comm, s7comm-plus, and one connection of keep-alives only.
    [DataRow("other/s7comm/icsnpp-s7comm_plus/s7comm_plus.pcap", "s7comm=1 s7comm-plus=1")]
    [DataRow("can/ndpi/can.pcap", "can-eth=8")]
    [DataRow("capture-format/dhcp.pcap", "dhcp=2")]
    [DataRow("capture-format/dhcp.pcapng", "dhcp=2")]
    [DataRow("capture-format/dhcp-nanosecond.pcap", "dhcp=2")]
    [DataRow("capture-format/dhcp-nanosecond.pcapng", "dhcp=2")]
    [DataRow("capture-format/http-ooo.pcap", "http=1")]
    [DataRow("capture-format/tcp-badsegments.pcap", "http=1")]
    // The unnamed ones are QUIC joined midway, which has nothing to be known by; tshark says UDP.
    [DataRow("capture-format/many_interfaces.pcapng.1", "?=2 dns=7 dropbox-lan-sync=2 ntp=1 quic=1 tls=2")]
    [DataRow("opcua/emreekin/opycua_share.pcap", "opcua=1")]
    [DataRow("opcua/icsnpp-opcua/open62541_browse_request_with_results.pcap", "opcua=3")]
    [DataRow("opcua/icsnpp-opcua/open62541_client-server_encrypted.pcap", "opcua=2")]
    [DataRow("opcua/icsnpp-opcua/open62541_client-server_mainloop-hasInnerDiagInfo.pcap", "opcua=2")]
    [DataRow("opcua/icsnpp-opcua/open62541_client-server_mainloop-hasInnerStatusCode.pcap", "opcua=2")]
    [DataRow("opcua/icsnpp-opcua/open62541_client-server_mainloop-no-handshake.pcap", "opcua=1")]
    [DataRow("opcua/icsnpp-opcua/open62541_client-server_mainloop-not-localhost.pcap", "opcua=2")]
    [DataRow("opcua/icsnpp-opcua/open62541_client-server_mainloop-withStringTable.pcap", "opcua=2")]
    [DataRow("opcua/icsnpp-opcua/open62541_client-server_mainloop.pcap", "?=1 dns=1 opcua=2")]
    [DataRow("opcua/icsnpp-opcua/open62541_client-server_minimal.pcap", "opcua=2")]
    [DataRow("opcua/icsnpp-opcua/open62541_client-server-getEndpoints.pcap", "opcua=1")]
    [DataRow("opcua/icsnpp-opcua/open62541_read_service_test_data.pcap", "opcua=1")]
    [DataRow("opcua/icsnpp-opcua/pending_overflow.pcap", "opcua=12")]
    [DataRow("opcua/icsnpp-opcua/python_opcua-client-server_minimal.pcap", "opcua=1")]
    // On a port that tshark does not know; the Hello is there to be read.
    [DataRow("opcua/iti/opc-ua-ap-method-wireshark-freeze.pcap", "opcua=2")]
    [DataRow("opcua/kiwimiri/anssi_normal.pcap", "opcua=1")]
    [DataRow("opcua/kiwimiri/plaintext_test.pcap", "opcua=1")]
    [DataRow("opcua/kiwimiri/pythonopcua_20251026_025314.pcap", "opcua=1")]
    [DataRow("opcua/kiwimiri/scenario_baseline_none.pcap", "opcua=1")]
    [DataRow("opcua/kiwimiri/test_signenc.pcap", "opcua=1")]
    [DataRow("modbus/emreekin/ModbusFloat.pcap", "?=4 dhcp=1 icmp=1")]
    [DataRow("modbus/zeek/modbusSmall.pcap", "?=16 dns=3")]
    [DataRow("modbus/lemay/characterization_modbus_6RTU_with_operate.pcap", "?=619 arp=3 browser=1 dhcpv6=1 smb=1")]
    [DataRow("modbus/lemay/moving_two_files_modbus_6RTU.pcap", "?=360 arp=2 browser=1 netbios-ns=2 smb=1 tls=2")]
    [DataRow("modbus/lemay/send_a_fake_command_modbus_6RTU_with_operate.pcap",
        "?=1233 arp=3 browser=2 dhcpv6=1 netbios-ns=2 smb=1")]
    public void Conversations_are_named_as_others_name_them(string capture, string expected)
    {
        var names = CaptureWalk.Names(SharedData.PathOf(capture));

        Assert.AreEqual(expected, string.Join(' ', names.Select(name => $"{name.Key}={name.Value}")));
    }
}
