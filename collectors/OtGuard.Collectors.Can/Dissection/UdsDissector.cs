using System.Globalization;
using OtGuard.Collectors.Can.Uds;
using OtGuard.Collectors.Dissection;

namespace OtGuard.Collectors.Can.Dissection;

/// <summary>Takes messages of UDS and OBD apart.</summary>
/// <remarks>ISO 14229-1:2020 clauses 8 and 10 to 16; SAE J1979 for 0x01 to 0x0A.</remarks>
internal static class UdsDissector
{
    private const string Layer = "UDS";

    /// <summary>
    /// Writes the fields of a message that begins at <paramref name="offset"/> of what the writer is for.
    /// </summary>
    public static void Dissect(ReadOnlySpan<byte> message, FieldWriter fields, int offset = 0)
    {
        var cursor = new FieldCursor(message, fields, Layer, offset);
        if (message.IsEmpty)
        {
            cursor.Break("service identifier", "", FieldFault.CutOff);
            return;
        }

        if (message[0] == UdsServices.NegativeResponse)
        {
            cursor.Number(1, "service identifier", out _, _ => "0x7f, negative response");
            if (!cursor.Number(1, "refused service", out var refused, ServiceText)) return;
            if (!cursor.Number(1, "negative response code", out var code, RefusalText,
                isValid: value => UdsRefusals.IsKnown((byte)value)))
                return;
            fields.Describe(Layer, $"negative response to {UdsServices.Text((short)refused, -1)}: {UdsRefusals.Text((int)code)}");
            cursor.TakeRest("bytes behind the message", null, FieldFault.Malformed);
            return;
        }

        var isResponse = UdsServices.IsResponse(message[0]);
        var identifier = (byte)(isResponse ? message[0] & ~UdsServices.ResponseBit : message[0]);
        fields.Describe(Layer, $"{(isResponse ? "response" : "request")}: {UdsServices.Text(identifier, -1)}");
        cursor.Number(1, "service identifier", out _,
            value => isResponse ? $"0x{value:x2}, response to {ServiceText(identifier)}" : ServiceText(value));
        var service = UdsServices.Find(identifier);
        switch (service?.Form)
        {
            case UdsForm.SubFunction:
                if (SubFunction(ref cursor, identifier, isResponse))
                    cursor.TakeRest(RecordName(identifier, message, isResponse));
                break;
            case UdsForm.Routine:
                if (SubFunction(ref cursor, identifier, isResponse)
                    && cursor.Number(2, "routine identifier", out _, value => $"0x{value:x4}"))
                    cursor.TakeRest(isResponse ? "routine status record" : "routine control option record");
                break;
            case UdsForm.DataIdentifier:
                DataIdentifiers(ref cursor, identifier, isResponse);
                break;
            case UdsForm.Echo:
                if (cursor.Number(1, EchoName(identifier), out _, value => $"0x{value:x2}")) cursor.TakeRest("data");
                break;
            case UdsForm.Data when !isResponse:
                Data(ref cursor, identifier);
                break;
            default:
                cursor.TakeRest("data");
                break;
        }
    }

    private static bool SubFunction(ref FieldCursor cursor, byte service, bool isResponse)
    {
        string Words(ulong value) => UdsServices.SubFunctionText(service, (int)value) is { Length: > 0 } text
            ? $"0x{value:x2}, {text}"
            : $"0x{value:x2}";
        return isResponse
            ? cursor.Number(1, "sub-function", out _, Words)
            : cursor.Bits(
                1, out _, ("suppress positive response", 0x80, value => value == 0 ? "no" : "yes"),
                    ("sub-function", 0x7F, Words));
    }

    private static string RecordName(byte service, ReadOnlySpan<byte> message, bool isResponse)
    {
        if (service != UdsServices.SecurityAccess || message.Length < 2) return "parameters";
        var isSeed = (message[1] & 1) != 0;
        return isSeed ? isResponse ? "security seed" : "security access data record" : isResponse ? "parameters"
            : "security key";
    }

    private static void DataIdentifiers(ref FieldCursor cursor, byte service, bool isResponse)
    {
        static string Words(ulong value) =>
            UdsMessage.IsIdentification((int)value) ? $"0x{value:x4}, identification" : $"0x{value:x4}";
        if (!cursor.Number(2, "data identifier", out _, Words)) return;
        if (service == UdsServices.ReadDataByIdentifier && !isResponse)
        {
            while (cursor.Remaining > 0)
                if (!cursor.Number(2, "data identifier", out _, Words)) return;
            return;
        }

        var rest = cursor.Rest;
        cursor.TakeRest("data record", FieldCursor.TextOrHex(rest));
    }

    private static void Data(ref FieldCursor cursor, byte service)
    {
        switch (service)
        {
            case UdsServices.ReadMemoryByAddress or UdsServices.WriteMemoryByAddress:
                if (Memory(ref cursor)) cursor.TakeRest("data record");
                break;
            case 0x34 or 0x35:
                if (cursor.Bits(1, out _, ("compression method", 0xF0, null), ("encrypting method", 0x0F, null)))
                    Memory(ref cursor);
                cursor.TakeRest("data");
                break;
            case 0x14:
                if (cursor.Number(3, "group of DTC", out _,
                    value => value == 0xFFFFFF ? "0xffffff, all" : $"0x{value:x6}"))
                    cursor.TakeRest("memory selection");
                break;
            default:
                cursor.TakeRest("data");
                break;
        }
    }

    private static bool Memory(ref FieldCursor cursor) =>
        cursor.Bits(1, out var format, ("length of memory size", 0xF0, null), ("length of memory address", 0x0F, null))
        && cursor.Take((int)format & 15, "memory address") && cursor.Take((int)format >> 4, "memory size");

    private static string EchoName(byte service) => service switch
    {
        UdsServices.TransferData => "block sequence counter",
        UdsServices.RequestFileTransfer => "mode of operation",
        0x01 or 0x02 => "parameter identifier",
        0x05 or 0x06 or 0x08 => "test identifier",
        0x09 => "information type",
        _ => "parameter",
    };

    private static string ServiceText(ulong identifier) => UdsServices.Find((int)identifier) is { } service
        ? string.Create(CultureInfo.InvariantCulture, $"0x{identifier:x2}, {service.Text}")
        : $"0x{identifier:x2}";

    private static string RefusalText(ulong code) =>
        UdsRefusals.Text((int)code) is { Length: > 0 } text ? $"0x{code:x2}, {text}" : $"0x{code:x2}";
}
