using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification;

/// <summary>
/// TPKT and the connection-oriented transport protocol in it: what S7, MMS and RDP have in common.
/// </summary>
/// <remarks>RFC 1006 §6; ISO/IEC 8073 (X.224) §13.</remarks>
internal static class IsoTransport
{
    private const int TpktBytes = 4;

    /// <summary>
    /// Finds the connect TPDU and the user data of the first data TPDU that carries any. No: not this transport.
    /// NeedMoreData: no user data yet. Yes: <paramref name="userData"/> holds what is there of it.
    /// </summary>
    /// <param name="data">One direction of the stream.</param>
    /// <param name="connect">The whole CR or CC TPDU from its type on, else empty.</param>
    /// <param name="userData">User data of the first data TPDU, cut where the stream was.</param>
    /// <param name="whole">Whether all of the user data is there.</param>
    public static ClaimVerdict Read(
        ReadOnlySpan<byte> data, out ReadOnlySpan<byte> connect, out ReadOnlySpan<byte> userData, out bool whole)
    {
        connect = default;
        userData = default;
        whole = false;
        while (true)
        {
            if (data.Length < TpktBytes) return Begins(data, [3, 0]) == ClaimVerdict.No ? ClaimVerdict.No : ClaimVerdict.NeedMoreData;
            // The smallest TPDU is a data TPDU of three bytes.
            var length = U16(data, 2);
            if (data[0] != 3 || data[1] != 0 || length < TpktBytes + 3) return ClaimVerdict.No;
            if (data.Length < TpktBytes + 2) return ClaimVerdict.NeedMoreData;
            var headerLength = data[4];
            if (headerLength == 255 || headerLength < 2 || TpktBytes + 1 + headerLength > length) return ClaimVerdict.No;
            var type = data[5];
            switch (type & 0xF0)
            {
                case 0xE0 or 0xD0:
                    // Connect request and confirm: references, class 0 to 4, parameters; no user data in class 0.
                    if (headerLength < 6 || TpktBytes + 1 + headerLength != length) return ClaimVerdict.No;
                    if (data.Length < length) return ClaimVerdict.NeedMoreData;
                    if (data[10] >> 4 > 4 || ((type & 0xF0) == 0xE0 && U16(data, 6) != 0)) return ClaimVerdict.No;
                    connect = data[5..length];
                    break;
                case 0x80:
                    if (type != 0x80 || headerLength < 6) return ClaimVerdict.No;
                    return ClaimVerdict.NeedMoreData;
                case 0xF0:
                    if (type != 0xF0 || headerLength != 2) return ClaimVerdict.No;
                    if (data.Length < TpktBytes + 3) return ClaimVerdict.NeedMoreData;
                    if ((data[6] & 0x7F) != 0) return ClaimVerdict.No;
                    if (length == TpktBytes + 3) break;
                    whole = data.Length >= length;
                    userData = data[(TpktBytes + 3)..Math.Min(length, data.Length)];
                    return userData.IsEmpty ? ClaimVerdict.NeedMoreData : ClaimVerdict.Yes;
                default:
                    return ClaimVerdict.No;
            }

            if (data.Length <= length) return ClaimVerdict.NeedMoreData;
            data = data[length..];
        }
    }
}
