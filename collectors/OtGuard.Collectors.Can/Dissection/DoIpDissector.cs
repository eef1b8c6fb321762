using System.Globalization;
using OtGuard.Collectors.Can.DoIp;
using OtGuard.Collectors.Dissection;

namespace OtGuard.Collectors.Can.Dissection;

/// <summary>Takes messages of diagnostics over IP apart.</summary>
/// <remarks>ISO 13400-2:2019 §9.</remarks>
internal sealed class DoIpDissector : IMessageDissector
{
    public static readonly DoIpDissector Instance = new();

    private const string Layer = "DoIP";

    /// <inheritdoc/>
    public int LengthOf(ReadOnlySpan<byte> data, in MessageContext context)
    {
        if (data.Length >= 2 && (data[0] ^ data[1]) != 0xFF) return -1;
        if (data.Length < DoIpProtocol.HeaderBytes) return 0;
        var length = (long)data[4] << 24 | (uint)(data[5] << 16 | data[6] << 8 | data[7]);
        return length <= JoinedMessage.MaximumBytes - DoIpProtocol.HeaderBytes
            ? DoIpProtocol.HeaderBytes + (int)length : -1;
    }

    /// <inheritdoc/>
    public void Dissect(ReadOnlySpan<byte> message, in MessageContext context, FieldWriter fields)
    {
        var cursor = new FieldCursor(message, fields, Layer);
        if (!cursor.Number(1, "protocol version", out var version, Hex)
            || !cursor.Number(1, "inverse protocol version", out _, Hex, isValid: value => (value ^ version) == 0xFF)
            || !cursor.Number(2, "payload type", out var type,
                value => $"{Hex(value)}, {DoIpType.Words(DoIpType.Code((ushort)value)).Text}")
            || !cursor.Number(4, "payload length", out _,
                value => string.Create(CultureInfo.InvariantCulture, $"{value} bytes"))) return;
        fields.Describe(Layer, DoIpType.Words(DoIpType.Code((ushort)type)).Text);
        switch ((ushort)type)
        {
            case DoIpType.Diagnostic or DoIpType.DiagnosticAck or DoIpType.DiagnosticNack:
                if (!cursor.Number(2, "source address", out _, Hex) || !cursor.Number(2, "target address", out _, Hex))
                    return;
                if ((ushort)type == DoIpType.Diagnostic)
                {
                    UdsDissector.Dissect(cursor.Rest, fields, cursor.Offset);
                    cursor.Skip(cursor.Remaining);
                    return;
                }

                if (cursor.Number(1, "acknowledge code", out _, Hex)) cursor.TakeRest("previous message");
                break;
            case DoIpType.RoutingActivationRequest:
                if (cursor.Number(2, "source address", out _, Hex) && cursor.Number(1, "activation type", out _, Hex))
                    cursor.TakeRest("reserved");
                break;
            case DoIpType.RoutingActivationResponse:
                if (cursor.Number(2, "tester address", out _, Hex) && cursor.Number(2, "entity address", out _, Hex)
                    && cursor.Number(1, "response code", out _, Hex)) cursor.TakeRest("reserved");
                break;
            case DoIpType.VehicleAnnouncement:
                if (cursor.Take(17, "VIN", FieldCursor.TextOrHex(cursor.Rest[..Math.Min(17, cursor.Remaining)]))
                    && cursor.Number(2, "logical address", out _, Hex) && cursor.Take(6, "EID")
                        && cursor.Take(6, "GID"))
                    cursor.TakeRest("further action and synchronisation");
                break;
            default:
                cursor.TakeRest("payload");
                break;
        }
    }

    private static string Hex(ulong value) => value > 0xFF ? $"0x{value:x4}" : $"0x{value:x2}";
}
