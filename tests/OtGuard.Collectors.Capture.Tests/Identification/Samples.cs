using System.Text;

namespace OtGuard.Collectors.Capture.Tests.Identification;

/// <summary>First messages, written down from the specifications named in the signatures' remarks.</summary>
internal static class Samples
{
    private const ushort Client = 50123;

    public static IReadOnlyList<(string Name, Payload Payload)> Tcp { get; } =
    [
        // Data that an association or connection precedes, and the associations.
        Stream("iec104", 2404, "68 04 07 00 00 00"),
        Stream("iec104", 2404, "68 04 01 00 7E 14"),
        Stream("iec104", 9999, "68 0E 00 00 00 00 64 01 06 00 0A 00 00 00 00 14"),
        Stream("iec104", 2404, "68 0E 02 00 02 00 64 01 07 00 0A 00 00 00 00 14 68 04 43 00 00 00"),
        Stream("dnp3", 20000, "05 64 05 C0 01 00 00 04 E9 21"),
        Stream("dnp3", 1024, "05 64 05 C0 01 00 00 04 E9 21"),
        Stream("s7comm", 102, "03 00 00 19 02 F0 80 32 01 00 00 04 00 00 08 00 00 F0 00 00 01 00 01 01 E0"),
        Stream("s7comm", 102, Connect + "03 00 00 19 02 F0 80 32 01 00 00 04 00 00 08 00 00 F0 00 00 01 00 01 01 E0"),
        Stream("s7comm-plus", 102, "03 00 00 13 02 F0 80 72 01 00 04 31 00 00 04 72 01 00 00"),
        Stream("mms", 102, MmsAssociation),
        Stream("mms", 102, Connect + MmsAssociation),
        Stream("mms", 102, "03 00 00 24 02 F0 80 01 00 01 00 61 17 30 15 02 01 03 A0 10 A0 0E 02 01 01 A1 09 A0 03 80 01 09 A1 02 80 00"),
        Stream("rdp", 3389, "03 00 00 13 0E E0 00 00 00 00 00 01 00 08 00 03 00 00 00"),
        Stream("rdp", 102, "03 00 00 13 0E E0 00 00 00 00 00 01 00 08 00 03 00 00 00"),
        Stream("enip", 44818, "65 00 04 00 00 00 00 00 00 00 00 00 01 02 03 04 05 06 07 08 00 00 00 00 01 00 00 00"),
        Stream("enip", 1025, "6F 00 10 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 05 00 02 00 00 00 00 00 B2 00 00 00"),
        Stream("opcua", 4840, "48 45 4C 46 20 00 00 00 00 00 00 00 FF FF 00 00 FF FF 00 00 00 00 00 00 00 00 00 00 00 00 00 00"),
        Stream("opcua", 80, "4D 53 47 46 50 00 00 00 5F 19 00 00"),
        Stream("doip", 13400, "02 FD 00 05 00 00 00 07 0E 80 00 00 00 00 00"),
        Stream("someip", 30509, "11 11 00 01 00 00 00 0C 00 01 00 02 01 01 00 00 AA BB CC DD"),
        Stream("someip-sd", 30490, "FF FF 81 00 00 00 00 14 00 00 00 01 01 01 02 00 C0 00 00 00 00 00 00 00 00 00 00 00"),
        Stream("hart-ip", 5094, "01 00 00 00 00 02 00 0D 01 00 00 75 30"),
        Stream("synchrophasor", 4712, Checked("AA 41 00 12 00 07 5A 00 00 00 00 00 00 00 00 02")),
        Stream("fins", 9600, "46 49 4E 53 00 00 00 0C 00 00 00 00 00 00 00 00 00 00 00 00"),
        Stream("slmp", 5007, "50 00 00 FF FF 03 00 0C 00 10 00 01 04 00 00 64 00 00 A8 01 00"),
        Stream("ads", 48898, "00 00 20 00 00 00 05 01 02 03 01 01 53 03 C0 A8 00 01 01 01 00 80 01 00 04 00 00 00 00 00 00 00 00 00 01 00 00 00"),
        Stream("codesys", 11740, "00 01 17 E8 14 00 00 00 C4 6B"),
        Text("niagara-fox", 1911, "fox a 0 -1 fox hello\n{\n"),
        Stream("dcerpc", 135, "05 00 0B 03 10 00 00 00 48 00 00 00 01 00 00 00 D0 16 D0 16"),

        // Hard evidence outweighs the port.
        Stream("tls", 502, ClientHello),
        Stream("tls", 443, ClientHello),
        Stream("tls", 443, "16 03 03 00 30 02 00 00 2C 03 03 00 01 02 03"),
        Stream("tls", 443, "14 03 03 00 01 01"),
        Stream("modbus-tls", 802, ClientHello),
        Stream("opcua-tls", 4843, ClientHello),
        Text(
            "opcua-http",
            8080,
            "GET /UA HTTP/1.1\r\nHost: plc\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: opcua+uacp\r\n\r\n"),
        Text("opcua-http", 80, "POST /UA HTTP/1.1\r\nContent-Type: application/opcua+uabinary\r\n\r\n"),
        Text("http", 502, "GET / HTTP/1.1\r\nHost: plc\r\n\r\n"),
        Text("http", 80, "HTTP/1.1 200 OK\r\n"),
        Text("ssh", 502, "SSH-2.0-OpenSSH_9.6\r\n"),
        Text("rtsp", 554, "OPTIONS rtsp://camera/stream RTSP/1.0\r\n"),
        Text("ftp", 2121, "220 ProFTPD FTP server ready\r\n"),
        Text("ftp", 21, "220 ready\r\n"),
        Text("smtp", 25, "220 mail ESMTP\r\n"),
        Text("smtp", 2525, "EHLO relay\r\n"),
        Text("vnc", 5900, "RFB 003.008\n"),
        Text("syslog", 601, "45 <34>1 2003-10-11T22:14:15.003Z host su - ID47 - x"),
        Stream("telnet", 2323, "FF FD 18 FF FD 20"),
        Stream("mqtt", 8883, "10 10 00 04 4D 51 54 54 04 02 00 3C 00 04 61 62 63 64"),
        Stream("mqtt", 1883, "20 02 00 00"),
        Stream("amqp", 5672, "41 4D 51 50 00 00 09 01"),
        Stream("smb", 445, "00 00 00 85 FF 53 4D 42 72 00 00 00 00"),
        Stream("smb", 445, "00 00 00 85 FE 53 4D 42 40 00"),
        Stream("kerberos", 88, "00 00 00 40 6A 3E 30 3C A1 03 02 01 05 A2 03 02 01 0A"),
        Stream("ldap", 3890, "30 0C 02 01 01 60 07 02 01 03 04 00 80 00"),
        Stream("postgres", 5432, "00 00 00 08 04 D2 16 2F"),
        Stream("mysql", 3306, "4A 00 00 00 0A 38 2E 30 2E 33 36 00"),
        Stream("mssql", 1433, "12 01 00 2F 00 00 01 00 00 00 1A 00 06 01 00 20 00 01 02"),
        Text("redis", 6379, "*1\r\n$4\r\nPING\r\n"),
        Stream("dns", 53, "00 1D 12 34 01 00 00 01 00 00 00 00 00 00 07 65 78 61 6D 70 6C 65 03 63 6F 6D 00 00 01 00 01"),
    ];

    public static IReadOnlyList<(string Name, Payload Payload)> Udp { get; } =
    [
        Datagram("dns", 53, "12 34 01 00 00 01 00 00 00 00 00 00 07 65 78 61 6D 70 6C 65 03 63 6F 6D 00 00 01 00 01"),
        Datagram("mdns", 5353, "00 00 84 00 00 00 00 01 00 00 00 00 00 00 01 00 01 00 00 00 78 00 04 0A 00 00 01"),
        Datagram("llmnr", 5355, "12 34 00 00 00 01 00 00 00 00 00 00 04 77 70 61 64 00 00 01 00 01"),
        Datagram("ntp", 123, "23 00 00 00" + Zeros(44)),
        Datagram("snmp", 161, "30 26 02 01 01 04 06 70 75 62 6C 69 63 A0 19 02 01 01 02 01 00 02 01 00 30 0E 30 0C 06 08 2B 06 01 02 01 01 01 00 05 00"),
        Text("syslog", 514, "<13>something happened", Transport.Udp),
        Text("syslog", 5140, "<13>Oct 11 22:14:15 host x", Transport.Udp),
        Text("ssdp", 1900, "M-SEARCH * HTTP/1.1\r\n\r\n", Transport.Udp),
        Text("ws-discovery", 3702, "<?xml version=\"1.0\"?><s:Envelope/>", Transport.Udp),
        Datagram("tftp", 69, "00 01 66 69 6C 65 00 6F 63 74 65 74 00"),
        Datagram("radius", 1812, "01 2A 00 1A" + Zeros(16) + "01 06 62 6F 62 21"),
        Datagram("hsrp", 1985, "00 00 10 03 0A 64 00 00 63 69 73 63 6F 00 00 00 0A 00 00 01"),
        Datagram("dhcpv6", 547, "01 10 20 30 00 01 00 02 AA BB 00 08 00 02 00 00"),
        Datagram("ptp", 319, "00 02 00 2C" + Zeros(40)),
        Datagram("opcua-pubsub", 4840, "F1 01 00 00 00 00 00 00"),
        Datagram("fins", 9600, "80 00 02 00 01 00 00 02 00 01 01 01 82 00 64 00 00 01"),
        Datagram("knxnet-ip", 3671, "06 10 02 01 00 0E 08 01 C0 A8 00 01 0E 57"),
        Datagram("bacnet", 47808, "81 0B 00 0C 01 20 FF FF 00 FF 10 08"),
        Datagram("enip", 44818, "63 00" + Zeros(22)),
        Datagram("cip-io", 2222, "02 00 02 80 08 00 01 02 03 04 05 00 00 00 B1 00 02 00 01 00"),
        Datagram("profinet-io-cm", 34964, "04 00 20 00 10 00 00 00" + Zeros(16) + "01 00 A0 DE 97 6C D1 11 82 71 00 A0 24 42 DF 7D" + Zeros(40)),
        Datagram("synchrophasor", 4713, Checked("AA 41 00 12 00 07 5A 00 00 00 00 00 00 00 00 02")),
        Datagram("slmp", 5006, "D0 00 00 FF FF 03 00 04 00 00 00 34 12"),
        Datagram("dtls", 5684, "16 FE FD 00 00 00 00 00 00 00 00 00 04 01 00 00 00"),
        Datagram("isakmp", 500, "01 02 03 04 05 06 07 08" + Zeros(8) + "21 20 22 08 00 00 00 00 00 00 00 1C"),
        Datagram("wireguard", 51820, "01 00 00 00" + Zeros(144)),
        Datagram("quic", 443, "C3 00 00 00 01 08" + Zeros(1194)),
        Datagram("kerberos", 88, "6A 3E 30 3C A1 03 02 01 05 A2 03 02 01 0A"),
        Datagram("ldap", 389, "30 05 02 01 01 42 00"),
    ];

    private const string Connect = "03 00 00 16 11 E0 00 00 00 01 00 C0 01 0A C1 02 01 00 C2 02 01 02 ";

    private static string MmsAssociation =>
        "03 00 00 BB 02 F0 80 0D B2 05 06 13 01 00 16 01 02 14 02 00 02 33 02 00 01 34 02 00 01 C1 9C 31 81 99 A0 03 80 01 "
        + "01 A2 81 91 81 04 00 00 00 01 82 04 00 00 00 01 A4 23 30 0F 02 01 01 06 04 52 01 00 01 30 04 06 02 51 01 30 10 "
        + "02 01 03 06 05 28 CA 22 02 01 30 04 06 02 51 01" + Zeros(96);

    private static string ClientHello => "16 03 01 00 2F 01 00 00 2B 03 03" + Zeros(32) + "00 00 02 13 01 01 00 00 00 ";

    private static string Zeros(int count) => " " + string.Concat(Enumerable.Repeat("00 ", count));

    // Appends the checksum of IEEE C37.118.2-2011 §6.2, bit by bit.
    private static string Checked(string hex)
    {
        var crc = 0xFFFF;
        foreach (var value in Bytes(hex))
            for (var bit = 7; bit >= 0; bit--)
                crc = (crc << 1 ^ (((crc >> 15 ^ value >> bit) & 1) != 0 ? 0x1021 : 0)) & 0xFFFF;
        return hex + crc.ToString("X4", System.Globalization.CultureInfo.InvariantCulture);
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    private static (string, Payload) Stream(string name, ushort port, string hex) =>
        (name, new Payload(Bytes(hex), Transport.Tcp, Client, port));

    private static (string, Payload) Datagram(string name, ushort port, string hex) =>
        (name, new Payload(Bytes(hex), Transport.Udp, Client, port));

    private static (string, Payload) Text(string name, ushort port, string text, Transport transport = Transport.Tcp) =>
        (name, new Payload(Encoding.ASCII.GetBytes(text), transport, Client, port));
}
