using System.Text;
using OtGuard.Collectors.OpcUa.Security;
using OtGuard.Collectors.OpcUa.Types;

namespace OtGuard.Collectors.OpcUa.Services;

/// <summary>A user identity token as it lies in a message (OPC UA Part 4 v1.05 §7.41).</summary>
/// <param name="Kind">What kind.</param>
/// <param name="NameAt">Where the user name is, or the certificate of the user.</param>
/// <param name="NameLength">How long that is.</param>
/// <param name="SecretAt">Where the password is, or the issued token.</param>
/// <param name="SecretLength">How long that is.</param>
/// <param name="IsReadable">Whether the secret is not encrypted by itself.</param>
internal readonly record struct UserToken(
    UserTokenKind Kind, int NameAt, int NameLength, int SecretAt, int SecretLength, bool IsReadable)
{
    private const uint Anonymous = 321;
    private const uint UserName = 324;
    private const uint X509 = 327;
    private const uint Issued = 940;

    /// <summary>
    /// Finds the token in the body of an ActivateSession request, from behind its header. False where it cannot be found.
    /// </summary>
    public static bool TryFind(ReadOnlySpan<byte> body, out UserToken token)
    {
        token = default;
        var reader = new UaReader(body);
        reader.String();
        reader.ByteString();
        var certificates = reader.ArrayLength();
        for (var index = 0; index < certificates && !reader.Failed; index++)
        {
            reader.ByteString();
            reader.ByteString();
        }

        var locales = reader.ArrayLength();
        for (var index = 0; index < locales && !reader.Failed; index++) reader.String();
        var data = reader.ExtensionObject(out var type, out var encoding);
        if (reader.Failed) return false;
        var at = reader.Position - data.Length;
        var inner = new UaReader(data);
        if (!data.IsEmpty) inner.String();
        switch (encoding == 1 ? type.StandardNumber : 0)
        {
            case Anonymous:
                token = new UserToken(UserTokenKind.Anonymous, 0, 0, 0, 0, false);
                break;
            case UserName:
                var name = inner.String();
                var nameAt = at + inner.Position - name.Length;
                var password = inner.ByteString();
                var passwordAt = at + inner.Position - password.Length;
                var algorithm = inner.String();
                token = new UserToken(
                    UserTokenKind.UserName, nameAt, name.Length, passwordAt, password.Length,
                    algorithm.IsEmpty && !password.IsEmpty);
                break;
            case X509:
                var certificate = inner.ByteString();
                token = new UserToken(
                    UserTokenKind.Certificate, at + inner.Position - certificate.Length, certificate.Length, 0, 0, false);
                break;
            case Issued:
                var secret = inner.ByteString();
                token = new UserToken(UserTokenKind.Issued, 0, 0, at + inner.Position - secret.Length, secret.Length, false);
                break;
            default:
                // No token at all is an anonymous user (Part 4 v1.05 §5.7.3.2); another type may hold anything.
                token = type.IsNull
                    ? new UserToken(UserTokenKind.Anonymous, 0, 0, 0, 0, false)
                    : new UserToken(UserTokenKind.Unknown, 0, 0, at, data.Length, false);
                break;
        }

        return !inner.Failed;
    }

    /// <summary>The user in words.</summary>
    public string Text(ReadOnlySpan<byte> body, CertificateTable certificates) => Kind switch
    {
        UserTokenKind.Unknown => "user of an unknown kind",
        UserTokenKind.Anonymous => "anonymous",
        UserTokenKind.UserName => $"user {Encoding.UTF8.GetString(body.Slice(NameAt, NameLength))}",
        UserTokenKind.Certificate =>
            $"user with certificate {certificates.Of(body.Slice(NameAt, NameLength))?.Thumbprint ?? "none"}",
        UserTokenKind.Issued => "user with an issued token",
    };
}
