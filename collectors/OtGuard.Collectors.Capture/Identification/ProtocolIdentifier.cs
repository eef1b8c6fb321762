using OtGuard.Collectors.Capture.Identification.Signatures;

namespace OtGuard.Collectors.Capture.Identification;

/// <summary>
/// Names what is not decoded: by the structure of the payload, by EtherType and by IP protocol number. Pure functions,
/// thread-safe, without allocation; they never throw, whatever the bytes are.
/// </summary>
/// <remarks>
/// The signatures are asked from the most specific to the least. A name is given only when no more specific one is
/// still open, so that more data never turns one name into another.
/// </remarks>
public static class ProtocolIdentifier
{
    /// <summary>With this many bytes of a stream the answer is final: no signature looks further for a decision.</summary>
    public const int EnoughBytes = 512;

    internal static readonly ProtocolSignature[] Tcp =
    [
        // Constants of four bytes and more.
        new SshSignature(),
        new OpcUaSignature(),
        new ModbusTlsSignature(),
        new OpcUaTlsSignature(),
        new TlsSignature(),
        new RtspSignature(),
        new OpcUaHttpSignature(),
        new HttpSignature(),
        new VncSignature(),
        new MqttSignature(),
        new AmqpSignature(),
        new NiagaraFoxSignature(),
        new FinsSignature(),
        new CodesysSignature(),
        new Dnp3Signature(),
        new SmbSignature(),
        new NetBiosSessionSignature(),
        // In TPKT and COTP; the envelope itself comes last.
        new RdpSignature(),
        new S7CommSignature(),
        new S7CommPlusSignature(),
        new MmsSignature(),
        new IsoOnTcpSignature(),
        // Headers whose lengths and codes must agree.
        new DceRpcSignature(),
        new EtherNetIpSignature(),
        new DoIpSignature(),
        new SomeIpServiceDiscoverySignature(),
        new SlmpSignature(),
        new AdsSignature(),
        new KerberosSignature(),
        new LdapSignature(),
        new PostgresSignature(),
        new MySqlSignature(),
        new TdsSignature(),
        new RedisSignature(),
        new HartIpSignature(),
        new SynchrophasorSignature(),
        new Iec104Signature(),
        // Text, and what only its port tells.
        new FtpSignature(),
        new SmtpSignature(),
        new SyslogSignature(),
        new TelnetSignature(),
        // Nothing in the first eight bytes speaks against it, so that it would keep all others waiting.
        new SomeIpSignature(),
        new DnsSignature(),
    ];

    internal static readonly ProtocolSignature[] Udp =
    [
        new CanEthernetSignature(),
        new DhcpSignature(),
        new ProfinetIoCmSignature(),
        new Dnp3Signature(),
        new BacnetSignature(),
        new KnxNetIpSignature(),
        new CipIoSignature(),
        new EtherNetIpSignature(),
        new DoIpSignature(),
        new SomeIpServiceDiscoverySignature(),
        new SomeIpSignature(),
        new SlmpSignature(),
        new HartIpSignature(),
        new SynchrophasorSignature(),
        new BrowserSignature(),
        new NetBiosDatagramSignature(),
        new NetBiosNameSignature(),
        new MdnsSignature(),
        new LlmnrSignature(),
        new DnsSignature(),
        new SsdpSignature(),
        new WsDiscoverySignature(),
        new DropboxLanSyncSignature(),
        new SnmpSignature(),
        new KerberosSignature(),
        new LdapSignature(),
        new DtlsSignature(),
        new QuicSignature(),
        new WireGuardSignature(),
        new IsakmpSignature(),
        new TftpSignature(),
        new SyslogSignature(),
        // What its port must confirm.
        new PtpSignature(),
        new NtpSignature(),
        new DhcpV6Signature(),
        new RadiusSignature(),
        new HsrpSignature(),
        new FinsSignature(),
        new OpcUaPubSubSignature(),
    ];

    /// <summary>
    /// Names a TCP stream's first bytes in one direction, or a UDP datagram's payload. A datagram is whole, so the
    /// answer for it is never NeedMoreData.
    /// </summary>
    public static Identification Identify(in Probe probe)
    {
        var stream = probe.Transport == Transport.Tcp;
        if (!stream && probe.Transport != Transport.Udp) return default;
        if (probe.Data.IsEmpty) return stream ? new Identification(ClaimVerdict.NeedMoreData, null, false) : default;
        var open = false;
        foreach (var signature in stream ? Tcp : Udp)
        {
            switch (signature.Match(probe))
            {
                case ClaimVerdict.Yes:
                    return new Identification(
                        open ? ClaimVerdict.NeedMoreData : ClaimVerdict.Yes, signature.Name, signature.Opaque);
                case ClaimVerdict.NeedMoreData:
                    open |= stream && probe.Data.Length < EnoughBytes;
                    break;
                case ClaimVerdict.No:
                    break;
            }
        }

        return open ? new Identification(ClaimVerdict.NeedMoreData, null, false) : default;
    }

    /// <summary>
    /// The name of an EtherType, or null where it is unknown. A value below 0x0600 is a length (IEEE 802.3): the payload
    /// is then read as LLC.
    /// </summary>
    /// <param name="etherType">The value behind the last VLAN tag.</param>
    /// <param name="payload">The bytes behind it; may be cut.</param>
    public static string? NameOfEtherType(ushort etherType, ReadOnlySpan<byte> payload) =>
        EtherTypes.Name(etherType, payload);

    /// <summary>The name of an IP protocol number other than TCP and UDP, or null where it is unknown.</summary>
    public static string? NameOfIpProtocol(byte protocol) => IpProtocols.Name(protocol);
}
