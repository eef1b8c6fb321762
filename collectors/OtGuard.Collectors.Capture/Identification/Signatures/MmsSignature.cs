using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>
/// MMS (IEC 61850-8-1, TASE.2) in COTP, session and presentation: a connection by the object identifier of MMS,
/// data by the presentation context and the MMS PDU's tag.
/// </summary>
/// <remarks>ISO 9506-2 §7; ISO 8327-1 §8.2; ISO 8823-1 §8; object identifier 1.0.9506.2.</remarks>
internal sealed class MmsSignature() : ProtocolSignature("mms", structureBits: 60)
{
    // An association request names MMS within its first 200 bytes; what is said later decides no more.
    private const int SearchedBytes = ProtocolIdentifier.EnoughBytes - 64;

    private static ReadOnlySpan<byte> ObjectIdentifier => [0x28, 0xCA, 0x22, 0x02];

    public override ClaimVerdict Match(in Probe probe)
    {
        var verdict = IsoTransport.Read(probe.Data, out _, out var user, out var whole);
        if (verdict != ClaimVerdict.Yes) return verdict;
        var open = whole ? ClaimVerdict.No : ClaimVerdict.NeedMoreData;
        switch (user[0])
        {
            case 0x0D or 0x0E:
                return user.IndexOf(ObjectIdentifier) >= 0 ? ClaimVerdict.Yes
                    : user.Length < SearchedBytes ? open
                    : ClaimVerdict.No;
            case 0x01:
                // Give tokens, data transfer, then presentation data in simple encoding.
                return Begins(user, [1, 0, 1, 0, 0x61]) switch
                {
                    ClaimVerdict.Yes => Data(user, open),
                    ClaimVerdict.NeedMoreData => open,
                    ClaimVerdict.No => ClaimVerdict.No,
                };
            default:
                return ClaimVerdict.No;
        }
    }

    private static ClaimVerdict Data(ReadOnlySpan<byte> user, ClaimVerdict open)
    {
        var at = BerHeader(user, 4, 0x61, out _);
        if (at > 0) at = BerHeader(user, at, 0x30, out _);
        if (at > 0) at = BerHeader(user, at, 0x02, out var length) is var value && length == 1 ? value : Math.Min(value, 0);
        if (at <= 0) return at == 0 ? open : ClaimVerdict.No;
        // Context 3 is MMS by convention of all profiles (1 is ACSE); then a single ASN.1 value: the MMS PDU.
        if (user.Length <= at) return open;
        if (user[at] is not (1 or 3)) return ClaimVerdict.No;
        var acse = user[at] == 1;
        at = BerHeader(user, at + 1, 0xA0, out _);
        if (at <= 0) return at == 0 ? open : ClaimVerdict.No;
        if (user.Length <= at) return open;
        return Of(acse ? user[at] is >= 0x60 and <= 0x64 : user[at] is >= 0xA0 and <= 0xAD or 0x85 or 0x8B or 0x8C);
    }
}
