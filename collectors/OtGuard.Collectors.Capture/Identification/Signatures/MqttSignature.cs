using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>MQTT: CONNECT by its protocol name; CONNACK and PINGs only on the registered port.</summary>
/// <remarks>MQTT 3.1.1 §3.1, §3.2; MQTT 5.0 §3.1.</remarks>
internal sealed class MqttSignature() : ProtocolSignature("mqtt", structureBits: 14)
{
    private const ushort Port = 1883;

    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        if (data[0] == 0x10)
        {
            // Remaining length: one to four bytes of seven bits.
            var at = 1;
            while (at < data.Length && at < 5 && data[at] >= 0x80) at++;
            if (at >= data.Length) return ClaimVerdict.NeedMoreData;
            if (at == 5) return ClaimVerdict.No;
            var name = data[(at + 1)..];
            var current = Begins(name, "\0\u0004MQTT"u8);
            return current != ClaimVerdict.No ? current : Begins(name, "\0\u0006MQIsdp"u8);
        }

        if (!probe.Uses(Port)) return ClaimVerdict.No;
        return data[0] switch
        {
            0x20 when data.Length < 4 => ClaimVerdict.NeedMoreData,
            0x20 => Of(data[1] is >= 2 and < 0x80 && data[2] <= 1 && (data[3] <= 5 || data[3] >= 0x80)),
            0xC0 or 0xD0 when data.Length < 2 => ClaimVerdict.NeedMoreData,
            0xC0 or 0xD0 => Of(data[1] == 0 && data.Length == 2),
            _ => ClaimVerdict.No,
        };
    }
}
