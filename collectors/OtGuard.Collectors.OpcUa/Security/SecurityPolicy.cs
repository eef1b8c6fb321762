using System.Text;

namespace OtGuard.Collectors.OpcUa.Security;

/// <summary>A security policy: what it is called and how long its signature of a message is.</summary>
/// <param name="Number">Its place in <see cref="SecurityPolicies.All"/>.</param>
/// <param name="Name">The last part of its URI.</param>
/// <param name="SignatureBytes">Bytes of the symmetric signature behind each message of mode Sign.</param>
/// <param name="IsDeprecated">No longer considered secure by the standard.</param>
internal sealed record SecurityPolicy(byte Number, string Name, int SignatureBytes, bool IsDeprecated);

/// <summary>The security policies of OPC UA Part 7 v1.05 §6.6.</summary>
internal static class SecurityPolicies
{
    /// <summary>The symmetric signature lengths there are, and none: what a length that fits is sought in.</summary>
    public static ReadOnlySpan<byte> SignatureLengths => [0, 20, 32, 48, 16];

    /// <summary>
    /// All policies. A number is part of learned facts, so that places never change: new ones go to the end.
    /// </summary>
    public static readonly SecurityPolicy[] All =
    [
        new(0, "", 0, false),
        new(1, "None", 0, false),
        new(2, "Basic128Rsa15", 20, true),
        new(3, "Basic256", 20, true),
        new(4, "Basic256Sha256", 32, false),
        new(5, "Aes128_Sha256_RsaOaep", 32, false),
        new(6, "Aes256_Sha256_RsaPss", 32, false),
        new(7, "ECC_nistP256", 32, false),
        new(8, "ECC_nistP384", 48, false),
        new(9, "ECC_brainpoolP256r1", 32, false),
        new(10, "ECC_brainpoolP384r1", 48, false),
        new(11, "ECC_curve25519", 16, false),
        new(12, "ECC_curve448", 16, false),
        new(13, "other", -1, false),
    ];

    private static readonly byte[][] Uris =
    [
        .. All.Select(policy => Encoding.ASCII.GetBytes($"http://opcfoundation.org/UA/SecurityPolicy#{policy.Name}")),
    ];

    /// <summary>Not seen.</summary>
    public static SecurityPolicy NotSeen => All[0];

    /// <summary>No security.</summary>
    public static SecurityPolicy None => All[1];

    /// <summary>Not one of the standard.</summary>
    public static SecurityPolicy Other => All[^1];

    /// <summary>The policy of a URI.</summary>
    public static SecurityPolicy Of(ReadOnlySpan<byte> uri)
    {
        for (var number = 1; number < All.Length - 1; number++)
            if (uri.SequenceEqual(Uris[number])) return All[number];
        return Other;
    }
}

/// <summary>MessageSecurityMode (OPC UA Part 4 v1.05 §7.20).</summary>
internal enum SecurityMode : byte
{
    /// <summary>Not seen, or not to be told yet.</summary>
    Unknown,
    None,
    Sign,
    SignAndEncrypt,
}

/// <summary>Kinds of user identity tokens (OPC UA Part 4 v1.05 §7.41).</summary>
internal enum UserTokenKind : byte
{
    Unknown,
    Anonymous,
    UserName,
    Certificate,
    Issued,
}

/// <summary>
/// The security facts of a channel or session in one number: <see cref="Observation.SubCode"/> of the operations that
/// open channels and sessions and of encrypted messages.
/// </summary>
/// <remarks>
/// <code>
/// bit  0  1 | 2  3  4  5  6  7 | 8  9 10 | 11
///      mode | policy           | user    | password readable
/// </code>
/// </remarks>
internal readonly record struct SecurityCode(SecurityMode Mode, SecurityPolicy Policy, UserTokenKind User, bool PasswordReadable)
{
    public int Value => (int)Mode | Policy.Number << 2 | (int)User << 8 | (PasswordReadable ? 1 << 11 : 0);

    public static SecurityCode From(int value) => new(
        (SecurityMode)(value & 3),
        SecurityPolicies.All[Math.Min(value >> 2 & 63, SecurityPolicies.All.Length - 1)],
        (UserTokenKind)Math.Min(value >> 8 & 7, (int)UserTokenKind.Issued),
        (value >> 11 & 1) != 0);
}
